//! The request that the arguments of `gwc match` stand for.

use super::Options;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Uri, header};

/// A request as it would be read from the wire.
pub struct Asked {
    pub method: Method,
    pub target: Uri,
    pub headers: HeaderMap,
}

impl Asked {
    /// The error is what to tell the user.
    pub fn read(options: &Options) -> Result<Asked, String> {
        let method = Method::from_bytes(options.method.as_bytes())
            .map_err(|_| format!("`{}` is no method", options.method))?;
        // A client keeps the fragment to itself.
        let url = options.url.split('#').next().unwrap_or_default();
        if !url.starts_with('/') && !url.contains("://") && url != "*" {
            return Err(format!(
                "`{url}` is neither a path nor an absolute URL: write `/{url}` or `http://…`"
            ));
        }
        let target: Uri = url
            .parse()
            .map_err(|e| format!("no client can send `{url}`: {e}"))?;
        let mut headers = HeaderMap::new();
        for text in &options.headers {
            let bad = || format!("`{text}` is not a header such as `Accept: text/html`");
            let (name, value) = text.split_once(':').ok_or_else(bad)?;
            let name: HeaderName = name.parse().map_err(|_| bad())?;
            let value = HeaderValue::from_str(value.trim()).map_err(|_| bad())?;
            headers.append(name, value);
        }
        if let Some(authority) = target.authority()
            && !headers.contains_key(header::HOST)
            && let Ok(host) = HeaderValue::from_str(authority.as_str())
        {
            headers.insert(header::HOST, host);
        }
        Ok(Asked {
            method,
            target,
            headers,
        })
    }
}
