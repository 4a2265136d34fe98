//! Identity headers: who the caller is, said by the gateway to its upstreams, and by nobody else.
//!
//! A client that could set one would be whoever it likes, so they are taken out of every request, in every gateway,
//! before anything else looks at it (AUTH-13). An upstream framework may read `X_User_Id` as `X-User-Id`, so `_` counts
//! as `-` (AUTH-15).

use http::{HeaderMap, HeaderName};

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
];
const PREFIXES: &[&str] = &["x-iam-", "x-hanzo-"];

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
        && (NAMES
            .iter()
            .any(|n| n.len() == name.len() && same_start(name, n))
            || PREFIXES.iter().any(|p| same_start(name, p)))
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
