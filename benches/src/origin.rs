//! The upstream: 1 KB of JSON for everyone, and the key set at `/jwks`. It answers as fast as it can, and reads no more
//! than it must.

use std::{io, net::SocketAddr, rc::Rc};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    task,
};

/// Bytes of an answer's body.
const BODY: usize = 1024;

struct Answers {
    item: Vec<u8>,
    keys: Vec<u8>,
}

/// Listens from now on; its connections live in this thread's `LocalSet`.
pub async fn start(key_set: String) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let mut item = br#"{"items":[],"padding":""#.to_vec();
    item.resize(BODY - 2, b'x');
    item.extend_from_slice(br#""}"#);
    let answers = Rc::new(Answers {
        item: answer(&item),
        keys: answer(key_set.as_bytes()),
    });
    task::spawn_local(async move {
        // One that cannot be accepted is missed by whoever wanted it.
        while let Ok((client, _)) = listener.accept().await {
            task::spawn_local(serve(client, Rc::clone(&answers)));
        }
    });
    Ok(address)
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
