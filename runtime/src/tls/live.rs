//! A configuration that follows its files: a renewed certificate is served without a restart.
//!
//! One thread per configuration looks at its files every second. It asks the file system and not its notifications: a
//! Kubernetes secret is a directory of symlinks that are swapped, and a network volume notifies nobody. Connections that
//! are open keep what they were made with.

use super::Fault;
use std::{
    fs,
    os::unix::fs::MetadataExt,
    path::PathBuf,
    sync::{Arc, PoisonError, RwLock},
    thread,
    time::Duration,
};

/// How often the files are looked at. What changed is read when it has stood still for as long, so that a certificate
/// and its key, written one after the other, are read together.
const PERIOD: Duration = Duration::from_secs(1);

/// The present configuration, for all cores.
pub(crate) struct Live<T>(RwLock<Arc<T>>);

impl<T: Send + Sync + 'static> Live<T> {
    /// Builds the first one, and follows `files` from then on. A later one that cannot be built is an error in the log,
    /// and the one before stays. `what` begins what is logged.
    pub fn start(
        what: &'static str,
        files: Vec<PathBuf>,
        build: impl Fn() -> Result<T, Vec<Fault>> + Send + 'static,
    ) -> Result<Arc<Live<T>>, Vec<Fault>> {
        // Before they are read, so that a change in between is one.
        let seen = stamps(&files);
        let live = Arc::new(Live(RwLock::new(Arc::new(build()?))));
        let to_renew = Arc::clone(&live);
        let follower = thread::Builder::new().name("tls-files".to_owned());
        let followed = follower.spawn(move || follow(what, &files, seen, &to_renew, build));
        if let Err(error) = followed {
            tracing::error!("{what}: renewed certificates will not be noticed: {error}");
        }
        Ok(live)
    }

    /// What new connections are made with.
    pub fn now(&self) -> Arc<T> {
        Arc::clone(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn replace(&self, new: T) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(new);
    }
}

/// Never ends: neither does the process, but for its exit.
fn follow<T: Send + Sync + 'static>(
    what: &str,
    files: &[PathBuf],
    mut read: Vec<Stamp>,
    live: &Live<T>,
    build: impl Fn() -> Result<T, Vec<Fault>>,
) {
    let mut before = read.clone();
    loop {
        thread::sleep(PERIOD);
        let now = stamps(files);
        let settled = now == before;
        before.clone_from(&now);
        if now == read || !settled {
            continue;
        }
        read = now;
        match build() {
            Ok(new) => {
                live.replace(new);
                tracing::info!("{what}: files changed, and are used from now on");
            }
            Err(faults) => {
                for fault in faults {
                    tracing::error!(
                        "{what}: files changed and cannot be used, those before stay: {fault}"
                    );
                }
            }
        }
    }
}

/// What tells one state of a file from another; `None` where it cannot be looked at.
type Stamp = Option<[i64; 6]>;

fn stamps(files: &[PathBuf]) -> Vec<Stamp> {
    let stamp = |file: &PathBuf| {
        let data = fs::metadata(file).ok()?;
        // Compared and nothing else: what does not fit an i64 differs still.
        let unsigned = [data.dev(), data.ino(), data.size()].map(u64::cast_signed);
        let [device, inode, size] = unsigned;
        Some([
            device,
            inode,
            size,
            data.mtime(),
            data.mtime_nsec(),
            data.ctime_nsec() ^ data.ctime(),
        ])
    };
    files.iter().map(stamp).collect()
}
