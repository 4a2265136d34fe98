//! URLs that the gateway itself asks: `https://id.example.com/.well-known/jwks`, `https://${env:IDP}/jwks`.
//!
//! The grammar is the runtime's own file, compiled here as it stands, beside that of hosts. What has slots is judged by
//! their defaults; where one has none, it must be able to become a URL.

#[allow(dead_code, reason = "the compiler asks nobody")]
#[path = "../../../runtime/src/url.rs"]
mod grammar;

use super::{Misfit, host::grammar as host, slot};
pub use grammar::{Url, UrlError};

/// What a slot without a default may bring: a name (of the variable), a port, a scheme, an address, or all of it.
const STAND_INS: [&str; 5] = ["", "80", "https", "::1", "https://host.test"];

/// A URL, or what it can come to. `None`: a malformed slot, which the schema pass reports.
pub fn parse(text: &str) -> Option<Result<Url, Misfit<UrlError>>> {
    let pieces = slot::parse(text).ok()?;
    if slot::has_slots(&pieces) {
        Some(slot::attempt(&pieces, &STAND_INS, literal))
    } else {
        Some(literal(text))
    }
}

fn literal(text: &str) -> Result<Url, Misfit<UrlError>> {
    Url::parse(text).map_err(|wrong| Misfit {
        error: wrong.error,
        range: wrong.range,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::host::HostError, *};

    #[test]
    fn what_slots_can_come_to() {
        for (text, expected) in [
            ("https://${env:IDP}/jwks", "https://idp/jwks"),
            ("https://${env:IDP:-id.test}/jwks", "https://id.test/jwks"),
            (
                "https://id.test:${env:PORT}/jwks",
                "https://id.test:80/jwks",
            ),
            ("http://${env:H}:${env:P:-81}", "http://h:81/"),
            ("https://[${env:V6}]/", "https://[::1]/"),
            ("${env:JWKS_URL}", "https://host.test/"),
            ("${env:IDP}/jwks", "https://host.test/jwks"),
            ("${env:URL:-http://id.test/k}", "http://id.test/k"),
            ("${env:SCHEME}://id.test", "https://id.test/"),
            (
                "https://id.test/${env:REALM}/${file:/run/name}",
                "https://id.test/realm/name",
            ),
            ("https://id.test/k", "https://id.test/k"),
        ] {
            let url = parse(text).expect("well-formed slots").expect(text);
            assert_eq!(url.to_string(), expected, "{text}");
        }
        assert!(parse("https://${IDP}/jwks").is_none());
    }

    #[test]
    fn what_can_never_be_a_url() {
        use UrlError::{Host, Scheme, Target};
        for (text, error, blamed) in [
            ("${env:URL:-id.test/k}", Scheme, "id.test/k"),
            ("ftp://${env:H}/k", Scheme, "ftp"),
            (
                "https://${env:H:-a b}/k",
                Host(HostError::Name("a b".into())),
                "a b",
            ),
            ("https://${env:H}:0/k", Host(HostError::Port), "0"),
            ("https://me@${env:H}/k", Host(HostError::UserInfo), "me@"),
            ("https://${env:H}/k#f", Target, "/k#f"),
        ] {
            let misfit = parse(text).expect("well-formed slots").expect_err(text);
            assert_eq!(
                (misfit.error, &text[misfit.range]),
                (error, blamed),
                "{text}"
            );
        }
    }
}
