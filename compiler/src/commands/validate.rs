//! `gwc validate FILE…`

use super::{Exit, Findings, baseline, complain, read, report, write};
use gwc::{
    baseline::Baseline,
    diagnostic::{Diagnostic, Policy, Summary},
    front,
    mend::{self, Mended},
    source::Source,
};
use std::path::{Path, PathBuf};

#[derive(clap::Args)]
pub struct Options {
    /// Config files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Apply the fixes that are certain, then report what is left
    #[arg(long)]
    fix: bool,
    /// Hide the findings that a baseline knows; name those of it that no longer occur
    #[arg(long, value_name = "FILE")]
    baseline: Option<PathBuf>,
    /// Write the present findings as a baseline, so that from now on only new ones are shown
    #[arg(long, value_name = "FILE", conflicts_with = "baseline")]
    write_baseline: Option<PathBuf>,
    #[command(flatten)]
    findings: Findings,
}

/// What a call knows before it looks at a file.
struct Run<'a> {
    options: &'a Options,
    policy: Policy,
    /// With the path that it came from.
    known: Option<(&'a Path, Baseline)>,
}

pub fn run(options: &Options) -> Exit {
    validate(options).unwrap_or_else(|exit| exit)
}

fn validate(options: &Options) -> Result<Exit, Exit> {
    let policy = options.findings.policy()?;
    let known = match options.baseline.as_deref() {
        Some(path) => Some((path, baseline::read(path)?)),
        None => None,
    };
    let run = Run {
        options,
        policy,
        known,
    };
    let mut unreadable = None;
    let mut files = Vec::new();
    for path in &options.files {
        match run.file(path) {
            Ok((source, findings)) => files.push((path.as_path(), source, findings)),
            Err(exit) => unreadable = Some(exit),
        }
    }
    if let Some(path) = options.write_baseline.as_deref() {
        // Half of what was asked for would hide that the other half is missing.
        if let Some(exit) = unreadable {
            complain("the baseline is not written: not every file could be read");
            return Err(exit);
        }
        write_baseline(path, &mut files)?;
    }
    let shown: Vec<_> = files
        .iter()
        .map(|(_, source, findings)| (source, findings.as_slice()))
        .collect();
    report::print(&shown, options.findings.format);
    let errors: usize = shown
        .iter()
        .map(|(_, findings)| Summary::of(findings).errors)
        .sum();
    Ok(unreadable.unwrap_or(if errors > 0 {
        Exit::Findings
    } else {
        Exit::Fine
    }))
}

impl Run<'_> {
    /// One file, mended if that was asked for, and what is to be shown of it.
    fn file(&self, path: &Path) -> Result<(Source, Vec<Diagnostic>), Exit> {
        let mut source = read(path)?;
        let known = match &self.known {
            Some((file, baseline)) => Some((baseline, baseline::name_of(path, file)?)),
            None => None,
        };
        let judge = |source: &Source| {
            let (_, findings) = front::read(source);
            let (findings, gone) = match &known {
                Some((baseline, name)) => baseline.hide(name, source, findings),
                None => (findings, Vec::new()),
            };
            (self.policy.apply(findings), gone)
        };
        if self.options.fix {
            fix(path, &mut source, |source| judge(source).0)?;
        }
        let (findings, gone) = judge(&source);
        for gone in gone {
            complain(&format!(
                "note: {}: no longer occurs, and can be dropped from the baseline: {gone}",
                source.path
            ));
        }
        Ok((source, findings))
    }
}

/// Mends the file and what was read of it.
fn fix(
    path: &Path,
    source: &mut Source,
    judge: impl Fn(&Source) -> Vec<Diagnostic>,
) -> Result<(), Exit> {
    let name = &source.path;
    match mend::mend(source, judge) {
        Mended::Nothing => complain(&format!("{name}: nothing to fix")),
        Mended::Broken => complain(&format!(
            "{name}: nothing is fixed, for even with its fixes it would not be JSON; mend the rest by hand first"
        )),
        Mended::Text { text, applied } => {
            if let Err(e) = write::atomically(path, &text) {
                complain(&format!("cannot write {name}: {e}"));
                return Err(Exit::Usage);
            }
            let noun = if applied == 1 { "fix" } else { "fixes" };
            complain(&format!("{name}: {applied} {noun} applied"));
            source.text = text;
        }
    }
    Ok(())
}

/// Takes the findings down; those that no baseline takes stay to be shown.
fn write_baseline(path: &Path, files: &mut [(&Path, Source, Vec<Diagnostic>)]) -> Result<(), Exit> {
    let mut written = Baseline::default();
    let mut count = 0;
    for (config, source, findings) in files {
        let name = baseline::name_of(config, path)?;
        let (taken, rest) = written.record(&name, source, std::mem::take(findings));
        count += taken;
        *findings = rest;
    }
    baseline::save(&written, path)?;
    let noun = if count == 1 { "finding" } else { "findings" };
    complain(&format!("wrote {count} {noun} to {}", path.display()));
    Ok(())
}
