//! A resolved value, and as JSON for programs; `words.rs` has the words for people.

use serde_json::json;
use std::{collections::BTreeMap, time::Duration};

/// Stands for what is not shown.
pub const SECRET: &str = "(secret)";

/// What a field says.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// A word: a path, a level, a method.
    Text(String),
    /// A switch.
    Flag(bool),
    /// A count.
    Number(f64),
    /// A size.
    Bytes(u64),
    /// A time.
    Duration(Duration),
    /// So many in so long.
    Rate {
        /// Requests in one window.
        count: f64,
        /// The window.
        every: Duration,
    },
    /// Everything: headers or query strings `["*"]`.
    All,
    /// A set, sorted; or a list whose order counts, as written.
    List(Vec<String>),
    /// Compared, never shown: what is in a diff ends in a pull request.
    Secret(String),
    /// The keys of an `extra_config` entry.
    Namespace(BTreeMap<String, Value>),
    /// Anything else.
    Json(serde_json::Value),
    /// A route that comes or goes.
    Endpoint {
        /// Where its requests go: `http://users:8000/v1/*`.
        target: String,
        /// What stands before that.
        guards: Vec<&'static str>,
        /// `auth/public`: true.
        public: bool,
    },
    /// The route that takes its requests on the other side.
    Elsewhere {
        /// `GET /v1/*`
        route: String,
        /// The guards of the old side that the new side is without.
        lost: Vec<&'static str>,
    },
}

impl Value {
    /// As JSON: durations in seconds, sizes in bytes, `*` for everything.
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Value::Text(text) => json!(text),
            Value::Flag(flag) => json!(flag),
            Value::Number(number) => plain_number(*number),
            Value::Bytes(bytes) => json!(bytes),
            Value::Duration(duration) => plain_number(duration.as_secs_f64()),
            Value::Rate { count, every } => {
                json!({ "count": plain_number(*count), "every": plain_number(every.as_secs_f64()) })
            }
            Value::All => json!("*"),
            Value::List(items) => json!(items),
            Value::Namespace(values) => values
                .iter()
                .map(|(key, value)| (key.clone(), value.to_json()))
                .collect(),
            Value::Json(value) => redacted(value),
            Value::Secret(_) => json!(SECRET),
            Value::Endpoint {
                target,
                guards,
                public,
            } => json!({ "target": target, "guards": guards, "public": public }),
            Value::Elsewhere { route, lost } => json!({ "route": route, "lost": lost }),
        }
    }
}

/// Whether what stands under this key is nobody's business.
pub fn is_secret(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    let ends = [
        "secret",
        "password",
        "passwd",
        "api_key",
        "private_key",
        "secret_key",
        "token",
    ];
    ends.iter().any(|end| key.ends_with(end)) || key == "keys"
}

/// Without the secrets inside.
pub fn redacted(value: &serde_json::Value) -> serde_json::Value {
    match value {
        serde_json::Value::Object(members) => members
            .iter()
            .map(|(key, value)| {
                let shown = if is_secret(key) {
                    json!(SECRET)
                } else {
                    redacted(value)
                };
                (key.clone(), shown)
            })
            .collect(),
        serde_json::Value::Array(items) => items.iter().map(redacted).collect(),
        other => other.clone(),
    }
}

/// `120` in place of `120.0`.
fn plain_number(number: f64) -> serde_json::Value {
    #[expect(clippy::cast_possible_truncation, reason = "only where it is exact")]
    let whole = number as i64;
    #[expect(
        clippy::cast_precision_loss,
        clippy::float_cmp,
        reason = "compared with what it was, exactly"
    )]
    if whole as f64 == number {
        json!(whole)
    } else {
        json!(number)
    }
}
