//! What is told about a request when it is over, gathered while it goes on: to the access log, to the metrics, or both.
//!
//! It travels with whatever holds the request (handler, future, response body) and is told when it is dropped: a request
//! that simply disappears because its client left is told like any other.

use crate::{
    access_log::{self, Entry, Outcome},
    metrics,
    upstream::Feed,
};
use http::{HeaderValue, Method, Uri};
use std::{
    cell::RefCell,
    net::IpAddr,
    ops::{Deref, DerefMut},
    rc::Rc,
    time::{Duration, Instant},
};

/// nginx's status for a client that left before its answer.
const CLIENT_CLOSED_REQUEST: u16 = 499;
/// How much memory of those that were told a core keeps for the next ones: 64 of some 300 bytes.
const KEPT: usize = 64;

thread_local! {
    #[expect(clippy::vec_box, reason = "it is the boxes that are kept")]
    static SPARE: RefCell<Vec<Box<Notes>>> = const { RefCell::new(Vec::new()) };
}

/// A request that will be told, when this is dropped.
pub(crate) struct Record(Option<Box<Notes>>);

/// What is known of it so far.
pub(crate) struct Notes {
    /// None: the access log says nothing about it.
    pub line: Option<Line>,
    /// None: nobody counts it.
    pub count: Option<metrics::Request>,
    pub started: Instant,
    pub route: Option<&'static str>,
    pub status: u16,
    pub upstream: Option<&'static str>,
    pub first_byte: Option<Duration>,
    pub upload: Option<Rc<Feed>>,
    /// Bytes from the client that are not of `upload`.
    pub bytes_in: u64,
    pub bytes_out: u64,
    /// None: nothing ended it, so the client left.
    pub outcome: Option<Outcome>,
    /// The client was cut off in the middle of its answer.
    pub broken: bool,
}

/// What only the access log says.
pub(crate) struct Line {
    pub method: Method,
    pub uri: Uri,
    pub client: IpAddr,
    pub tls: Option<&'static str>,
    pub request_id: HeaderValue,
}

/// How a request ended, for the metrics.
#[derive(Debug)]
#[cfg_attr(not(feature = "metrics"), allow(dead_code, reason = "nobody counts"))]
pub(crate) struct Ended {
    pub fate: Fate,
    /// From the request head to the end of the response body.
    pub duration: Duration,
    /// From the request head to the upstream's response head.
    pub first_byte: Option<Duration>,
    /// Of bodies.
    pub bytes_in: u64,
    pub bytes_out: u64,
}

/// What the client got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "metrics"), allow(dead_code, reason = "nobody counts"))]
pub(crate) enum Fate {
    /// A whole answer, with this status.
    Answered(u16),
    /// It left before the end of its answer.
    Cancelled,
    /// The answer broke off: its upstream failed, or fell silent, after its head was passed on.
    Broken,
}

impl Record {
    /// A request whose head has just come, if there is anybody to tell it to.
    pub fn of(line: Option<Line>, count: Option<metrics::Request>) -> Option<Record> {
        if line.is_none() && count.is_none() {
            return None;
        }
        let new = Notes {
            line,
            count,
            started: Instant::now(),
            route: None,
            status: 0,
            upstream: None,
            first_byte: None,
            upload: None,
            bytes_in: 0,
            bytes_out: 0,
            outcome: None,
            broken: false,
        };
        let notes = match SPARE.with_borrow_mut(Vec::pop) {
            Some(mut spare) => {
                *spare = new;
                spare
            }
            None => Box::new(new),
        };
        Some(Record(Some(notes)))
    }
}

impl Notes {
    /// Its route was found: the one with this number.
    pub fn routed(&mut self, number: u32, path: &'static str) {
        self.route = Some(path);
        if let Some(count) = &mut self.count {
            count.routed(number);
        }
    }

    /// The answer, whose head is on its way, breaks off. What is known already stays.
    pub fn breaks(&mut self, outcome: Outcome) {
        if self.outcome.is_none() {
            self.outcome = Some(outcome);
            self.broken = true;
        }
    }

    /// What becomes of it, now that nothing will.
    fn end(&mut self) -> (Outcome, Fate) {
        match self.outcome.take() {
            Some(Outcome::ClientGone) => (Outcome::ClientGone, Fate::Cancelled),
            Some(outcome) if self.broken => (outcome, Fate::Broken),
            Some(outcome) => (outcome, Fate::Answered(self.status)),
            // Answered by whoever catches the panic.
            None if std::thread::panicking() => (Outcome::Complete, Fate::Answered(500)),
            None => (Outcome::ClientGone, Fate::Cancelled),
        }
    }
}

impl Deref for Record {
    type Target = Notes;

    fn deref(&self) -> &Notes {
        self.0.as_deref().expect("there until it is dropped")
    }
}

impl DerefMut for Record {
    fn deref_mut(&mut self) -> &mut Notes {
        self.0.as_deref_mut().expect("there until it is dropped")
    }
}

impl Drop for Record {
    fn drop(&mut self) {
        let Some(mut notes) = self.0.take() else {
            return;
        };
        notes.tell();
        notes.line = None;
        notes.upload = None;
        // A thread that ends keeps nothing.
        let _ = SPARE.try_with(|spare| {
            let mut spare = spare.borrow_mut();
            if spare.len() < KEPT {
                spare.push(notes);
            }
        });
    }
}

impl Notes {
    fn tell(&mut self) {
        let (outcome, fate) = self.end();
        let duration = self.started.elapsed();
        let uploaded = self.upload.as_ref().map_or(0, |feed| feed.taken());
        let bytes_in = self.bytes_in + uploaded;
        if let Some(count) = self.count.take() {
            count.ended(&Ended {
                fate,
                duration,
                first_byte: self.first_byte,
                bytes_in,
                bytes_out: self.bytes_out,
            });
        }
        let Some(line) = &self.line else { return };
        access_log::record(&Entry {
            method: &line.method,
            path_and_query: line.uri.path_and_query().map_or("/", |p| p.as_str()),
            route: self.route,
            status: match fate {
                Fate::Answered(status) => status,
                Fate::Cancelled => CLIENT_CLOSED_REQUEST,
                Fate::Broken => self.status,
            },
            client: line.client,
            tls: line.tls,
            request_id: line.request_id.to_str().unwrap_or_default(),
            upstream: self.upstream,
            duration,
            first_byte: self.first_byte,
            bytes_in,
            bytes_out: self.bytes_out,
            outcome,
        });
    }
}
