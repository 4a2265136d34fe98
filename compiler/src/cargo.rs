//! From a tree of files to a binary: where the crate stands, and the run of cargo there.

mod embedded;
mod home;

pub use home::{Home, crate_name, origin};

use crate::emit::package_name;
use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// How a binary is optimised; each is a cargo profile of the workspace.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Profile {
    /// Optimised, incremental, with the built-in mock upstreams: seconds per edit.
    Gateway,
    /// One codegen unit, fat LTO, stripped, no mock: what an image carries.
    Ship,
}

impl Profile {
    /// As cargo knows it.
    pub const fn name(self) -> &'static str {
        match self {
            Profile::Gateway => "gateway",
            Profile::Ship => "ship",
        }
    }
}

/// Why there is no binary.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no cargo to run.
    #[error("cannot run cargo: {0}; install a Rust toolchain, or set CARGO to the cargo to use")]
    NoCargo(io::Error),
    /// rustc refused generated code: a defect of gwc, never of the config.
    #[error("the generated code does not compile")]
    Generated(String),
    /// Anything else that cargo says: no network for the first download, a full disk …
    #[error("cargo failed")]
    Cargo(String),
    /// The binary could not be put in its place.
    #[error("{0}: {1}")]
    Io(PathBuf, io::Error),
}

/// Builds the crate `name` of `home` and copies the binary to `to`.
pub fn build(
    home: &Home,
    name: &str,
    profile: Profile,
    target: Option<&str>,
    show_progress: bool,
    to: &Path,
) -> Result<u64, Error> {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .current_dir(home.root())
        .args([
            "build",
            "--message-format=json",
            "--profile",
            profile.name(),
        ])
        .args(["--package", &package_name(name)]);
    if profile == Profile::Gateway {
        command.args(["--features", "mock"]);
    }
    if let Some(target) = target {
        command.args(["--target", target]);
    }
    if let Some(dir) = home.target_dir() {
        // Two workspaces in one target directory get each other's binaries.
        command
            .arg("--target-dir")
            .arg(dir)
            .env_remove("CARGO_TARGET_DIR");
    }
    // On a terminal cargo draws its own progress.
    let stderr = if show_progress {
        Stdio::inherit()
    } else {
        Stdio::piped()
    };
    let child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(stderr)
        .spawn();
    let output = child
        .and_then(std::process::Child::wait_with_output)
        .map_err(Error::NoCargo)?;

    let report = Report::read(&output.stdout, &package_name(name));
    if !report.errors.is_empty() {
        return Err(Error::Generated(report.errors));
    }
    let Some(binary) = report.binary.filter(|_| output.status.success()) else {
        return Err(Error::Cargo(
            String::from_utf8_lossy(&output.stderr).into_owned(),
        ));
    };
    install(&binary, to).map_err(|e| Error::Io(to.to_owned(), e))
}

/// What cargo's JSON messages say about our package.
struct Report {
    binary: Option<PathBuf>,
    /// rustc's errors in generated code, as it would print them.
    errors: String,
}

impl Report {
    fn read(messages: &[u8], package: &str) -> Report {
        let mut report = Report {
            binary: None,
            errors: String::new(),
        };
        for line in messages.split(|&b| b == b'\n') {
            let Ok(message) = serde_json::from_slice::<serde_json::Value>(line) else {
                continue;
            };
            match message["reason"].as_str() {
                Some("compiler-artifact") if message["target"]["name"] == package => {
                    report.binary = message["executable"].as_str().map(PathBuf::from);
                }
                Some("compiler-message") if message["message"]["level"] == "error" => {
                    report
                        .errors
                        .push_str(message["message"]["rendered"].as_str().unwrap_or_default());
                }
                _ => {}
            }
        }
        report
    }
}

/// Copies beside the goal and renames: a running gateway is never overwritten in place.
fn install(binary: &Path, to: &Path) -> io::Result<u64> {
    let name = to.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let partial = to.with_file_name(format!(
        ".{}.{}",
        name.to_string_lossy(),
        std::process::id()
    ));
    if let Some(parent) = to.parent().filter(|p| !p.as_os_str().is_empty()) {
        fs::create_dir_all(parent)?;
    }
    let bytes = fs::copy(binary, &partial)?;
    fs::rename(&partial, to)?;
    Ok(bytes)
}
