//! The text of a token, taken apart: `header.claims.signature` (RFC 7515 3.1). Nothing in it is believed here.

use super::{
    alg::Alg,
    base64url,
    json::{self},
    refusal::{Part, Refusal},
};
use serde_json::{Map, Value};

/// Bytes of a token.
const MAX_TOKEN: usize = 16 * 1024;
/// Bytes of its header, encoded. Room for a certificate chain, which some issuers put there.
const MAX_HEADER: usize = 8 * 1024;
/// Bytes of the name of a key.
const MAX_KEY_ID: usize = 256;
/// Levels of a header: a JWK in it has two, with a certificate chain three.
const HEADER_DEPTH: u8 = 4;

/// A token whose header was read, and nothing else.
#[derive(Debug)]
pub(crate) struct Token<'a> {
    pub header: Header,
    /// What is signed: header and claims, as they were sent.
    pub signed: &'a str,
    pub claims: &'a str,
    pub signature: &'a str,
}

/// What a header may say to us. `jwk`, `jku`, `x5u` and `x5c` offer keys; whoever forged the token made them.
#[derive(Debug)]
pub(crate) struct Header {
    pub alg: Alg,
    pub kid: Option<String>,
    pub x5t: Option<String>,
    pub x5t_s256: Option<String>,
}

impl Token<'_> {
    pub fn parse(text: &str) -> Result<Token<'_>, Refusal> {
        if text.len() > MAX_TOKEN {
            return Err(Refusal::TooLong);
        }
        let (signed, signature) = text.rsplit_once('.').ok_or(Refusal::NotThreeParts)?;
        let (header, claims) = signed.split_once('.').ok_or(Refusal::NotThreeParts)?;
        if claims.contains('.') || header.is_empty() || claims.is_empty() {
            return Err(Refusal::NotThreeParts);
        }
        if header.len() > MAX_HEADER {
            return Err(Refusal::TooLong);
        }
        let bytes = base64url(header).ok_or(Refusal::Base64(Part::Header))?;
        let object = json::object(&bytes, HEADER_DEPTH)
            .map_err(|error| Refusal::Json(Part::Header, error))?;
        Ok(Token {
            header: Header::read(&object)?,
            signed,
            claims,
            signature,
        })
    }
}

impl Header {
    fn read(object: &Map<String, Value>) -> Result<Header, Refusal> {
        // RFC 7515 4.1.11: whoever does not understand an extension that is marked so must refuse. We know none.
        if object.contains_key("crit") {
            return Err(Refusal::Critical);
        }
        // RFC 7797 asks for `crit` with it; a token without would be read in two ways.
        if object.contains_key("b64") {
            return Err(Refusal::Unencoded);
        }
        let alg = match object.get("alg") {
            Some(Value::String(name)) => Alg::named(name).ok_or(Refusal::Algorithm)?,
            _ => return Err(Refusal::Algorithm),
        };
        if !is_access_token(object.get("typ")) || is_nested(object.get("cty")) {
            return Err(Refusal::Type);
        }
        Ok(Header {
            alg,
            kid: key_id(object, "kid")?,
            x5t: key_id(object, "x5t")?,
            x5t_s256: key_id(object, "x5t#S256")?,
        })
    }
}

/// Absent, or one of those that say "a token" in general or "an access token" (RFC 9068). Tokens made for something
/// else, such as a logout notice, a proof of possession or a security event, say what they are so that they are not
/// taken for one (RFC 8725 3.11).
fn is_access_token(typ: Option<&Value>) -> bool {
    match typ {
        None => true,
        Some(Value::String(typ)) => {
            let short = match typ.get(..12) {
                Some(start) if start.eq_ignore_ascii_case("application/") => &typ[12..],
                _ => typ,
            };
            ["jwt", "at+jwt", "jose"]
                .iter()
                .any(|known| short.eq_ignore_ascii_case(known))
        }
        Some(_) => false,
    }
}

/// A token in a token (RFC 7519 5.2) has the claims of another.
fn is_nested(cty: Option<&Value>) -> bool {
    match cty {
        None => false,
        Some(Value::String(cty)) => cty.to_ascii_lowercase().ends_with("jwt"),
        Some(_) => true,
    }
}

fn key_id(object: &Map<String, Value>, name: &str) -> Result<Option<String>, Refusal> {
    match object.get(name) {
        None => Ok(None),
        Some(Value::String(id)) if id.len() <= MAX_KEY_ID => Ok(Some(id.clone())),
        Some(_) => Err(Refusal::KeyId),
    }
}
