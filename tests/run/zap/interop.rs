//! Peers that others wrote: the crate `hanzo-zap`, and the Go module `github.com/luxfi/zap` where it is to be had.

use super::launch;
use hanzo_zap::{
    Builder, Message, ZapServer, build_cloud_request, build_handshake, cloud_handler,
    parse_cloud_response, parse_handshake, read_frame, write_frame,
};
use harness::{
    Key, Launch, Origin, PATIENCE, compiler, gateway::refusing, skip, within, zap::Peer,
};
use std::{
    fs,
    io::{BufRead, BufReader},
    net::SocketAddr,
    path::PathBuf,
    process::{Child, Command, Stdio},
    thread,
};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::{Builder as Runtime, Runtime as Tokio},
};

fn runtime() -> Tokio {
    Runtime::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

/// A server of type 200 whose every byte goes through `hanzo-zap`.
async fn serve(listener: TcpListener) -> std::io::Result<()> {
    loop {
        let (mut stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            let hello =
                Message::parse(read_frame(&mut stream).await?).map_err(std::io::Error::other)?;
            assert!(parse_handshake(&hello).starts_with("gateway/"));
            write_frame(&mut stream, &build_handshake("cloud-api")).await?;
            loop {
                let frame = read_frame(&mut stream).await?;
                let asked = Message::parse(frame[8..].to_vec()).map_err(std::io::Error::other)?;
                assert_eq!(asked.msg_type(), 200);
                let root = asked.root();
                let said = format!(
                    "{} {}?{} {:?}",
                    root.text(0),
                    root.text(8),
                    root.text(32),
                    root.bytes_field(24)
                );
                let mut builder = Builder::new(256);
                let mut object = builder.start_object(24);
                object.set_uint32(0, 202);
                object.set_bytes(4, said.as_bytes());
                object.set_bytes(12, root.bytes_field(16));
                object.finish_as_root();
                let answer = builder.finish_with_flags(201 << 8);
                let wrapped = [&frame[..4], &2u32.to_le_bytes(), &answer].concat();
                write_frame(&mut stream, &wrapped).await?;
            }
            #[expect(unreachable_code, reason = "says what the errors are")]
            std::io::Result::Ok(())
        });
    }
}

#[test]
fn hanzo_zap_reads_our_requests_and_we_its_answers() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("bind");
    listener.set_nonblocking(true).expect("non-blocking");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        runtime().block_on(async { serve(TcpListener::from_std(listener)?).await })
    });
    let origin = Origin::ok();
    let gateway = launch(&origin).resolve("peer.test:9651", address).start();
    let answer = gateway
        .client()
        .post(
            "POST /call/a%20b?x=1",
            &[("X-List", "1"), ("X-List", "2")],
            b"\x00\xff",
        )
        .response();
    assert_eq!(
        (answer.status, &*answer.text()),
        (202, "POST /api/a%20b?x=1 [0, 255]")
    );
    // It sent our own headers back.
    assert_eq!(answer.headers.all("x-list"), ["1", "2"]);
    assert_eq!(origin.count(), 0);
}

#[test]
fn a_server_of_hanzo_zap_shakes_hands_and_is_silent_about_what_it_does_not_know() {
    let address = refusing();
    thread::spawn(move || {
        runtime().block_on(async {
            let server = ZapServer::new("cloud-api", &address.to_string());
            let handler = cloud_handler(|_, _, _| async { Ok((200, Vec::new(), String::new())) });
            server.serve(handler).await.map_err(|why| why.to_string())
        })
    });
    within(PATIENCE, "the server", || {
        std::net::TcpStream::connect(address).ok()
    });
    let origin = Origin::ok();
    let gateway = launch(&origin).resolve("peer.test:9651", address).start();
    let answer = gateway.client().post("POST /quick", &[], b"x").response();
    assert_eq!(answer.status, 504);
    gateway.line("its name", |line| line.contains("it is `cloud-api`"));
}

#[test]
fn a_client_of_hanzo_zap_calls_our_listener() {
    let origin = Origin::start(|x| {
        let body = x.body();
        x.reply("200 OK", &[], &body.bytes);
    });
    let directory = compiler::scratch("zap-hanzo");
    Key::new("arrive").write(&directory);
    let gateway = Launch::golden("arrive")
        .directory(&directory)
        .resolve("origin.test:8000", origin.address)
        .start();
    let address = gateway.zap();
    let (status, body, error) = runtime().block_on(async {
        let mut stream = TcpStream::connect(address).await.expect("connect");
        write_frame(&mut stream, &build_handshake("hanzo"))
            .await
            .expect("send");
        let hello =
            Message::parse(read_frame(&mut stream).await.expect("a handshake")).expect("a message");
        assert_eq!(parse_handshake(&hello), "arrive");
        let call = build_cloud_request("chat.completions", "Bearer tok", br#"{"model":"m"}"#);
        let wrapped = [&7u32.to_le_bytes(), &1u32.to_le_bytes(), &call[..]].concat();
        write_frame(&mut stream, &wrapped).await.expect("send");
        let answer = read_frame(&mut stream).await.expect("an answer");
        assert_eq!(answer[..8], [7, 0, 0, 0, 2, 0, 0, 0]);
        parse_cloud_response(&Message::parse(answer[8..].to_vec()).expect("a message"))
    });
    assert_eq!(
        (status, &*body, &*error),
        (200, &br#"{"model":"m"}"#[..], "")
    );
    assert_eq!(
        origin.last().headers.get("authorization"),
        Some("Bearer tok")
    );
}

/// The Go program of `tests/go/zap`, built; none, and a line that says what is missing, where there is no Go, or what the
/// program needs cannot be downloaded.
fn go() -> Option<PathBuf> {
    const NAME: &str = "zap::interop with the Go node";
    let binary = compiler::scratch("zap-go").join("zap");
    let go = |args: &[&str]| {
        Command::new("go")
            .args(args)
            .current_dir(compiler::workspace().join("tests/go/zap"))
            .output()
    };
    match go(&["mod", "download"]) {
        Err(why) => {
            skip(NAME, &format!("no Go toolchain: {why}"));
            return None;
        }
        Ok(loaded) if !loaded.status.success() => {
            let said = String::from_utf8_lossy(&loaded.stderr);
            let why = said.lines().last().unwrap_or_default();
            skip(NAME, &format!("its modules cannot be had: {why}"));
            return None;
        }
        Ok(_) => {}
    }
    let path = binary.to_str().expect("a path");
    let built = go(&["build", "-o", path, "."]).expect("run go");
    let said = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{said}");
    Some(binary)
}

/// Killed when dropped.
struct Node(Child);

impl Drop for Node {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_go_node_as_server_and_as_client() {
    let Some(binary) = go() else { return };
    let address: SocketAddr = refusing();
    let mut node = Command::new(&binary)
        .args(["serve", "cloud-api", &address.port().to_string()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map(Node)
        .expect("start the Go node");
    let mut said = String::new();
    let stdout = node.0.stdout.take().expect("its stdout");
    BufReader::new(stdout).read_line(&mut said).expect("a line");
    let origin = Origin::ok();
    let gateway = launch(&origin).resolve("peer.test:9651", address).start();
    let answer = gateway
        .client()
        .post("POST /call/x?y=1", &[], b"body")
        .response();
    assert_eq!(
        (answer.status, &*answer.text()),
        (200, "POST /api/x?y=1 body")
    );
    assert_eq!(answer.headers.get("x-by"), Some("go"));

    let origin = Origin::start(|x| {
        let body = x.body();
        x.reply("201 Created", &[], &body.bytes);
    });
    let directory = compiler::scratch("zap-go-client");
    Key::new("arrive").write(&directory);
    let gateway = Launch::golden("arrive")
        .directory(&directory)
        .resolve("origin.test:8000", origin.address)
        .start();
    let called = Command::new(&binary)
        .args([
            "call",
            "go-client",
            &gateway.zap().to_string(),
            "POST",
            "/v1/x",
            "from go",
        ])
        .output()
        .expect("run the Go client");
    assert_eq!(String::from_utf8_lossy(&called.stdout), "201 from go");
}

/// The command of the binary, against a peer of ours and against nobody.
#[test]
fn a_peer_is_poked_by_hand() {
    let peer = Peer::start("cloud-api", |call| {
        if call.headers()["Zap-Stream"].is_null() {
            call.reply(
                404,
                &serde_json::json!({ "X-Name": ["v\u{fc}"] }),
                call.body(),
            );
        } else {
            call.head(200, &serde_json::Value::Null);
            call.piece(0, b"one ");
            call.piece(1, b"two");
            call.end(2, 0, b"");
        }
    });
    let binary = compiler::compiled("zap");
    let file = compiler::scratch("zap-poke").join("body");
    fs::write(&file, b"from a file").expect("write");
    let at = peer.address.to_string();
    let run = |args: &[&str]| {
        let output = Command::new(&binary)
            .args(["zap", "call"])
            .args(args)
            .output()
            .expect("run it");
        let text = |bytes| String::from_utf8(bytes).expect("text");
        (
            output.status.code(),
            text(output.stdout),
            text(output.stderr),
        )
    };
    let (code, body, head) = run(&[
        &at,
        "POST",
        "/x?y=1",
        "-H",
        "X-A: 1",
        "-d",
        &format!("@{}", file.display()),
    ]);
    assert_eq!((code, &*body), (Some(0), "from a file"));
    assert!(
        head.starts_with("ZAP/1 404 Not Found from `cloud-api`\nx-name: v"),
        "{head}"
    );
    let call = peer.call(0);
    assert_eq!((&*call.path(), &*call.query()), ("/x", "y=1"));
    assert_eq!(call.headers()["X-A"], serde_json::json!(["1"]));
    let (code, body, _) = run(&[&at, "GET", "/x", "--stream"]);
    assert_eq!((code, &*body), (Some(0), "one two"));
    let (code, _, why) = run(&[&refusing().to_string(), "GET", "/x"]);
    assert!(code == Some(1) && why.contains("cannot connect"), "{why}");
    let (code, _, why) = run(&[&at, "GET", "no-path"]);
    assert!(
        code == Some(1) && why.contains("a request whose path is none"),
        "{why}"
    );
    let (code, _, why) = run(&[&at, "GET"]);
    assert!(
        code == Some(2) && why.contains("call ADDR METHOD PATH"),
        "{why}"
    );
}

#[test]
fn a_gateway_that_was_not_told_of_zap_knows_no_such_command() {
    let output = Command::new(compiler::compiled("plain"))
        .args(["zap", "call"])
        .output();
    let output = output.expect("run it");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("there is no command `zap`"));
}
