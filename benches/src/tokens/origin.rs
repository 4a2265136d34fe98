//! The upstream: 1 KB of JSON for everyone, and the key set at `/jwks`. It answers as fast as it can, and reads no more
//! than it must.

use std::{
    io,
    net::{self, SocketAddr},
    rc::Rc,
    thread,
};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    runtime::Builder,
    task::{self, LocalSet},
};

/// Bytes of an answer's body.
const BODY: usize = 1024;

struct Answers {
    item: Vec<u8>,
    keys: Vec<u8>,
}

/// Listens from now on, in a thread of its own: a gateway that starts asks for its keys before it says that it is there.
pub fn start(key_set: &str) -> io::Result<SocketAddr> {
    let listener = net::TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let keys = answer(key_set.as_bytes());
    thread::spawn(move || runtime.block_on(LocalSet::new().run_until(listen(listener, keys))));
    Ok(address)
}

async fn listen(listener: net::TcpListener, keys: Vec<u8>) -> io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let mut item = br#"{"items":[],"padding":""#.to_vec();
    item.resize(BODY - 2, b'x');
    item.extend_from_slice(br#""}"#);
    let item = answer(&item);
    let answers = Rc::new(Answers { item, keys });
    loop {
        let (client, _) = listener.accept().await?;
        task::spawn_local(serve(client, Rc::clone(&answers)));
    }
}

async fn serve(mut client: TcpStream, answers: Rc<Answers>) -> io::Result<()> {
    client.set_nodelay(true)?;
    let mut buffer = Vec::with_capacity(4096);
    while client.read_buf(&mut buffer).await? != 0 {
        // Nobody pipelines, and no request has a body.
        if head_end(&buffer).is_some() {
            let answer = if buffer.starts_with(b"GET /jwks") {
                &answers.keys
            } else {
                &answers.item
            };
            client.write_all(answer).await?;
            buffer.clear();
        }
    }
    Ok(())
}

fn answer(body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nServer: origin\r\nDate: Thu, 26 Nov 2026 00:00:00 GMT\r\n\
         Content-Type: application/json\r\nCache-Control: no-cache\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

/// Where the head in `bytes` ends, if it does.
pub fn head_end(bytes: &[u8]) -> Option<usize> {
    const END: &[u8] = b"\r\n\r\n";
    let at = bytes.windows(END.len()).position(|w| w == END)?;
    Some(at + END.len())
}
