//! The answers that the gateway gives by itself: status, message and headers in one place.

use crate::{
    access_log::Outcome, body::Body, gateway::Gateway, h1::HeadError, marks::Marks,
    path::PathError, upstream::UpstreamError,
};
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use std::{borrow::Cow, time::Duration};

/// Why a request is answered by the gateway itself.
#[derive(Debug)]
pub enum Reject {
    /// 400: what came is not HTTP.
    Malformed,
    /// 400: plain HTTP where TLS is spoken.
    PlainHttp,
    /// 400: HTTP/1.1 without a `Host`, with two, or with something else in it (RFC 9112 3.2).
    BadHost,
    /// 400: the path could mean something else upstream than here.
    BadPath(PathError),
    /// 400: the request body ended before its end.
    BodyCutShort,
    /// 404: no route.
    NotFound,
    /// 405: a route, but not for this method; the methods it has.
    MethodNotAllowed(String),
    /// 408: the request head did not come in time.
    HeadTimeout,
    /// 408: the client stopped sending its request body for this long.
    BodyTimeout(Duration),
    /// 413: the request body is longer than this.
    BodyTooLarge(u64),
    /// 414
    UriTooLong,
    /// 431: over the bound of header bytes or of header count.
    HeadersTooLarge,
    /// 500: a bug of the gateway; the panic is in the log.
    Panicked,
    /// 501: the endpoint is closed, for what its config asks for is not built in.
    NotBuiltIn(&'static str),
    /// 502 or 504: the call of this upstream failed.
    Upstream(&'static str, Box<UpstreamError>),
    /// 503: as many connections as there may be.
    Overloaded,
    /// What a capability answers in words of its own.
    Own(Box<Own>),
}

/// An answer that a capability defines where it is given. It is JSON, or has no body at all.
#[derive(Debug, Clone)]
pub struct Own {
    status: StatusCode,
    json: Cow<'static, str>,
    headers: Vec<(HeaderName, HeaderValue)>,
    why: Option<String>,
}

#[allow(dead_code, reason = "each capability takes what it needs of it")]
impl Own {
    /// `json` as it is sent; an empty one is no body.
    pub(crate) fn new(status: StatusCode, json: impl Into<Cow<'static, str>>) -> Own {
        Own {
            status,
            json: json.into(),
            headers: Vec::new(),
            why: None,
        }
    }

    /// What the access log says about it; nothing secret.
    pub(crate) fn because(mut self, why: String) -> Own {
        self.why = Some(why);
        self
    }

    /// The JSON of all our errors: `message`, which says what to do about it, and the request's id.
    pub(crate) fn told(status: StatusCode, message: &str, marks: &Marks) -> Own {
        Own::new(status, told(message, marks))
    }

    /// One header more.
    pub(crate) fn with(mut self, name: HeaderName, value: HeaderValue) -> Own {
        self.headers.push((name, value));
        self
    }
}

impl From<HeadError> for Reject {
    fn from(error: HeadError) -> Reject {
        match error {
            HeadError::TargetTooLong => Reject::UriTooLong,
            HeadError::TooLong | HeadError::TooManyFields => Reject::HeadersTooLarge,
            _ => Reject::Malformed,
        }
    }
}

impl From<Own> for Reject {
    fn from(own: Own) -> Reject {
        Reject::Own(Box::new(own))
    }
}

impl From<Own> for Box<Reject> {
    fn from(own: Own) -> Box<Reject> {
        Box::new(own.into())
    }
}

impl Reject {
    /// The status that the client gets.
    pub fn status(&self) -> StatusCode {
        match self {
            Reject::Malformed
            | Reject::PlainHttp
            | Reject::BadHost
            | Reject::BadPath(_)
            | Reject::BodyCutShort => StatusCode::BAD_REQUEST,
            Reject::NotFound => StatusCode::NOT_FOUND,
            Reject::MethodNotAllowed(_) => StatusCode::METHOD_NOT_ALLOWED,
            Reject::HeadTimeout | Reject::BodyTimeout(_) => StatusCode::REQUEST_TIMEOUT,
            Reject::BodyTooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Reject::UriTooLong => StatusCode::URI_TOO_LONG,
            Reject::HeadersTooLarge => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Reject::Panicked => StatusCode::INTERNAL_SERVER_ERROR,
            Reject::NotBuiltIn(_) => StatusCode::NOT_IMPLEMENTED,
            Reject::Upstream(_, error) if error.is_timeout() => StatusCode::GATEWAY_TIMEOUT,
            Reject::Upstream(..) => StatusCode::BAD_GATEWAY,
            Reject::Overloaded => StatusCode::SERVICE_UNAVAILABLE,
            Reject::Own(own) => own.status,
        }
    }

    /// What the client is told; with `detail` also what it should only know while somebody debugs.
    fn message(&self, detail: bool) -> String {
        match self {
            Reject::Malformed => "the request is malformed".to_owned(),
            Reject::PlainHttp => {
                "this port speaks TLS, and the request is plain HTTP: use https://".to_owned()
            }
            Reject::BadHost => {
                "the request needs exactly one `Host` header, with a host and nothing else"
                    .to_owned()
            }
            Reject::BadPath(error) => error.to_string(),
            Reject::BodyCutShort => "the request body ended before its end".to_owned(),
            Reject::NotFound => "404 page not found".to_owned(),
            Reject::MethodNotAllowed(_) => "405 method not allowed".to_owned(),
            Reject::HeadTimeout => "the request head took too long".to_owned(),
            Reject::BodyTimeout(t) => format!("the request body stopped coming for {t:?}"),
            Reject::BodyTooLarge(max) => format!("the request body is longer than {max} bytes"),
            Reject::UriTooLong => "the request target is too long".to_owned(),
            Reject::HeadersTooLarge => "the request headers are too large".to_owned(),
            Reject::Panicked => "internal server error".to_owned(),
            Reject::NotBuiltIn(what) => {
                format!("this endpoint is closed: the gateway is built without {what}")
            }
            Reject::Upstream(label, error) if detail => format!("upstream {label}: {error}"),
            Reject::Upstream(_, error) if error.is_timeout() => {
                "the upstream took too long".to_owned()
            }
            Reject::Upstream(..) => "the upstream is unreachable".to_owned(),
            Reject::Overloaded => "too many connections".to_owned(),
            Reject::Own(own) => own.json.clone().into_owned(),
        }
    }

    /// Whether the rest of the request is not read, so that the connection cannot be used again.
    fn closes(&self) -> bool {
        matches!(
            self,
            Reject::Malformed
                | Reject::PlainHttp
                | Reject::BadHost
                | Reject::BodyCutShort
                | Reject::HeadTimeout
                | Reject::BodyTimeout(_)
                | Reject::BodyTooLarge(_)
                | Reject::UriTooLong
                | Reject::HeadersTooLarge
                | Reject::Overloaded
        )
    }

    /// The `Content-Type`, if there is a body, and the body. 404 and 405 have the engine's texts or the config's JSON (PIPE-3), all others
    /// are JSON with the message and the request id.
    fn content(
        &self,
        gateway: &Gateway,
        marks: &Marks,
    ) -> (Option<&'static str>, Cow<'static, str>) {
        const JSON: &str = "application/json; charset=utf-8";
        let configured = match self {
            Reject::Own(own) => {
                return ((!own.json.is_empty()).then_some(JSON), own.json.clone());
            }
            Reject::NotFound => Some(gateway.not_found),
            Reject::MethodNotAllowed(_) => Some(gateway.method_not_allowed),
            _ => None,
        };
        let message = self.message(gateway.error_detail);
        match configured {
            Some(Some(json)) => (Some(JSON), Cow::Borrowed(json)),
            Some(None) => (Some("text/plain"), message.into()),
            None => (Some(JSON), told(&message, marks).into()),
        }
    }

    /// The whole response.
    pub(crate) fn answer(&self, gateway: &Gateway, marks: &Marks) -> Response<Body> {
        let (content_type, text) = self.content(gateway, marks);
        let body = match text {
            Cow::Borrowed(text) => Body::full(text),
            Cow::Owned(text) => Body::full(text),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status();
        let headers = response.headers_mut();
        if let Some(content_type) = content_type {
            headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        }
        if self.closes() {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        if let Reject::MethodNotAllowed(methods) = self {
            // Methods are tokens, so this is a header value.
            if let Ok(allow) = HeaderValue::try_from(methods.as_str()) {
                headers.insert(header::ALLOW, allow);
            }
        }
        if matches!(self, Reject::Overloaded) {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if let Reject::Own(own) = self {
            for (name, value) in &own.headers {
                headers.append(name, value.clone());
            }
        }
        marks.put(headers, gateway);
        response
    }

    /// The same as bytes of HTTP/1.1, for where no request was read that could be answered.
    pub(crate) fn raw(&self, gateway: &Gateway) -> Vec<u8> {
        let marks = Marks::of_nobody();
        let (_, text) = self.content(gateway, &marks);
        let mut out = format!(
            "HTTP/1.1 {}\r\ncontent-length: {}\r\n",
            self.status(),
            text.len()
        )
        .into_bytes();
        for (name, value) in self.answer(gateway, &marks).headers() {
            for part in [name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"] {
                out.extend_from_slice(part);
            }
        }
        out.extend_from_slice(b"\r\n");
        out.extend_from_slice(text.as_bytes());
        out
    }

    /// How the access log calls it.
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Reject::Upstream(_, error) if error.is_timeout() => Outcome::TimedOut,
            Reject::Upstream(_, error) => Outcome::UpstreamFailed(error.to_string()),
            Reject::HeadTimeout | Reject::BodyTimeout(_) => Outcome::TimedOut,
            Reject::BodyCutShort => Outcome::ClientGone,
            Reject::Own(own) => match &own.why {
                Some(why) => Outcome::Refused(why.clone()),
                None => Outcome::Complete,
            },
            _ => Outcome::Complete,
        }
    }
}

/// `message` and the request's id, as JSON.
fn told(message: &str, marks: &Marks) -> String {
    let id = marks.request_id.to_str().unwrap_or_default();
    serde_json::json!({ "message": message, "request_id": id }).to_string()
}
