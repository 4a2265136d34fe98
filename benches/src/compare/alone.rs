//! What a system is measured for by itself.

use super::{
    Run, leave_out,
    stage::{Ready, origin},
};
use crate::{
    load::{Job, Pace},
    results::{Book, Line},
    systems::{GATEWAY, ROOM, Running, Site, System, answers},
    workload::by_key,
};
use std::{
    error::Error,
    process::Command,
    thread,
    time::{Duration, Instant},
};

/// From its last answer to the measurement of its memory.
const SETTLE: Duration = Duration::from_millis(500);

/// What it holds without any connection, and with so many that have had one answer each. A fresh process each time.
pub fn memory(run: &Run<'_>, system: &System, book: &mut Book) -> Result<(), Box<dyn Error>> {
    for &connections in [0].iter().chain(run.plan.pace.idle) {
        match hold(run, system, connections) {
            Ok(bytes) => book.write(&Line::Memory {
                system: system.name.to_owned(),
                connections,
                bytes,
            })?,
            Err(error) => {
                let name = system.name;
                leave_out(
                    book,
                    format!("{name}, memory of {connections} connections: {error}"),
                )?;
            }
        }
    }
    Ok(())
}

fn hold(run: &Run<'_>, system: &System, connections: usize) -> Result<u64, Box<dyn Error>> {
    let (_origin, at) = origin(run, Some(1).filter(|_| crate::machine::cores() > 1))?;
    let mut site = Site::new(&run.work, system.name, at, 1)?;
    site.connections = connections + ROOM;
    let running = system.start(site, Some(0))?;
    if connections == 0 {
        thread::sleep(SETTLE);
        return Ok(running.process.memory()?);
    }
    let job = Job {
        connections,
        pace: Pace::Idle,
        ..job(&running, run, 0.0)
    };
    let mut held = Ready::wait(&job, None)?;
    thread::sleep(SETTLE);
    let memory = running.process.memory()?;
    let outcome = held.go(&job)?;
    if outcome.errors > 0 {
        return Err(format!("only {} were still there", outcome.requests).into());
    }
    Ok(memory)
}

/// From the start of a process to its first answer; systems take turns.
pub fn starts(run: &Run<'_>, book: &mut Book) -> Result<(), Box<dyn Error>> {
    let (_origin, at) = origin(run, Some(1).filter(|_| crate::machine::cores() > 1))?;
    for _ in 0..run.plan.pace.starts {
        for system in run.systems.iter().filter(|system| system.is_shown()) {
            let site = Site::new(&run.work, system.name, at, 1)?;
            let begun = Instant::now();
            // Without anything between: what ties a process to this one takes a millisecond to say so.
            let mut process = system.spawn(&site, Some(0), |binary| Command::new(binary))?;
            let deadline = begun + Duration::from_secs(20);
            while !answers(site.listen) && Instant::now() < deadline && !process.has_ended() {
                thread::sleep(Duration::from_micros(100));
            }
            let seconds = begun.elapsed().as_secs_f64();
            if process.has_ended() || Instant::now() >= deadline {
                leave_out(book, format!("{}: it does not start", system.name))?;
                continue;
            }
            let system = system.name.to_owned();
            book.write(&Line::Start { system, seconds })?;
        }
    }
    Ok(())
}

/// How evenly two workers share few connections.
pub fn balance(run: &Run<'_>, book: &mut Book) -> Result<(), Box<dyn Error>> {
    let Some(system) = run.systems.iter().find(|system| system.name == GATEWAY) else {
        return Ok(());
    };
    for connections in [4, 8, 64] {
        let (_origin, at) = origin(run, None)?;
        let site = Site::new(&run.work, system.name, at, 2)?;
        let running = system.start(site, None)?;
        let job = Job {
            connections,
            ..job(&running, run, run.plan.pace.own.min(2.0))
        };
        let mut load = Ready::wait(&job, None)?;
        let before = running.process.threads()?;
        load.go(&job)?;
        let after = running.process.threads()?;
        // Threads that began since are none that serve.
        let mut spent: Vec<f64> = before.iter().zip(&after).map(|(a, b)| b.1 - a.1).collect();
        spent.sort_by(f64::total_cmp);
        let [.., less, more] = &*spent else {
            return Err("a gateway of two workers with fewer threads".into());
        };
        let share = more / (less + more);
        book.write(&Line::Balance { connections, share })?;
    }
    Ok(())
}

fn job(running: &Running, run: &Run<'_>, seconds: f64) -> Job {
    let certificate = run.secrets.certificate.clone();
    let warm_up = run.plan.pace.warm_up;
    by_key("get").job(running.address(false), certificate, warm_up, seconds)
}
