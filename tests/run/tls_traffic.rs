//! HTTP over TLS: what holds on plain connections holds here.

use crate::tls_listener::Setup;
use bytes::Bytes;
use h2::client::SendRequest;
use harness::{
    Client, Exchange, Gateway, Launch, Origin, PATIENCE,
    tls::{self, Offer},
    within,
};
use http::Request;
use std::{
    future::Future,
    io::Write,
    net::TcpStream,
    sync::{Mutex, mpsc},
    thread,
    time::{Duration, Instant},
};
use tokio::time::timeout;
use tokio_rustls::{TlsConnector, rustls::pki_types::ServerName};

const SOON: Duration = Duration::from_millis(100);
/// A busy machine may be late now and then; a gateway that does not cancel is late every time.
const TRIES: usize = 5;

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

/// HTTP/2, agreed upon in the handshake; also the task that ends with the connection.
async fn http2(
    setup: &Setup,
    gateway: &Gateway,
) -> (
    SendRequest<Bytes>,
    tokio::task::JoinHandle<Result<(), h2::Error>>,
) {
    let offer = Offer {
        alpn: &["h2"],
        ..setup.offer()
    };
    let tcp = tokio::net::TcpStream::connect(gateway.address).await;
    let name = ServerName::try_from("a.test").expect("a name");
    let secure = TlsConnector::from(offer.config())
        .connect(name, tcp.expect("connect"))
        .await
        .expect("a handshake");
    let (sender, connection) = h2::client::handshake(secure).await.expect("a preface");
    let ended = tokio::spawn(connection);
    (sender.ready().await.expect("ready"), ended)
}

fn get(path: &str) -> Request<()> {
    let uri = format!("https://a.test{path}");
    Request::get(uri).body(()).expect("a request")
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

/// The next bytes; none at the end, which may be a frame of its own.
async fn piece(stream: &mut h2::RecvStream) -> Option<Bytes> {
    loop {
        let piece = stream.data().await?.expect("data");
        let capacity = stream.flow_control().release_capacity(piece.len());
        capacity.expect("capacity");
        if !piece.is_empty() {
            return Some(piece);
        }
    }
}

/// An origin that streams one chunk at a time, when the test says so.
fn on_command() -> (Origin, mpsc::Sender<&'static str>) {
    let (say, said) = mpsc::channel::<&str>();
    let said = Mutex::new(said);
    let origin = Origin::start(move |x| {
        x.begin_stream();
        let said = said.lock().expect("receiver");
        while let Ok(word) = said.recv_timeout(PATIENCE) {
            if word == "end" {
                return x.end_stream();
            }
            x.chunk(word.as_bytes());
        }
    });
    (origin, say)
}

#[test]
fn http2_streams_chunk_by_chunk() {
    let setup = Setup::new("tls-h2");
    let (origin, say) = on_command();
    let gateway = setup.launch(&origin).start();
    run(async {
        let (mut sender, _) = http2(&setup, &gateway).await;
        let (answer, _) = sender.send_request(get("/all/x"), true).expect("send");
        let response = answer.await.expect("an answer");
        assert_eq!(response.status(), 200);
        let mut stream = response.into_body();
        for word in ["one", "two", "three"] {
            say.send(word).expect("the origin listens");
            assert_eq!(piece(&mut stream).await.expect("a chunk"), word);
        }
        say.send("end").expect("the origin listens");
        assert!(piece(&mut stream).await.is_none());
    });
    let got = origin.last();
    assert_eq!(got.headers.get("x-forwarded-proto"), Some("https"));
    assert_eq!(got.headers.get("x-forwarded-host"), Some("a.test"));
}

#[test]
fn a_reset_http2_stream_cancels_its_upstream() {
    let setup = Setup::new("tls-h2-cancel");
    let (started, start) = mpsc::channel();
    let (ended, end) = mpsc::channel();
    let origin = Origin::start(move |x| {
        x.begin_stream();
        x.chunk(b"data: 1\n\n");
        started.send(()).expect("the test waits");
        ended.send(x.closed(PATIENCE)).expect("the test waits");
    });
    let gateway = setup.launch(&origin).start();
    run(async {
        let (mut sender, _) = http2(&setup, &gateway).await;
        let mut delays = Vec::new();
        for _ in 0..TRIES {
            let (answer, _) = sender.send_request(get("/all/x"), true).expect("send");
            let answer = answer.await.expect("an answer");
            heard(&start).await;
            let left = Instant::now();
            drop(answer);
            let closed = heard(&end).await.expect("never cancelled");
            delays.push(closed.saturating_duration_since(left));
        }
        assert!(delays.iter().any(|d| *d <= SOON), "too late: {delays:?}");
    });
}

/// A client that leaves takes its upstream request along.
fn cancels(
    name: &str,
    until: impl Fn(&mut Exchange) + Send + Sync + 'static,
    ask: impl Fn(&mut Client),
) {
    let setup = Setup::new(name);
    let (ready, at_point) = mpsc::channel();
    let (ended, end) = mpsc::channel();
    let origin = Origin::start(move |x| {
        until(x);
        ready.send(()).expect("the test waits");
        ended.send(x.closed(PATIENCE)).expect("the test waits");
    });
    let gateway = setup.launch(&origin).start();
    let mut delays = Vec::new();
    for _ in 0..TRIES {
        let mut leaving = setup.client(&gateway);
        ask(&mut leaving);
        let arrived = at_point.recv_timeout(PATIENCE);
        arrived.expect("the origin gets there");
        let left = Instant::now();
        drop(leaving);
        let closed = end.recv_timeout(2 * PATIENCE).expect("an end");
        let closed = closed.expect("the upstream was never cancelled");
        delays.push(closed.saturating_duration_since(left));
    }
    assert!(delays.iter().any(|d| *d <= SOON), "too late: {delays:?}");
}

#[test]
fn leaving_while_uploading() {
    cancels(
        "tls-cancel-upload",
        |x| {
            let mut got = 0;
            while got < 5 {
                got += x.wire.some().expect("the first piece").len();
            }
        },
        |client| {
            client.send("POST /all/x HTTP/1.1\r\nHost: h\r\nContent-Length: 1000000\r\n\r\nfirst");
        },
    );
}

#[test]
fn leaving_before_the_first_byte() {
    cancels(
        "tls-cancel-waiting",
        |_| (),
        |client| {
            client.request("GET /all/x", &[]);
        },
    );
}

#[test]
fn leaving_a_stream() {
    cancels(
        "tls-cancel-stream",
        |x| {
            x.begin_stream();
            x.chunk(b"data: 1\n\n");
        },
        |client| {
            client.request("GET /all/x", &[]).head();
            client.chunk().expect("a chunk");
        },
    );
}

/// A client that has nothing more to say may still read: what the gateway asks it meanwhile is a record of TLS, and no
/// plain text between two records.
#[test]
fn a_half_closed_client_gets_its_answer() {
    let setup = Setup::new("tls-half-closed");
    let (closed, is_closed) = mpsc::channel();
    let is_closed = Mutex::new(is_closed);
    let origin = Origin::start(move |x| {
        let wait = is_closed.lock().expect("receiver");
        wait.recv_timeout(PATIENCE).expect("the client has closed");
        // Several times as long as the gateway waits before it asks.
        thread::sleep(Duration::from_millis(200));
        x.reply("200 OK", &[], b"still there");
    });
    let gateway = setup.launch(&origin).start();
    let mut client = setup.client(&gateway);
    client.request("GET /all/x", &[]);
    client.wire.half_close();
    closed.send(()).expect("the origin waits");
    let mut head = client.head();
    while head.status() == 100 {
        head = client.head();
    }
    assert_eq!(client.rest_of(head, "GET").text(), "still there");
}

#[test]
fn a_websocket_is_tunnelled() {
    let setup = Setup::new("tls-websocket");
    let origin = Origin::start(|x| {
        let headers = [
            ("Connection", "Upgrade"),
            ("Upgrade", "websocket"),
            ("Sec-WebSocket-Accept", "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
        ];
        x.begin("101 Switching Protocols", &headers);
        while let Ok(bytes) = x.wire.some()
            && !bytes.is_empty()
        {
            if bytes == b"bye" {
                return x.close();
            }
            x.send(bytes);
        }
    });
    let gateway = setup.launch(&origin).start();
    let mut client = setup.client(&gateway);
    let handshake = [
        ("Connection", "Upgrade"),
        ("Upgrade", "websocket"),
        ("Sec-WebSocket-Version", "13"),
        ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    assert_eq!(
        client.request("GET /all/ws", &handshake).head().status(),
        101
    );
    for bytes in [b"hello".to_vec(), vec![0x81; 30_000]] {
        client.send(&bytes);
        let mut got = Vec::new();
        while got.len() < bytes.len() {
            got.extend(client.wire.some().expect("an echo"));
        }
        assert_eq!(got, bytes);
    }
    client.send("bye");
    // An end that TLS announces: none that somebody on the way could have made.
    assert_eq!(client.wire.some().expect("a clean end"), b"");
}

/// Megabytes in both directions, to a client that takes its time: no byte is lost between the session and the socket.
#[test]
fn bulk_arrives_whole() {
    const SIZE: usize = 8 * 1024 * 1024;
    let setup = Setup::new("tls-bulk");
    let origin = Origin::start(|x| {
        let body = x.body().bytes;
        x.reply("200 OK", &[("Connection", "close")], &body);
    });
    let gateway = setup.launch(&origin).start();
    let body: Vec<u8> = (0..SIZE)
        .map(|n| u8::try_from(n % 251).expect("small"))
        .collect();
    let mut client = setup.client(&gateway);
    client.post("POST /all/x", &[("Connection", "close")], &body);
    let head = client.head();
    thread::sleep(Duration::from_millis(300));
    let answer = client.rest_of(head, "POST");
    assert_eq!(answer.status, 200);
    assert!(answer.body == body, "{} of {SIZE} bytes", answer.body.len());
    assert_eq!(client.wire.some().expect("a clean end"), b"");
}

/// What hyper refuses by itself is answered as the gateway does, through TLS.
#[test]
fn malformed_requests_are_answered() {
    let setup = Setup::new("tls-malformed");
    let origin = Origin::ok();
    let gateway = setup.launch(&origin).start();
    let mut client = setup.client(&gateway);
    client.send("GET / HTTP/1.1\r\nHost: h\r\nbad header\r\n\r\n");
    let answer = client.response();
    assert_eq!(answer.status, 400);
    assert!(answer.json()["request_id"].is_string());
    assert_eq!(client.wire.some().expect("a clean end"), b"");
}

#[test]
fn sigterm_lets_what_is_in_flight_finish() {
    let setup = Setup::new("tls-drain");
    let (origin, say) = on_command();
    let mut gateway = setup.launch(&origin).start();
    let mut fresh = setup.client(&gateway);
    let mut idle = setup.client(&gateway);
    assert_eq!(idle.request("GET /healthz", &[]).response().status, 200);
    let mut streaming = setup.client(&gateway);
    streaming.request("GET /all/x", &[]).head();
    say.send("one").expect("the origin listens");
    assert_eq!(streaming.chunk().expect("a chunk").1, b"one");
    // In the middle of a handshake.
    let mut half = TcpStream::connect(gateway.address).expect("connect");
    half.write_all(&[22, 3, 1]).expect("send");

    gateway.signal("TERM");
    // Said, not cut.
    assert_eq!(idle.wire.some().expect("a clean end"), b"");
    assert_eq!(fresh.wire.some().expect("a clean end"), b"");
    within(PATIENCE, "no new connections", || {
        TcpStream::connect(gateway.address).is_err().then_some(())
    });
    assert!(gateway.alive(), "it waits for the stream");
    say.send("two").expect("the origin listens");
    assert_eq!(streaming.chunk().expect("a chunk").1, b"two");
    say.send("end").expect("the origin listens");
    assert!(streaming.chunk().is_none(), "the stream ends cleanly");
    assert_eq!(gateway.exit(PATIENCE).code(), Some(0));
}

#[test]
fn sigterm_says_goaway() {
    let setup = Setup::new("tls-goaway");
    let (origin, say) = on_command();
    let mut gateway = setup.launch(&origin).start();
    run(async {
        let (mut sender, ended) = http2(&setup, &gateway).await;
        let (answer, _) = sender.send_request(get("/all/x"), true).expect("send");
        let mut stream = answer.await.expect("an answer").into_body();
        gateway.signal("TERM");
        loop {
            match sender.clone().ready().await {
                Err(error) => break assert!(error.is_go_away(), "{error}"),
                Ok(_) => tokio::time::sleep(Duration::from_millis(1)).await,
            }
        }
        say.send("last").expect("the origin listens");
        assert_eq!(piece(&mut stream).await.expect("a chunk"), "last");
        say.send("end").expect("the origin listens");
        assert!(piece(&mut stream).await.is_none());
        let end = ended.await.expect("the connection's task");
        assert!(end.is_ok(), "{end:?}");
    });
    assert_eq!(gateway.exit(PATIENCE).code(), Some(0));
}

/// Sessions are resumed, on whichever core the next connection comes; and never with early data.
#[test]
fn sessions_are_resumed() {
    let setup = Setup::new("tls-resumed");
    let origin = Origin::ok();
    let gateway: Gateway = Launch::args(setup.launch(&origin), &["--workers", "2"]).start();
    let config = setup.offer().config();
    let mut kinds = Vec::new();
    for _ in 0..6 {
        let secure = tls::connect(config.clone(), gateway.address, "a.test").expect("a handshake");
        kinds.push(secure.state().handshake_kind().expect("a kind"));
        // The tickets come with the answer.
        let mut client = secure.client();
        assert_eq!(client.request("GET /all/x", &[]).response().status, 200);
    }
    use tokio_rustls::rustls::HandshakeKind::{Full, Resumed};
    assert_eq!(kinds[0], Full);
    assert!(kinds[1..].iter().all(|kind| *kind == Resumed), "{kinds:?}");
}
