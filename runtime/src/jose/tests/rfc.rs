//! The examples of RFC 7515 appendix A, RFC 7519 and RFC 8037 appendix A.

use crate::jose::{
    Alg, Algs, Audience, KeyId, KeySet, Refusal, Rules, base64url, key::Key, token::Token,
};
use serde_json::{Value, json};
use std::time::Duration;

const CLAIMS: &str = "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt\
    cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

/// Header, signature, key: RFC 7515 A.1 (which is RFC 7519 3.1), A.2, A.3.
fn with_claims() -> [(&'static str, &'static str, Value); 3] {
    [
        (
            "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9",
            "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            json!({ "kty": "oct", "k": "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75\
                aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow" }),
        ),
        (
            "eyJhbGciOiJSUzI1NiJ9",
            "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5Y\
                Kt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5\
                h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqt\
                FZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVr\
                Bp0igcN_IoypGlUPQGe77Rw",
            json!({ "kty": "RSA", "e": "AQAB", "n": "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoT\
                bji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_Y\
                pRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXB\
                dQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvU\
                K-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ" }),
        ),
        (
            "eyJhbGciOiJFUzI1NiJ9",
            "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6\
                NU1Q",
            json!({ "kty": "EC", "crv": "P-256",
                "x": "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
                "y": "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0" }),
        ),
    ]
}

fn rules() -> Rules {
    Rules {
        algs: Algs::of(&[Alg::Hs256, Alg::Rs256, Alg::Es256]),
        issuer: Some("joe"),
        audience: Audience::Anybody,
        leeway: Duration::ZERO,
        must_expire: true,
        key_id: KeyId::Kid,
        any_key: false,
    }
}

#[test]
fn tokens_with_claims_are_good_until_they_expire() {
    for (header, signature, key) in with_claims() {
        let token = format!("{header}.{CLAIMS}.{signature}");
        let keys = KeySet::parse(json!({ "keys": [key] }).to_string().as_bytes());
        let keys = keys.expect("a key set");
        let at = |now| rules().check(&token, &keys, Duration::from_secs(now), |_| ());
        let claims = at(1_300_819_380).expect("valid then");
        assert_eq!(claims.text("iss"), Some("joe"));
        assert_eq!(claims.expires, Some(1_300_819_380.0));
        assert_eq!(
            claims.get("http://example.com/is_root"),
            Some(&Value::Bool(true))
        );
        assert!(
            matches!(at(1_300_819_381), Err(Refusal::Expired)),
            "{header}"
        );
    }
}

#[test]
fn tokens_without_claims_have_good_signatures() {
    // RFC 7515 A.4, RFC 8037 A.4.
    for (alg, token, key) in [
        (
            Alg::Es512,
            "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA.AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1\
                bKPWROc-mZZqwqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8KpEHw\
                JjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
            json!({ "kty": "EC", "crv": "P-521",
                "x": "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9ts\
                    z4qUxcWceqwQGk",
                "y": "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh\
                    9ubmf63e3kyMj2" }),
        ),
        (
            Alg::EdDsa,
            "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc.hgyY0il_MGCjP0JzlnLWG1PPOt7\
                -09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg",
            json!({ "kty": "OKP", "crv": "Ed25519",
                "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo" }),
        ),
    ] {
        let token = Token::parse(token).expect("a token");
        let key = Key::read(key.as_object().expect("an object")).unwrap_or_else(|e| panic!("{e}"));
        let mut signature = base64url(token.signature).expect("base64url");
        assert_eq!(token.header.alg, alg);
        assert!(
            key.verifies(alg, token.signed.as_bytes(), &signature),
            "{alg:?}"
        );
        signature[7] ^= 1;
        assert!(
            !key.verifies(alg, token.signed.as_bytes(), &signature),
            "{alg:?}"
        );
    }
}

#[test]
fn what_has_no_signature_is_refused() {
    let jwe = "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.aa.bb.cc.dd";
    for (token, check) in [
        // RFC 7515 A.5 and RFC 7519 6.1.
        (
            format!("eyJhbGciOiJub25lIn0.{CLAIMS}."),
            (|e| matches!(e, Refusal::Algorithm)) as fn(&Refusal) -> bool,
        ),
        // As RFC 7519 A.1: five parts, encrypted.
        (jwe.to_owned(), |e| matches!(e, Refusal::NotThreeParts)),
    ] {
        let refused = rules().check(&token, &KeySet::default(), Duration::ZERO, |_| ());
        assert!(refused.as_ref().is_err_and(check), "{refused:?}");
    }
}
