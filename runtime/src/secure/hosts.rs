//! Which hosts are served.

use crate::{cx::Cx, pattern::Search};
use http::{HeaderName, header::HOST, uri::Authority};

/// Every name by which a request asks for its host.
pub(super) struct Claims<'r>(Vec<&'r str>);

impl<'r> Claims<'r> {
    /// A trusted proxy speaks for its client in one of `headers`. Else it is `Host` and the target of the request, which
    /// an HTTP/2 client has in place of it, and another may have besides: what is served must be both.
    pub fn of(cx: &'r Cx, headers: &[HeaderName]) -> Claims<'r> {
        let text = |name: &HeaderName| cx.head.headers.text(name);
        if cx.trusted
            && let Some(told) = headers
                .iter()
                .find_map(|name| text(name).filter(|t| !t.is_empty()))
        {
            return Claims(vec![told]);
        }
        let target = cx.head.uri.authority().map(Authority::as_str);
        Claims(text(&HOST).into_iter().chain(target).collect())
    }

    /// Without its port. `None` where the client names none.
    pub fn name(&self) -> Option<&'r str> {
        let host = self.0.first().filter(|host| !host.is_empty())?;
        Some(match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|b| b.is_ascii_digit()) => name,
            _ => host,
        })
    }
}

/// `allowed_hosts`
pub(super) struct Hosts {
    exact: &'static [&'static str],
    patterns: Option<Search>,
}

impl Hosts {
    /// Neither: every host is served.
    pub fn new(exact: &'static [&'static str], patterns: Option<Search>) -> Hosts {
        Hosts { exact, patterns }
    }

    pub fn serve(&self, claims: &Claims<'_>) -> bool {
        let everyone = self.exact.is_empty() && self.patterns.is_none();
        everyone || (!claims.0.is_empty() && claims.0.iter().all(|host| self.has(host)))
    }

    fn has(&self, host: &str) -> bool {
        let is_exact = |known: &&str| known.eq_ignore_ascii_case(host);
        let matches = |search: &Search| search(host.as_bytes());
        self.exact.iter().any(is_exact) || self.patterns.as_ref().is_some_and(matches)
    }
}

#[cfg(test)]
mod tests {
    use super::{Claims, Hosts};
    use crate::pattern::any_host;

    #[test]
    fn every_name_must_be_served() {
        let listed = Hosts::new(&["api.example.com", "local:8080"], None);
        let search = any_host(&["api\\.example\\.com", "local:\\d+"]).expect("sound");
        let matched = Hosts::new(&[], Some(search));
        for hosts in [listed, matched] {
            for (claims, served) in [
                (vec!["api.example.com"], true),
                (vec!["API.example.com"], true),
                (vec!["local:8080"], true),
                (vec!["api.example.com", "local:8080"], true),
                (vec!["api.example.com", "evil.com"], false),
                (vec!["evil.com"], false),
                (vec!["api.example.com.evil.com"], false),
                (vec!["api.example.com:443"], false),
                (vec![""], false),
                (vec![], false),
            ] {
                assert_eq!(hosts.serve(&Claims(claims.clone())), served, "{claims:?}");
            }
        }
        let everyone = Hosts::new(&[], None);
        assert!(everyone.serve(&Claims(vec!["any"])) && everyone.serve(&Claims(vec![])));
    }

    #[test]
    fn a_redirect_leaves_the_port_behind() {
        for (host, name) in [
            ("api.example.com", Some("api.example.com")),
            ("api.example.com:8080", Some("api.example.com")),
            ("[::1]:8080", Some("[::1]")),
            ("[::1]", Some("[::1]")),
            ("", None),
        ] {
            assert_eq!(Claims(vec![host]).name(), name, "{host}");
        }
    }
}
