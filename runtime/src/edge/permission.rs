//! Permissions of a token as the bit-field of `X-User-Permissions` (AUTH-26..28).

use serde_json::Value;

/// The bit of the first name of [`NAMES`].
const FIRST: usize = 2;

/// `live`: what an administrator may touch.
pub(super) const LIVE: i64 = 4;
/// `admin`: what makes one in Commerce.
pub(super) const ADMIN: i64 = 16;

/// Every permission in the order of its bit, from bit 2 on (AUTH-28). Commerce has the same table: append, never move.
#[rustfmt::skip] // Read against the reference, line by line.
const NAMES: [&str; 58] = [
    "live", "test", "admin", "published", "secret", "authorize", "capture",
    "bundle", "campaign", "collection", "coupon", "form", "order", "organization", "payment",
    "plan", "product", "referral", "referrer", "store", "subscriber", "user", "variant",
    "readbundle", "readcampaign", "readcollection", "readcoupon", "readform", "readorder", "readorganization", "readpayment",
    "readplan", "readproduct", "readreferral", "readreferrer", "readstore", "readsubscriber", "readuser", "readvariant",
    "writebundle", "writecampaign", "writecollection", "writecoupon", "writeform", "writeorder", "writeorganization", "writepayment",
    "writeplan", "writeproduct", "writereferral", "writereferrer", "writestore", "writesubscriber", "writeuser", "writevariant",
    "return", "readreturn", "writereturn",
];

/// The bits of the claim `permissions` (AUTH-26): an integer, names, or objects with a `name`. What cannot be read
/// grants nothing.
pub(super) fn bits(claim: &Value) -> i64 {
    match claim {
        Value::Number(number) => number.as_i64().filter(|bits| *bits > 0).unwrap_or(0),
        Value::Array(items) => super::claim::names(items).map_or(0, |names| {
            names.iter().fold(0, |bits, name| bits | bit(name))
        }),
        _ => 0,
    }
}

/// The bit of one name, in any case; 0 for one that is unknown.
fn bit(name: &str) -> i64 {
    let name = name.trim();
    NAMES
        .iter()
        .position(|known| known.eq_ignore_ascii_case(name))
        .map_or(0, |at| 1 << (at + FIRST))
}

#[cfg(test)]
mod tests {
    use super::{ADMIN, LIVE, bit, bits};
    use serde_json::json;

    #[test]
    fn auth_28_the_table_has_the_bits_of_the_reference() {
        for (name, expected) in [
            ("live", 2),
            ("test", 3),
            ("admin", 4),
            ("published", 5),
            ("secret", 6),
            ("authorize", 7),
            ("capture", 8),
            ("bundle", 9),
            ("variant", 24),
            ("readbundle", 25),
            ("readorder", 30),
            ("readvariant", 40),
            ("writebundle", 41),
            ("writeuser", 55),
            ("writevariant", 56),
            ("return", 57),
            ("readreturn", 58),
            ("writereturn", 59),
        ] {
            assert_eq!(bit(name), 1 << expected, "{name}");
        }
        assert_eq!(bit("live"), LIVE);
        assert_eq!(bit("admin"), ADMIN);
    }

    #[test]
    fn auth_26_shapes() {
        for (claim, expected) in [
            (json!([{"name": "admin"}, {"name": "live"}]), 20),
            (json!(["live", "test"]), 12),
            (json!([" Live ", "TEST"]), 12),
            (json!(["live", "live", "made-up"]), 4),
            (json!(64), 64),
            (json!(i64::MAX), i64::MAX),
            (json!(0), 0),
            (json!(-4), 0),
            (json!(u64::MAX), 0),
            (json!(64.0), 0),
            (json!(["made-up"]), 0),
            (json!([]), 0),
            (json!(["live", {"name": "test"}]), 0),
            (json!(["live", 3]), 0),
            (json!([{"name": "live"}, {"id": 1}]), 4),
            (json!([{"name": 4}]), 0),
            (json!("not-a-list"), 0),
            (json!(null), 0),
            (json!(true), 0),
            (json!({"name": "live"}), 0),
        ] {
            assert_eq!(bits(&claim), expected, "{claim}");
        }
    }
}
