//! What the compiler takes: from a config to findings, to a crate, to a binary, and to the next binary.

use crate::{
    results::{Compiler, Line, Step},
    shape::{FULL, Shape},
};
use std::{
    error::Error,
    fs, io,
    path::Path,
    process::{Command, Stdio},
    time::Instant,
};

/// How often something is timed that takes milliseconds.
const OFTEN: usize = 11;

/// Everything with a config of so many endpoints, and so many edits of it; each step is `told`. Dependencies must be
/// compiled already.
pub fn time(
    gwc: &Path,
    work: &Path,
    (routes, edits): (usize, usize),
    told: &mut dyn FnMut(&Line) -> io::Result<()>,
) -> Result<(), Box<dyn Error>> {
    // A crate is called as its directory; by a name of its own, nobody has compiled this one before.
    let name = format!("compiled-{}-{routes}", std::process::id());
    let dir = work.join(&name);
    fs::create_dir_all(&dir)?;
    let shape = Shape { routes, ..FULL };
    let write = |edited| fs::write(dir.join("gateway.json"), shape.config(edited));
    let mut run = |step: Step, args: &[&str]| -> Result<(), Box<dyn Error>> {
        let mut command = Command::new(gwc);
        command
            .args(args)
            .args(["--allow", "unsupported-namespace"])
            .current_dir(&dir);
        let (seconds, cpu) = timed(&mut command)?;
        Ok(told(&Line::Compiler(Compiler {
            routes,
            step,
            seconds,
            cpu,
        }))?)
    };
    write(false)?;
    for _ in 0..OFTEN {
        run(Step::Validate, &["validate", "gateway.json"])?;
    }
    for n in 0..OFTEN {
        let into = format!("emitted-{n}");
        run(Step::Emit, &["build", "gateway.json", "--emit-only", &into])?;
    }
    run(Step::First, &["build", "gateway.json", "-o", "gw"])?;
    for n in 0..edits {
        write(n % 2 == 0)?;
        run(Step::Edit, &["build", "gateway.json", "-o", "gw"])?;
    }
    fs::remove_dir_all(&dir)?;
    if let Some(home) = std::env::var_os("GWC_HOME") {
        forget(Path::new(&home), &name)?;
    }
    Ok(())
}

/// Removes what was compiled under `name`: nobody will ask for it again.
fn forget(dir: &Path, name: &str) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let (path, is_dir) = (entry.path(), entry.file_type()?.is_dir());
        let named = entry
            .file_name()
            .to_string_lossy()
            .replace('_', "-")
            .contains(name);
        match (named, is_dir) {
            (true, true) => fs::remove_dir_all(path)?,
            (true, false) => fs::remove_file(path)?,
            (false, true) => forget(&path, name)?,
            (false, false) => {}
        }
    }
    Ok(())
}

/// Seconds of wall time and of CPU, children included, of a command that must succeed. Findings are no failure.
fn timed(command: &mut Command) -> Result<(f64, f64), Box<dyn Error>> {
    let before = cpu_of_children()?;
    let begun = Instant::now();
    let output = command.stdin(Stdio::null()).output()?;
    let seconds = begun.elapsed().as_secs_f64();
    let cpu = cpu_of_children()? - before;
    if output.status.success() {
        return Ok((seconds, cpu));
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(format!("{command:?}: {said}").into())
}

/// Of all that were waited for, theirs included.
fn cpu_of_children() -> io::Result<f64> {
    let text = fs::read_to_string("/proc/self/stat")?;
    // cutime and cstime are fields 16 and 17 of proc(5); what follows the name, which may hold anything, begins with 3.
    let fields: Vec<f64> = text
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(13)
        .take(2)
        .filter_map(|field| field.parse().ok())
        .collect();
    Ok(fields.iter().sum::<f64>() / 100.0)
}
