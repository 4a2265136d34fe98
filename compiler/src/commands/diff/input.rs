//! Where a side of a comparison comes from: a file, standard input, or a revision in git.

use gwc::source::Source;
use std::{
    fmt, fs,
    io::{self, Read as _},
    path::PathBuf,
    process::{Command, Stdio},
    str::FromStr,
};
use thiserror::Error;

/// As given on the command line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    File(PathBuf),
    /// `-`
    Stdin,
    /// `git:REV:PATH`, the path from the root of the repository (`./PATH`: from here), as git reads it.
    Git {
        rev: String,
        path: String,
    },
}

/// `git:…` that names no file of a revision.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BadInput {
    #[error("write git:REV:PATH, for example git:main:configs/example/gateway.json")]
    Incomplete,
    #[error("a revision does not begin with `-`")]
    Option,
}

/// Why a side could not be read.
#[derive(Debug, Error)]
pub enum Unreadable {
    #[error("cannot read {0}: {1}")]
    Io(String, io::Error),
    #[error("cannot run git for {0}: {1}")]
    NoGit(String, io::Error),
    #[error("git cannot show {0}: {1}")]
    Git(String, String),
    #[error("{0} is not UTF-8")]
    Encoding(String),
}

impl FromStr for Input {
    type Err = BadInput;

    fn from_str(text: &str) -> Result<Input, BadInput> {
        if text == "-" {
            return Ok(Input::Stdin);
        }
        let Some(rest) = text.strip_prefix("git:") else {
            return Ok(Input::File(PathBuf::from(text)));
        };
        match rest.split_once(':') {
            Some((rev, _)) if rev.starts_with('-') => Err(BadInput::Option),
            Some((rev, path)) if !rev.is_empty() && !path.is_empty() => Ok(Input::Git {
                rev: rev.to_owned(),
                path: path.to_owned(),
            }),
            _ => Err(BadInput::Incomplete),
        }
    }
}

impl fmt::Display for Input {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Input::File(path) => write!(f, "{}", path.display()),
            Input::Stdin => f.write_str("standard input"),
            Input::Git { rev, path } => write!(f, "git:{rev}:{path}"),
        }
    }
}

impl Input {
    pub fn read(&self) -> Result<Source, Unreadable> {
        let name = self.to_string();
        let text = match self {
            Input::File(path) => fs::read_to_string(path),
            Input::Stdin => {
                let mut text = String::new();
                io::stdin().read_to_string(&mut text).map(|_| text)
            }
            Input::Git { rev, path } => return git(&name, rev, path),
        };
        match text {
            Ok(text) => Ok(Source::new(name, text)),
            Err(e) => Err(Unreadable::Io(name, e)),
        }
    }
}

/// What comes from the command line is one argument behind `--end-of-options`: no revision can be an option. `blob`
/// makes a directory an error; no filter, pager or `textconv` that the repository configures is run.
fn git(name: &str, rev: &str, path: &str) -> Result<Source, Unreadable> {
    let output = Command::new("git")
        .args(["cat-file", "--end-of-options", "blob"])
        .arg(format!("{rev}:{path}"))
        .stdin(Stdio::null())
        .output()
        .map_err(|e| Unreadable::NoGit(name.to_owned(), e))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(Unreadable::Git(name.to_owned(), said.trim().to_owned()));
    }
    String::from_utf8(output.stdout)
        .map(|text| Source::new(name, text))
        .map_err(|_| Unreadable::Encoding(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms() {
        let git = |rev: &str, path: &str| {
            Ok(Input::Git {
                rev: rev.to_owned(),
                path: path.to_owned(),
            })
        };
        for (text, expected) in [
            ("-", Ok(Input::Stdin)),
            ("a/b.json", Ok(Input::File(PathBuf::from("a/b.json")))),
            ("git:main:a.json", git("main", "a.json")),
            ("git:HEAD~2:./a:b.json", git("HEAD~2", "./a:b.json")),
            ("git:main", Err(BadInput::Incomplete)),
            ("git::a.json", Err(BadInput::Incomplete)),
            ("git:main:", Err(BadInput::Incomplete)),
            ("git:--output=x:a", Err(BadInput::Option)),
        ] {
            assert_eq!(text.parse(), expected, "{text}");
        }
    }
}
