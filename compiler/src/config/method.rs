//! Methods of routes and of calls to backends.

use crate::plan::Method;

/// Case does not matter here, as in the old engine; on the wire it does (RFC 9110, 9.1), and there it is upper.
pub fn parse(text: &str) -> Option<Method> {
    Method::ALL
        .into_iter()
        .find(|method| method.as_str().eq_ignore_ascii_case(text))
}
