//! The edge identity over sockets: `tests/golden/identity.json`, and `hardened.json` with every switch on the strict
//! side. An issuer of our own signs the tokens.

mod billing;
mod errors;
mod minted;
mod revoked;
mod settings;
mod smuggled;
mod sources;

use harness::{Gateway, Issuer, Launch, Origin, Response, gateway::ORIGIN, issuer::now};
use serde_json::{Value, json};

/// A gateway between an issuer, an origin and (where balances matter) Commerce.
struct Edge {
    gateway: Gateway,
    issuer: Issuer,
    origin: Origin,
}

impl Edge {
    /// `golden` without balances.
    fn start(golden: &str) -> Edge {
        Edge::with(golden, |launch| launch.env("BILLING_ENABLED", "false"))
    }

    fn with(golden: &str, more: impl FnOnce(Launch) -> Launch) -> Edge {
        let (issuer, origin) = (Issuer::start("k1"), Origin::ok());
        let launch = Launch::golden(golden)
            .resolve(ORIGIN, origin.address)
            .resolve("id.test:80", issuer.server.address)
            .env("REVOKER_TOKEN", REVOKER_TOKEN)
            .one_worker();
        Edge {
            gateway: more(launch).start(),
            issuer,
            origin,
        }
    }

    fn get(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        self.gateway.ask(&format!("GET {path}"), headers)
    }

    /// A good token, with these claims.
    fn token(&self, claims: Value) -> String {
        self.issuer.token(&believed(claims))
    }

    /// A GET with a token of these claims.
    fn get_as(&self, path: &str, claims: Value) -> Response {
        let token = self.token(claims);
        self.get(path, &[("Authorization", &format!("Bearer {token}"))])
    }

    /// The identity headers that the origin got with the last request, sorted.
    fn said(&self) -> Vec<String> {
        let headers = self.origin.last().headers;
        let mut said: Vec<String> = headers
            .0
            .iter()
            .map(|(name, value)| (name.to_ascii_lowercase().replace('_', "-"), value))
            .filter(|(name, _)| is_identity(name))
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        said.sort();
        said
    }
}

/// What only a gateway may say (AUTH-13), spelt out here a second time: this is the specification.
fn is_identity(name: &str) -> bool {
    const NAMES: [&str; 16] = [
        "x-user-id",
        "x-org-id",
        "x-roles",
        "x-user-permissions",
        "x-user-email",
        "x-phone-number",
        "x-user-isadmin",
        "x-user-role",
        "x-user-roles",
        "x-user-name",
        "x-tenant-id",
        "x-org",
        "x-user-owner",
        "x-user-isglobaladmin",
        "x-project-id",
        "x-billing-account-id",
    ];
    NAMES.contains(&name) || name.starts_with("x-iam-") || name.starts_with("x-hanzo-")
}

/// Somebody, for whom a test only matters that it is somebody.
fn somebody() -> Value {
    json!({ "sub": "u1", "owner": "hanzo" })
}

/// Of the API of `hardened.json`.
const REVOKER_TOKEN: &str = "a-token-of-32-bytes-for-the-api.";

const ISSUER: &str = "https://id.test";

/// Claims that both gateways believe, with these beside or in place of them; `null` leaves one out.
fn believed(changes: Value) -> Value {
    let mut all = json!({ "iss": ISSUER, "aud": "api", "exp": now() + 3600 });
    let Value::Object(changes) = changes else {
        panic!("claims are an object")
    };
    for (name, value) in changes {
        if value.is_null() && all.get(&name).is_some() {
            all.as_object_mut().expect("claims").remove(&name);
        } else {
            all[name] = value;
        }
    }
    all
}
