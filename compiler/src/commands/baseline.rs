//! `--baseline` and `--write-baseline`: the file, and how configs are named in it.

use super::{Exit, complain, write};
use gwc::baseline::Baseline;
use std::{
    fs, io,
    path::{Path, PathBuf},
};

pub fn read(path: &Path) -> Result<Baseline, Exit> {
    let text = fs::read_to_string(path).map_err(|e| usage("read", path, &e))?;
    Baseline::read(&text).map_err(|e| usage("read", path, &e))
}

/// Only a baseline is ever overwritten: with `--write-baseline configs/*/gateway.json`, the first config would be gone.
pub fn save(baseline: &Baseline, path: &Path) -> Result<(), Exit> {
    match fs::read_to_string(path) {
        Ok(text) => Baseline::read(&text).map(drop).map_err(|e| {
            let problem = format!("there is a file of that name, and {e}; choose another name");
            usage("write", path, &problem)
        })?,
        Err(e) if e.kind() == io::ErrorKind::NotFound => {}
        Err(e) => return Err(usage("write", path, &e)),
    }
    write::atomically(path, &baseline.render()).map_err(|e| usage("write", path, &e))
}

fn usage(verb: &str, path: &Path, problem: &dyn std::fmt::Display) -> Exit {
    complain(&format!(
        "cannot {verb} the baseline {}: {problem}",
        path.display()
    ));
    Exit::Usage
}

/// How a config is called in a baseline: its path from there, so that it does not matter where gwc is started.
pub fn name_of(config: &Path, baseline: &Path) -> Result<String, Exit> {
    let parent = match baseline.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let whole = || -> io::Result<(PathBuf, PathBuf)> {
        Ok((fs::canonicalize(parent)?, fs::canonicalize(config)?))
    };
    let (from, to) = whole().map_err(|e| usage("use", baseline, &e))?;
    Ok(between(&from, &to))
}

/// The `/`-separated way from one absolute path to another.
fn between(from: &Path, to: &Path) -> String {
    let (from, to): (Vec<_>, Vec<_>) = (from.components().collect(), to.components().collect());
    let common = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
    let up = from[common..].iter().map(|_| "..".into());
    let down = to[common..]
        .iter()
        .map(|part| part.as_os_str().to_string_lossy());
    up.chain(down).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ways() {
        let table = [
            ("/repo", "/repo/configs/a.json", "configs/a.json"),
            ("/repo/ci", "/repo/a.json", "../a.json"),
            ("/repo/ci/x", "/repo/configs/a.json", "../../configs/a.json"),
        ];
        for (from, to, expected) in table {
            assert_eq!(between(Path::new(from), Path::new(to)), expected);
        }
    }
}
