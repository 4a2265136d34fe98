//! `auth/public`: whether an endpoint is open on purpose (AUTH-36). That somebody can be known at all is looked into by
//! `check`, for it takes the edge.

use crate::{json::Node, lower::Lowering, plan::Stage};

/// As it stands in a config.
pub const KEY: &str = "auth/public";

/// `true`: anyone may call this endpoint, and its author says so. `false`: only who has an identity may.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Public(pub bool);

/// A value that is no boolean reads as `false`, the closed side.
pub fn read(node: &Node) -> Public {
    Public(node.as_bool().unwrap_or(false))
}

/// The step of a closed endpoint.
pub fn lower(node: &Node, lowering: &mut Lowering<'_>) {
    if !read(node).0 {
        lowering.step(
            Stage::Known,
            "auth::must_be_known",
            None,
            "Only who is known passes: without a checked token that names somebody, 401, also for API keys.",
        );
    }
}
