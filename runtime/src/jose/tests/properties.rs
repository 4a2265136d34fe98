//! What holds for any bytes: nothing panics, and nothing but the token itself is that token.

use super::{NOW, check, claims, mint, rules};
use crate::jose::{KeySet, base64url, json, token::Token};
use proptest::prelude::*;
use std::sync::LazyLock;

static KEYS: LazyLock<KeySet> = LazyLock::new(|| {
    let text = mint::key_set().to_string();
    KeySet::parse(text.as_bytes()).expect("a key set")
});
static GOOD: LazyLock<String> = LazyLock::new(|| mint::ED.token("EdDSA", &claims()));

proptest! {
    #[test]
    fn any_text_is_refused(text in ".{0,300}") {
        prop_assert!(check(&rules(), &text, &KEYS).is_err());
    }

    #[test]
    fn any_three_parts_are_refused(header in ".{0,60}", claims in ".{0,60}", signature in prop::collection::vec(any::<u8>(), 0..80)) {
        let text = format!("{}.{}.{}", mint::encode(header), mint::encode(claims), mint::encode(signature));
        prop_assert!(check(&rules(), &text, &KEYS).is_err());
    }

    #[test]
    fn one_other_byte_is_another_token(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = GOOD.clone().into_bytes();
        let at = at.index(bytes.len());
        prop_assume!(bytes[at] != byte);
        bytes[at] = byte;
        if let Ok(text) = String::from_utf8(bytes) {
            prop_assert!(check(&rules(), &text, &KEYS).is_err(), "{}", text);
        }
    }

    #[test]
    fn a_part_of_a_token_is_none(from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>()) {
        let (from, to) = (from.index(GOOD.len()), to.index(GOOD.len()));
        prop_assert!(check(&rules(), GOOD.get(from..to).unwrap_or_default(), &KEYS).is_err());
    }

    #[test]
    fn a_date_far_from_now_is_refused_whatever_number_it_is(seconds in any::<f64>()) {
        let mut claims = claims();
        claims["exp"] = seconds.into();
        let token = mint::ED.token("EdDSA", &claims);
        #[expect(clippy::cast_precision_loss, reason = "dates are exact in f64")]
        let good = seconds >= NOW as f64 - 120.0 && seconds <= 253_402_300_799.0;
        prop_assert_eq!(check(&rules(), &token, &KEYS).is_ok(), good);
    }

    #[test]
    fn base64url_is_one_to_one(bytes in prop::collection::vec(any::<u8>(), 0..100), text in "[A-Za-z0-9_-]{0,20}") {
        prop_assert_eq!(base64url(mint::encode(&bytes)), Some(bytes));
        if let Some(bytes) = base64url(&text) {
            prop_assert_eq!(mint::encode(bytes), text);
        }
    }

    #[test]
    fn what_json_reads_serde_json_reads_as_well(text in r#"[{}\[\]",:0-9a-c\\u ]{0,60}"#) {
        if let Ok(object) = json::object(text.as_bytes(), 8) {
            let other: serde_json::Value = serde_json::from_str(&text).expect("as lenient");
            prop_assert_eq!(serde_json::Value::Object(object), other);
        }
    }

    #[test]
    fn parsers_return(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let _ = KeySet::parse(&bytes);
        let _ = json::object(&bytes, 4);
        let _ = Token::parse(&String::from_utf8_lossy(&bytes)).map(|token| token.claims.len());
    }

    #[test]
    fn a_mangled_key_set_is_read_or_refused(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = mint::key_set().to_string().into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let _ = KeySet::parse(&bytes);
    }
}
