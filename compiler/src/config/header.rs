//! Names of header fields, and of cookies and query parameters where they share the syntax.

/// Whether this is a `token` (RFC 9110, 5.6.2): what a field name must be.
pub fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}
