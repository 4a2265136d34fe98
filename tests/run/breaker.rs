//! `qos/circuit-breaker`: what opens it, what that costs, and what closes it again. The origin counts the calls.

use harness::{
    Client, Exchange, Gateway, Launch, Origin, PATIENCE,
    gateway::{ORIGIN, REFUSING, refusing},
    wire::Response,
    within,
};
use std::{
    io::ErrorKind,
    sync::{Arc, Mutex},
};

/// What the origin does with every request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mood {
    Answer(&'static str),
    /// Closes the connection without a byte.
    Close,
    /// Says nothing until it is in another mood.
    Hold,
}

const WELL: Mood = Mood::Answer("200 OK");
const SICK: Mood = Mood::Answer("500 Internal Server Error");

/// A gateway of `tests/golden/breakers.json` and its origin.
struct Stage {
    origin: Origin,
    mood: Arc<Mutex<Mood>>,
    gateway: Gateway,
}

impl Stage {
    fn new(mood: Mood) -> Stage {
        Stage::of(mood, &[])
    }

    fn of(mood: Mood, args: &[&str]) -> Stage {
        let mood = Arc::new(Mutex::new(mood));
        let now = mood.clone();
        let origin = Origin::start(move |x| behave(x, &now));
        let gateway = Launch::golden("breakers")
            .resolve(ORIGIN, origin.address)
            .resolve(REFUSING, refusing())
            .args(args)
            .start();
        Stage {
            origin,
            mood,
            gateway,
        }
    }

    fn be(&self, mood: Mood) {
        *self.mood.lock().expect("mood") = mood;
    }

    /// The statuses of `n` requests.
    fn ask(&self, target: &str, n: usize) -> Vec<u16> {
        (0..n).map(|_| self.gateway.get(target).status).collect()
    }

    /// The statuses of `n` requests, and how many calls they came to.
    fn calls(&self, target: &str, n: usize) -> (Vec<u16>, usize) {
        let before = self.origin.count();
        (self.ask(target, n), self.origin.count() - before)
    }

    /// Asks until it is let through; every refusal before that must be one.
    fn until_let_through(&self, target: &str) -> Response {
        within(PATIENCE, "a call that is let through", || {
            let before = self.origin.count();
            let answer = self.gateway.get(target);
            if self.origin.count() > before {
                return Some(answer);
            }
            expect_refusal(&answer);
            None
        })
    }

    /// As [`Stage::until_let_through`], and the call is under way.
    fn under_way(&self, line: &str) -> Client {
        within(PATIENCE, "a call that is under way", || {
            let before = self.origin.count();
            let mut client = self.gateway.client();
            client.request(line, &[]);
            within(PATIENCE, "a call or a refusal", || {
                let arrived = self.origin.count() > before;
                (arrived || has_answer(&client)).then_some(arrived)
            })
            .then_some(client)
        })
    }

    /// Waits until the gateway has noticed that `n` clients have left, by its log.
    fn until_gone(&self, n: usize) {
        within(PATIENCE, "clients that have left", || {
            let log = self.gateway.log();
            let gone = log.iter().filter(|line| line.contains("status=499"));
            (gone.count() == n).then_some(())
        });
    }
}

fn behave(x: &mut Exchange, mood: &Mutex<Mood>) {
    let now = || *mood.lock().expect("mood");
    within(2 * PATIENCE, "another mood", || {
        (now() != Mood::Hold).then_some(())
    });
    match now() {
        Mood::Answer(status) => x.reply(status, &[], b"from the origin"),
        Mood::Close => x.close(),
        Mood::Hold => {}
    }
}

/// Whether bytes have come that nobody has read.
fn has_answer(client: &Client) -> bool {
    let socket = client.wire.writer();
    socket.set_nonblocking(true).expect("non-blocking");
    let peeked = socket.peek(&mut [0]);
    socket.set_nonblocking(false).expect("blocking");
    !matches!(peeked, Err(e) if e.kind() == ErrorKind::WouldBlock)
}

/// The gateway's own answer for a backend that is left alone.
fn expect_refusal(answer: &Response) -> u64 {
    assert_eq!(answer.status, 503, "{}", answer.text());
    let json = answer.json();
    for key in ["message", "request_id"] {
        assert!(json[key].is_string(), "{key} of {json}");
    }
    let after = answer.headers.get("retry-after").map(str::parse);
    let after = after.expect("a Retry-After").expect("a number");
    assert!(after > 0, "never at once");
    after
}

/// closed → open → half-open → closed, and what each of them costs the backend.
#[test]
fn the_drill() {
    let stage = Stage::new(SICK);
    // Closed: failures are passed on.
    assert_eq!(stage.calls("/three", 3), (vec![500; 3], 3));

    // Open, then half-open: no call, then one at a time.
    stage.be(Mood::Hold);
    let mut trial = stage.under_way("GET /three");
    assert_eq!(stage.calls("/three", 10), (vec![503; 10], 0));
    expect_refusal(&stage.gateway.get("/three"));

    // It fails: open again.
    stage.be(SICK);
    assert_eq!(trial.response().status, 500);
    stage.gateway.line("its opening", |line| {
        line.contains("went from half-open to open")
    });

    // One that does well: closed, for all.
    stage.be(WELL);
    assert_eq!(stage.until_let_through("/three").status, 200);
    assert_eq!(stage.calls("/three", 5), (vec![200; 5], 5));
    // And the count begins anew.
    stage.be(SICK);
    assert_eq!(stage.calls("/three", 2), (vec![500; 2], 2));
    stage.be(WELL);
    assert_eq!(stage.calls("/three", 2), (vec![200; 2], 2));
}

#[test]
fn an_open_one_costs_no_call() {
    let stage = Stage::new(SICK);
    assert_eq!(stage.calls("/long", 3), (vec![500; 3], 3));
    stage.be(WELL);
    let (statuses, calls) = stage.calls("/long", 50);
    assert_eq!((statuses, calls), (vec![503; 50], 0));
    let left = expect_refusal(&stage.gateway.get("/long"));
    assert!(left <= 3600, "the rest of its hour: {left}");
}

#[test]
fn what_counts_as_a_failure() {
    for (mood, opens) in [
        (SICK, true),
        (Mood::Answer("502 Bad Gateway"), true),
        (Mood::Answer("503 Service Unavailable"), true),
        (Mood::Answer("599 Whatever"), true),
        (Mood::Close, true),
        (WELL, false),
        (Mood::Answer("302 Found"), false),
        (Mood::Answer("404 Not Found"), false),
        (Mood::Answer("429 Too Many Requests"), false),
        (Mood::Answer("499 Whatever"), false),
    ] {
        let stage = Stage::new(mood);
        stage.ask("/long", 3);
        stage.be(WELL);
        let (statuses, calls) = stage.calls("/long", 1);
        let expected = if opens {
            (vec![503], 0)
        } else {
            (vec![200], 1)
        };
        assert_eq!((statuses, calls), expected, "{mood:?}");
    }
}

/// A success in between begins a new row.
#[test]
fn failures_count_in_a_row() {
    let stage = Stage::new(SICK);
    for _ in 0..5 {
        stage.be(SICK);
        assert_eq!(stage.ask("/long", 2), [500, 500]);
        stage.be(WELL);
        assert_eq!(stage.ask("/long", 1), [200]);
    }
    stage.be(SICK);
    assert_eq!(stage.ask("/long", 4), [500, 500, 500, 503]);
}

#[test]
fn a_refused_connection_is_a_failure() {
    let stage = Stage::new(WELL);
    assert_eq!(stage.ask("/refusing", 4), [502, 502, 502, 503]);
    assert_eq!(stage.ask("/long", 1), [200], "its neighbour is another");
}

#[test]
fn a_timeout_is_a_failure() {
    let stage = Stage::new(Mood::Hold);
    assert_eq!(stage.ask("/short", 1), [504]);
    expect_refusal(&stage.gateway.get("/short"));
    stage.be(WELL);
}

/// Whoever leaves says nothing about the backend: neither that it is well, nor that it is not.
#[test]
fn a_client_that_leaves_counts_for_nothing() {
    let stage = Stage::new(Mood::Hold);
    for _ in 0..3 {
        drop(stage.under_way("GET /eager"));
        let mut uploading = stage.gateway.client();
        let before = stage.origin.count();
        uploading.send("POST /eager HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\n\r\nsome");
        within(PATIENCE, "the upload at the origin", || {
            (stage.origin.count() > before).then_some(())
        });
    }
    stage.until_gone(6);
    stage.be(SICK);
    assert_eq!(stage.ask("/long", 2), [500, 500]);
    stage.be(Mood::Hold);
    drop(stage.under_way("GET /long"));
    stage.until_gone(7);
    stage.be(SICK);
    assert_eq!(stage.ask("/long", 2), [500, 503], "the row goes on");
    stage.be(WELL);
    assert_eq!(stage.ask("/eager", 1), [200]);
    assert_eq!(stage.gateway.ask("POST /eager", &[]).status, 200);
}

/// The place of a trial whose client has left is free for the next one, at once.
#[test]
fn a_trial_whose_client_leaves_frees_its_place() {
    let stage = Stage::new(SICK);
    assert_eq!(stage.ask("/three", 3), [500; 3]);
    stage.be(Mood::Hold);
    for _ in 0..3 {
        let trial = stage.under_way("GET /three");
        assert_eq!(stage.calls("/three", 3), (vec![503; 3], 0));
        drop(trial);
    }
    stage.be(WELL);
    assert_eq!(stage.until_let_through("/three").status, 200);
    assert_eq!(stage.ask("/three", 5), [200; 5]);
}

/// What was under way when it opened says nothing about the state after it.
#[test]
fn a_late_answer_closes_nothing() {
    let stage = Stage::new(Mood::Hold);
    let mut late = stage.under_way("GET /long");
    let mut failing: Vec<Client> = (0..3).map(|_| stage.under_way("GET /long?fails")).collect();
    stage.be(SICK);
    for client in &mut failing {
        assert_eq!(client.response().status, 500);
    }
    assert_eq!(late.response().status, 500);
    stage.be(WELL);
    let (statuses, calls) = stage.calls("/long", 3);
    assert_eq!((statuses, calls), (vec![503; 3], 0));
}

/// Equal names, or equal settings, are not one breaker.
#[test]
fn every_backend_has_its_own() {
    let stage = Stage::new(SICK);
    assert_eq!(stage.ask("/long", 4), [500, 500, 500, 503]);
    assert_eq!(stage.ask("/eager", 2), [500, 503]);
    stage.be(WELL);
    assert_eq!(stage.ask("/quiet", 1), [200]);
    assert_eq!(stage.gateway.ask("POST /eager", &[]).status, 200);
}

/// One breaker for the process, whichever core a client is served by.
#[test]
fn the_cores_share_it() {
    let stage = Stage::of(SICK, &["--workers", "4"]);
    let (statuses, calls) = stage.calls("/long", 40);
    assert_eq!(calls, 3, "{statuses:?}");
    assert_eq!(statuses, [vec![500; 3], vec![503; 37]].concat());
}

#[test]
fn changes_are_logged_unless_the_config_says_no() {
    let stage = Stage::new(SICK);
    stage.ask("/quiet", 4);
    stage.ask("/three", 4);
    stage.be(WELL);
    stage.until_let_through("/three");
    for change in ["closed to open", "open to half-open", "half-open to closed"] {
        let line = stage
            .gateway
            .line(change, |line| line.contains(&format!("went from {change}")));
        assert!(line.contains("`three` of GET /three"), "{line}");
        assert!(line.contains("WARN"), "{line}");
    }
    let line = stage.gateway.line("a refusal", |line| {
        line.contains("503") && line.contains("/three")
    });
    assert!(line.contains("circuit breaker `three` is open"), "{line}");
    let log = stage.gateway.log();
    let told = |line: &&String| line.contains("went from") && line.contains("GET /quiet");
    assert_eq!(log.iter().find(told), None);
}
