//! Paths of files that the gateway reads when it starts.

use crate::{
    diagnostic::{Diagnostic, codes},
    source::Span,
};

/// What there is to say about a text that should be a path. Somebody's key in its place must not become part of a build.
pub fn judge(text: &str, span: Span) -> Option<Diagnostic> {
    let is_content = text.contains("-----BEGIN") || text.contains('\n') || text.starts_with('{');
    is_content.then(|| {
        Diagnostic::new(
            &codes::BAD_FILE,
            "this is the text of a file, not its path",
            span,
            "",
        )
        .help("write the text into a file, and its path here; the gateway reads it when it starts")
    })
}
