//! Hosts of backends: `http://users:8080`, `http://${env:USERS_HOST:-users}:8080`, `${env:USERS_URL}`.
//!
//! The grammar is the runtime's own file, compiled here as it stands. What has slots is judged by their defaults; where
//! one has none, it must be able to become a host.

#[path = "../../../runtime/src/host.rs"]
mod grammar;

use super::{
    Misfit,
    slot::{self, Filled, Piece},
};
use crate::plan::Host;
pub use grammar::HostError;

/// How many slots without a default are tried in every combination; a host with more has one stand-in for all of them.
const MAX_OPEN: u32 = 4;

/// A host. The slots of the text have been found well-formed: `pieces`.
pub fn parse(text: &str, pieces: &[Piece<'_>]) -> Result<Host, Misfit<HostError>> {
    if !slot::has_slots(pieces) {
        return literal(text);
    }
    let open = slot::slots(pieces).filter(|slot| slot.default.is_none());
    let open = u32::try_from(open.count()).unwrap_or(u32::MAX);
    let kinds = STAND_INS.len();
    let tries = kinds.pow(if open > MAX_OPEN { 1 } else { open });
    let mut first: Option<Misfit<HostError>> = None;
    let mut sure: Option<Misfit<HostError>> = None;
    for number in 0..tries {
        let filled = Filled::new(pieces, |index, slot| {
            let index = if open > MAX_OPEN { 0 } else { index };
            let digit = number / kinds.pow(u32::try_from(index).unwrap_or(0)) % kinds;
            match STAND_INS[digit] {
                "" => slot::label(slot),
                other => other.to_owned(),
            }
        });
        match grammar::parse(&filled.text) {
            Ok(found) => {
                return Ok(Host {
                    // A slot may bring the scheme with it.
                    tls: found.tls || pieces[0].range.start == 0 && is_slot(&pieces[0]),
                    name: found.name,
                    port: found.port,
                    slots: Some(text.strip_suffix('/').unwrap_or(text).to_owned()),
                });
            }
            Err(wrong) => {
                let (range, certain) = filled.written(&wrong.range);
                let misfit = Misfit {
                    error: wrong.error,
                    range,
                };
                if certain {
                    sure.get_or_insert(misfit);
                } else {
                    first.get_or_insert(misfit);
                }
            }
        }
    }
    // What is written is to blame rather than what was made up.
    Err(sure.or(first).unwrap_or(Misfit {
        error: HostError::Empty,
        range: 0..text.len(),
    }))
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
