//! From the claims of a verified token to the headers that say who calls (AUTH-25..27).
//!
//! A claim is a stranger's text in a header that backends trust, so what could be read there as anything else than it
//! is does not get there: an id makes its token invalid, everything else is left out.

use super::{
    claim::{self, BadClaim},
    permission,
};
use crate::identity::{
    BILLING_ACCOUNT_ID, ORG_ID, PHONE_NUMBER, PROJECT_ID, ROLES, USER_EMAIL, USER_ID,
    USER_IS_ADMIN, USER_PERMISSIONS,
};
use crate::request::Headers;
use http::{HeaderName, HeaderValue};
use serde_json::{Map, Value};

/// The organization whose administrators are ours.
const OUR_ORG: &str = "admin";

/// What a gateway may be told about minting.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Rules {
    /// `isAdmin` alone grants `live`; `admin` comes with the organization `admin` only (AUTH-27).
    pub narrow_admin: bool,
    /// `X-Project-Id` and `X-Billing-Account-Id` are minted too (AUTH-14).
    pub project: bool,
}

/// Who calls, ready to be said.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Caller {
    headers: Vec<(HeaderName, HeaderValue)>,
    /// What Commerce knows the caller by (AUTH-29); `None` for a token that names nobody.
    pub billing_id: Option<Box<str>>,
}

impl Caller {
    pub fn of(claims: &Map<String, Value>, rules: Rules) -> Result<Caller, BadClaim> {
        let (named_by, user) = claim::first(claims, &["sub", "preferred_username", "name"])?;
        let org = claim::text(claims, "owner")?;
        let email = claim::text(claims, "email")?;
        let (_, phone) = claim::first(claims, &["phone_number", "phone"])?;
        let admin = claim::flag(claims, "isAdmin")?;

        let mut headers = vec![
            (USER_ID, exactly(user, named_by)?),
            (ORG_ID, exactly(org, "owner")?),
            (USER_EMAIL, speakable(email).unwrap_or(EMPTY)),
        ];
        if let Some(roles) = claims.get("roles").and_then(roles) {
            headers.push((ROLES, roles));
        }
        let mut permissions = claims.get("permissions").map_or(0, permission::bits);
        if admin {
            permissions |= permission::LIVE;
            if !rules.narrow_admin || org == OUR_ORG {
                permissions |= permission::ADMIN;
            }
            headers.push((USER_IS_ADMIN, HeaderValue::from_static("true")));
        }
        if permissions != 0 {
            headers.push((USER_PERMISSIONS, permissions.into()));
        }
        if let Some(phone) = speakable(phone).filter(|phone| !phone.is_empty()) {
            headers.push((PHONE_NUMBER, phone));
        }
        if rules.project {
            for (header, name) in [
                (PROJECT_ID, "project"),
                (BILLING_ACCOUNT_ID, "billing_account"),
            ] {
                let value = exactly(claim::text(claims, name)?, name)?;
                if !value.is_empty() {
                    headers.push((header, value));
                }
            }
        }
        Ok(Caller {
            headers,
            billing_id: billing_id(user, org),
        })
    }

    /// Says it. Whatever stood there under these names is gone.
    pub fn put(&self, to: &mut Headers) {
        for (name, value) in &self.headers {
            to.remove(name);
            to.append(name, value.clone());
        }
    }
}

const EMPTY: HeaderValue = HeaderValue::from_static("");

/// A text that arrives as it is: printable ASCII, no space at its ends. A backend trims spaces, and some take a byte over
/// 0x7f (U+0085, say) for the end of the line.
fn speakable(text: &str) -> Option<HeaderValue> {
    let printable = text.bytes().all(|b| matches!(b, b' '..=b'~'));
    let trimmed = text.trim_ascii().len() == text.len();
    if printable && trimmed {
        HeaderValue::try_from(text).ok()
    } else {
        None
    }
}

/// An id says who somebody is: it is said as it is, or the token is not taken at all.
fn exactly(id: &str, claim: &'static str) -> Result<HeaderValue, BadClaim> {
    speakable(id).ok_or(BadClaim::Unspeakable(claim))
}

/// AUTH-25. A name with a comma would be read as two, so it is left out, as is one that no header can hold.
fn roles(claim: &Value) -> Option<HeaderValue> {
    let names = claim::names(claim.as_array()?)?;
    let sayable: Vec<&str> = names
        .into_iter()
        .filter(|name| !name.is_empty() && !name.contains(',') && speakable(name).is_some())
        .collect();
    if sayable.is_empty() {
        return None;
    }
    HeaderValue::try_from(sayable.join(",")).ok()
}

/// AUTH-29.
fn billing_id(user: &str, org: &str) -> Option<Box<str>> {
    if user.is_empty() {
        None
    } else if org.is_empty() || user.contains('/') {
        Some(user.into())
    } else {
        Some(format!("{org}/{user}").into())
    }
}

#[cfg(test)]
mod tests {
    use super::{BadClaim, Caller, Rules};
    use crate::request::{Headers, text};
    use serde_json::{Value, json};

    const PLAIN: Rules = Rules {
        narrow_admin: false,
        project: false,
    };

    fn minted(claims: &Value, rules: Rules) -> Result<Vec<String>, BadClaim> {
        let caller = Caller::of(claims.as_object().unwrap(), rules)?;
        let mut headers = Headers::default();
        caller.put(&mut headers);
        let mut lines: Vec<String> = headers
            .iter()
            .map(|(name, value)| format!("{name}: {}", text(value).unwrap()))
            .collect();
        lines.sort();
        Ok(lines)
    }

    /// The lines beside the three that are always there, and empty for an empty claim set.
    fn beside(claims: Value, rules: Rules) -> Vec<String> {
        let mut lines = minted(&claims, rules).unwrap();
        lines.retain(|line| !matches!(&**line, "x-user-id: " | "x-org-id: " | "x-user-email: "));
        lines
    }

    #[test]
    fn minted_headers_1_6() {
        let all = json!({
            "sub": "u1", "owner": "hanzo", "roles": ["admin", "viewer"], "permissions": ["test"],
            "email": "a@b.c", "phone_number": "+1", "isAdmin": true, "name": "other",
        });
        assert_eq!(
            minted(&all, PLAIN).unwrap(),
            [
                "x-org-id: hanzo",
                "x-phone-number: +1",
                "x-roles: admin,viewer",
                "x-user-email: a@b.c",
                "x-user-id: u1",
                "x-user-isadmin: true",
                "x-user-permissions: 28",
            ]
        );
        assert_eq!(
            minted(&json!({}), PLAIN).unwrap(),
            ["x-org-id: ", "x-user-email: ", "x-user-id: "]
        );
        for (claims, expected) in [
            (
                json!({"preferred_username": "p", "name": "n"}),
                "x-user-id: p",
            ),
            (json!({"sub": "", "name": "n"}), "x-user-id: n"),
            (json!({"sub": null, "name": "n"}), "x-user-id: n"),
            (json!({"phone": "2"}), "x-phone-number: 2"),
            (
                json!({"phone": "2", "phone_number": "1"}),
                "x-phone-number: 1",
            ),
        ] {
            assert_eq!(beside(claims.clone(), PLAIN), [expected], "{claims}");
        }
    }

    #[test]
    fn auth_25_roles() {
        for (roles, expected) in [
            (json!(["admin", "viewer"]), Some("admin,viewer")),
            (
                json!([{"name": "admin"}, {"name": "x", "id": 1}]),
                Some("admin,x"),
            ),
            (json!([{"name": ""}, {"name": "x"}, {}]), Some("x")),
            (json!(["two words"]), Some("two words")),
            (json!([]), None),
            (json!(null), None),
            (json!("admin"), None),
            (json!(7), None),
            (json!({"name": "admin"}), None),
            (json!(["admin", {"name": "x"}]), None),
            (json!(["admin", 1]), None),
            (json!([{"name": 1}]), None),
            // A name that would be read as another one.
            (json!(["a,admin", "viewer"]), Some("viewer")),
            (json!([" admin"]), None),
            (json!(["admin\r\nx-user-id: root"]), None),
            (json!(["a\u{85}b", "viewer"]), Some("viewer")),
        ] {
            let expected: Vec<_> = expected.iter().map(|r| format!("x-roles: {r}")).collect();
            assert_eq!(
                beside(json!({ "roles": roles }), PLAIN),
                expected,
                "{roles}"
            );
        }
    }

    #[test]
    fn auth_27_administrators() {
        let narrow = Rules {
            narrow_admin: true,
            ..PLAIN
        };
        for (owner, rules, expected) in [
            ("hanzo", PLAIN, "20"),
            ("admin", PLAIN, "20"),
            ("hanzo", narrow, "4"),
            ("Admin", narrow, "4"),
            ("", narrow, "4"),
            ("admin", narrow, "20"),
        ] {
            let lines = minted(&json!({"owner": owner, "isAdmin": true}), rules).unwrap();
            let line = format!("x-user-permissions: {expected}");
            assert!(lines.contains(&line), "{owner} with {rules:?}: {lines:?}");
            assert!(lines.contains(&"x-user-isadmin: true".to_owned()));
        }
        assert_eq!(beside(json!({"isAdmin": false}), PLAIN), [""; 0]);
    }

    #[test]
    fn auth_14_projects_on_request_only() {
        let claims = json!({"project": "p", "billing_account": "b"});
        assert_eq!(beside(claims.clone(), PLAIN), [""; 0]);
        let project = Rules {
            project: true,
            ..PLAIN
        };
        assert_eq!(
            beside(claims, project),
            ["x-billing-account-id: b", "x-project-id: p"]
        );
    }

    #[test]
    fn auth_21_types_and_what_no_header_can_say() {
        use BadClaim::{NotBoolean, NotText, Unspeakable};
        for (claims, expected) in [
            (json!({"sub": 1}), NotText("sub")),
            (json!({"sub": "a", "name": []}), NotText("name")),
            (json!({"owner": {}}), NotText("owner")),
            (json!({"email": true}), NotText("email")),
            (json!({"phone": 49}), NotText("phone")),
            (json!({"phone_number": "1", "phone": 49}), NotText("phone")),
            (json!({"isAdmin": "true"}), NotBoolean("isAdmin")),
            (json!({"isAdmin": 1}), NotBoolean("isAdmin")),
            (json!({"sub": "a\r\nx-roles: admin"}), Unspeakable("sub")),
            (json!({"sub": "a\u{0}"}), Unspeakable("sub")),
            (json!({"sub": " root"}), Unspeakable("sub")),
            (json!({"sub": "josé"}), Unspeakable("sub")),
            (json!({"name": "root "}), Unspeakable("name")),
            (json!({"owner": "admin\t"}), Unspeakable("owner")),
        ] {
            assert_eq!(minted(&claims, PLAIN), Err(expected), "{claims}");
        }
        // What only describes somebody is left out.
        assert_eq!(
            beside(json!({"email": "josé@b.c", "phone": "1\n2"}), PLAIN),
            [""; 0]
        );
    }

    #[test]
    fn auth_29_whom_commerce_knows() {
        for (claims, expected) in [
            (json!({}), None),
            (json!({"owner": "hanzo"}), None),
            (json!({"sub": "u"}), Some("u")),
            (json!({"sub": "u", "owner": "hanzo"}), Some("hanzo/u")),
            (json!({"sub": "org/u", "owner": "hanzo"}), Some("org/u")),
            (json!({"name": "n", "owner": "hanzo"}), Some("hanzo/n")),
        ] {
            let caller = Caller::of(claims.as_object().unwrap(), PLAIN).unwrap();
            assert_eq!(caller.billing_id.as_deref(), expected, "{claims}");
        }
    }
}
