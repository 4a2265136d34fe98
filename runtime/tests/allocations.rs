//! How often a request asks the allocator for memory, on its way through a gateway that is warm: counted, so that it
//! stays where it is. The gateway does what most do: it counts, and it limits.
//!
//! The program is its own gateway: started again with `run`, it serves; as a test, it sends requests to that and reads the
//! counts, which the gateway tells on `/counts`.

use runtime::{
    By, Call, Cx, Decision, Duration, ExitCode, Gateway, Host, Metrics, RateLimit, Route, Upstream,
    forward, get, limit, post,
};
use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    env,
    io::{BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpListener, TcpStream},
    process::{Child, ChildStdout, Command, Stdio},
    sync::Mutex,
    thread,
};

/// Requests before anything is counted, and those that are.
const WARM: usize = 300;
const COUNTED: usize = 200;

/// Counts for each thread what is allocated on it.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[allow(unsafe_code, reason = "there is no other way to be an allocator")]
// SAFETY: everything is done by the system's allocator; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count();
        // SAFETY: as this was called.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        // SAFETY: as this was called.
        unsafe { System.dealloc(memory, layout) }
    }

    unsafe fn realloc(&self, memory: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count();
        // SAFETY: as this was called.
        unsafe { System.realloc(memory, layout, size) }
    }
}

fn count() {
    // A thread that ends counts no more.
    let _ = ALLOCATIONS.try_with(|n| n.set(n.get() + 1));
}

static ORIGIN: Upstream = Upstream::new("origin", &[Host::http("origin.test", 8000)]);
static ROUTES: &[Route] = &[
    get("/get", handler),
    post("/post", handler),
    get("/counts", counts),
];
static GATEWAY: Gateway = Gateway::new("allocations", "{}")
    .routes(ROUTES)
    .upstreams(&[&ORIGIN])
    .gates(&[&LIMIT])
    .parts(&[&METRICS])
    .no_access_log();

static METRICS: Metrics = Metrics::new().listen("127.0.0.1:0");
static LIMIT: RateLimit = RateLimit::new("the gateway")
    .all(1_000_000, Duration::from_secs(1))
    .each(By::Address, 1_000_000, Duration::from_secs(1));

/// What was allocated before each request came to its handler.
static COUNTS: Mutex<Vec<u64>> = Mutex::new(Vec::new());

fn handler(cx: &mut Cx) -> Decision {
    static CALL: Call = Call::to(&ORIGIN, "/hello").all_headers();

    let so_far = ALLOCATIONS.get();
    COUNTS.lock().expect("counts").push(so_far);
    limit(&LIMIT, cx)?;
    forward(cx, &CALL)
}

/// Tells how many allocations there were from each request to the next, and forgets them.
fn counts(cx: &mut Cx) -> Decision {
    let mut counts = COUNTS.lock().expect("counts");
    let each: Vec<_> = counts
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).to_string())
        .collect();
    println!("{}", each.join(" "));
    *counts = Vec::with_capacity(4 * (WARM + COUNTED));
    drop(counts);
    runtime::refuse(cx, "anything but counts")
}

fn main() -> ExitCode {
    if env::args().nth(1).as_deref() == Some("run") {
        return runtime::run(&GATEWAY);
    }
    let origin = origin();
    let mut gateway = start(origin);
    let mut out = BufReader::new(gateway.stdout.take().expect("its output"));
    let address = listening(&mut out);
    let mut failed = false;
    for (what, request, most) in [
        ("a GET", &b"GET /get HTTP/1.1\r\nHost: h\r\nAccept: */*\r\nUser-Agent: curl\r\nX-Request-Id: abc\r\n\r\n"[..], 1),
        ("a GET without an id", b"GET /get HTTP/1.1\r\nHost: h\r\nAccept: */*\r\nUser-Agent: curl\r\n\r\n", 1),
        ("a POST", b"POST /post HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Type: text/plain\r\nX-Request-Id: abc\r\n\r\nhello", 2),
    ] {
        let mut client = TcpStream::connect(address).expect("connect");
        client.set_nodelay(true).expect("nodelay");
        ask(&mut client, b"GET /counts HTTP/1.1\r\nHost: h\r\n\r\n");
        line(&mut out);
        for _ in 0..WARM + COUNTED {
            ask(&mut client, request);
        }
        ask(&mut client, b"GET /counts HTTP/1.1\r\nHost: h\r\n\r\n");
        let each = line(&mut out);
        let each: Vec<u64> = each.split(' ').map(|n| n.parse().expect("a number")).collect();
        let counted = &each[WARM..];
        let mut sorted = counted.to_vec();
        sorted.sort_unstable();
        let (usual, sum) = (sorted[sorted.len() / 2], counted.iter().sum::<u64>());
        println!("{what}: {usual} allocations, {sum} by {} requests", counted.len());
        if usual > most {
            println!("    expected at most {most}");
            failed = true;
        }
    }
    let _ = gateway.kill();
    let _ = gateway.wait();
    if failed {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

fn start(origin: SocketAddr) -> Child {
    Command::new(env::current_exe().expect("this program"))
        .args([
            "run",
            "--listen",
            "127.0.0.1:0",
            "--workers",
            "1",
            "--resolve",
        ])
        .arg(format!("origin.test:8000={origin}"))
        .stdout(Stdio::piped())
        .spawn()
        .expect("start the gateway")
}

fn line(out: &mut BufReader<ChildStdout>) -> String {
    let mut line = String::new();
    out.read_line(&mut line).expect("a line");
    line.trim().to_owned()
}

fn listening(out: &mut BufReader<ChildStdout>) -> SocketAddr {
    loop {
        let line = line(out);
        if let Some((_, rest)) = line.split_once("listening on ") {
            let word = rest.split(|c: char| c.is_whitespace() || c == '"').next();
            return word.unwrap_or_default().parse().expect("an address");
        }
    }
}

/// One request, and the end of its answer, which has 1,024 bytes or is our own.
fn ask(client: &mut TcpStream, request: &[u8]) {
    client.write_all(request).expect("send");
    let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let n = client.read(&mut piece).expect("read");
        assert!(n > 0, "the gateway closed");
        answer.extend_from_slice(&piece[..n]);
        let text = String::from_utf8_lossy(&answer);
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head
                .split("content-length: ")
                .nth(1)
                .and_then(|rest| rest.lines().next());
            if length.and_then(|length| length.parse().ok()) == Some(body.len()) {
                return;
            }
        }
    }
}

/// Answers every request with 1,024 bytes.
fn origin() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let address = listener.local_addr().expect("its address");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            thread::spawn(move || {
                let mut answer = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nDate: Mon, 23 Nov 2026 15:50:39 GMT\r\nContent-Length: 1024\r\n\r\n".to_vec();
                answer.extend_from_slice(&[b'x'; 1024]);
                let mut piece = [0; 4096];
                while let Ok(1..) = stream.read(&mut piece) {
                    if stream.write_all(&answer).is_err() {
                        return;
                    }
                }
            });
        }
    });
    address
}
