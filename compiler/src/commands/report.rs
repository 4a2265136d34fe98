//! The findings of a call on stdout, in the format that was asked for.

use super::{Format, colour, complain};
use gwc::{
    diagnostic::{self, Diagnostic, Summary},
    source::Source,
};
use std::{env, fs::File, io::Write as _};

/// All files of a call: SARIF is one document for all of them. People get a closing line per file on stderr.
pub fn print(files: &[(&Source, &[Diagnostic])], format: Format) {
    match format {
        Format::Human => {
            for (source, findings) in files {
                out(&diagnostic::render_human(findings, source, colour()));
                close(source, findings);
            }
        }
        Format::Json => {
            for (source, findings) in files {
                out(&diagnostic::render_json(findings, source));
            }
        }
        Format::Github => {
            for (source, findings) in files {
                out(&diagnostic::render_github(findings, source));
                close(source, findings);
            }
            summarise(files);
        }
        Format::Sarif => out(&diagnostic::render_sarif(files)),
    }
}

/// A closed pipe (`gwc validate … | head`) is no error.
fn out(text: &str) {
    let _ = anstream::stdout().write_all(text.as_bytes());
}

fn close(source: &Source, findings: &[Diagnostic]) {
    complain(&format!("{}: {}", source.path, Summary::of(findings)));
}

/// The tables go behind what other steps have written to `$GITHUB_STEP_SUMMARY`. They are an extra: where they cannot be
/// written, that is said, and the exit code stays what the findings make it.
fn summarise(files: &[(&Source, &[Diagnostic])]) {
    let Some(path) = env::var_os("GITHUB_STEP_SUMMARY").filter(|path| !path.is_empty()) else {
        return;
    };
    let text: String = files
        .iter()
        .map(|(source, findings)| diagnostic::render_github_summary(findings, source))
        .collect();
    let written = File::options()
        .append(true)
        .create(true)
        .open(&path)
        .and_then(|mut file| file.write_all(text.as_bytes()));
    if let Err(e) = written {
        complain(&format!(
            "cannot write the summary to {}: {e}",
            path.display()
        ));
    }
}
