//! Systems that run at the same time, beside their upstream. One of them works, the others wait.

use super::{
    Run,
    rows::{Row, Turn},
    same,
};
use crate::{
    load::{Job, Outcome},
    machine::{self, Busy},
    process::{Core, Process, find, free_address, tied},
    results::{Layout, Load},
    systems::{Running, Site, upstream},
};
use std::{
    collections::BTreeMap,
    error::Error,
    io::{BufRead as _, BufReader, Write as _},
    net::SocketAddr,
    path::PathBuf,
    process::Stdio,
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::Duration,
};

/// What a load may take longer than it was told to.
const PATIENCE: Duration = Duration::from_secs(30);

pub struct Stage {
    layout: Layout,
    certificate: PathBuf,
    warm_up: f64,
    origin: Process,
    running: BTreeMap<&'static str, Running>,
    failed: Vec<String>,
}

/// A load that is connected and waits for the word.
pub struct Ready {
    process: Process,
    lines: Receiver<String>,
}

/// The cores of a layout: of the systems, of the load, of the upstream.
fn cores(layout: Layout) -> [Core; 3] {
    match (layout, machine::cores()) {
        (Layout::Unpinned, _) | (_, 1) => [None; 3],
        (Layout::Pinned, 2) => [Some(0), Some(1), Some(1)],
        (Layout::Pinned, _) => [Some(0), Some(1), Some(2)],
    }
}

pub fn workers(layout: Layout) -> usize {
    match layout {
        Layout::Pinned => 1,
        Layout::Unpinned => 2,
    }
}

/// The upstream, listening.
pub fn origin(run: &Run<'_>, core: Core) -> Result<(Process, SocketAddr), Box<dyn Error>> {
    let at = free_address()?;
    let process = upstream(at, &run.secrets.keys, &run.work.join("origin.log"), core)?;
    Ok((process, at))
}

impl Stage {
    /// Starts the upstream and these systems. One that does not start is among the failed.
    pub fn set(run: &Run<'_>, names: &[&str], layout: Layout) -> Result<Stage, Box<dyn Error>> {
        let [core, _, of_origin] = cores(layout);
        let (origin, at) = origin(run, of_origin)?;
        let (mut running, mut failed) = (BTreeMap::new(), Vec::new());
        for system in run
            .systems
            .iter()
            .filter(|system| names.contains(&system.name))
        {
            let site = Site::new(&run.work, system.name, at, workers(layout))?;
            match system.start(site, core) {
                Ok(started) => {
                    running.insert(system.name, started);
                }
                Err(error) => failed.push(error.to_string()),
            }
        }
        Ok(Stage {
            layout,
            certificate: run.secrets.certificate.clone(),
            warm_up: run.plan.pace.warm_up,
            origin,
            running,
            failed,
        })
    }

    pub fn runs(&self, system: &str) -> bool {
        self.running.contains_key(system)
    }

    /// What did not start, each told once.
    pub fn failed(&mut self) -> Vec<String> {
        std::mem::take(&mut self.failed)
    }

    /// Whether each returns the bytes that it should: the paths that were asked for, or what is wrong.
    pub fn check(&self) -> Vec<(&'static str, Result<Vec<String>, String>)> {
        let check = |(name, running): (&&'static str, &Running)| {
            let checked = same::check(running, &self.certificate);
            (*name, checked.map_err(|error| error.to_string()))
        };
        self.running.iter().map(check).collect()
    }

    /// One turn of a row.
    pub fn turn(&mut self, row: &Row, turn: &Turn, round: usize) -> Result<Load, Box<dyn Error>> {
        let running = self.running.get(turn.system).ok_or("it does not run")?;
        let workload = &turn.workload;
        let to = running.address(workload.tls);
        let mut job = workload.job(to, self.certificate.clone(), self.warm_up, turn.seconds);
        job.tokens.clone_from(&turn.tokens);
        let [_, core, _] = cores(self.layout);
        let mut load = if workload.wrk {
            None
        } else {
            Some(Ready::wait(&job, core)?)
        };
        let of_load = |load: &Option<Ready>| match load {
            Some(load) => load.process.cpu(),
            None => Ok(0.0),
        };
        let before = [running.process.cpu()?, self.origin.cpu()?, of_load(&load)?];
        let since = Busy::now()?;
        let outcome = match &mut load {
            Some(load) => load.go(&job)?,
            None => wrk(&job, core)?,
        };
        let busy = since.until_now(outcome.seconds)?;
        let after = [running.process.cpu()?, self.origin.cpu()?, of_load(&load)?];
        let [cpu, origin_cpu, of_load] = [0, 1, 2].map(|n| after[n] - before[n]);
        let foreign = busy - (cpu + origin_cpu + of_load) / outcome.seconds;
        running.truncate_log()?;
        if outcome.requests == 0 {
            return Err("no answer at all".into());
        }
        Ok(Load {
            layout: self.layout,
            row: row.key.to_owned(),
            label: turn.label.clone(),
            round,
            cpu,
            origin_cpu,
            // wrk is not asked what it used, and so cannot be told from others.
            foreign: if workload.wrk { 0.0 } else { foreign.max(0.0) },
            outcome,
        })
    }
}

impl Ready {
    /// Starts a load and waits until it has warmed the system up.
    pub fn wait(job: &Job, core: Core) -> Result<Ready, Box<dyn Error>> {
        let mut command = tied(std::env::current_exe()?);
        command.arg("load").arg(serde_json::to_string(job)?);
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut process = Process::spawn(&mut command, core)?;
        let stdout = process.child().stdout.take().ok_or("no stdout")?;
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            for line in BufReader::new(stdout).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        let mut ready = Ready { process, lines };
        let line = ready.line(Duration::from_secs_f64(job.warm_up))?;
        if line == "ready" {
            Ok(ready)
        } else {
            Err(format!("it said {line:?} instead of ready").into())
        }
    }

    pub fn go(&mut self, job: &Job) -> Result<Outcome, Box<dyn Error>> {
        self.say()?;
        let line = self.line(Duration::from_secs_f64(job.seconds))?;
        let outcome: Outcome = serde_json::from_str(&line)?;
        match &outcome.first_error {
            // One in a thousand is told of in the results; more is no measurement.
            Some(error) if outcome.errors * 1000 > outcome.requests => {
                Err(format!("{} failures, the first: {error}", outcome.errors).into())
            }
            _ => Ok(outcome),
        }
    }

    fn say(&mut self) -> Result<(), Box<dyn Error>> {
        let stdin = self.process.child().stdin.as_mut().ok_or("no stdin")?;
        Ok(stdin.write_all(b"go\n")?)
    }

    fn line(&mut self, expected: Duration) -> Result<String, Box<dyn Error>> {
        match self.lines.recv_timeout(expected + PATIENCE) {
            Ok(line) => Ok(line),
            Err(RecvTimeoutError::Timeout) => Err("the load did not end".into()),
            Err(RecvTimeoutError::Disconnected) => {
                let mut said = String::new();
                if let Some(stderr) = self.process.child().stderr.take() {
                    for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                        said += &line;
                    }
                }
                Err(format!("the load failed: {said}").into())
            }
        }
    }
}

/// The same load by another program, which knows nothing of ours.
fn wrk(job: &Job, core: Core) -> Result<Outcome, Box<dyn Error>> {
    let program = find("wrk").ok_or("wrk is not installed")?;
    let mut command = tied("timeout");
    let most = job.seconds + PATIENCE.as_secs_f64();
    command.arg(most.to_string()).arg(program);
    let (connections, time) = (
        job.connections.to_string(),
        format!("{}s", job.seconds.round()),
    );
    command.args(["-t", "1", "-c", &connections, "-d", &time]);
    for header in crate::load::headers() {
        command.args(["-H", &header]);
    }
    command.arg(format!("http://{}{}", job.to, job.path));
    command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut process = Process::spawn(&mut command, core)?;
    let mut said = String::new();
    let stdout = process.child().stdout.take().ok_or("no stdout")?;
    for line in BufReader::new(stdout).lines() {
        said += &line?;
        said.push('\n');
    }
    read_wrk(&said).ok_or_else(|| format!("wrk said: {said}").into())
}

/// `  123456 requests in 5.00s, 150.1MB read`
fn read_wrk(said: &str) -> Option<Outcome> {
    if said.contains("Non-2xx") || said.contains("Socket errors") {
        return None;
    }
    let line = said.lines().find(|line| line.contains(" requests in "))?;
    let (requests, rest) = line.trim().split_once(" requests in ")?;
    let seconds = rest.split_once("s,")?.0;
    Some(Outcome {
        requests: requests.parse().ok()?,
        seconds: seconds.parse().ok()?,
        ..Outcome::default()
    })
}

#[cfg(test)]
mod tests {
    use super::read_wrk;

    #[test]
    fn what_wrk_says_is_read() {
        let said = "Running 5s test @ http://127.0.0.1:1/\n  1 threads and 64 connections\n  281414 requests in 5.10s, 333.3MB read\nRequests/sec:  55178.2\n";
        let read = read_wrk(said).expect("what was said");
        assert_eq!((read.requests, read.seconds), (281_414, 5.1));
        assert!(
            read_wrk("  1 requests in 5.1s, 1KB read\n  Non-2xx or 3xx responses: 1\n").is_none()
        );
    }
}
