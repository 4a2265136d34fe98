//! The value of one key, typed; what is wrong inside a text is pointed at.

use super::Reader;
use crate::{
    config::{Misfit, Path, duration, header, host, method, path, port, slot},
    diagnostic::{Diagnostic, codes, nearest},
    json::{Kind, Node},
    plan::{Host, Method, Slotted},
    source::Spanned,
};
use std::{net::IpAddr, time::Duration};

impl Reader {
    fn report(&mut self, finding: Diagnostic) {
        self.broken = true;
        self.findings.push(finding);
    }

    /// The value of a key, if it is of the right type.
    fn take<'a, T>(
        &mut self,
        object: &'a Node,
        key: &str,
        of: impl Fn(&'a Node) -> Option<T>,
    ) -> Option<Spanned<T>> {
        let node = object.get(key)?;
        let value = of(node);
        self.broken |= value.is_none();
        value.map(|value| Spanned::new(value, node.span))
    }

    pub(super) fn text(&mut self, object: &Node, key: &str) -> Option<Spanned<String>> {
        self.take(object, key, |node| node.as_str().map(str::to_owned))
    }

    pub(super) fn flag(&mut self, object: &Node, key: &str) -> Option<Spanned<bool>> {
        self.take(object, key, Node::as_bool)
    }

    pub(super) fn number<T: TryFrom<u64>>(
        &mut self,
        object: &Node,
        key: &str,
    ) -> Option<Spanned<T>> {
        self.take(object, key, |node| {
            node.as_u64().and_then(|number| number.try_into().ok())
        })
    }

    /// An integer, or a text with slots that can come to a port.
    pub(super) fn port(&mut self, root: &Node) -> Option<Spanned<Slotted<u16>>> {
        let node = root.get("port")?;
        let Some(text) = node.as_str() else {
            let port = self.number(root, "port")?;
            return Some(Spanned::new(Slotted::Fixed(port.value), port.span));
        };
        let pieces = slot::parse(text)
            .ok()
            .filter(|pieces| slot::has_slots(pieces));
        // Whatever else a text may be here, the schema pass has told it.
        let Some(pieces) = pieces else {
            self.broken = true;
            return None;
        };
        match port::parse(text, &pieces) {
            Ok(port) => Some(Spanned::new(port, node.span)),
            Err(Misfit { error, range }) => {
                let message = format!("`{}` is not a port", &text[range.clone()]);
                self.report(
                    Diagnostic::new(&codes::BAD_SLOT, message, node.within(range), "")
                        .help(error.to_string()),
                );
                None
            }
        }
    }

    pub(super) fn texts(&mut self, object: &Node, key: &str) -> Vec<Spanned<String>> {
        let Some(list) = object.get(key) else {
            return Vec::new();
        };
        let texts: Vec<_> = list
            .items()
            .iter()
            .filter_map(|node| Some(Spanned::new(node.as_str()?.to_owned(), node.span)))
            .collect();
        self.broken |= !matches!(&list.kind, Kind::Array(items) if items.len() == texts.len());
        texts
    }

    pub(super) fn duration(&mut self, object: &Node, key: &str) -> Option<Spanned<Duration>> {
        let node = object.get(key)?;
        self.take(object, key, Node::as_str)?;
        let mut findings = Vec::new();
        let value = duration::read(node, &mut findings);
        for finding in findings {
            self.report(finding);
        }
        value.map(|value| Spanned::new(value, node.span))
    }

    pub(super) fn address(&mut self, object: &Node, key: &str) -> Option<Spanned<IpAddr>> {
        let text = self.take(object, key, Node::as_str)?;
        // The old engine's way to say "all of them".
        if text.is_empty() {
            return None;
        }
        let Ok(address) = text.parse() else {
            self.report(
                Diagnostic::new(
                    &codes::BAD_ADDRESS,
                    format!("`{}` is not an IP address", text.value),
                    text.span,
                    "",
                )
                .help(
                    "for example \"127.0.0.1\", \"0.0.0.0\" or \"::\"; names are not resolved here",
                ),
            );
            return None;
        };
        Some(Spanned::new(address, text.span))
    }

    pub(super) fn method(&mut self, object: &Node) -> Option<Spanned<Method>> {
        let text = self.take(object, "method", Node::as_str)?;
        if let Some(method) = method::parse(text.value) {
            return Some(Spanned::new(method, text.span));
        }
        let names = Method::ALL.map(Method::as_str);
        let mut finding = Diagnostic::new(
            &codes::BAD_METHOD,
            format!("`{}` is not a method", text.value),
            text.span,
            "",
        )
        .help(format!("one of {}", names.join(", ")));
        if let Some(name) = nearest(text.value, names) {
            finding = finding
                .help(format!("did you mean {name}?"))
                .fix(text.span, format!("\"{name}\""));
        }
        self.report(finding);
        None
    }

    pub(super) fn hosts(&mut self, object: &Node) -> Vec<Spanned<Host>> {
        let Some(list) = object.get("host") else {
            return Vec::new();
        };
        self.broken |= !matches!(list.kind, Kind::Array(_));
        let mut hosts = Vec::new();
        for node in list.items() {
            let Some(text) = node.as_str() else {
                self.broken = true;
                continue;
            };
            // A malformed slot has been told by the schema pass.
            let Ok(pieces) = slot::parse(text) else {
                self.broken = true;
                continue;
            };
            match host::parse(text, &pieces) {
                Ok(host) => hosts.push(Spanned::new(host, node.span)),
                Err(Misfit { error, range }) => {
                    let help = error.help();
                    let place = node.within(range);
                    self.report(
                        Diagnostic::new(&codes::BAD_HOST, error.to_string(), place, "").help(help),
                    );
                }
            }
        }
        hosts
    }

    pub(super) fn headers(&mut self, object: &Node) -> Vec<Spanned<String>> {
        let names = self.texts(object, "input_headers");
        for name in &names {
            // `[""]` is how the old engine is told to forward nothing at all.
            if !header::is_token(name) && !name.is_empty() {
                self.report(
                    Diagnostic::new(
                        &codes::BAD_HEADER,
                        format!("`{}` is not a header name", name.value),
                        name.span,
                        "",
                    )
                    .help("letters, digits and !#$%&'*+-.^_`|~ only (RFC 9110, 5.6.2)"),
                );
            }
        }
        names
    }

    pub(super) fn path(
        &mut self,
        object: &Node,
        key: &str,
        parse: fn(&str) -> Result<Path, Misfit<path::PathError>>,
    ) -> Option<Spanned<Path>> {
        let node = object.get(key)?;
        let text = self.take(object, key, Node::as_str)?;
        match parse(text.value) {
            Ok(mut path) => {
                for placeholder in &mut path.placeholders {
                    placeholder.span = node.within(placeholder.span.range());
                }
                Some(Spanned::new(path, node.span))
            }
            Err(Misfit { error, range }) => {
                let place = node.within(range);
                let mut finding = Diagnostic::new(&codes::BAD_PATH, error.to_string(), place, "")
                    .help(error.help());
                // Without an exact place there is nothing that could be replaced.
                if let Some(text) = error.fix().filter(|_| place != node.span) {
                    finding = finding.fix(place, text);
                }
                self.report(finding);
                None
            }
        }
    }
}
