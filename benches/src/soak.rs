//! A gateway for a long while under everything that goes wrong: clients that leave, dawdle or never finish, an upstream
//! that breaks off, says nothing, or dies. In the end nothing may be left of it: memory as before, no connection, no
//! request, and counters that add up.
//!
//! | file | |
//! |---|---|
//! | `traffic` | the clients, a kind each |
//! | `client` | one request, and how it ended as its client saw it |
//! | `ledger` | what clients saw, by route |
//! | `scrape` | what the gateway counted |
//! | `verdict` | whether that is the same, and the rest of what may not be left |

mod client;
mod ledger;
mod scrape;
mod traffic;
mod verdict;

use crate::{
    machine,
    process::{Process, free_address},
    shape::FULL,
    systems::{GATEWAY, Running, Site, System, upstream},
};
use ledger::Ledger;
use rustix::process::Signal;
use scrape::Scrape;
use std::{
    error::Error,
    fs,
    net::SocketAddr,
    path::Path,
    rc::Rc,
    thread,
    time::{Duration, Instant},
};
use tokio::{task::LocalSet, time};
use traffic::Traffic;

/// Between two looks at the time.
const LOOK: Duration = Duration::from_millis(500);
/// Between two rests, in which the gateway's memory is looked at: what it holds under load is the load's.
const WORK: Duration = Duration::from_mins(1);
/// Rests that there are at least, however short the soak.
const RESTS: u32 = 12;
/// The upstream lives so long, and is then dead so long.
const LIFE: Duration = Duration::from_secs(20);
const DEATH: Duration = Duration::from_secs(1);
/// From its first answers until they are counted, and until nothing of them is open any more.
const SETTLE: Duration = Duration::from_secs(2);
/// How long what is left may take to end when nobody comes any more.
const LAST: Duration = Duration::from_secs(30);

/// Runs it for `time`, tells what came of it, and fails if anything is not as it should be.
pub fn run(gateway: &Path, out: &Path, time: Duration) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(out)?;
    let gateway = gateway.canonicalize()?;
    let dir = gateway.parent().ok_or("a gateway has a directory")?;
    for file in ["server.crt", "server.key", "server.pem"] {
        fs::write(out.join(file), "")?; // a site has them; this gateway speaks no TLS
    }
    fs::write(out.join("keys"), "{}")?;
    let origin = Upstream::start(out, free_address()?)?;
    let system = System::gateway(GATEWAY, FULL, dir)?;
    let site = Site::new(out, "soaked", origin.at, machine::cores().max(2))?;
    let running = system.start(site, None)?;
    // An answer is counted when it has gone out, and the first one has only just come; a scrape is a connection too.
    thread::sleep(SETTLE);
    let scrape = Scrape::of(running.site.metrics);
    thread::sleep(SETTLE);
    let before = verdict::Before {
        open: verdict::open(&running),
        scrape,
    };
    println!("{}, for {} minutes", system.version, time.as_secs() / 60);
    let (ledger, memory) = soak(&running, origin, time)?;
    let after = last_look(&running);
    let checks = verdict::judge(&running, &before, after.as_ref(), &ledger, &memory);
    println!("\n{}", ledger.table());
    let mut failed = 0;
    for check in &checks {
        failed += usize::from(!check.holds);
        println!(
            "{} {}: {}",
            if check.holds { "ok  " } else { "FAIL" },
            check.what,
            check.told
        );
    }
    let passed = checks.len() - failed;
    println!("{passed} passed, {failed} failed");
    if failed > 0 {
        return Err(format!("{failed} of {} did not hold", checks.len()).into());
    }
    Ok(())
}

/// The traffic; what clients saw, and the gateway's memory at each rest.
fn soak(
    running: &Running,
    mut upstream: Upstream,
    time: Duration,
) -> Result<(Rc<Ledger>, Vec<u64>), Box<dyn Error>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let ledger = Rc::new(Ledger::default());
    let mut memory = Vec::new();
    let all = LocalSet::new();
    runtime.block_on(all.run_until(async {
        let until = Instant::now() + time;
        let traffic = Traffic::start(running.site.listen, &ledger, until);
        let work = WORK.min(time / RESTS);
        let (mut death, mut rest) = (Instant::now() + LIFE, Instant::now() + work);
        while Instant::now() < until {
            time::sleep(LOOK).await;
            if Instant::now() > death {
                upstream.die_and_return().await?;
                death = Instant::now() + LIFE;
            }
            if Instant::now() > rest {
                traffic.rest().await;
                let bytes = running.process.memory()?;
                println!("{} requests, {} KB at rest", ledger.total(), bytes / 1024);
                memory.push(bytes);
                traffic.go_on();
                rest = Instant::now() + work;
            }
        }
        // With the upstream alive, so that what is under way can end.
        traffic.end().await
    }))?;
    Ok((ledger, memory))
}

/// What the gateway tells once nothing is under way any more, or when that took too long.
fn last_look(running: &Running) -> Option<Scrape> {
    let deadline = Instant::now() + LAST;
    loop {
        let scrape = Scrape::of(running.site.metrics);
        let done = scrape.as_ref().is_none_or(Scrape::is_idle);
        if done || Instant::now() > deadline {
            return scrape;
        }
        thread::sleep(Duration::from_millis(200));
    }
}

/// The upstream, always at the same address.
struct Upstream {
    at: SocketAddr,
    process: Process,
    out: std::path::PathBuf,
}

impl Upstream {
    fn start(out: &Path, at: SocketAddr) -> Result<Upstream, Box<dyn Error>> {
        let process = upstream(at, &out.join("keys"), &out.join("origin.log"), None)?;
        let out = out.to_owned();
        Ok(Upstream { at, process, out })
    }

    /// Without a word to anybody.
    async fn die_and_return(&mut self) -> Result<(), Box<dyn Error>> {
        self.process.signal(Signal::KILL)?;
        time::sleep(DEATH).await;
        *self = Upstream::start(&self.out, self.at)?;
        Ok(())
    }
}
