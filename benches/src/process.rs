//! A process that was started here: what it has spent, what it holds, and its end.

use rustix::{
    process::{Pid, Signal, kill_process},
    thread::{CpuSet, sched_getaffinity, sched_setaffinity},
};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    net::{SocketAddr, TcpListener},
    path::Path,
    process::{Child, Command, Stdio},
    sync::atomic::{AtomicU16, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};

/// From the request to end to the end that asks nobody.
const PATIENCE: Duration = Duration::from_secs(3);

/// Ended when dropped; ended by the kernel too if this process dies, where `setpriv` is to be had.
pub struct Process {
    child: Child,
}

/// Ports that are given away.
const FIRST_PORT: u16 = 6_000;
const LAST_PORT: u16 = 12_000;

/// Which cores a process may use: one, or all.
pub type Core = Option<usize>;

impl Process {
    /// Starts `command` on `core`. What it says goes to the end of `log`, unless that was arranged already.
    pub fn start(command: &mut Command, core: Core, log: &Path) -> io::Result<Process> {
        let log = File::options().create(true).append(true).open(log)?;
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        Process::spawn(command, core)
    }

    /// As it is.
    pub fn spawn(command: &mut Command, core: Core) -> io::Result<Process> {
        let child = on_core(core, || command.spawn())??;
        Ok(Process { child })
    }

    pub fn child(&mut self) -> &mut Child {
        &mut self.child
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Seconds that all threads of it and of its children have run, in the kernel and out of it. `/proc/PID/stat` says
    /// the same in hundredths of a second.
    pub fn cpu(&self) -> io::Result<f64> {
        Ok(self.threads()?.iter().map(|(_, seconds)| seconds).sum())
    }

    /// The same by thread, with its name.
    pub fn threads(&self) -> io::Result<Vec<(String, f64)>> {
        let mut threads = Vec::new();
        for pid in tree(self.child.id()) {
            for thread in fs::read_dir(format!("/proc/{pid}/task"))? {
                let path = thread?.path();
                // A thread that is gone by now has nothing to say.
                let Ok(text) = fs::read_to_string(path.join("schedstat")) else {
                    continue;
                };
                let ran = text.split_whitespace().next().unwrap_or_default();
                let nanos: f64 = ran.parse().map_err(io::Error::other)?;
                let name = fs::read_to_string(path.join("comm")).unwrap_or_default();
                threads.push((name.trim().to_owned(), nanos / 1e9));
            }
        }
        Ok(threads)
    }

    /// Bytes that are resident, of it and its children; what several processes share is shared out among them.
    pub fn memory(&self) -> io::Result<u64> {
        let mut bytes = 0;
        for pid in tree(self.child.id()) {
            for line in fs::read_to_string(format!("/proc/{pid}/smaps_rollup"))?.lines() {
                if let Some(rest) = line.strip_prefix("Pss:") {
                    let kilobytes = rest.trim().trim_end_matches(" kB");
                    bytes += 1024 * kilobytes.parse::<u64>().map_err(io::Error::other)?;
                }
            }
        }
        Ok(bytes)
    }

    /// What is open, by kind: how many sockets, files, and others.
    pub fn descriptors(&self) -> io::Result<BTreeMap<String, usize>> {
        let mut kinds = BTreeMap::new();
        for pid in tree(self.child.id()) {
            for entry in fs::read_dir(format!("/proc/{pid}/fd"))? {
                // One that is closed by now is not open.
                if let Ok(target) = fs::read_link(entry?.path()) {
                    let target = target.to_string_lossy();
                    let kind = target.split(":[").next().unwrap_or_default();
                    *kinds.entry(kind.to_owned()).or_default() += 1;
                }
            }
        }
        Ok(kinds)
    }

    pub fn signal(&self, signal: Signal) -> io::Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        let pid = pid.ok_or_else(|| io::Error::other("no process"))?;
        Ok(kill_process(pid, signal)?)
    }

    /// Asks it to end, and waits.
    pub fn end(&mut self) {
        if self.has_ended() || self.signal(Signal::TERM).is_err() {
            return;
        }
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if self.has_ended() {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        // Ended meanwhile is as good as killed.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.end();
    }
}

/// A command whose process ends when this one does, however that comes.
pub fn tied(program: impl AsRef<Path>) -> Command {
    let program = program.as_ref();
    if find("setpriv").is_none() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "TERM", "--"]).arg(program);
    command
}

/// Where a program of that name is.
pub fn find(name: &str) -> Option<std::path::PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let system = ["/usr/sbin", "/sbin"].map(Into::into);
    std::env::split_paths(&path)
        .chain(system)
        .map(|dir| dir.join(name))
        .find(|file| file.is_file())
}

/// An address of this machine that is nobody's, and has not been given away before: each port once, below those that
/// the kernel gives to clients.
pub fn free_address() -> io::Result<SocketAddr> {
    static NEXT: AtomicU16 = AtomicU16::new(FIRST_PORT);
    loop {
        let port = NEXT.fetch_add(1, Relaxed);
        if port >= LAST_PORT {
            return Err(io::Error::other("no port is left"));
        }
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)) {
            return listener.local_addr();
        }
    }
}

/// Does `what` on one core; what is started there stays there.
fn on_core<T>(core: Core, what: impl FnOnce() -> T) -> io::Result<T> {
    let Some(core) = core else {
        return Ok(what());
    };
    let before = sched_getaffinity(None)?;
    let mut one = CpuSet::new();
    one.set(core);
    sched_setaffinity(None, &one)?;
    let done = what();
    sched_setaffinity(None, &before)?;
    Ok(done)
}

/// A process and all that come from it.
fn tree(pid: u32) -> Vec<u32> {
    let mut all = vec![pid];
    let tasks = fs::read_dir(format!("/proc/{pid}/task"));
    for task in tasks.into_iter().flatten().flatten() {
        let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
        for child in children.split_whitespace() {
            all.extend(child.parse().map(tree).unwrap_or_default());
        }
    }
    all
}
