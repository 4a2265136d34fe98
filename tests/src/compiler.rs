//! gwc, as its users run it: built once per test run, then called as a program.

use std::{
    collections::HashMap,
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{Arc, LazyLock, Mutex, OnceLock},
};

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ is in the workspace")
}

/// Where cargo puts its work in this run: the directory above the profile of the running test.
pub fn target_dir() -> PathBuf {
    let test = env::current_exe().expect("path of the running test");
    // <target>/<profile>/deps/run-<hash>
    test.ancestors()
        .nth(3)
        .expect("a test lives in target/PROFILE/deps")
        .to_owned()
}

/// A directory for one test, empty, below the target directory.
pub fn scratch(name: &str) -> PathBuf {
    let dir = target_dir().join("tests").join(name);
    if dir.exists() {
        fs::remove_dir_all(&dir).expect("empty the scratch directory");
    }
    fs::create_dir_all(&dir).expect("make the scratch directory");
    dir
}

/// Where gwc builds configs that belong to no checkout; kept, so that their dependencies compile once.
pub fn gwc_home() -> PathBuf {
    target_dir().join("tests").join("gwc-home")
}

/// What a call of gwc printed, and how it ended.
#[derive(Debug)]
pub struct Gwc {
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Gwc {
    /// Fails unless gwc succeeded.
    pub fn expect_ok(&self, what: &str) {
        assert!(
            self.code == Some(0),
            "gwc failed ({:?}) to {what}\n{}\n{}",
            self.code,
            self.stdout,
            self.stderr
        );
    }
}

impl From<Output> for Gwc {
    fn from(out: Output) -> Gwc {
        Gwc {
            code: out.status.code(),
            stdout: String::from_utf8_lossy(&out.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&out.stderr).into_owned(),
        }
    }
}

/// The path of a freshly built gwc.
pub fn gwc_path() -> &'static Path {
    static PATH: OnceLock<PathBuf> = OnceLock::new();
    PATH.get_or_init(|| {
        let target = target_dir();
        let built = Command::new(env!("CARGO"))
            .args(["build", "--quiet", "-p", "gwc"])
            .current_dir(workspace())
            .env("CARGO_TARGET_DIR", &target)
            .status()
            .expect("run cargo");
        assert!(built.success(), "gwc does not build");
        target.join("debug").join("gwc")
    })
}

/// A gwc call from the root of the workspace, not started yet.
pub fn command<S: AsRef<std::ffi::OsStr>>(args: &[S]) -> Command {
    let mut command = Command::new(gwc_path());
    command
        .args(args)
        .current_dir(workspace())
        .env("CARGO_TARGET_DIR", target_dir())
        // Never the cache of whoever runs the tests.
        .env("GWC_HOME", gwc_home())
        .env("NO_COLOR", "1");
    command
}

/// Runs gwc from the root of the workspace.
pub fn gwc<S: AsRef<std::ffi::OsStr>>(args: &[S]) -> Gwc {
    command(args).output().expect("run gwc").into()
}

/// The binary of a checked-in generated crate (`forward` of `tests/golden`, or `hanzo`), built once per test run. Whether
/// the crate is what gwc would emit is the business of the staleness test.
pub fn compiled(name: &str) -> PathBuf {
    type Slot = Arc<OnceLock<PathBuf>>;
    static BINARIES: LazyLock<Mutex<HashMap<String, Slot>>> = LazyLock::new(Mutex::default);

    let slot = BINARIES
        .lock()
        .expect("table of binaries")
        .entry(name.to_owned())
        .or_default()
        .clone();
    let build = || {
        let package = format!("{name}-gw");
        let target = target_dir();
        // As `gwc build` does: one package, so that its features are its own; with the mock.
        let built = Command::new(env!("CARGO"))
            .args([
                "build",
                "--quiet",
                "--profile",
                "gateway",
                "--features",
                "mock",
                "-p",
                &package,
            ])
            .current_dir(workspace())
            .env("CARGO_TARGET_DIR", &target)
            .status()
            .expect("run cargo");
        assert!(built.success(), "{package} does not build");
        target.join("gateway").join(package)
    };
    slot.get_or_init(build).clone()
}
