//! Variables by which the Go gateway and its engine are configured, set for this gateway, which has no ear for them. Each is
//! told at the start and by `env`: what somebody believes to be on may be off.

use super::{in_effect, slots, variables::VARIABLES};
use crate::gateway::Gateway;
use std::{collections::HashSet, ffi::OsString};

/// A variable that changes nothing.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{name} is set and changes nothing: {why}")]
pub(super) struct Unheard {
    name: String,
    why: String,
}

/// Variables that a gateway reads if its config has the namespace (AUTH 1.1, WID-2, CORS-2, ZAP 11.2).
const OF_NAMESPACES: &[(&str, &[&str])] = &[
    (
        "github.com/hanzoai/gateway/auth",
        &[
            "AUTH_ENABLED",
            "AUTH_JWKS_URL",
            "AUTH_ISSUER",
            "AUTH_AUDIENCE",
            "AUTH_REQUIRE",
            "AUTH_PUBLIC_PATHS",
            "AUTH_PUBLIC_HOSTS",
            "AUTH_BILLING_URL",
            "BILLING_ENABLED",
            "COMMERCE_SERVICE_TOKEN",
        ],
    ),
    (
        "github.com/hanzoai/gateway/widget",
        &["WIDGET_ALLOWED_ORIGINS"],
    ),
    ("github.com/hanzoai/gateway/cors", &["GATEWAY_CORS_ORIGINS"]),
    (
        "github.com/hanzoai/gateway/zap-listener",
        &[
            "ZAP_LISTENER_ENABLED",
            "ZAP_LISTENER_PORT",
            "ZAP_TLS_CERT",
            "ZAP_TLS_KEY",
            "ZAP_INTERNAL_ADDR",
        ],
    ),
];

/// What no gateway of ours has (ZAP-9, HR-3, CLI-3).
const OF_OTHERS: &[(&str, &str)] = &[
    ("KRAKEND_ZAP_LISTEN", "zap-http is not spoken here"),
    (
        "GATEWAY_KMS_ENDPOINT",
        "secrets come from ${file:…} and ${env:…} in the config",
    ),
    (
        "FC_ENABLE",
        "the config was compiled; templates are expanded by gwc",
    ),
];

/// The prefix of variables that change keys of the config (CLI-2).
const OF_KEYS: &str = "KRAKEND_";

/// All that `set` has, names and values of the environment.
pub(super) fn find(
    gateway: &Gateway,
    set: impl Iterator<Item = (OsString, OsString)>,
) -> Vec<Unheard> {
    let own = VARIABLES
        .iter()
        .flat_map(|variable| [Some(variable.name), variable.alias])
        .flatten();
    let of_parts = in_effect::variables(gateway).map(|variable| variable.name);
    let heard: HashSet<&str> = own
        .chain(of_parts)
        .chain(slots::variables(gateway))
        .collect();
    let mut unheard: Vec<Unheard> = set
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, value)| !heard.contains(&**name) && !is_off(value))
        .filter_map(|(name, value)| {
            Some(Unheard {
                why: why(&name, &value)?,
                name,
            })
        })
        .collect();
    unheard.sort_unstable_by(|a, b| a.name.cmp(&b.name));
    unheard
}

/// Whoever says that something is off has it off.
fn is_off(value: &str) -> bool {
    ["", "false", "off", "0"].contains(&value.trim().to_ascii_lowercase().as_str())
}

/// None: it is not meant for a gateway.
fn why(name: &str, value: &str) -> Option<String> {
    if let Some((namespace, _)) = OF_NAMESPACES
        .iter()
        .find(|(_, names)| names.contains(&name))
    {
        return Some(format!("the config has no `{namespace}`"));
    }
    if let Some((_, why)) = OF_OTHERS.iter().find(|(other, _)| *other == name) {
        return Some((*why).to_owned());
    }
    let key = name.strip_prefix(OF_KEYS)?;
    (!is_service_link(key, value)).then(|| {
        format!(
            "the config was compiled; change `{}` there",
            key.to_ascii_lowercase()
        )
    })
}

/// Kubernetes sets several for every service of the namespace, and one may be called `krakend`.
fn is_service_link(key: &str, value: &str) -> bool {
    value.contains("://") || key.contains("SERVICE_") || key.starts_with("PORT_")
}

#[cfg(test)]
mod tests {
    use super::find;
    use crate::gateway::Gateway;

    #[test]
    fn what_is_set_and_changes_nothing() {
        let gateway = Gateway::new("test", "{}");
        let said = |name: &str, value: &str| {
            let set = [(name.into(), value.into())].into_iter();
            let unheard = find(&gateway, set);
            unheard.first().map(ToString::to_string)
        };
        for (name, value, why) in [
            (
                "AUTH_REQUIRE",
                "true",
                "AUTH_REQUIRE is set and changes nothing: the config has no `github.com/hanzoai/gateway/auth`",
            ),
            (
                "ZAP_LISTENER_ENABLED",
                "true",
                "ZAP_LISTENER_ENABLED is set and changes nothing: the config has no \
                 `github.com/hanzoai/gateway/zap-listener`",
            ),
            (
                "KRAKEND_ZAP_LISTEN",
                ":9999",
                "KRAKEND_ZAP_LISTEN is set and changes nothing: zap-http is not spoken here",
            ),
            (
                "KRAKEND_TIMEOUT",
                "9s",
                "KRAKEND_TIMEOUT is set and changes nothing: the config was compiled; change `timeout` there",
            ),
        ] {
            assert_eq!(said(name, value).as_deref(), Some(why));
        }
        for (name, value) in [
            ("AUTH_REQUIRE", "false"),
            ("KRAKEND_ZAP_LISTEN", "off"),
            ("KRAKEND_PORT", "8080"),
            ("GATEWAY_PORT", "8080"),
            ("KRAKEND_PORT_8080_TCP_PROTO", "tcp"),
            ("KRAKEND_SERVICE_HOST", "10.0.0.1"),
            ("KRAKEND_HOST", ""),
            ("PATH", "/bin"),
        ] {
            assert_eq!(said(name, value), None, "{name}={value}");
        }
    }
}
