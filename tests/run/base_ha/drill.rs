//! The drill: three nodes as processes, twenty clients that write two hundred times a second, a writer that is killed, and
//! another that steps down.
//!
//! No client sees a 307, nothing that was acknowledged is lost, nothing is sent three times, and writes go on.

mod nodes;

use harness::{Client, Gateway, Key, Launch, compiler::scratch, within};
use nodes::{Node, service};
use std::{
    collections::HashMap,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};

const CLIENTS: usize = 20;
/// From one write of a client to its next: 200 in a second, of all.
const PACE: Duration = Duration::from_millis(100);
/// `leader_poll_interval` of the cluster.
const INTERVAL: Duration = Duration::from_secs(1);

/// What a client knows of a write.
struct Write {
    id: String,
    begun: Instant,
    ended: Instant,
    status: u16,
    /// Who has acknowledged it.
    by: String,
}

#[derive(Default)]
struct Writes {
    done: Mutex<Vec<Write>>,
    stop: AtomicBool,
}

impl Writes {
    /// Writes at its pace until it is told to stop: PUTs, POSTs with a key, POSTs without.
    fn write(&self, gateway: SocketAddr, client: usize) {
        let start = Instant::now();
        let mut connection = Client::connect(gateway);
        for n in 0.. {
            let due = start + PACE * n;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if self.stop.load(SeqCst) {
                return;
            }
            let id = format!("{client}-{n}");
            let begun = Instant::now();
            let key = [("Idempotency-Key", id.as_str())];
            let (line, headers): (_, &[_]) = match n % 3 {
                0 => ("PUT /open", &[]),
                1 => ("POST /open", &key),
                _ => ("POST /open", &[]),
            };
            let answer = connection.post(line, headers, id.as_bytes()).response();
            if answer.headers.get("connection") == Some("close") {
                connection = Client::connect(gateway);
            }
            self.done.lock().expect("writes").push(Write {
                begun,
                ended: Instant::now(),
                status: answer.status,
                by: answer.text(),
                id,
            });
        }
    }

    /// Waits until `by` has acknowledged so many.
    fn acknowledged(&self, by: &str, count: usize) {
        let good = |write: &&Write| write.status == 200 && write.by == by;
        within(Duration::from_mins(1), "acknowledged writes", || {
            let done = self.done.lock().expect("writes");
            (done.iter().filter(good).count() >= count).then_some(())
        });
    }
}

/// A write that is neither idempotent nor keyed.
fn is_bare(id: &str) -> bool {
    let n = id.rsplit('-').next().and_then(|n| n.parse::<u32>().ok());
    n.is_some_and(|n| n % 3 == 2)
}

struct Drill {
    directory: PathBuf,
    nodes: [Node; 3],
    polls: Arc<AtomicUsize>,
    gateway: Gateway,
}

impl Drill {
    fn start() -> Drill {
        let directory = scratch("base-ha-drill");
        Key::new("k").write(&directory);
        let mut nodes = ["a", "b", "c"].map(|name| Node::start(name, &directory));
        // The first poll is before the first client.
        lead(&mut nodes, 0, 1);
        let (service, polls) = service(&nodes);
        let gateway = Launch::golden("ha")
            .directory(&directory)
            .resolve("open.test:8090", service)
            .resolve("base.test:8090", service)
            .resolve("brief.test:8090", service)
            .start();
        Drill {
            directory,
            nodes,
            polls,
            gateway,
        }
    }

    /// How often each id stands in a file.
    fn counts(&self, files: &[&str]) -> HashMap<String, usize> {
        let mut counts = HashMap::new();
        for file in files {
            for id in lines(&self.directory.join(file)) {
                *counts.entry(id).or_default() += 1;
            }
        }
        counts
    }
}

/// Who lives is told, the leader first.
fn lead(nodes: &mut [Node; 3], leader: usize, term: u64) {
    for n in [leader, 0, 1, 2] {
        if nodes[n].lives() {
            nodes[n].follow(&nodes[leader], term);
        }
    }
}

fn lines(file: &Path) -> Vec<String> {
    let text = fs::read_to_string(file).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn nothing_is_lost_when_a_writer_is_killed() {
    let mut drill = Drill::start();
    let writes = Writes::default();
    let gateway = drill.gateway.address;
    let (killed, polls) = thread::scope(|scope| {
        let writes = &writes;
        for client in 0..CLIENTS {
            scope.spawn(move || writes.write(gateway, client));
        }
        writes.acknowledged("a", 300);
        drill.nodes[0].kill();
        let killed = Instant::now();
        lead(&mut drill.nodes, 1, 2);
        let before = drill.polls.load(SeqCst);
        writes.acknowledged("b", 1);
        let polls = drill.polls.load(SeqCst) - before;
        writes.acknowledged("b", 300);
        // And one that sends its writes away from now on.
        lead(&mut drill.nodes, 2, 3);
        writes.acknowledged("c", 300);
        writes.stop.store(true, SeqCst);
        (killed, polls)
    });
    let done = writes.done.into_inner().expect("writes");
    let stored = drill.counts(&["stored"]);
    let arrived = drill.counts(&["a.arrived", "b.arrived", "c.arrived"]);
    tell(&done, &stored, &arrived, killed, polls);

    for write in &done {
        let Write { id, status, .. } = write;
        assert!([200, 503].contains(status), "{id}: a client saw a {status}");
        assert!(
            *status != 200 || stored.contains_key(id),
            "{id} was acknowledged and is lost"
        );
    }
    for (id, times) in &arrived {
        assert!(*times <= 2, "{id} was sent {times} times");
    }
    for (id, times) in &stored {
        assert!(
            *times == 1 || !is_bare(id),
            "{id} must not be carried out twice"
        );
    }
    // Since there was a writer. While somebody waits there are ten polls in an interval: two intervals of them.
    assert!(polls <= 20, "{polls} polls until writes went on");
}

/// The numbers.
fn tell(
    done: &[Write],
    stored: &HashMap<String, usize>,
    arrived: &HashMap<String, usize>,
    killed: Instant,
    polls: usize,
) {
    let good = || done.iter().filter(|write| write.status == 200);
    let twice = |counts: &HashMap<String, usize>| counts.values().filter(|n| **n == 2).count();
    let begun = done.iter().map(|write| write.begun).min().expect("writes");
    let ended = done.iter().map(|write| write.ended).max().expect("writes");
    let resumed = good()
        .filter(|write| write.by != "a")
        .map(|write| write.ended);
    let gap = resumed.min().expect("writes go on").duration_since(killed);
    let slowest = good().map(|write| write.ended - write.begun).max();
    println!(
        "{} writes in {} ms, {} acknowledged, {} not (503); {} sent twice, {} stored twice",
        done.len(),
        (ended - begun).as_millis(),
        good().count(),
        done.len() - good().count(),
        twice(arrived),
        twice(stored),
    );
    println!(
        "writes went on {} ms after the kill ({:.2} poll intervals), {polls} polls after there was a writer again; the slowest \
         of all took {} ms",
        gap.as_millis(),
        gap.as_secs_f64() / INTERVAL.as_secs_f64(),
        slowest.unwrap_or_default().as_millis(),
    );
}
