//! Both ends of ZAP as bytes: a peer that a gateway calls, and a client of its listener. Deliberately not the codec
//! under test.

use crate::{PATIENCE, within};
use serde_json::{Value, json};
use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

pub const REQUEST: u32 = 1;
pub const RESPONSE: u32 = 2;

/// A value of an object: where, and what.
pub enum Field<'a> {
    Number(usize, u32),
    Bytes(usize, &'a [u8]),
}

/// A message of one object.
pub fn message(kind: u8, fixed: usize, fields: &[Field]) -> Vec<u8> {
    let mut out = b"ZAP\0\x01\0\0".to_vec();
    out.push(kind);
    out.extend([16, 0, 0, 0, 0, 0, 0, 0]);
    out.resize(16 + fixed, 0);
    let word = |n: usize| u32::try_from(n).expect("a word").to_le_bytes();
    for field in fields {
        match field {
            Field::Number(at, n) => out[16 + at..20 + at].copy_from_slice(&n.to_le_bytes()),
            Field::Bytes(_, []) => {}
            Field::Bytes(at, bytes) => {
                let relative = word(out.len() - 16 - at);
                out[16 + at..20 + at].copy_from_slice(&relative);
                out[20 + at..24 + at].copy_from_slice(&word(bytes.len()));
                out.extend_from_slice(bytes);
            }
        }
    }
    let size = word(out.len());
    out[12..16].copy_from_slice(&size);
    out
}

/// A frame around bytes.
pub fn frame(payload: &[u8]) -> Vec<u8> {
    let length = u32::try_from(payload.len()).expect("a word");
    [&length.to_le_bytes(), payload].concat()
}

/// A frame with half of a call.
pub fn call(id: u32, direction: u32, message: &[u8]) -> Vec<u8> {
    frame(&[&id.to_le_bytes(), &direction.to_le_bytes(), message].concat())
}

/// The frame in which a node says what it is called.
pub fn hello(id: &str) -> Vec<u8> {
    let mut object = id.as_bytes().to_vec();
    object.resize(60, 0);
    object.extend(u32::try_from(id.len()).expect("a word").to_le_bytes());
    let mut message = message(0, 64, &[]);
    message[16..].copy_from_slice(&object);
    frame(&message)
}

/// An answer in one piece, or the head of one in pieces.
pub fn answer(kind: u8, status: u32, headers: &Value, body: &[u8]) -> Vec<u8> {
    let headers = if headers.is_null() {
        String::new()
    } else {
        headers.to_string()
    };
    let fields = [
        Field::Number(0, status),
        Field::Bytes(4, body),
        Field::Bytes(12, headers.as_bytes()),
    ];
    message(kind, 24, &fields)
}

/// A message as it arrived.
#[derive(Debug, Clone)]
pub struct Message(pub Vec<u8>);

impl Message {
    pub fn kind(&self) -> u8 {
        self.0[7]
    }

    pub fn number(&self, at: usize) -> u32 {
        u32::from_le_bytes(self.0[16 + at..20 + at].try_into().expect("a word"))
    }

    pub fn bytes(&self, at: usize) -> &[u8] {
        let (relative, length) = (self.number(at) as usize, self.number(at + 4) as usize);
        match relative {
            0 => &[],
            _ => &self.0[16 + at + relative..16 + at + relative + length],
        }
    }

    pub fn text(&self, at: usize) -> String {
        String::from_utf8(self.bytes(at).to_vec()).expect("a text")
    }

    /// Headers as JSON; none is an empty object.
    pub fn json(&self, at: usize) -> Value {
        match self.bytes(at) {
            [] => json!({}),
            bytes => serde_json::from_slice(bytes).expect("JSON"),
        }
    }
}

/// One frame; none at the end.
pub fn read_frame(stream: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0; 4];
    match stream.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        other => other?,
    }
    let mut payload = vec![0; u32::from_le_bytes(length) as usize];
    stream.read_exact(&mut payload)?;
    Ok(Some(payload))
}

/// The id in a handshake.
pub fn id_of(hello: &[u8]) -> String {
    let length = hello[76] as usize;
    String::from_utf8(hello[16..16 + length].to_vec()).expect("an id")
}

/// A call that reached a [`Peer`].
#[derive(Debug, Clone)]
pub struct Call {
    pub id: u32,
    /// The how-many-th connection it came on, from 0.
    pub connection: usize,
    pub message: Message,
    writer: Arc<Mutex<TcpStream>>,
}

impl Call {
    pub fn method(&self) -> String {
        self.message.text(0)
    }

    pub fn path(&self) -> String {
        self.message.text(8)
    }

    pub fn headers(&self) -> Value {
        self.message.json(16)
    }

    pub fn body(&self) -> &[u8] {
        self.message.bytes(24)
    }

    pub fn query(&self) -> String {
        self.message.text(32)
    }

    /// Bytes as they are. The gateway may be gone, which some tests want.
    pub fn send(&self, bytes: &[u8]) {
        let _ = self.writer.lock().expect("writer").write_all(bytes);
    }

    pub fn answer(&self, message: &[u8]) {
        self.send(&call(self.id, RESPONSE, message));
    }

    /// An answer in one piece.
    pub fn reply(&self, status: u32, headers: &Value, body: &[u8]) {
        self.answer(&answer(201, status, headers, body));
    }

    /// The head of an answer in pieces.
    pub fn head(&self, status: u32, headers: &Value) {
        self.answer(&answer(202, status, headers, b""));
    }

    pub fn piece(&self, number: u32, bytes: &[u8]) {
        self.answer(&message(
            203,
            16,
            &[Field::Number(0, number), Field::Bytes(8, bytes)],
        ));
    }

    pub fn end(&self, pieces: u32, result: u32, trailers: &[u8]) {
        let fields = [
            Field::Number(0, pieces),
            Field::Number(4, result),
            Field::Bytes(8, trailers),
        ];
        self.answer(&message(204, 16, &fields));
    }

    /// Ends the connection that it came on.
    pub fn hang_up(&self) {
        let _ = self.writer.lock().expect("writer").shutdown(Shutdown::Both);
    }
}

/// A node that gateways call. Stops listening, and hangs up, when dropped.
pub struct Peer {
    pub address: SocketAddr,
    seen: Arc<Mutex<Vec<Call>>>,
    bare: Arc<Mutex<Vec<Message>>>,
    dialers: Arc<Mutex<Vec<String>>>,
    open: Arc<AtomicUsize>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
    stop: Arc<AtomicBool>,
}

impl Peer {
    /// Says that it is `id`, and answers every call with `handler`, one after the other on each connection.
    pub fn start(id: &str, handler: impl Fn(Call) + Send + Sync + 'static) -> Peer {
        Peer::at("127.0.0.1:0".parse().expect("an address"), id, handler)
    }

    /// As [`Peer::start`], at an address.
    pub fn at(
        address: SocketAddr,
        id: &str,
        handler: impl Fn(Call) + Send + Sync + 'static,
    ) -> Peer {
        let id = id.to_owned();
        Peer::raw(address, move |stream, connection, peer| {
            peer.serve(&id, stream, connection, &handler)
        })
    }

    /// A listener that answers with bytes and nothing else, whatever it gets.
    pub fn of_bytes(bytes: Vec<u8>) -> Peer {
        Peer::raw(
            "127.0.0.1:0".parse().expect("an address"),
            move |mut stream, _, _| {
                read_frame(&mut stream)?;
                stream.write_all(&bytes)?;
                io::copy(&mut stream, &mut io::sink()).map(drop)
            },
        )
    }

    /// A listener that ends every connection, whatever it gets.
    pub fn of_hang_up() -> Peer {
        Peer::raw(
            "127.0.0.1:0".parse().expect("an address"),
            |mut stream, _, _| {
                read_frame(&mut stream)?;
                stream.shutdown(Shutdown::Both)
            },
        )
    }

    fn raw(
        address: SocketAddr,
        serve: impl Fn(TcpStream, usize, &Inside) -> io::Result<()> + Send + Sync + 'static,
    ) -> Peer {
        let listener = within(PATIENCE, "a port for the peer", || {
            TcpListener::bind(address).ok()
        });
        let peer = Peer {
            address: listener.local_addr().expect("its address"),
            seen: Arc::default(),
            bare: Arc::default(),
            dialers: Arc::default(),
            open: Arc::default(),
            streams: Arc::default(),
            stop: Arc::default(),
        };
        let inside = Inside {
            seen: Arc::clone(&peer.seen),
            bare: Arc::clone(&peer.bare),
            dialers: Arc::clone(&peer.dialers),
        };
        let (open, streams, stop) = (peer.open.clone(), peer.streams.clone(), peer.stop.clone());
        let serve = Arc::new((serve, inside));
        thread::spawn(move || {
            for (connection, stream) in listener.incoming().enumerate() {
                if stop.load(SeqCst) {
                    return;
                }
                let Ok(stream) = stream else { continue };
                let Ok(again) = stream.try_clone() else {
                    continue;
                };
                streams.lock().expect("streams").push(again);
                open.fetch_add(1, SeqCst);
                let (serve, open) = (serve.clone(), open.clone());
                thread::spawn(move || {
                    // An error is a gateway that hung up.
                    let _ = (serve.0)(stream, connection, &serve.1);
                    open.fetch_sub(1, SeqCst);
                });
            }
        });
        peer
    }

    /// How many calls arrived.
    pub fn count(&self) -> usize {
        self.seen.lock().expect("record").len()
    }

    /// The n-th call, waiting for it.
    pub fn call(&self, n: usize) -> Call {
        within(PATIENCE, "a call at the peer", || {
            self.seen.lock().expect("record").get(n).cloned()
        })
    }

    /// The n-th message that belongs to no call, waiting for it.
    pub fn bare(&self, n: usize) -> Message {
        within(PATIENCE, "a bare message at the peer", || {
            self.bare.lock().expect("record").get(n).cloned()
        })
    }

    /// What those that ever connected said that they are called.
    pub fn dialers(&self) -> Vec<String> {
        self.dialers.lock().expect("record").clone()
    }

    /// Connections that are open now.
    pub fn open(&self) -> usize {
        self.open.load(SeqCst)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.stop.store(true, SeqCst);
        // Wakes the accept loop; if that fails, it is not listening any more.
        let _ = TcpStream::connect(self.address);
        for stream in self.streams.lock().expect("streams").iter() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

/// What a connection's thread writes down.
struct Inside {
    seen: Arc<Mutex<Vec<Call>>>,
    bare: Arc<Mutex<Vec<Message>>>,
    dialers: Arc<Mutex<Vec<String>>>,
}

impl Inside {
    fn serve(
        &self,
        id: &str,
        mut stream: TcpStream,
        connection: usize,
        handler: &(dyn Fn(Call) + Send + Sync),
    ) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let Some(first) = read_frame(&mut stream)? else {
            return Ok(());
        };
        self.dialers.lock().expect("record").push(id_of(&first));
        let writer = Arc::new(Mutex::new(stream.try_clone()?));
        stream.write_all(&hello(id))?;
        while let Some(payload) = read_frame(&mut stream)? {
            if payload.is_empty() {
                continue;
            }
            if payload.starts_with(b"ZAP\0") && !payload[8..].starts_with(b"ZAP\0") {
                self.bare.lock().expect("record").push(Message(payload));
                continue;
            }
            let call = Call {
                id: u32::from_le_bytes(payload[..4].try_into().expect("a word")),
                connection,
                message: Message(payload[8..].to_vec()),
                writer: writer.clone(),
            };
            self.seen.lock().expect("record").push(call.clone());
            handler(call);
        }
        Ok(())
    }
}

/// A client of a gateway's listener, over whatever bytes.
pub struct ZapClient<S = TcpStream> {
    pub stream: S,
    /// What the gateway says that it is called.
    pub peer: String,
    next: u32,
}

impl ZapClient {
    /// Connects in the clear, and shakes hands.
    pub fn connect(address: SocketAddr, id: &str) -> ZapClient {
        let stream = TcpStream::connect_timeout(&address, PATIENCE).expect("connect");
        stream.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        ZapClient::over(stream, id).expect("a handshake")
    }
}

impl<S: Read + Write> ZapClient<S> {
    /// Shakes hands. An error: the gateway ended the connection instead.
    pub fn over(mut stream: S, id: &str) -> io::Result<ZapClient<S>> {
        stream.write_all(&hello(id))?;
        stream.flush()?;
        let answer = read_frame(&mut stream)?.ok_or(io::ErrorKind::UnexpectedEof)?;
        Ok(ZapClient {
            stream,
            peer: id_of(&answer),
            next: 1,
        })
    }

    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.write_all(bytes).expect("send to the gateway");
        self.stream.flush().expect("send to the gateway");
    }

    /// A request, and its number.
    pub fn request(&mut self, line: &str, headers: &Value, body: &[u8]) -> u32 {
        let (method, target) = line.split_once(' ').expect("a method and a target");
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let headers = if headers.is_null() {
            String::new()
        } else {
            headers.to_string()
        };
        let fields = [
            Field::Bytes(0, method.as_bytes()),
            Field::Bytes(8, path.as_bytes()),
            Field::Bytes(16, headers.as_bytes()),
            Field::Bytes(24, body),
            Field::Bytes(32, query.as_bytes()),
        ];
        self.call(&message(200, 40, &fields))
    }

    pub fn call(&mut self, message: &[u8]) -> u32 {
        let id = self.next;
        self.next += 1;
        self.send(&call(id, REQUEST, message));
        id
    }

    /// The next frame: which call it answers, and with what. None: the gateway ended the connection.
    pub fn frame(&mut self) -> Option<(u32, Message)> {
        loop {
            let payload = read_frame(&mut self.stream).expect("a frame")?;
            if !payload.is_empty() {
                let id = u32::from_le_bytes(payload[..4].try_into().expect("a word"));
                assert_eq!(payload[4..8], RESPONSE.to_le_bytes(), "a response");
                return Some((id, Message(payload[8..].to_vec())));
            }
        }
    }

    /// The answer to the only request under way: status, headers, body.
    pub fn answer(&mut self) -> (u32, Value, Vec<u8>) {
        let (_, message) = self.frame().expect("an answer");
        assert_eq!(message.kind(), 201, "an answer in one piece");
        (
            message.number(0),
            message.json(12),
            message.bytes(4).to_vec(),
        )
    }

    /// Asks and waits.
    pub fn ask(&mut self, line: &str, headers: &Value, body: &[u8]) -> (u32, Value, Vec<u8>) {
        self.request(line, headers, body);
        self.answer()
    }
}
