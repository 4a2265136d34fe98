//! `auth/public`: whether an endpoint is open on purpose (reference rule AUTH-36).

use crate::{
    diagnostic::{Diagnostic, codes},
    json::Node,
};

/// `true`: anyone may call this endpoint, and its author says so. `false`: only who has an identity may, so as long as
/// identities are not built, such an endpoint must refuse everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Public(pub bool);

/// A value that is no boolean reads as `false`, the closed side.
pub fn read(node: &Node) -> (Public, Vec<Diagnostic>) {
    let public = Public(node.as_bool().unwrap_or(false));
    if node.as_bool() != Some(false) {
        return (public, Vec::new());
    }
    let finding = Diagnostic::new(
        &codes::UNSUPPORTED_VALUE,
        "`\"auth/public\": false` asks for an identity, which is not supported yet",
        node.span,
        "closed to anonymous callers",
    )
    .help("`--allow unsupported-value` builds without it; the endpoint then answers 501, it does not stand open");
    (public, vec![finding])
}
