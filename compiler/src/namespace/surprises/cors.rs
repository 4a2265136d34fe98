//! `security/cors`: origins and methods that no browser sends, and those that everybody may (reference 3).

use super::is_on;
use crate::{
    diagnostic::{Diagnostic, codes},
    json::{Kind, Node},
};

pub fn surprises(node: &Node) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    if !matches!(node.kind, Kind::Object(_)) {
        return findings;
    }
    let origins = node
        .get("allow_origins")
        .map(Node::items)
        .unwrap_or_default();
    credentials(node, origins, &mut findings);
    for origin in origins {
        if let Some(text) = origin.as_str() {
            findings.extend(judge_origin(origin, text));
        }
    }
    let methods = node
        .get("allow_methods")
        .map(Node::items)
        .unwrap_or_default();
    for method in methods {
        findings.extend(judge_method(method));
    }
    findings
}

fn credentials(node: &Node, origins: &[Node], findings: &mut Vec<Diagnostic>) {
    if !is_on(node, "allow_credentials") {
        return;
    }
    let Some(switch) = node.get("allow_credentials") else {
        return;
    };
    let star = origins.iter().find(|origin| origin.as_str() == Some("*"));
    let finding = Diagnostic::new(
        &codes::CORS_CREDENTIALS,
        "pages of every origin may call with the user's cookies",
        switch.span,
        "with credentials",
    );
    let finding = match star {
        Some(star) => finding.label(star.span, "from everywhere"),
        None if origins.is_empty() => finding.note("no `allow_origins` means all of them"),
        None => return,
    };
    findings.push(
        finding
            .note("browsers refuse `*` with credentials; who mirrors the origin instead opens every account to every page")
            .help("list the origins of your own pages in `allow_origins`"),
    );
}

/// What an `Origin` header is made of: scheme, host, perhaps a port (RFC 6454, 6.2).
fn judge_origin(node: &Node, text: &str) -> Option<Diagnostic> {
    if text == "*" {
        return None;
    }
    if text == "null" {
        return Some(
            Diagnostic::new(
                &codes::CORS_LOOSE_ORIGIN,
                "`null` is the origin of any sandboxed frame and local file",
                node.span,
                "anybody can have it",
            )
            .help("remove it"),
        );
    }
    let never = |why: &str| {
        let message = format!("no browser sends the origin `{text}`: {why}");
        Diagnostic::new(&codes::CORS_ORIGIN, message, node.span, "never equal")
    };
    let host = match text.split_once("://") {
        Some((_, host)) => host,
        // The wildcard stands for the scheme too.
        None if text.starts_with('*') => text,
        None => {
            let host = if is_host(text) {
                text
            } else {
                "app.example.com"
            };
            let help = format!("write it like `https://{host}`");
            return Some(never("an origin begins with a scheme").help(help));
        }
    };
    if let Some(slash) = host.find('/') {
        let origin = &text[..text.len() - host.len() + slash];
        return Some(
            never("an origin has no path")
                .help(format!("write `{origin}`"))
                .fix(node.span, serde_json::Value::from(origin).to_string()),
        );
    }
    loose(host).then(|| {
        Diagnostic::new(
            &codes::CORS_LOOSE_ORIGIN,
            format!("`{text}` lets in hosts that are not yours"),
            node.span,
            "`*` stands for any text",
        )
        .note("`https://*example.com` takes https://evilexample.com, `https://example.*` takes https://example.evil")
        .help("let a dot and your own domain follow the `*`: \"https://*.example.com\"")
    })
}

fn is_host(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-.:".contains(&byte))
}

/// Whether a wildcard is anything but part of a name in a domain of two labels at least, or a port.
fn loose(host: &str) -> bool {
    let Some((before, after)) = host.split_once('*') else {
        return false;
    };
    let port = after.is_empty() && before.ends_with(':');
    let own = after
        .strip_prefix('.')
        .is_some_and(|domain| domain.contains('.'));
    !port && !own
}

/// Methods are compared as they are, and those of browsers are in upper case (Fetch, 2.2.1).
fn judge_method(node: &Node) -> Option<Diagnostic> {
    let text = node.as_str()?;
    let upper = text.to_ascii_uppercase();
    if text == upper && text != "*" {
        return None;
    }
    let finding = Diagnostic::new(
        &codes::CORS_METHOD,
        format!("`{text}` is not the method that browsers ask for"),
        node.span,
        "compared as it is written",
    );
    Some(if text == "*" {
        finding.help("name the methods; there is no wildcard")
    } else {
        finding
            .help(format!("write `{upper}`"))
            .fix(node.span, format!("\"{upper}\""))
    })
}

#[cfg(test)]
mod tests {
    use super::loose;

    #[test]
    fn wildcards_that_let_strangers_in() {
        for (host, expected) in [
            ("app.example.com", false),
            ("*.example.com", false),
            ("api.*.example.com", false),
            ("localhost:*", false),
            ("*example.com", true),
            ("*.com", true),
            ("*", true),
            ("example.*", true),
            ("example.com*", true),
            ("app-*.example.com", false),
        ] {
            assert_eq!(loose(host), expected, "{host}");
        }
    }
}
