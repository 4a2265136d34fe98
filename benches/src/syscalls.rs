//! What a request of a kept connection asks of the kernel, counted by strace while the gateway serves them.
//!
//! Connections, the upstream's too, are there before anything is counted. Of one connection each request is waited for; of
//! many, a wait finds several.

use crate::{
    compare::Ready,
    load::Job,
    process::{find, free_address},
    results,
    shape::FULL,
    systems::{GATEWAY, Site, System, upstream},
    workload::WORKLOADS,
};
use std::{
    collections::BTreeMap,
    error::Error,
    fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// Seconds in which requests are counted, and those before.
const COUNTED: f64 = 3.0;
const WARM_UP: f64 = 1.0;
/// How long strace may take to be there.
const PATIENCE: Duration = Duration::from_secs(10);

/// Prints calls by request, for requests without and with a body, over one connection and over many.
pub fn run(gateway: &Path, out: &Path) -> Result<(), Box<dyn Error>> {
    let strace = find("strace").ok_or("strace is not installed; package strace")?;
    fs::create_dir_all(out)?;
    let gateway = gateway.canonicalize()?;
    let dir = gateway.parent().ok_or("a gateway has a directory")?;
    for file in ["server.crt", "server.key", "server.pem"] {
        fs::write(out.join(file), "")?; // a site has them; this gateway speaks no TLS
    }
    fs::write(out.join("keys"), "{}")?;
    let at = free_address()?;
    let _upstream = upstream(at, &out.join("keys"), &out.join("origin.log"), None)?;
    let system = System::gateway(GATEWAY, FULL, dir)?;
    println!("{}", system.version);
    for (name, key) in [("1 KB GET", "get"), ("1 KB POST", "post")] {
        let mut all = WORKLOADS.iter();
        let workload = all.find(|workload| workload.key == key);
        let workload = workload.ok_or("no such workload")?;
        for connections in [1, 64] {
            let running = system.start(Site::new(out, "counted", at, 1)?, None)?;
            let job = Job {
                connections,
                ..workload.job(
                    running.site.listen,
                    out.join("server.crt"),
                    WARM_UP,
                    COUNTED,
                )
            };
            let mut load = Ready::wait(&job, None)?;
            let count = out.join("count");
            let tracer = attach(&strace, running.process.id(), &count)?;
            let outcome = load.go(&job)?;
            detach(tracer)?;
            println!(
                "\n{name}, {connections} at once, {} requests",
                outcome.requests
            );
            for (call, times) in calls(&fs::read_to_string(&count)?) {
                let each = results::count(times) / results::count(outcome.requests);
                if each >= 0.005 {
                    println!("{call:<16} {each:>6.2}");
                }
            }
        }
    }
    Ok(())
}

/// Has the calls of all threads counted, from now on.
fn attach(strace: &Path, process: u32, count: &Path) -> Result<Child, Box<dyn Error>> {
    let mut command = Command::new(strace);
    command
        .args(["-f", "-c", "-o"])
        .arg(count)
        .args(["-p", &process.to_string()])
        .stdin(Stdio::null())
        .stderr(Stdio::null());
    let child = command.spawn()?;
    let deadline = Instant::now() + PATIENCE;
    while !is_traced(process)? {
        if Instant::now() > deadline {
            return Err("strace may not look at the gateway".into());
        }
        thread::sleep(Duration::from_millis(10));
    }
    Ok(child)
}

/// Whether all threads are.
fn is_traced(process: u32) -> Result<bool, Box<dyn Error>> {
    for thread in fs::read_dir(format!("/proc/{process}/task"))? {
        let status = fs::read_to_string(thread?.path().join("status"))?;
        if status.lines().any(|line| line == "TracerPid:\t0") {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Has it write down what it counted.
fn detach(mut tracer: Child) -> Result<(), Box<dyn Error>> {
    let pid = tracer.id().to_string();
    Command::new("kill").args(["-INT", &pid]).status()?;
    tracer.wait()?;
    Ok(())
}

/// `% time, seconds, usecs/call, calls, [errors,] syscall`: the most frequent first.
fn calls(table: &str) -> Vec<(String, u64)> {
    let rows = table.lines().filter_map(|line| {
        let fields: Vec<_> = line.split_whitespace().collect();
        let calls = fields.get(3)?.parse().ok()?;
        let name = fields.last().filter(|name| **name != "total")?;
        Some(((*name).to_owned(), calls))
    });
    let all: BTreeMap<String, u64> = rows.collect();
    let mut all: Vec<_> = all.into_iter().collect();
    all.sort_by_key(|(_, calls)| std::cmp::Reverse(*calls));
    all
}
