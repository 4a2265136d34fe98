//! HTTP/2 with prior knowledge on the plain port (RFC 9113 3.3).

use bytes::Bytes;
use h2::client::SendRequest;
use harness::{Gateway, Launch, Origin, PATIENCE, gateway::ORIGIN};
use http::{HeaderName, HeaderValue, Request, Response};
use std::{
    future::Future,
    sync::mpsc,
    time::{Duration, Instant},
};
use tokio::{net::TcpStream, time::timeout};

fn run(test: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("runtime");
    runtime.block_on(async {
        timeout(PATIENCE, test)
            .await
            .expect("the test ends in time");
    });
}

async fn connect(gateway: &Gateway) -> SendRequest<Bytes> {
    let stream = TcpStream::connect(gateway.address).await.expect("connect");
    let (sender, connection) = h2::client::handshake(stream).await.expect("handshake");
    // Its error is what each stream reports as well.
    tokio::spawn(async move { drop(connection.await) });
    sender.ready().await.expect("ready")
}

/// What another thread says; the connection goes on meanwhile, which a blocking wait would prevent.
async fn heard<T>(from: &mpsc::Receiver<T>) -> T {
    loop {
        match from.try_recv() {
            Ok(word) => return word,
            Err(_) => tokio::time::sleep(Duration::from_millis(1)).await,
        }
    }
}

fn request(method: &str, path: &str) -> Request<()> {
    let uri = format!("http://gateway.test{path}");
    Request::builder()
        .method(method)
        .uri(uri)
        .body(())
        .expect("a request")
}

async fn body(response: Response<h2::RecvStream>) -> (u16, Vec<u8>) {
    let (parts, mut stream) = response.into_parts();
    let mut bytes = Vec::new();
    while let Some(piece) = stream.data().await {
        let piece = piece.expect("data");
        stream
            .flow_control()
            .release_capacity(piece.len())
            .expect("capacity");
        bytes.extend_from_slice(&piece);
    }
    (parts.status.as_u16(), bytes)
}

/// `security/http`: the host of HTTP/2 stands in the target, and a `Host` beside it must be served too.
#[test]
fn hosts_that_are_not_served_are_refused() {
    let origin = Origin::ok();
    let gateway = Launch::golden("edge")
        .resolve(ORIGIN, origin.address)
        .start();
    run(async {
        for (authority, host, status) in [
            ("gateway.test", None, 200),
            ("gateway.test", Some("gateway.test"), 200),
            ("evil.com", None, 421),
            ("gateway.test", Some("evil.com"), 400),
            ("evil.com", Some("gateway.test"), 400),
        ] {
            let mut sender = connect(&gateway).await;
            let mut request = Request::builder()
                .uri(format!("http://{authority}/open/a"))
                .header("x-forwarded-proto", "https");
            if let Some(host) = host {
                request = request.header("host", host);
            }
            let request = request.body(()).expect("a request");
            let (answer, _) = sender.send_request(request, true).expect("send");
            let answered = answer.await.expect("answer").status();
            assert_eq!(answered, status, "{authority}, Host {host:?}");
        }
    });
}

/// RFC 9113 8.2.3: an upstream that reads one line must see the cookies that the gateway has judged.
#[test]
fn cookies_arrive_in_one_line() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    run(async {
        let mut sender = connect(&gateway).await;
        let mut request = request("GET", "/all/x");
        for cookie in ["a=1", "b=2", "c=3"] {
            let cookie = cookie.parse().expect("a value");
            request.headers_mut().append("cookie", cookie);
        }
        let (answer, _) = sender.send_request(request, true).expect("send");
        assert_eq!(answer.await.expect("answer").status(), 200);
    });
    assert_eq!(origin.last().headers.all("cookie"), ["a=1; b=2; c=3"]);
}

/// An upstream of HTTP/1.1 might take them for what frames the message.
#[test]
fn what_could_be_taken_for_a_length_is_refused() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    run(async {
        for name in ["content_length", "transfer_encoding"] {
            let mut sender = connect(&gateway).await;
            let mut request = request("GET", "/all/x");
            let name = HeaderName::from_static(name);
            request
                .headers_mut()
                .append(name, HeaderValue::from_static("5"));
            let (answer, _) = sender.send_request(request, true).expect("send");
            assert_eq!(answer.await.expect("answer").status(), 400);
        }
    });
    assert_eq!(origin.count(), 0);
}

/// RFC 9113 8.3.1: `good.com@evil.com` is a host of `evil.com`.
#[test]
fn an_authority_has_no_user() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    run(async {
        let mut sender = connect(&gateway).await;
        let request = Request::builder().uri("http://good.com@evil.com/all/x");
        let request = request.body(()).expect("a request");
        let (answer, _) = sender.send_request(request, true).expect("send");
        assert_eq!(answer.await.expect("answer").status(), 400);
    });
    assert_eq!(origin.count(), 0);
}

#[test]
fn requests_share_a_connection() {
    let origin = Origin::start(|x| {
        let sent = x.body().bytes;
        let answer = format!(
            "{} {} {}",
            x.method(),
            x.target(),
            String::from_utf8_lossy(&sent)
        );
        x.reply("200 OK", &[("Connection", "keep-alive")], answer.as_bytes());
    });
    let gateway = Gateway::forward(&origin);
    run(async {
        let mut sender = connect(&gateway).await;
        let mut answers = Vec::new();
        for n in 0..20 {
            let (answer, mut upload) = sender
                .send_request(request("POST", &format!("/all/{n}")), false)
                .expect("send");
            upload
                .send_data(Bytes::from(format!("body {n}")), true)
                .expect("send");
            answers.push(answer);
        }
        for (n, answer) in answers.into_iter().enumerate() {
            let response = answer.await.expect("answer");
            assert!(!response.headers().contains_key("connection"));
            let (status, bytes) = body(response).await;
            assert_eq!(
                (status, bytes),
                (200, format!("POST /all/{n} body {n}").into_bytes())
            );
        }
    });
    // HTTP/2 names no Host; the upstream still learns what the client asked for.
    assert_eq!(
        origin.last().headers.get("x-forwarded-host"),
        Some("gateway.test")
    );
    assert_eq!(origin.last().headers.get("host"), Some(ORIGIN));
}

#[test]
fn routing_and_errors_are_the_same() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    run(async {
        let mut sender = connect(&gateway).await;
        for (method, path, status) in [
            ("GET", "/users/me", 200),
            ("GET", "/nothing", 404),
            ("DELETE", "/bare", 405),
            ("GET", "/bare/", 301),
            ("GET", "/all/../bare", 400),
            ("GET", "/refusing", 502),
            ("GET", "/healthz", 200),
        ] {
            let (answer, _) = sender
                .send_request(request(method, path), true)
                .expect("send");
            let (got, _) = body(answer.await.expect("answer")).await;
            assert_eq!(got, status, "{method} {path}");
        }
    });
}

#[test]
fn a_reset_stream_cancels_its_upstream_and_no_other() {
    let (started, start) = mpsc::channel();
    let (ended, end) = mpsc::channel();
    let origin = Origin::start(move |x| {
        x.begin_stream();
        x.chunk(b"data: 1\n\n");
        if x.target() == "/all/leaving" {
            started.send(()).expect("the test waits");
            ended.send(x.closed(PATIENCE)).expect("the test waits");
        } else {
            x.chunk(b"data: 2\n\n");
            x.end_stream();
        }
    });
    let gateway = Gateway::forward(&origin);
    run(async {
        let mut sender = connect(&gateway).await;
        let mut delays = Vec::new();
        for _ in 0..5 {
            let (leaving, _) = sender
                .send_request(request("GET", "/all/leaving"), true)
                .expect("send");
            let (staying, _) = sender
                .send_request(request("GET", "/all/staying"), true)
                .expect("send");
            let leaving = leaving.await.expect("answer");
            heard(&start).await;
            let left = Instant::now();
            drop(leaving);
            assert_eq!(
                body(staying.await.expect("answer")).await.1,
                b"data: 1\n\ndata: 2\n\n"
            );
            let closed = heard(&end).await.expect("never cancelled");
            delays.push(closed.saturating_duration_since(left));
        }
        assert!(
            delays.iter().any(|d| *d <= Duration::from_millis(100)),
            "too late: {delays:?}"
        );
    });
}

#[test]
fn an_upstream_that_dies_resets_the_stream() {
    let origin = Origin::start(|x| {
        x.begin_stream();
        x.chunk(b"the beginning");
        x.close();
    });
    let gateway = Gateway::forward(&origin);
    run(async {
        let mut sender = connect(&gateway).await;
        let (answer, _) = sender
            .send_request(request("GET", "/all/x"), true)
            .expect("send");
        let mut stream = answer.await.expect("answer").into_body();
        let failure = loop {
            match stream.data().await.expect("a cut answer looks whole") {
                Ok(_) => {}
                Err(e) => break e,
            }
        };
        assert!(failure.is_reset(), "{failure}");
    });
}

/// The preface may come in pieces.
#[test]
fn a_preface_byte_by_byte_is_understood() {
    let origin = Origin::ok();
    let gateway = Gateway::forward(&origin);
    let mut client = gateway.client();
    for byte in b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" {
        client.send([*byte]);
        std::thread::yield_now();
    }
    client.send([0, 0, 0, 4, 0, 0, 0, 0, 0]); // an empty SETTINGS frame
    let frame = client.wire.some().expect("bytes");
    assert_eq!(frame.get(3), Some(&4), "the gateway's SETTINGS: {frame:?}");
}

#[test]
fn use_h2c_false_is_http_1_only() {
    let origin = Origin::ok();
    let gateway = Launch::golden("strict")
        .resolve(ORIGIN, origin.address)
        .start();
    let mut client = gateway.client();
    client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
    let bytes = client.wire.some().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    assert!(text.is_empty() || text.starts_with("HTTP/1.1 "), "{text:?}");
    client.expect_closed(PATIENCE);
}
