//! Claims that become request headers: `propagate_claims`.

use crate::{identity, jose::Claims, request::Headers};
use http::{HeaderName, HeaderValue};
use serde_json::{Number, Value};

/// A claim, and the request header that it becomes.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    pub(super) name: &'static str,
    pub(super) header: &'static str,
}

impl Claim {
    /// The claim `name` as the header `header`, in lower case. Dots lead inside, unless the name is a URL.
    pub const fn new(name: &'static str, header: &'static str) -> Claim {
        Claim { name, header }
    }

    pub(super) fn of<'a>(&self, claims: &'a Claims) -> Option<&'a Value> {
        if self.name.starts_with("http") {
            claims.get(self.name)
        } else {
            claims.at(self.name)
        }
    }
}

/// A header in the making, for one token.
#[derive(Debug)]
pub(super) struct Propagated {
    name: HeaderName,
    /// None: the claim is not there, or nothing that a header can hold.
    values: Vec<HeaderValue>,
    /// Whether the edge's own word is better, if it has one: ours is empty, or was no scalar (AUTH-35).
    poor: bool,
}

impl Propagated {
    pub fn new(name: HeaderName, claim: Option<&Value>, keep_arrays: bool) -> Propagated {
        let values = match claim {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(list)) if keep_arrays => list.iter().map(text).collect(),
            Some(Value::Array(list)) if list.iter().all(is_scalar) => {
                vec![list.iter().map(text).collect::<Vec<_>>().join(",")]
            }
            Some(value) => vec![text(value)],
        };
        let poor = match claim {
            None => true,
            Some(Value::Array(list)) => !list.iter().all(is_scalar),
            Some(value) => !is_scalar(value),
        };
        let poor = poor || values.iter().all(String::is_empty);
        // One with a line break would be two: what is no header value is no value.
        let values: Result<Vec<_>, _> = values
            .iter()
            .map(|text| HeaderValue::from_bytes(text.as_bytes()))
            .collect();
        Propagated {
            name,
            poor: poor || values.is_err(),
            values: values.unwrap_or_default(),
        }
    }

    /// Puts it in the place of whatever the client sent by that name, but not of a better word of the edge.
    ///
    /// The client's identity headers were taken away when the request came: one that is there now is the edge's.
    pub fn put(&self, headers: &mut Headers) {
        if self.poor && identity::is_identity(&self.name) && headers.first(&self.name).is_some() {
            return;
        }
        headers.remove_twins(&self.name);
        headers.remove(&self.name);
        for value in &self.values {
            headers.append(&self.name, value.clone());
        }
    }
}

fn is_scalar(value: &Value) -> bool {
    matches!(value, Value::String(_) | Value::Number(_) | Value::Bool(_))
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Number(n) => number(n),
        other => other.to_string(),
    }
}

/// Whole numbers without a point, however they are written; others with six digits.
fn number(n: &Number) -> String {
    match n.as_f64() {
        Some(f) if n.is_f64() && (f - f.round()).abs() < 1e-9 => format!("{f:.0}"),
        Some(f) if n.is_f64() => format!("{f:.6}"),
        _ => n.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::Propagated;
    use crate::request::Headers;
    use http::HeaderName;
    use serde_json::{Value, json};

    fn values(headers: &Headers, name: &HeaderName) -> Vec<String> {
        let all = headers.all(name);
        all.map(|v| String::from_utf8_lossy(v).into_owned())
            .collect()
    }

    /// What becomes of a header that was `before`.
    fn becomes(name: &str, before: &[&str], claim: Option<&Value>, keep: bool) -> Vec<String> {
        let name: HeaderName = name.parse().expect("a name");
        let mut headers = Headers::default();
        for value in before {
            headers.append(&name, value.parse().expect("a value"));
        }
        Propagated::new(name.clone(), claim, keep).put(&mut headers);
        values(&headers, &name)
    }

    #[test]
    fn claims_become_text() {
        for (claim, joined, kept) in [
            (json!("a"), vec!["a"], vec!["a"]),
            (json!(""), vec![""], vec![""]),
            (json!("é"), vec!["é"], vec!["é"]),
            (json!(7), vec!["7"], vec!["7"]),
            (json!(7.0), vec!["7"], vec!["7"]),
            (json!(7.25), vec!["7.250000"], vec!["7.250000"]),
            (
                json!(-1e20),
                vec!["-100000000000000000000"],
                vec!["-100000000000000000000"],
            ),
            (json!(true), vec!["true"], vec!["true"]),
            (json!(["a", "b", 1]), vec!["a,b,1"], vec!["a", "b", "1"]),
            (json!([]), vec![""], vec![]),
            (json!({"a": 1}), vec![r#"{"a":1}"#], vec![r#"{"a":1}"#]),
            (json!([{"a": 1}]), vec![r#"[{"a":1}]"#], vec![r#"{"a":1}"#]),
            (json!(null), vec![], vec![]),
            // Never smuggled: not one of these is a header value.
            (json!("a\r\nx-admin: 1"), vec![], vec![]),
            (json!("a\nb"), vec![], vec![]),
            (json!("a\u{0}"), vec![], vec![]),
            (json!(["a", "b\r\n"]), vec![], vec![]),
        ] {
            assert_eq!(
                becomes("x-a", &["client's"], Some(&claim), false),
                joined,
                "{claim}"
            );
            assert_eq!(
                becomes("x-a", &["client's"], Some(&claim), true),
                kept,
                "{claim}"
            );
        }
        assert!(becomes("x-a", &["client's"], None, false).is_empty());
    }

    #[test]
    fn auth_35_a_word_of_the_edge_is_not_made_worse() {
        for (claim, expected) in [
            (Some(json!("sub")), "sub"),
            (Some(json!(["a", "b"])), "a,b"),
            (None, "edge"),
            (Some(json!("")), "edge"),
            (Some(json!(null)), "edge"),
            (Some(json!([])), "edge"),
            (Some(json!({"a": 1})), "edge"),
            (Some(json!([{"name": "admin"}])), "edge"),
            (Some(json!("a\r\nb")), "edge"),
        ] {
            let got = becomes("x-user-id", &["edge"], claim.as_ref(), false);
            assert_eq!(got, [expected], "{claim:?}");
        }
        assert!(becomes("x-user-id", &[], None, false).is_empty());
    }

    #[test]
    fn other_spellings_go_too() {
        let name = HeaderName::from_static("x-tenant-id");
        let mut headers = Headers::default();
        for name in ["x_tenant_id", "x-tenant_id", "x-tenant-id", "x_tenant_ix"] {
            headers.append(
                &name.parse().expect("a name"),
                "evil".parse().expect("a value"),
            );
        }
        Propagated::new(name.clone(), Some(&json!("good")), false).put(&mut headers);
        assert_eq!(values(&headers, &name), ["good"]);
        let mut left: Vec<_> = headers.names().map(HeaderName::as_str).collect();
        left.sort_unstable();
        assert_eq!(left, ["x-tenant-id", "x_tenant_ix"]);
    }
}
