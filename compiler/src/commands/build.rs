//! `gwc build FILE -o BIN`

use super::{Exit, Findings, compile, complain};
use gwc::{
    cargo::{self, Home, Profile},
    emit::{self, Stale, Tree},
    plan::Plan,
};
use std::{
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
    time::Instant,
};

#[derive(clap::Args)]
pub struct Options {
    /// The config file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Where the binary goes [default: ./NAME-gw]
    #[arg(short, long, value_name = "BIN")]
    output: Option<PathBuf>,
    /// `gateway`: seconds per edit, with the built-in mock upstreams; `ship`: smallest and fastest, no mock
    #[arg(long, value_enum, default_value_t = Profile::Gateway)]
    profile: Profile,
    /// Target triple, as cargo's
    #[arg(long, value_name = "TRIPLE")]
    target: Option<String>,
    /// Write the generated crate into DIR and build nothing
    #[arg(long, value_name = "DIR", conflicts_with_all = ["output", "target"])]
    emit_only: Option<PathBuf>,
    /// Only say whether the generated crate on disk is current; exit 1 when it is stale
    #[arg(long, conflicts_with_all = ["output", "target"])]
    check: bool,
    #[command(flatten)]
    findings: Findings,
}

pub fn run(options: &Options) -> Exit {
    let plan = options
        .findings
        .policy()
        .and_then(|policy| compile::plan(&options.file, &policy, options.findings.format));
    match plan {
        Ok(plan) => deliver(options, &plan).unwrap_or_else(|e| {
            complain(&e.to_string());
            Exit::Usage
        }),
        Err(exit) => exit,
    }
}

/// Plan → what the options ask for.
fn deliver(options: &Options, plan: &Plan) -> io::Result<Exit> {
    let tree = emit::emit(plan);
    if options.check {
        let dir = match &options.emit_only {
            // As `emit_only` writes it: elsewhere than in a checkout, DIR is a workspace around the crate.
            Some(dir) => match Home::around(dir)? {
                None => dir.clone(),
                Some(home) => home.crate_dir(&plan.crate_name),
            },
            None => Home::of(&options.file)?.crate_dir(&plan.crate_name),
        };
        return check(&tree, &dir);
    }
    if let Some(dir) = &options.emit_only {
        return emit_only(&tree, dir, plan);
    }
    build(options, plan, &tree)
}

fn check(tree: &Tree, dir: &Path) -> io::Result<Exit> {
    let stale = tree.stale(dir)?;
    for entry in &stale {
        complain(&match entry {
            Stale::Missing(file) => format!("missing: {}", file.display()),
            Stale::Differs(file) => format!("stale: {}", file.display()),
            Stale::Leftover(file) => format!("left over: {}", file.display()),
        });
    }
    if stale.is_empty() {
        return Ok(Exit::Fine);
    }
    complain("the generated crate is not current; run the same command without --check");
    Ok(Exit::Findings)
}

fn emit_only(tree: &Tree, dir: &Path, plan: &Plan) -> io::Result<Exit> {
    let crate_dir = match Home::around(dir)? {
        None => dir.to_owned(),
        Some(home) => {
            let _guard = home.open()?;
            home.crate_dir(&plan.crate_name)
        }
    };
    tree.write(&crate_dir)?;
    complain(&format!(
        "wrote {} endpoints to {}",
        plan.endpoints.len(),
        crate_dir.display()
    ));
    Ok(Exit::Fine)
}

fn build(options: &Options, plan: &Plan, tree: &Tree) -> io::Result<Exit> {
    let started = Instant::now();
    let name = &plan.crate_name;
    let output = options
        .output
        .clone()
        .unwrap_or_else(|| PathBuf::from(emit::package_name(name)));
    let home = Home::of(&options.file)?;
    let guard = home.open()?;
    tree.write(&home.crate_dir(name))?;
    let progress = io::stderr().is_terminal() && std::env::var_os("CI").is_none();
    let target = options.target.as_deref();
    let built = cargo::build(&home, name, options.profile, target, progress, &output);
    drop(guard);
    Ok(match built {
        Ok(bytes) => {
            #[expect(clippy::cast_precision_loss, reason = "a size for people")]
            let size = bytes as f64 / (1024.0 * 1024.0);
            complain(&format!(
                "built {} ({size:.1} MiB, {} endpoints, {} upstreams, profile {}) in {:.1} s",
                output.display(),
                plan.endpoints.len(),
                plan.upstreams.len(),
                options.profile.name(),
                started.elapsed().as_secs_f64()
            ));
            Exit::Fine
        }
        Err(cargo::Error::Generated(errors)) => {
            complain(&format!("the generated code does not compile\n\n{errors}"));
            complain(&format!(
                "this is a defect of gwc, not of your config: please report it with the config (secrets taken out), \
                 the errors above and the crate in {}",
                home.crate_dir(name).display()
            ));
            Exit::Defect
        }
        Err(cargo::Error::Cargo(text)) => {
            complain(&format!("cargo failed\n\n{}", text.trim_end()));
            Exit::Usage
        }
        Err(e) => {
            complain(&e.to_string());
            Exit::Usage
        }
    })
}
