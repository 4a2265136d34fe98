//! What this is measured on, and how busy it is.

use crate::results::Line;
use std::{fs, io, process::Command, thread};

/// Cores that this process may use.
pub fn cores() -> usize {
    thread::available_parallelism().map_or(1, Into::into)
}

/// The machine in words.
pub fn describe() -> Vec<Line> {
    let read = |path: &str| fs::read_to_string(path).unwrap_or_default();
    let first = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        let value = line
            .and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim());
        value.unwrap_or("not told").to_owned()
    };
    let said = |program: &str, args: &[&str]| {
        let output = Command::new(program).args(args).output().ok();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        text.filter(|text| !text.is_empty())
            .unwrap_or_else(|| "not told".to_owned())
    };
    let (cpu, memory) = (read("/proc/cpuinfo"), read("/proc/meminfo"));
    let mut lines = Vec::new();
    let mut tell = |name: &str, value: String| {
        let name = name.to_owned();
        lines.push(Line::Machine { name, value });
    };
    tell(
        "processor",
        format!("{}, {} cores", first(&cpu, "model name"), cores()),
    );
    let hypervisor = cpu
        .lines()
        .any(|line| line.starts_with("flags") && line.contains("hypervisor"));
    tell("virtual", if hypervisor { "yes" } else { "no" }.to_owned());
    tell("memory", first(&memory, "MemTotal"));
    tell(
        "kernel",
        format!("Linux {}", read("/proc/sys/kernel/osrelease").trim()),
    );
    tell(
        "system",
        said("sh", &["-c", ". /etc/os-release && echo \"$PRETTY_NAME\""]),
    );
    tell("compiler", said("rustc", &["--version"]));
    let congestion = read("/proc/sys/net/ipv4/tcp_congestion_control");
    tell("congestion control", congestion.trim().to_owned());
    let own = std::env::var("BENCH_NAMESPACE").is_ok_and(|value| value == "yes");
    let network = if own {
        "a namespace of its own, loopback"
    } else {
        "loopback of the machine"
    };
    tell("network", network.to_owned());
    let load = read("/proc/loadavg");
    tell(
        "load before",
        load.split(' ').next().unwrap_or("not told").to_owned(),
    );
    tell("day", said("date", &["-u", "+%Y-%m-%d %H:%M UTC"]));
    lines
}

/// What all cores together have done.
pub struct Busy {
    ticks: f64,
}

/// Of `/proc/stat`, in a second.
const TICKS: f64 = 100.0;

impl Busy {
    pub fn now() -> io::Result<Busy> {
        let text = fs::read_to_string("/proc/stat")?;
        let line = text.lines().next().unwrap_or_default();
        let ticks: Vec<f64> = line
            .split_whitespace()
            .skip(1)
            .map_while(|word| word.parse().ok())
            .collect();
        // user, nice, system, idle, iowait, irq, softirq, steal
        let [user, nice, system, _, _, irq, softirq, steal, ..] = *ticks else {
            return Err(io::Error::other("/proc/stat is not as it should be"));
        };
        Ok(Busy {
            ticks: user + nice + system + irq + softirq + steal,
        })
    }

    /// Cores that were busy since, over so many seconds.
    pub fn until_now(&self, seconds: f64) -> io::Result<f64> {
        Ok((Busy::now()?.ticks - self.ticks) / TICKS / seconds)
    }
}
