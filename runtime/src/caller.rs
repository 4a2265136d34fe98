//! Steps of endpoints that ask who is calling.

use crate::{cx::Cx, edge, reject::Reject};

/// `"auth/public": false` (AUTH-36): only a caller whom the edge knows goes on.
///
/// # Errors
/// 401, for anonymous calls and for API keys, which the edge does not know.
pub fn must_be_known(cx: &mut Cx) -> Result<(), Reject> {
    edge::must_be_known(cx)
}
