//! `gwc schema [KEY]`

use super::{Exit, complain, print};
use gwc::schema;

#[derive(clap::Args)]
pub struct Options {
    /// A level (`endpoint`, `backend`) or a namespace (`router`); without it, the whole gateway.json
    key: Option<String>,
}

pub fn run(options: &Options) -> Exit {
    let key = options.key.as_deref().unwrap_or("gateway");
    match schema::part(key) {
        Ok(schema) => {
            print(&format!("{schema:#}\n"));
            Exit::Fine
        }
        Err(problem) => {
            complain(&problem.to_string());
            Exit::Usage
        }
    }
}
