//! What must not be shown: secrets in a logged query ([`query`]) and in the printed config ([`config`]).
//!
//! By the look of names, so it errs on the side of masking; the tables in the tests say where the border runs.

mod config;
mod query;

pub(crate) use config::{config, is_secret};
pub(crate) use query::query;

/// Stands in for a secret.
const MASK: &str = "***";

/// The words of a name, in lower case: `clientSecret`, `client-secret` and `CLIENT_SECRET` have the same two.
fn words(name: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    let mut inside = false;
    let mut before = None;
    for c in name.chars() {
        // An upper-case letter begins a word after a lower-case one: `apiKey`, but not `APIKEY`.
        let hump = c.is_uppercase() && before.is_some_and(char::is_lowercase);
        before = Some(c);
        if !c.is_alphanumeric() {
            inside = false;
            continue;
        }
        if !inside || hump {
            words.push(String::new());
        }
        inside = true;
        if let Some(word) = words.last_mut() {
            word.extend(c.to_lowercase());
        }
    }
    words
}
