//! Sending for a while, closed loop or at a rate.

use super::{
    Job, Outcome, Pace,
    client::{Client, Heard, Shared},
    latency::Latencies,
    pace::Schedule,
    wait_for_the_word,
};
use rustix::thread::set_current_timer_slack;
use std::{
    collections::VecDeque,
    error::Error,
    io,
    num::NonZeroU64,
    time::{Duration, Instant},
};

/// How long the last answers may take after the last request.
const LAST_ANSWERS: Duration = Duration::from_secs(10);
/// With more failures than that nothing is measured any more.
const MAX_ERRORS: u64 = 200;

pub fn work(job: &Job) -> Result<Outcome, Box<dyn Error>> {
    // A request that is due is sent then, not 50 µs later.
    set_current_timer_slack(NonZeroU64::new(1))?;
    let mut load = Load::connect(job)?;
    let rate = match job.pace {
        Pace::Rate(rate) => Some(rate),
        Pace::Closed | Pace::Idle => None,
    };
    load.go(Duration::from_secs_f64(job.warm_up), rate)?;
    if load.tally.errors > 0 {
        let said = load.tally.first_error.unwrap_or_default();
        return Err(format!("while warming up: {said}").into());
    }
    load.tally = Outcome::default();
    load.latencies = Latencies::default();
    wait_for_the_word()?;
    let start = Instant::now();
    load.go(Duration::from_secs_f64(job.seconds), rate)?;
    let latencies = load.latencies;
    Ok(Outcome {
        seconds: start.elapsed().as_secs_f64(),
        p50: latencies.quantile(0.5),
        p90: latencies.quantile(0.9),
        p99: latencies.quantile(0.99),
        p999: latencies.quantile(0.999),
        max: latencies.max(),
        ..load.tally
    })
}

struct Load<'a> {
    shared: Shared<'a>,
    clients: Vec<Client>,
    /// Keys of those that may send, once for each request that they may.
    free: VecDeque<usize>,
    busy: usize,
    tally: Outcome,
    latencies: Latencies,
}

impl<'a> Load<'a> {
    fn connect(job: &'a Job) -> Result<Load<'a>, Box<dyn Error>> {
        let shared = Shared::new(job)?;
        let clients: io::Result<Vec<_>> = (0..job.connections)
            .map(|key| Client::connect(&shared, key))
            .collect();
        let clients = clients?;
        let turns = 0..job.connections * job.streams.max(1);
        Ok(Load {
            shared,
            clients,
            free: turns.map(|turn| turn % job.connections).collect(),
            busy: 0,
            tally: Outcome::default(),
            latencies: Latencies::default(),
        })
    }

    /// Sends for so long, and waits for the last answers.
    fn go(&mut self, time: Duration, rate: Option<f64>) -> Result<(), Box<dyn Error>> {
        let mut schedule = Schedule::start(time, rate);
        let mut ready = Vec::new();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let now = Instant::now();
            while !self.free.is_empty()
                && let Some(due) = schedule.take(now)
            {
                self.ask(due)?;
            }
            if self.busy == 0 && schedule.is_over(now) {
                return Ok(());
            }
            if now > schedule.end() + LAST_ANSWERS {
                return Err(format!("{} answers never came", self.busy).into());
            }
            let most = Duration::from_secs(1);
            let wait = schedule.idle(now).map_or(most, |wait| wait.min(most));
            self.shared.poll.wait(Some(wait), &mut ready)?;
            for &(key, wish) in &ready {
                let mut heard = Heard::default();
                let mut done = Ok(());
                if wish.write {
                    done = self.clients[key]
                        .send(&self.shared.poll)
                        .map_err(Into::into);
                }
                if wish.read && done.is_ok() {
                    done = self.clients[key].read(&self.shared, &mut buffer, &mut heard);
                }
                self.settle(key, &heard, done)?;
            }
        }
    }

    fn ask(&mut self, due: Instant) -> Result<(), Box<dyn Error>> {
        let Some(key) = self.free.pop_front() else {
            return Ok(());
        };
        self.busy += 1;
        if let Err(error) = self.clients[key].ask(&mut self.shared, due) {
            self.settle(key, &Heard::default(), Err(error.into()))?;
        }
        Ok(())
    }

    /// Counts what was read, and replaces a connection that has ended.
    fn settle(
        &mut self,
        key: usize,
        heard: &Heard,
        done: Result<(), Box<dyn Error>>,
    ) -> Result<(), Box<dyn Error>> {
        let now = Instant::now();
        for due in &heard.answered {
            self.latencies.add(now.saturating_duration_since(*due));
        }
        let answered = heard.answered.len();
        self.tally.requests += answered as u64;
        self.tally.bytes += heard.bytes;
        self.tally.reads += heard.reads;
        self.busy -= answered;
        self.free.extend(std::iter::repeat_n(key, answered));
        let failed = done.is_err();
        if let Err(error) = done {
            self.tally.errors += 1;
            let said = error.to_string();
            self.tally.first_error.get_or_insert(said);
            if self.tally.errors > MAX_ERRORS {
                let first = self.tally.first_error.take().unwrap_or_default();
                return Err(format!("too many failures, the first: {first}").into());
            }
        }
        if failed || heard.closed {
            let lost = self.clients[key].under_way();
            self.busy -= lost;
            self.free.extend(std::iter::repeat_n(key, lost));
            self.clients[key] = Client::connect(&self.shared, key)?;
        }
        Ok(())
    }
}
