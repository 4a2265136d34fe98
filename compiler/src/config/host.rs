//! Hosts of backends: `http://users:8080`, `http://${env:USERS_HOST:-users}:8080`, `${env:USERS_URL}`.
//!
//! The grammar is the runtime's own file, compiled here as it stands. What has slots is judged by their defaults; where
//! one has none, it must be able to become a host.

#[path = "../../../runtime/src/host.rs"]
pub(super) mod grammar;

use super::{
    Misfit,
    slot::{self, Piece},
};
use crate::plan::Host;
pub use grammar::HostError;

/// A host. The slots of the text have been found well-formed: `pieces`.
pub fn parse(text: &str, pieces: &[Piece<'_>]) -> Result<Host, Misfit<HostError>> {
    if !slot::has_slots(pieces) {
        return literal(text);
    }
    let found = slot::attempt(pieces, &STAND_INS, literal)?;
    Ok(Host {
        // A slot may bring the scheme with it.
        tls: found.tls || pieces[0].range.start == 0 && is_slot(&pieces[0]),
        slots: Some(text.strip_suffix('/').unwrap_or(text).to_owned()),
        ..found
    })
}

/// What a slot without a default may bring, as far as the grammar can tell: a name (of the variable), a port, a scheme,
/// an address.
const STAND_INS: [&str; 4] = ["", "80", "http", "::1"];

fn is_slot(piece: &Piece<'_>) -> bool {
    matches!(piece.part, slot::Part::Slot(_))
}

fn literal(text: &str) -> Result<Host, Misfit<HostError>> {
    match grammar::parse(text) {
        Ok(found) => Ok(Host {
            tls: found.tls,
            name: found.name,
            port: found.port,
            slots: None,
            srv: false,
        }),
        Err(wrong) => Err(Misfit {
            error: wrong.error,
            range: wrong.range,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Host, Misfit<HostError>> {
        parse(text, &slot::parse(text).expect("well-formed slots"))
    }

    #[test]
    fn hosts_with_slots() {
        for (text, tls, name, port) in [
            ("http://${env:H:-api}:8000", false, "api", 8000),
            ("http://${env:CLOUD_HOST}:8000", false, "cloud-host", 8000),
            ("http://${env:H}:${env:P}", false, "h", 80),
            ("http://api${env:SUFFIX:-}:1", false, "api", 1),
            ("http://api:${env:P:-81}/", false, "api", 81),
            ("${env:CLOUD_URL}", true, "cloud-url", 80),
            ("${env:U:-https://api}", true, "api", 443),
            ("${env:S}://api", true, "api", 80),
            ("https://${file:/run/host}", true, "host", 443),
            ("http://[${env:V6}]", false, "[::1]", 80),
            ("http://${env:_}", false, "80", 80),
            (
                "${env:A}.${env:B}.${env:C}.${env:D}.${env:E}",
                true,
                "a.b.c.d.e",
                80,
            ),
        ] {
            let slots = Some(text.trim_end_matches('/').to_owned());
            let name = name.to_owned();
            let expected = Host {
                tls,
                name,
                port,
                slots,
                srv: false,
            };
            assert_eq!(read(text), Ok(expected), "{text}");
        }
    }

    #[test]
    fn what_can_never_be_a_host() {
        for (text, error, blamed) in [
            ("http://${env:H}:80a", HostError::Port, "80a"),
            ("http://${env:H}:${env:P:-80a}", HostError::Port, "80a"),
            ("http://${env:H:-a b}", HostError::Name("a b".into()), "a b"),
            ("ftp://${env:H}", HostError::Scheme("ftp".into()), "ftp"),
            ("${env:URL}/api", HostError::Path, "/api"),
            (
                "${env:U:-http://me:pw@users}",
                HostError::UserInfo,
                "me:pw@",
            ),
            ("http://${env:H:-}", HostError::Empty, "http://"),
        ] {
            let misfit = read(text).expect_err(text);
            assert_eq!(
                (misfit.error, &text[misfit.range]),
                (error, blamed),
                "{text}"
            );
        }
    }
}
