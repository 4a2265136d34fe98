//! `gwc explain [CODE]`, and the way to `gwc explain FILE [ROUTE]`.

use super::{Exit, colour, complain, explain_route, print};
use gwc::diagnostic::{codes, explain, nearest};
use std::path::Path;

#[derive(clap::Args)]
pub struct Options {
    /// The code of a finding, for example `query-dropped`, or a config file; without it, all codes are listed
    #[arg(value_name = "CODE|FILE")]
    what: Option<String>,
    /// A route of the file: `POST /v1/chat/completions`, or a path alone
    route: Option<String>,
}

pub fn run(options: &Options) -> Exit {
    let Some(what) = &options.what else {
        print(&explain::list(colour()));
        return Exit::Fine;
    };
    let code = codes::ALL.iter().find(|code| code.name == what);
    if code.is_none() && is_file(what) {
        return explain_route::run(Path::new(what), options.route.as_deref());
    }
    let Some(code) = code else {
        let help = match nearest(what, codes::ALL.iter().map(|code| code.name)) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`gwc explain` lists them all".to_owned(),
        };
        complain(&format!("no finding is called `{what}`; {help}"));
        return Exit::Usage;
    };
    if let Some(more) = &options.route {
        complain(&format!(
            "`{what}` is the code of a finding, so `{more}` after it has no meaning"
        ));
        return Exit::Usage;
    }
    print(&explain::render(code, colour()));
    Exit::Fine
}

/// No code has a slash or a dot in it.
fn is_file(what: &str) -> bool {
    let path = Path::new(what);
    what.contains('/') || path.extension().is_some() || path.is_file()
}
