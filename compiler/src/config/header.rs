//! Names of header fields, and of cookies and query parameters where they share the syntax.

/// Far above any name in use, below what an HTTP library refuses.
const MAX_BYTES: usize = 1024;

/// Whether this is a `token` (RFC 9110, 5.6.2): what a field name must be.
pub fn is_token(text: &str) -> bool {
    (1..=MAX_BYTES).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
