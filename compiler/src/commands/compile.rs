//! FILE → plan, for every command that needs one.

use super::{Exit, Format, complain, read, show};
use gwc::{
    cargo,
    diagnostic::{self, Class, Diagnostic, Level, Policy, Summary},
    front,
    lower::{self, Origin},
    plan::Plan,
    source::Source,
};
use std::{io::Write as _, path::Path};

/// What the passes made of a file.
struct Compiled {
    source: Source,
    /// `None`: the findings say why.
    plan: Option<Plan>,
    findings: Vec<Diagnostic>,
}

/// The plan of what is to be built; findings are printed on the way.
pub fn plan(file: &Path, policy: &Policy, format: Format) -> Result<Plan, Exit> {
    let compiled = compile(file, policy)?;
    show(&compiled.findings, &compiled.source, format);
    compiled.plan.ok_or(Exit::Findings)
}

/// The plan of what is to be explained: what gwc does not build is left out of it, and a line says so. Standard output
/// is the explanation's, so that errors go to standard error.
pub fn plan_to_explain(file: &Path) -> Result<Plan, Exit> {
    let policy = Policy::new(vec![Class::Unsupported.name().to_owned()], Vec::new())
        .map_err(|_| Exit::Defect)?;
    let Compiled {
        source,
        plan,
        findings,
    } = compile(file, &policy)?;
    let Some(plan) = plan else {
        let errors: Vec<Diagnostic> = findings
            .into_iter()
            .filter(|finding| finding.level == Some(Level::Error))
            .collect();
        let text = diagnostic::render_human(&errors, &source, false);
        let _ = anstream::stderr().write_all(text.as_bytes());
        complain(&format!("{}: {}", source.path, Summary::of(&errors)));
        return Err(Exit::Findings);
    };
    let left_out = findings
        .iter()
        .filter(|finding| finding.code.class == Class::Unsupported)
        .count();
    if left_out > 0 {
        complain(&format!(
            "{}: shown without {left_out} setting{} that gwc does not build; see `gwc validate`",
            source.path,
            if left_out == 1 { "" } else { "s" },
        ));
    }
    Ok(plan)
}

fn compile(file: &Path, policy: &Policy) -> Result<Compiled, Exit> {
    let source = read(file)?;
    let (config, findings) = front::read(&source);
    let mut findings = policy.apply(findings);
    let mut plan = None;
    if let Some(config) = config
        && Summary::of(&findings).errors == 0
    {
        let origin = origin(file, &source).map_err(|e| {
            complain(&e.to_string());
            Exit::Usage
        })?;
        let left_out: Vec<&Diagnostic> = findings
            .iter()
            .filter(|f| f.code.class == Class::Unsupported)
            .collect();
        let (lowered, more) = lower::lower(&config, origin, &left_out);
        findings.extend(policy.apply(more));
        plan = Some(lowered);
    }
    let plan = plan.filter(|_| Summary::of(&findings).errors == 0);
    Ok(Compiled {
        source,
        plan,
        findings,
    })
}

fn origin(file: &Path, source: &Source) -> std::io::Result<Origin> {
    Ok(Origin {
        crate_name: cargo::crate_name(file)?,
        path: cargo::origin(file)?,
        text: source.text.clone(),
    })
}
