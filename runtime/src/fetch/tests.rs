//! Against a server that misbehaves in every way that matters here.

use super::{Fetch, FetchError, Url};
use crate::settings::Resolve;
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    thread,
    time::Duration,
};

/// Answers each connection with `answer`, after its request head; the requests are returned by the thread.
fn server(answer: fn(&mut TcpStream)) -> (SocketAddr, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let address = listener.local_addr().expect("its address");
    let thread = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("a connection");
        let mut request = Vec::new();
        let mut byte = [0];
        while !request.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n == 1) {
            request.push(byte[0]);
        }
        answer(&mut stream);
        String::from_utf8(request).expect("text")
    });
    (address, thread)
}

fn say(stream: &mut TcpStream, text: &[u8]) {
    // A client that has gone is what some tests are about.
    let _ = stream.write_all(text);
}

/// Asks a server that answers like that; `http://keys.test:1234/k` is it.
fn fetch(answer: fn(&mut TcpStream)) -> (Result<(u16, String), FetchError>, String) {
    let (to, thread) = server(answer);
    let url = Url::parse("http://keys.test:1234/k?x=1").expect("a URL");
    let resolve = [Resolve {
        host: "keys.test".to_owned(),
        port: 1234,
        to,
    }];
    let fetch = Fetch {
        timeout: Duration::from_millis(500),
        max_body: 100,
        ..Fetch::get(&url)
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let answer = runtime.block_on(fetch.send(&resolve)).map(|answer| {
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        (answer.status.as_u16(), text)
    });
    (answer, thread.join().expect("the server"))
}

#[test]
fn an_answer_is_an_answer_whatever_its_status() {
    for (answer, expected) in [
        (
            (|s| say(s, b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi")) as fn(&mut TcpStream),
            (200, "hi"),
        ),
        (
            |s| {
                say(s, b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n");
            },
            (200, "hi"),
        ),
        (|s| say(s, b"HTTP/1.0 200 OK\r\n\r\nhi"), (200, "hi")),
        (
            |s| {
                say(s, b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n");
            },
            (302, ""),
        ),
        (
            |s| say(s, b"HTTP/1.1 500 No\r\ncontent-length: 0\r\n\r\n"),
            (500, ""),
        ),
    ] {
        let (got, request) = fetch(answer);
        let (status, body) = got.expect("an answer");
        assert_eq!((status, body.as_str()), expected);
        assert!(request.starts_with("GET /k?x=1 HTTP/1.1\r\n"), "{request}");
        assert!(request.contains("host: keys.test:1234\r\n"), "{request}");
    }
}

#[test]
fn what_is_no_answer_is_an_error_in_time() {
    type Case = (fn(&mut TcpStream), fn(&FetchError) -> bool);
    let table: [Case; 7] = [
        (|_| (), |e| matches!(e, FetchError::Exchange(_))),
        (
            |s| say(s, b"nonsense\r\n\r\n"),
            |e| matches!(e, FetchError::Exchange(_)),
        ),
        (
            |s| say(s, b"HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhi"),
            |e| matches!(e, FetchError::Exchange(_)),
        ),
        (
            |s| {
                say(s, b"HTTP/1.1 200 OK\r\ncontent-length: 101\r\n\r\n");
                say(s, &[b'x'; 101]);
            },
            |e| matches!(e, FetchError::TooLong(100)),
        ),
        (
            |s| {
                say(s, b"HTTP/1.1 200 OK\r\nx: ");
                say(s, &vec![b'x'; 100_000]);
            },
            |e| matches!(e, FetchError::Exchange(_)),
        ),
        // Holds the connection without a word, until the client has left.
        (
            |s| {
                let _ = s.read(&mut [0]);
            },
            |e| matches!(e, FetchError::Timeout(_)),
        ),
        // Drips without end, until the client has left.
        (
            |s| {
                say(s, b"HTTP/1.1 200 OK\r\n\r\n");
                while s.write_all(b"x").is_ok() {
                    thread::sleep(Duration::from_millis(20));
                }
            },
            |e| matches!(e, FetchError::Timeout(_)),
        ),
    ];
    for (n, (answer, check)) in table.into_iter().enumerate() {
        let (got, _) = fetch(answer);
        let error = got.expect_err("no answer");
        assert!(check(&error), "{n}: {error:?}");
    }
}

#[test]
fn nobody_there() {
    let url = Url::parse("http://127.0.0.1:1/k").expect("a URL");
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let got = runtime.block_on(Fetch::get(&url).send(&[]));
    assert!(matches!(got, Err(FetchError::Connect(_))), "{got:?}");
}
