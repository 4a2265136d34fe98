//! From a request head to its handler, and from the handler's decision to a response.

use super::{core::Core, exchange::Exchange, link::Link};
use crate::{
    access_log::Outcome,
    body::Body,
    cx::Cx,
    endpoint::Next,
    gate::{Enter, Pending},
    health,
    incoming::Incoming,
    marks::Marks,
    metrics::Tally,
    path,
    record::{Line, Record},
    reject::Reject,
    request::{Head, Kind},
};
use http::{HeaderValue, Method, Request, Response, StatusCode, Version, header, uri::Authority};
use std::{
    borrow::Cow,
    convert::Infallible,
    net::IpAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    rc::Rc,
};

/// The service of one client connection.
pub(crate) struct Service {
    core: Rc<Core>,
    link: Rc<Link>,
    client: Client,
    /// Whether the peer's forwarding headers are believed.
    trusted: bool,
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

impl From<Box<Reject>> for Stop {
    fn from(reject: Box<Reject>) -> Stop {
        Stop::Refused(*reject)
    }
}

/// What a request that was not stopped does next.
enum Onward {
    /// Its endpoint has decided.
    Next(Next),
    /// A gate waits; then the gate with this number is next.
    Wait(Pending, usize),
}

impl hyper::service::Service<Request<hyper::body::Incoming>> for Service {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Exchange;

    fn call(&self, request: Request<hyper::body::Incoming>) -> Exchange {
        let (head, body) = request.into_parts();
        self.answer(head.into(), Incoming::Hyper(body))
    }
}

impl Service {
    pub fn new(core: &Rc<Core>, link: &Rc<Link>, client: Client) -> Service {
        let settings = core.settings;
        Service {
            core: Rc::clone(core),
            link: Rc::clone(link),
            client,
            trusted: settings.gateway.trust_forwarded
                && settings.trusted_proxies.contains(client.peer),
        }
    }

    /// The answer to a request, whichever way it came.
    pub fn answer(&self, head: Head, body: Incoming) -> Exchange {
        let busy = self.link.enter();
        self.link.interim.set(head.version >= Version::HTTP_11);
        if let Some(answer) = health::answer(
            &head.method,
            head.uri.path(),
            self.core.gateway(),
            self.core.ready.get(),
        ) {
            return Exchange::ready(answer, busy);
        }
        let mut cx = self.arrive(head, body);
        let decided = check(&mut cx).and_then(|()| proceed(&mut cx, 0));
        let (core, marks) = (Rc::clone(&self.core), cx.marks.clone());
        match decided {
            Ok(Onward::Next(next)) => Exchange::waiting(next.start(cx), core, marks, busy),
            Ok(Onward::Wait(pending, next)) => {
                Exchange::waiting(Box::pin(resume(cx, pending, next)), core, marks, busy)
            }
            Err(stop) => Exchange::ready(stopped(stop, cx), busy),
        }
    }

    /// What is true of every request, whatever its route.
    fn arrive(&self, mut head: Head, body: Incoming) -> Box<Cx> {
        let gateway = self.core.gateway();
        head.headers.strip_identity();
        let proxies = &self.core.settings.trusted_proxies;
        let Client { peer, tls, .. } = self.client;
        let trusted = self.trusted;
        let client = if trusted {
            proxies.client(peer, &head.headers, gateway.client_ip_headers)
        } else {
            peer
        };
        // Before anything is added to the request: a client must not take away what the gateway says.
        head.headers.strip_named();
        let mut marks = Marks::of(&head);
        marks.encrypted = tls.is_some();
        let logged = gateway.access_log && !gateway.access_log_skip.contains(&head.uri.path());
        let line = logged.then(|| Line {
            method: head.method.clone(),
            uri: head.uri.clone(),
            client,
            tls,
            request_id: marks.request_id.clone(),
        });
        let count = self.core.tally.and_then(Tally::arrived);
        let record = Record::of(line, count);
        Cx::new(&self.core, head, body, (client, trusted), marks, record)
    }
}

/// What no request may be, whatever its route: of doubtful host, too long, or with a path of two meanings.
fn check(cx: &mut Cx) -> Result<(), Stop> {
    let gateway = cx.core.gateway();
    if !has_valid_host(&cx.head) {
        return Err(Reject::BadHost.into());
    }
    if cx.head.headers.has(Kind::FramingTwin) {
        // As of HTTP/1.1, which is refused where it is read: what came by another protocol may go on by that one.
        return Err(Reject::Malformed.into());
    }
    let target = cx.head.uri.path_and_query();
    if target.map_or(0, |target| target.as_str().len()) > gateway.max_uri_bytes {
        return Err(Reject::UriTooLong.into());
    }
    if cx.head.uri.path() == "*" && cx.head.method == Method::OPTIONS {
        // About the server as a whole (RFC 9110 9.3.7).
        return Err(Stop::Answered(Box::new(Response::new(Body::full("")))));
    }
    let checked =
        path::check(cx.head.uri.path(), gateway.merge_slashes).map_err(Reject::BadPath)?;
    let normal = checked.normal.map(String::into_boxed_str);
    cx.merged_path = match checked.forwarded {
        Cow::Owned(merged) => Some(merged.into_boxed_str()),
        Cow::Borrowed(_) => None,
    };
    cx.normal_path = normal;
    Ok(())
}

/// Through the gates, from that number on, to the endpoint. Neither may end the connection by a panic.
fn proceed(cx: &mut Cx, from: usize) -> Result<Onward, Stop> {
    let decided = catch_unwind(AssertUnwindSafe(|| {
        for (n, gate) in cx.core.gateway().gates.iter().enumerate().skip(from) {
            match gate.enter(cx) {
                Enter::Pass => {}
                Enter::Refuse(reject) => return Err(refused(&cx.core, n, reject)),
                Enter::Answer(response) => {
                    if let Some(tally) = cx.core.tally {
                        tally.answered(n);
                    }
                    return Err(Stop::Answered(response));
                }
                Enter::Wait(pending) => return Ok(Onward::Wait(pending, n + 1)),
            }
        }
        decide(cx)
    }));
    decided.unwrap_or_else(|_| {
        tracing::error!(
            path = cx.matched_path(),
            "deciding about a request panicked: this is a bug of the gateway"
        );
        Err(Reject::Panicked.into())
    })
}

/// What a gate says no to, that with this number.
fn refused(core: &Core, gate: usize, reject: Reject) -> Stop {
    if let Some(tally) = core.tally {
        tally.refused(gate);
    }
    Stop::Refused(reject)
}

/// The rest of a request whose gate has to wait.
async fn resume(mut cx: Box<Cx>, mut pending: Pending, mut next: usize) -> Response<Body> {
    loop {
        let passed = pending.await;
        let passed = passed.map_err(|reject| refused(&cx.core, next - 1, reject));
        match passed.and_then(|()| proceed(&mut cx, next)) {
            Ok(Onward::Next(next)) => return next.start(cx).await,
            Ok(Onward::Wait(again, then)) => (pending, next) = (again, then),
            Err(stop) => return stopped(stop, cx),
        }
    }
}

/// Finds the endpoint and asks its handler.
fn decide(cx: &mut Cx) -> Result<Onward, Stop> {
    let core = Rc::clone(&cx.core);
    let Some(index) = core.table.find(cx.head.method.as_str(), cx.matched_path()) else {
        for (n, gate) in core.gateway().gates.iter().enumerate() {
            gate.lost(cx).map_err(|reject| refused(&core, n, reject))?;
        }
        return Err(no_route(cx));
    };
    cx.params = core.table.params(index, cx.path());
    let route = &core.gateway().routes[index as usize];
    cx.route = Some(route);
    if let Some(record) = &mut cx.record {
        record.routed(index, route.path);
    }
    Ok(Onward::Next((route.handler)(cx)?))
}

/// A redirect to the route that differs by its last slash (PIPE-4), 405 or 404 (PIPE-3).
fn no_route(cx: &Cx) -> Stop {
    let gateway = cx.core.gateway();
    let table = &cx.core.table;
    let (method, matched) = (&cx.head.method, cx.matched_path());
    let toggled = |path: &str| match path.strip_suffix('/') {
        Some(without) => without.to_owned(),
        None => format!("{path}/"),
    };
    if gateway.slash_redirect
        && matched != "/"
        && table.find(method.as_str(), &toggled(matched)).is_some()
        && let Some(redirect) = redirect(method, &toggled(cx.path()), cx.head.uri.query())
    {
        return Stop::Answered(Box::new(redirect));
    }
    let mut allowed = table.allowed(matched);
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
fn stopped(stop: Stop, mut cx: Box<Cx>) -> Response<Body> {
    let gateway = cx.core.gateway();
    let (mut response, outcome) = match stop {
        Stop::Answered(mut response) => {
            cx.marks.put(response.headers_mut(), gateway);
            (*response, Outcome::Complete)
        }
        Stop::Refused(reject) => (reject.answer(gateway, &cx.marks), reject.outcome()),
    };
    if let Some(record) = &mut cx.record {
        record.status = response.status().as_u16();
        record.outcome = Some(outcome);
    }
    response.body_mut().record(cx.record.take());
    if cx.head.method == Method::HEAD {
        response = without_body(response);
    }
    cx.end();
    response
}

/// RFC 9112 3.2: HTTP/1.1 names exactly one host, and what names it is nothing but a host and a port. A target that names
/// one too (RFC 9113 8.3.1) names the same: gateways and upstreams do not agree on which of the two counts.
fn has_valid_host(head: &Head) -> bool {
    let target = head.uri.authority().map(Authority::as_str);
    // `good.com@evil.com` is of `evil.com`.
    if target.is_some_and(|target| target.contains('@')) {
        return false;
    }
    let mut hosts = head.headers.of(Kind::Host);
    match (hosts.next(), hosts.next()) {
        (None, _) => head.version != Version::HTTP_11,
        (Some(_), Some(_)) => false,
        (Some(host), None) => match target {
            Some(target) => host.eq_ignore_ascii_case(target.as_bytes()),
            // A client of a host without a name says so with an empty value.
            None => host.is_empty() || is_host(host),
        },
    }
}

fn is_host(name: &[u8]) -> bool {
    // As nearly all are. Others are read by somebody who knows the rest of the grammar.
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    if !name.is_empty() && name.iter().all(plain) {
        return true;
    }
    let Ok(authority) = Authority::try_from(name) else {
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
