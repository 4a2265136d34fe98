//! A whole run: systems side by side, in rounds, in turns. What comes of it is written line by line
//! ([`crate::results`]), so that a run that ends early has a report too.
//!
//! | file | |
//! |---|---|
//! | `rows` | which requests go to which systems, in which order |
//! | `stage` | systems that run at the same time, and one turn of load on one of them |
//! | `same` | whether all of them return the same bytes |
//! | `alone` | what each is measured for by itself: start, memory, balance |

mod alone;
mod rows;
mod same;
mod secrets;
mod stage;

use crate::{
    compiler, machine,
    results::{Book, Layout, Line},
    shape::{FULL, VARIANTS},
    systems::{GATEWAY, Kind, System},
};
use rows::Row;
pub use rows::{PRICES, ROUTES, TOKENS};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
pub use stage::Ready;
use stage::Stage;
use std::{
    error::Error,
    path::PathBuf,
    time::{Duration, Instant},
};

/// What a run is to be.
#[derive(Debug)]
pub struct Plan {
    /// Where results go, and what is needed on the way.
    pub out: PathBuf,
    /// Gateways that gwc built, by shape.
    pub gateways: PathBuf,
    /// Peers that were installed for this.
    pub peers: PathBuf,
    /// gwc itself, for the compiler's own figures.
    pub gwc: Option<PathBuf>,
    pub pace: Tempo,
    /// Rows whose keys have none of these words are left out; all are in if there are none.
    pub only: Vec<String>,
    /// What is known to be left out already.
    pub left_out: Vec<String>,
}

/// How long everything takes.
#[derive(Debug, Clone, Copy)]
pub struct Tempo {
    pub rounds: usize,
    /// Seconds of a turn: of the gateway and its close peers, of those far behind, of gateways among themselves.
    pub close: f64,
    pub far: f64,
    pub own: f64,
    /// Whether those far behind do more than GETs and POSTs of 1 KB.
    pub far_everywhere: bool,
    pub warm_up: f64,
    /// Tokens that are asked for in a circle. A core remembers 4,096 at most and forgets the oldest, so that it has
    /// forgotten each of these when its turn comes again. Signing takes a while: fewer where that matters.
    pub strangers: usize,
    /// No round begins that would probably end later than this.
    pub budget: Duration,
    pub starts: usize,
    pub idle: &'static [usize],
    /// Routes of the configs that the compiler is timed with, and how many edits.
    pub compiler: &'static [usize],
    pub edits: usize,
}

impl Tempo {
    pub const FULL: Tempo = Tempo {
        rounds: 5,
        close: 5.0,
        far: 2.0,
        own: 4.0,
        far_everywhere: true,
        warm_up: 0.5,
        strangers: 10_000,
        budget: Duration::from_mins(38),
        starts: 11,
        idle: &[10, 1_000, 10_000],
        compiler: &[150, 1_000, 5_000],
        edits: 3,
    };
    pub const QUICK: Tempo = Tempo {
        rounds: 3,
        close: 0.6,
        far: 0.4,
        own: 0.6,
        far_everywhere: false,
        warm_up: 0.15,
        strangers: 5_000,
        budget: Duration::from_secs(4 * 60 + 30),
        starts: 5,
        idle: &[10, 1_000],
        compiler: &[150],
        edits: 2,
    };
}

pub fn run(plan: &Plan) -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    raise_limit();
    let mut book = Book::create(&plan.out)?;
    for line in machine::describe() {
        book.write(&line)?;
    }
    for what in &plan.left_out {
        leave_out(&mut book, what.clone())?;
    }
    let work = plan.out.join("work");
    let secrets = secrets::make(&work, plan.pace.strangers)?;
    let systems = systems(plan, &mut book)?;
    let mut run = Run {
        plan,
        work,
        secrets,
        systems,
    };
    run.check(&mut book)?;
    run.alone(&mut book)?;
    run.compile(&mut book)?;
    run.rounds(&mut book, start)
}

/// What stays the same from the first measurement to the last.
struct Run<'a> {
    plan: &'a Plan,
    work: PathBuf,
    secrets: secrets::Secrets,
    systems: Vec<System>,
}

impl Run<'_> {
    /// Only systems that return what the upstream sends are measured at all.
    fn check(&mut self, book: &mut Book) -> Result<(), Box<dyn Error>> {
        say("the same bytes through every system");
        let names: Vec<_> = self.systems.iter().map(|system| system.name).collect();
        let mut stage = Stage::set(self, &names, Layout::Pinned)?;
        let mut right = Vec::new();
        for (name, checked) in stage.check() {
            match checked {
                Ok(paths) => {
                    right.push(name);
                    let system = name.to_owned();
                    book.write(&Line::Same { system, paths })?;
                }
                Err(what) => leave_out(book, format!("{name} returns something else: {what}"))?,
            }
        }
        for what in stage.failed() {
            leave_out(book, what)?;
        }
        self.systems.retain(|system| right.contains(&system.name));
        if right.contains(&GATEWAY) {
            Ok(())
        } else {
            Err("the gateway itself is not right".into())
        }
    }

    fn alone(&self, book: &mut Book) -> Result<(), Box<dyn Error>> {
        if self.wants("memory") {
            for system in self.systems.iter().filter(|system| system.is_shown()) {
                say(&format!("{}: memory", system.name));
                alone::memory(self, system, book)?;
            }
        }
        if self.wants("start") {
            say("start to first answer");
            alone::starts(self, book)?;
        }
        if self.wants("balance") {
            say("balance");
            alone::balance(self, book)?;
        }
        Ok(())
    }

    fn compile(&self, book: &mut Book) -> Result<(), Box<dyn Error>> {
        let Some(gwc) = self.plan.gwc.as_ref().filter(|_| self.wants("compiler")) else {
            return Ok(());
        };
        for routes in self.plan.pace.compiler {
            say(&format!("compiler, {routes} endpoints"));
            let of = (*routes, self.plan.pace.edits);
            let told = compiler::time(gwc, &self.work, of, &mut |line| book.write(line));
            if let Err(error) = told {
                leave_out(
                    book,
                    format!("the compiler with {routes} endpoints: {error}"),
                )?;
            }
        }
        Ok(())
    }

    fn rounds(&self, book: &mut Book, start: Instant) -> Result<(), Box<dyn Error>> {
        let rows = rows::rows(self);
        let pace = self.plan.pace;
        let turns = rows.iter().flat_map(|row| &row.turns);
        // What a turn takes beside its load: two processes that start, and one that ends.
        let each: f64 = turns.map(|turn| turn.seconds + pace.warm_up + 0.2).sum();
        #[expect(clippy::cast_precision_loss, reason = "few")]
        let minutes = each * pace.rounds as f64 / 60.0;
        say(&format!(
            "{} rounds: some {minutes:.0} minutes",
            pace.rounds
        ));
        let mut longest = Duration::ZERO;
        for round in 0..self.plan.pace.rounds {
            if start.elapsed() + longest > self.plan.pace.budget {
                let wanted = self.plan.pace.rounds;
                leave_out(
                    book,
                    format!("rounds: {round} of {wanted}, for the time was up"),
                )?;
                break;
            }
            let begun = Instant::now();
            let end = start + self.plan.pace.budget + self.plan.pace.budget / 20;
            for layout in [Layout::Pinned, Layout::Unpinned] {
                let rows: Vec<_> = rows.iter().filter(|row| row.layout == layout).collect();
                self.round(book, layout, &rows, round, end)?;
            }
            longest = longest.max(begun.elapsed());
        }
        Ok(())
    }

    fn round(
        &self,
        book: &mut Book,
        layout: Layout,
        rows: &[&Row],
        round: usize,
        end: Instant,
    ) -> Result<(), Box<dyn Error>> {
        let mut names: Vec<&str> = rows.iter().flat_map(|row| row.systems()).collect();
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Ok(());
        }
        let mut stage = Stage::set(self, &names, layout)?;
        let rounds = self.plan.pace.rounds;
        for row in rows {
            if Instant::now() > end {
                leave_out(
                    book,
                    format!(
                        "round {} from {} on, for the time was up",
                        round + 1,
                        row.key
                    ),
                )?;
                break;
            }
            say(&format!(
                "round {} of {rounds}, {layout:?}: {}",
                round + 1,
                row.key
            ));
            for n in 0..row.turns.len() {
                // Nobody is always the first, or always after the same one.
                let turn = &row.turns[(n + round) % row.turns.len()];
                if !stage.runs(turn.system) {
                    continue;
                }
                match stage.turn(row, turn, round) {
                    Ok(load) => book.write(&Line::Load(load))?,
                    Err(error) => {
                        let (key, label) = (row.key, &turn.label);
                        leave_out(
                            book,
                            format!("{label}, {key}, round {}: {error}", round + 1),
                        )?;
                    }
                }
            }
        }
        for what in stage.failed() {
            leave_out(book, what)?;
        }
        Ok(())
    }

    /// Whether a row is wanted.
    fn wants(&self, name: &str) -> bool {
        let only = &self.plan.only;
        only.is_empty() || only.iter().any(|word| name.contains(word.as_str()))
    }
}

/// All that are here; who is not is left out with a line that says so.
fn systems(plan: &Plan, book: &mut Book) -> Result<Vec<System>, Box<dyn Error>> {
    let mut systems = vec![System::gateway(GATEWAY, FULL, &plan.gateways)?];
    let (peers, missing) = System::peers(&plan.peers);
    systems.extend(peers);
    systems.push(System::relay()?);
    for shape in VARIANTS {
        match System::gateway(shape.name, shape, &plan.gateways) {
            Ok(system) => systems.push(system),
            Err(why) => leave_out(book, why)?,
        }
    }
    for why in missing {
        leave_out(book, why)?;
    }
    for system in &systems {
        let (name, bytes) = (system.name.to_owned(), system.bytes());
        book.write(&match system.kind {
            Kind::Gateway(shape) if !system.is_shown() => Line::Size {
                name: shape.name.to_owned(),
                bytes,
            },
            _ => Line::System {
                name,
                version: system.version.clone(),
                bytes,
            },
        })?;
    }
    Ok(systems)
}

fn leave_out(book: &mut Book, what: String) -> std::io::Result<()> {
    eprintln!("left out: {what}");
    book.write(&Line::LeftOut { what })
}

fn say(what: &str) {
    eprintln!("{what}");
}

/// Ten thousand connections are ten thousand files for each of the three who hold them.
fn raise_limit() {
    let limit = getrlimit(Resource::Nofile);
    let current = limit.maximum;
    // Where it cannot be raised, the row that needs it is left out.
    let _ = setrlimit(Resource::Nofile, Rlimit { current, ..limit });
}
