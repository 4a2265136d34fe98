//! Where a node sends a request that another one should have got: `Location` of a 307 or 308.
//!
//! What a node says is followed only to nodes that are known otherwise: a request carries its caller's credentials and
//! identity, and no answer decides who gets those.

use crate::{
    host::Authority,
    upstream::{Aim, Target},
    url::Url,
};
use http::{HeaderMap, StatusCode, header, uri::PathAndQuery};

/// Why a redirect is not followed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Astray {
    #[error("the redirect has no `Location`")]
    Nowhere,
    #[error("the redirect's `Location` is no URL that can be called")]
    Malformed,
    /// Or so many hosts have been found out that something must be wrong.
    #[error("the redirect leads to a host that is no known member")]
    Stranger,
}

/// The redirects after which the same request, body and all, is for somebody else (RFC 9110 15.4.8, 15.4.9).
pub(crate) fn is_redirect(status: StatusCode) -> bool {
    matches!(
        status,
        StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT
    )
}

/// Where `headers`, of a redirect that `from` answered with, lead. A bare origin leaves the path to the call; anything
/// else is the path itself, as it is. A relative one stays with `from`.
///
/// # Errors
/// See [`Astray`].
pub(crate) fn resolve(
    headers: &HeaderMap,
    from: &'static Target,
    is_member: impl Fn(&Authority) -> bool,
) -> Result<Aim, Astray> {
    let location = headers.get(header::LOCATION).ok_or(Astray::Nowhere)?;
    let location = location.to_str().map_err(|_| Astray::Malformed)?;
    // A fragment is for whoever reads the answer.
    let location = location.split('#').next().unwrap_or_default();
    let url = if location.starts_with("//") {
        let scheme = if from.host.secure { "https" } else { "http" };
        Url::parse(&format!("{scheme}:{location}"))
    } else if location.starts_with('/') {
        let path = PathAndQuery::try_from(location).map_err(|_| Astray::Malformed)?;
        return Ok(Aim {
            target: from,
            path: Some(path),
        });
    } else {
        Url::parse(location)
    };
    let url = url.map_err(|_| Astray::Malformed)?;
    let authority = url.origin();
    if !is_member(authority) {
        return Err(Astray::Stranger);
    }
    Ok(Aim {
        target: Target::found(authority).ok_or(Astray::Stranger)?,
        path: (url.target() != "/").then(|| url.target().clone()),
    })
}

#[cfg(test)]
mod tests {
    use super::{Astray::*, *};
    use crate::host;
    use http::HeaderValue;

    fn target(text: &str) -> &'static Target {
        Target::found(&host::parse(text).expect(text)).expect("room for it")
    }

    #[test]
    fn locations() {
        let from = target("http://a.test:8090");
        let to_b = "b.test:8090";
        for (location, expected) in [
            ("http://b.test:8090", Ok((to_b, None))),
            ("HTTP://B.test:8090/", Ok((to_b, None))),
            ("http://b.test:8090/#top", Ok((to_b, None))),
            (
                "http://b.test:8090/x/1?y=%2F",
                Ok((to_b, Some("/x/1?y=%2F"))),
            ),
            ("http://b.test:8090/?y", Ok((to_b, Some("/?y")))),
            ("//b.test:8090/x#top", Ok((to_b, Some("/x")))),
            ("/x?y", Ok(("a.test:8090", Some("/x?y")))),
            ("/", Ok(("a.test:8090", Some("/")))),
            // Another port or scheme is another server.
            ("http://b.test/x", Err(Stranger)),
            ("https://b.test:8090/x", Err(Stranger)),
            ("http://evil.test:8090/x", Err(Stranger)),
            ("http://b.test:8090.evil.test/x", Err(Malformed)),
            ("http://b.test:8090@evil.test/x", Err(Malformed)),
            ("http://evil.test\\@b.test:8090/x", Err(Malformed)),
            ("//evil.test/x", Err(Stranger)),
            ("///b.test:8090", Err(Malformed)),
            ("ftp://b.test:8090/x", Err(Malformed)),
            ("b.test:8090", Err(Malformed)),
            ("x", Err(Malformed)),
            ("http://b.test:8090/a b", Err(Malformed)),
            ("", Err(Malformed)),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(
                header::LOCATION,
                HeaderValue::from_str(location).expect(location),
            );
            let is_member = |host: &Authority| *host == host::parse("http://b.test:8090").unwrap();
            let got = resolve(&headers, from, is_member);
            let got = got.as_ref().map(|aim| {
                let authority = aim.target.authority.to_str().expect("text");
                (authority, aim.path.as_ref().map(PathAndQuery::as_str))
            });
            assert_eq!(got.map_err(Clone::clone), expected, "{location}");
        }
        let nowhere = resolve(&HeaderMap::new(), from, |_| true);
        assert_eq!(nowhere.err(), Some(Nowhere));
    }
}
