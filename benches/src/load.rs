//! Whoever sends requests: one thread, many connections, every answer read to its end, its status and length checked.
//!
//! A process of its own (`benches load JOB`), started by [`crate::compare`]: it connects, warms up, says `ready`, waits
//! for a line, works, and tells what came of it as JSON. What is between the line and the answer is what is measured.

mod client;
mod idle;
mod latency;
mod pace;
mod request;
mod work;

pub use request::lines as headers;

use serde::{Deserialize, Serialize};
use std::{
    error::Error,
    io::{self, BufRead as _},
    net::SocketAddr,
    path::PathBuf,
};

/// What is to be done.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Job {
    pub to: SocketAddr,
    pub path: String,
    pub post: bool,
    /// A connection for each request.
    pub close: bool,
    /// Of whom TLS is spoken with; without it none is.
    pub certificate: Option<PathBuf>,
    pub http2: bool,
    /// A file of tokens, one in a line; requests take turns with them.
    pub tokens: Option<PathBuf>,
    /// Of every answer, and the length of its body.
    pub status: u16,
    pub length: u64,
    pub connections: usize,
    /// Requests at once on a connection; more than one with HTTP/2 only.
    pub streams: usize,
    pub pace: Pace,
    /// Seconds before `ready`, and after it.
    pub warm_up: f64,
    pub seconds: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub enum Pace {
    /// Each connection sends its next request when it has its answer.
    Closed,
    /// So many a second, whether answers come or not; latencies are counted from when a request was due.
    Rate(f64),
    /// One request on each connection; then they are only held open, until a second line comes.
    Idle,
}

/// What came of it. Times are microseconds.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Outcome {
    /// Answers that were as they should be.
    pub requests: u64,
    pub errors: u64,
    pub first_error: Option<String>,
    pub seconds: f64,
    /// Bytes of bodies.
    pub bytes: u64,
    /// How often something was read: an answer that is passed on in pieces takes as many.
    pub reads: u64,
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub p999: f64,
    pub max: f64,
}

/// Does `job` and prints the [`Outcome`].
pub fn run(job: &Job) -> Result<(), Box<dyn Error>> {
    let outcome = match job.pace {
        Pace::Idle => idle::hold(job)?,
        Pace::Closed | Pace::Rate(_) => work::work(job)?,
    };
    println!("{}", serde_json::to_string(&outcome)?);
    Ok(())
}

/// Says that all is prepared, and waits for the word to go on.
fn wait_for_the_word() -> io::Result<()> {
    println!("ready");
    let mut line = String::new();
    if io::stdin().lock().read_line(&mut line)? == 0 {
        return Err(io::Error::other("nobody is there to say go"));
    }
    Ok(())
}
