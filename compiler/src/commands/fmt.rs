//! `gwc fmt FILE…`

use super::{Exit, Format, complain, print, read, show, write};
use gwc::{json, layout, source::Source};
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Options {
    /// Config files; each is written anew if its layout changes
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write nothing: name the files that would change, and exit with 1 if there are any
    #[arg(long)]
    check: bool,
}

pub fn run(options: &Options) -> Exit {
    let exits = options.files.iter().map(|file| {
        let one = read(file).and_then(|source| {
            let text = lay_out(&source)?;
            if text == source.text {
                return Ok(());
            }
            if options.check {
                print(&format!("{}\n", source.path));
                return Err(Exit::Findings);
            }
            write::atomically(file, &text).map_err(|e| {
                complain(&format!("cannot write {}: {e}", source.path));
                Exit::Usage
            })?;
            complain(&format!("{}: laid out", source.path));
            Ok(())
        });
        one.err().unwrap_or(Exit::Fine)
    });
    // Every file is looked at; the worst exit is told.
    exits.max_by_key(|exit| *exit as u8).unwrap_or(Exit::Fine)
}

/// The text laid out; or what is wrong with it, for what is no JSON, or says a key twice, is not touched.
fn lay_out(source: &Source) -> Result<String, Exit> {
    let (root, findings) = json::parse(source);
    let Some(root) = root.filter(|_| findings.is_empty()) else {
        show(&findings, source, Format::Human);
        return Err(Exit::Findings);
    };
    let text = layout::lay_out(source, &root);
    // The one promise of this command, kept even if the layout has a bug.
    let (after, _) = json::parse(&Source::new(source.path.as_str(), text.as_str()));
    if after.is_some_and(|after| layout::same(&root, &after)) {
        return Ok(text);
    }
    complain(&format!(
        "{}: laid out, it would say something else; nothing is written. This is a defect of gwc: please report it \
         with the file (secrets taken out)",
        source.path
    ));
    Err(Exit::Defect)
}
