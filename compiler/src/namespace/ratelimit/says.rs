//! A limit in words.

use super::{By, Limit, Rate};
use crate::describe::units::{duration, grouped};

/// `5,000 in 1 s of all clients together, 100 in 1 s of each, known by its address`, with what may come at once where
/// that is another number. Empty: nothing is limited.
pub fn rates(limit: &Limit) -> String {
    let all = limit
        .all
        .map(|rate| format!("{} of all clients together", rated(rate)));
    let each = limit.each.zip(limit.by.as_ref());
    let each =
        each.map(|(rate, by)| format!("{} of each client, known by {}", rated(rate), known(by)));
    all.into_iter()
        .chain(each)
        .collect::<Vec<_>>()
        .join(", and ")
}

fn rated(rate: Rate) -> String {
    let Rate {
        count,
        window,
        burst,
    } = rate;
    let at_once = if burst == count {
        String::new()
    } else {
        format!(" ({} at once)", grouped(burst))
    };
    format!("{} in {}{at_once}", grouped(count), duration(window))
}

fn known(by: &By) -> String {
    match by {
        By::Address => "its address".to_owned(),
        By::AddressIn(header) => {
            format!("the address that trusted proxies say in `{header}`, else its own")
        }
        By::Header(header) => format!("`{header}`, else its address"),
        By::Param(name) => format!("`{{{name}}}` of the path"),
        By::Claim(claim) => format!("`{claim}` of its token, else its address"),
        By::Credential => "the key or token that it sends, else its address".to_owned(),
    }
}

/// Where it counts.
pub fn shared(limit: &Limit) -> &'static str {
    if limit.store.is_some() {
        " Gateways that share the store count together; while it is away, each alone."
    } else {
        ""
    }
}
