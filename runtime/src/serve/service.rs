//! From a request head to its handler, and from the handler's decision to a response.

use super::{core::Core, exchange::Exchange, link::Link};
use crate::{
    access_log::Outcome,
    body::Body,
    brand,
    cx::Cx,
    endpoint::{Decision, Next},
    forward, health, identity, path,
    record::Record,
    reject::Reject,
    request_id,
    route::Params,
};
use http::{
    HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header, uri::Authority,
};
use hyper::body::Incoming;
use std::{
    convert::Infallible,
    net::IpAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
    time::Instant,
};

/// The service of one client connection.
pub(crate) struct Service {
    core: Rc<Core>,
    link: Rc<Link>,
    client: Client,
}

/// What the connection says of whoever sends requests on it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Client {
    pub peer: IpAddr,
    /// The version of TLS, where the connection is not plain.
    pub tls: Option<&'static str>,
    /// Whether the handshake agreed on HTTP/2.
    pub http2: bool,
}

impl Client {
    /// Of a connection without TLS.
    pub fn plain(peer: IpAddr) -> Client {
        Client {
            peer,
            tls: None,
            http2: false,
        }
    }
}

/// Why a request does not get to an upstream.
enum Stop {
    Refused(Reject),
    /// Answered without an error: a redirect, or the gateway's own OPTIONS.
    Answered(Box<Response<Body>>),
}

impl From<Reject> for Stop {
    fn from(reject: Reject) -> Stop {
        Stop::Refused(reject)
    }
}

impl hyper::service::Service<Request<Incoming>> for Service {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Exchange;

    fn call(&self, request: Request<Incoming>) -> Exchange {
        let busy = self.link.enter();
        self.link.interim.set(request.version() >= Version::HTTP_11);
        let (method, path) = (request.method(), request.uri().path());
        if let Some(answer) =
            health::answer(method, path, self.core.gateway(), self.core.ready.get())
        {
            return Exchange::ready(answer, busy);
        }
        let mut cx = self.arrive(request);
        match self.decide(&mut cx) {
            Ok(Next(call)) => {
                let (core, id) = (Rc::clone(&self.core), cx.request_id.clone());
                Exchange::waiting(forward::start(cx, call), core, id, busy)
            }
            Err(stop) => Exchange::ready(self.stopped(stop, cx), busy),
        }
    }
}

impl Service {
    pub fn new(core: &Rc<Core>, link: &Rc<Link>, client: Client) -> Service {
        Service {
            core: Rc::clone(core),
            link: Rc::clone(link),
            client,
        }
    }

    /// What is true of every request, whatever its route.
    fn arrive(&self, request: Request<Incoming>) -> Box<Cx> {
        let gateway = self.core.gateway();
        let (mut head, body) = request.into_parts();
        identity::strip(&mut head.headers);
        let proxies = &self.core.settings.trusted_proxies;
        let Client { peer, tls, .. } = self.client;
        let trusted = gateway.trust_forwarded && proxies.contains(peer);
        let client = if trusted {
            proxies.client(peer, &head.headers, gateway.client_ip_headers)
        } else {
            peer
        };
        let request_id = request_id::of(&head.headers);
        let logged = gateway.access_log && !gateway.access_log_skip.contains(&head.uri.path());
        let record = logged.then(|| {
            Box::new(Record {
                method: head.method.clone(),
                uri: head.uri.clone(),
                route: None,
                client,
                tls,
                request_id: request_id.clone(),
                started: Instant::now(),
                status: 0,
                upstream: None,
                first_byte: None,
                upload: None,
                bytes_out: 0,
                outcome: None,
            })
        });
        Box::new(Cx {
            core: Rc::clone(&self.core),
            head,
            body: Some(body),
            route: None,
            params: Params::default(),
            merged_path: None,
            client,
            trusted,
            secure: tls.is_some(),
            request_id,
            record,
        })
    }

    /// Finds the endpoint and asks its handler.
    fn decide(&self, cx: &mut Cx) -> Result<Next, Stop> {
        let gateway = self.core.gateway();
        if !has_valid_host(&cx.head) {
            return Err(Reject::BadHost.into());
        }
        let target_len = cx
            .head
            .uri
            .path_and_query()
            .map_or(0, |target| target.as_str().len());
        if target_len > gateway.max_uri_bytes {
            return Err(Reject::UriTooLong.into());
        }
        if cx.head.uri.path() == "*" && cx.head.method == Method::OPTIONS {
            // About the server as a whole (RFC 9110 9.3.7).
            return Err(Stop::Answered(Box::new(Response::new(Body::full("")))));
        }
        let checked =
            path::check(cx.head.uri.path(), gateway.merge_slashes).map_err(Reject::BadPath)?;
        let Some(index) = self
            .core
            .table
            .find(cx.head.method.as_str(), checked.matched())
        else {
            return Err(self.no_route(&cx.head.method, &cx.head.uri, &checked));
        };
        let params = self.core.table.params(index, &checked.forwarded);
        let merged = match checked.forwarded {
            std::borrow::Cow::Owned(merged) => Some(merged.into_boxed_str()),
            std::borrow::Cow::Borrowed(_) => None,
        };
        cx.params = params;
        cx.merged_path = merged;
        let route = &gateway.routes[index as usize];
        cx.route = Some(route);
        if let Some(record) = &mut cx.record {
            record.route = Some(route.path);
        }
        let decided: Decision = catch_unwind(AssertUnwindSafe(|| (route.handler)(cx)))
            .unwrap_or_else(|_| {
                tracing::error!(
                    path = route.path,
                    "a handler panicked: this is a bug of the gateway"
                );
                Err(Reject::Panicked)
            });
        Ok(decided?)
    }

    /// A redirect to the route that differs by its last slash (PIPE-4), 405 or 404 (PIPE-3).
    fn no_route(&self, method: &Method, uri: &Uri, path: &path::Path<'_>) -> Stop {
        let gateway = self.core.gateway();
        let matched = path.matched();
        let toggled = |path: &str| match path.strip_suffix('/') {
            Some(without) => without.to_owned(),
            None => format!("{path}/"),
        };
        if gateway.slash_redirect
            && matched != "/"
            && self
                .core
                .table
                .find(method.as_str(), &toggled(matched))
                .is_some()
            && let Some(redirect) = redirect(method, &toggled(&path.forwarded), uri.query())
        {
            return Stop::Answered(Box::new(redirect));
        }
        let mut allowed = self.core.table.allowed(matched);
        if allowed.is_empty() {
            return Reject::NotFound.into();
        }
        if gateway.auto_options {
            if *method == Method::OPTIONS {
                allowed.sort_unstable();
                return Stop::Answered(Box::new(allow(&allowed.join(", "))));
            }
            allowed.push("OPTIONS");
        }
        if gateway.answer_405 {
            Reject::MethodNotAllowed(allowed.join(", ")).into()
        } else {
            Reject::NotFound.into()
        }
    }

    /// The response of a request that got no further.
    fn stopped(&self, stop: Stop, mut cx: Box<Cx>) -> Response<Body> {
        let (mut response, outcome) = match stop {
            Stop::Answered(mut response) => {
                brand::stamp(response.headers_mut(), self.core.gateway(), &cx.request_id);
                (*response, Outcome::Complete)
            }
            Stop::Refused(reject) => (
                reject.answer(self.core.gateway(), &cx.request_id),
                reject.outcome(),
            ),
        };
        if let Some(record) = &mut cx.record {
            record.status = response.status().as_u16();
            record.outcome = Some(outcome);
        }
        response.body_mut().record(cx.record.take());
        if cx.head.method == Method::HEAD {
            response = without_body(response);
        }
        response
    }
}

/// RFC 9112 3.2: HTTP/1.1 names exactly one host, and what names it is nothing but a host and a port.
fn has_valid_host(head: &http::request::Parts) -> bool {
    let mut hosts = head.headers.get_all(header::HOST).iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => head.version != Version::HTTP_11,
        (Some(_), Some(_)) => false,
        // A client of a host without a name says so with an empty value.
        (Some(host), None) => host.is_empty() || is_host(host),
    }
}

fn is_host(value: &HeaderValue) -> bool {
    let Ok(authority) = Authority::try_from(value.as_bytes()) else {
        return false;
    };
    !authority.as_str().contains('@')
}

/// The answer to a HEAD: the length of what a GET would get, and nothing of it.
fn without_body(response: Response<Body>) -> Response<Body> {
    let (mut head, mut body) = response.into_parts();
    let length = http_body::Body::size_hint(&body).exact().unwrap_or(0);
    head.headers.insert(header::CONTENT_LENGTH, length.into());
    body.clear();
    Response::from_parts(head, body)
}

/// Path and query only, so that it leads nowhere else; `\` would make a browser take what follows for a host.
fn redirect(method: &Method, path: &str, query: Option<&str>) -> Option<Response<Body>> {
    let permanently = matches!(*method, Method::GET | Method::HEAD);
    let status = if permanently {
        StatusCode::MOVED_PERMANENTLY
    } else {
        StatusCode::TEMPORARY_REDIRECT
    };
    let mut location = path.replace('\\', "%5C");
    if let Some(query) = query {
        location = format!("{location}?{query}");
    }
    let mut response = Response::new(Body::full(""));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(header::LOCATION, HeaderValue::try_from(location).ok()?);
    Some(response)
}

fn allow(methods: &str) -> Response<Body> {
    let mut response = Response::new(Body::full(""));
    // Methods are tokens, so this is a header value.
    if let Ok(methods) = HeaderValue::try_from(methods) {
        response.headers_mut().insert(header::ALLOW, methods);
    }
    response
}
