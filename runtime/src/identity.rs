//! Identity headers: who the caller is, said by the gateway to its upstreams, and by nobody else.
//!
//! A client that could set one would be whoever it likes, so they are taken out of every request, in every gateway,
//! before anything else looks at it (AUTH-13). An upstream framework may read `X_User_Id` as `X-User-Id`, so `_` counts
//! as `-` (AUTH-15).

use http::{HeaderMap, HeaderName};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Always taken out. The last two are read by what was written for the gateway's next line (AUTH-14).
const NAMES: &[&str] = &[
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
];
const PREFIXES: &[&str] = &["x-iam-", "x-hanzo-"];
/// Taken out where the gateway says them itself; clients may say them elsewhere (AUTH-14).
const PROJECT_NAMES: &[&str] = &["x-project-id", "x-billing-account-id"];

/// Whether [`PROJECT_NAMES`] are the gateway's. One for the process, because trailers are stripped where no gateway is
/// known; it is set before anything listens.
static OWNS_PROJECT: AtomicBool = AtomicBool::new(false);

/// What the gateway says of a caller (AUTH-25), and nobody else can: whatever is minted is stripped first.
macro_rules! minted {
    ($($name:ident = $text:literal in $list:ident;)*) => {
        $(
            #[allow(dead_code, reason = "only the edge mints")]
            pub(crate) const $name: HeaderName = HeaderName::from_static($text);
            const _: () = assert!(holds($list, $text), "what is minted must be stripped (AUTH-14)");
        )*
    };
}

minted! {
    USER_ID = "x-user-id" in NAMES;
    ORG_ID = "x-org-id" in NAMES;
    ROLES = "x-roles" in NAMES;
    USER_PERMISSIONS = "x-user-permissions" in NAMES;
    USER_EMAIL = "x-user-email" in NAMES;
    PHONE_NUMBER = "x-phone-number" in NAMES;
    USER_IS_ADMIN = "x-user-isadmin" in NAMES;
    PROJECT_ID = "x-project-id" in PROJECT_NAMES;
    BILLING_ACCOUNT_ID = "x-billing-account-id" in PROJECT_NAMES;
}

const fn holds(list: &[&str], name: &str) -> bool {
    let mut n = 0;
    while n < list.len() {
        let (a, b) = (list[n].as_bytes(), name.as_bytes());
        let mut at = 0;
        while at < a.len() && at < b.len() && a[at] == b[at] {
            at += 1;
        }
        if at == a.len() && at == b.len() {
            return true;
        }
        n += 1;
    }
    false
}

/// From here on `X-Project-Id` and `X-Billing-Account-Id` are the gateway's to say (AUTH-14).
#[allow(dead_code, reason = "only the edge mints")]
pub(crate) fn own_project() {
    OWNS_PROJECT.store(true, Relaxed);
}

/// Removes every identity header, all values of it.
pub(crate) fn strip(headers: &mut HeaderMap) {
    // Nearly no request has one: nothing is collected until the first is found.
    if headers.keys().any(is_identity) {
        let found: Vec<HeaderName> = headers
            .keys()
            .filter(|name| is_identity(name))
            .cloned()
            .collect();
        for name in found {
            headers.remove(name);
        }
    }
}

/// Whether `name` (lower case, as `HeaderName` always is) says who the caller is.
pub(crate) fn is_identity(name: &HeaderName) -> bool {
    let name = name.as_str().as_bytes();
    name.starts_with(b"x")
        && (is_one_of(name, NAMES)
            || PREFIXES.iter().any(|p| same_start(name, p))
            || (OWNS_PROJECT.load(Relaxed) && is_one_of(name, PROJECT_NAMES)))
}

fn is_one_of(name: &[u8], names: &[&str]) -> bool {
    names
        .iter()
        .any(|n| n.len() == name.len() && same_start(name, n))
}

fn same_start(name: &[u8], start: &str) -> bool {
    name.len() >= start.len()
        && name
            .iter()
            .zip(start.bytes())
            .all(|(&a, b)| if a == b'_' { b == b'-' } else { a == b })
}

#[cfg(test)]
mod tests {
    use super::strip;
    use http::{HeaderMap, HeaderName, HeaderValue};

    #[test]
    fn identity_headers_are_stripped_in_every_spelling() {
        let table: &[(&str, bool)] = &[
            ("X-User-Id", false),
            ("X-ORG-ID", false),
            ("x-roles", false),
            ("X-User-Permissions", false),
            ("X-User-Email", false),
            ("X-Phone-Number", false),
            ("X-User-IsAdmin", false),
            ("X-User-Role", false),
            ("X-User-Roles", false),
            ("X-User-Name", false),
            ("X-Tenant-ID", false),
            ("X-Org", false),
            ("X-User-Owner", false),
            ("X-User-IsGlobalAdmin", false),
            ("X-IAM-", false),
            ("X-IAM-Anything", false),
            ("X-Hanzo-User", false),
            ("X_User_Id", false),
            ("x-user_id", false),
            ("x_iam_role", false),
            ("X_HANZO_org", false),
            ("Authorization", true),
            ("Content-Type", true),
            ("Cookie", true),
            ("X-Request-ID", true),
            ("X-Forwarded-For", true),
            ("X-Project-Id", true),
            ("X-Organization", true),
            ("X-User-Identity", true),
            ("X-IAM", true),
            ("XX-User-Id", true),
        ];
        for (name, kept) in table {
            let name: HeaderName = name.parse().unwrap();
            let mut headers = HeaderMap::new();
            headers.append(name.clone(), HeaderValue::from_static("one"));
            headers.append(name.clone(), HeaderValue::from_static("two"));
            strip(&mut headers);
            assert_eq!(headers.contains_key(&name), *kept, "{name}");
        }
    }
}
