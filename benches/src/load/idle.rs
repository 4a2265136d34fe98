//! Connections that are held open and do nothing.

use super::{Job, Outcome, request::Requests, wait_for_the_word};
use crate::{net, wire::http1::Answer};
use std::{
    error::Error,
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

/// For one answer.
const PATIENCE: Duration = Duration::from_secs(5);

/// One request on each, then nothing. `requests` of the outcome are the connections that were still there at the end.
pub fn hold(job: &Job) -> Result<Outcome, Box<dyn Error>> {
    let mut requests = Requests::of(job)?;
    let mut held = Vec::new();
    for _ in 0..job.connections {
        let mut client = TcpStream::connect(job.to)?;
        client.set_nodelay(true)?;
        client.set_read_timeout(Some(PATIENCE))?;
        client.write_all(requests.take())?;
        let (mut answer, mut buffer) = (Answer::new(), [0; 4096]);
        loop {
            let count = client.read(&mut buffer)?;
            if count == 0 {
                return Err("closed before the answer was whole".into());
            }
            if answer.feed(&buffer[..count], &mut |_| {})? {
                break;
            }
        }
        if answer.status() != job.status {
            return Err(format!("status {}", answer.status()).into());
        }
        client.set_nonblocking(true)?;
        held.push(client);
    }
    wait_for_the_word()?;
    let there = |client: &mut TcpStream| matches!(net::now(client.read(&mut [0])), Ok(None));
    let alive = held
        .iter_mut()
        .filter_map(|client| there(client).then_some(()))
        .count();
    Ok(Outcome {
        requests: alive as u64,
        errors: (job.connections - alive) as u64,
        ..Outcome::default()
    })
}
