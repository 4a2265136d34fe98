//! A file written whole or not at all.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

/// Replaces `path` in one step: who reads it meanwhile sees the old text or the new one, and never half of it.
///
/// A symbolic link stays one, and the file keeps its permissions.
pub fn atomically(path: &Path, text: &str) -> io::Result<()> {
    // What is not there yet has no link to follow.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let Some(name) = path.file_name() else {
        return Err(io::ErrorKind::IsADirectory.into());
    };
    // Beside it, for a rename works within one file system only; with the process id, for another gwc may do the same.
    let temporary = path.with_file_name(format!(
        ".{}.{}.tmp",
        name.to_string_lossy(),
        std::process::id()
    ));
    let written = fill(&temporary, text, &path).and_then(|()| fs::rename(&temporary, &path));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}

fn fill(temporary: &Path, text: &str, path: &Path) -> io::Result<()> {
    let mut file = File::create(temporary)?;
    file.write_all(text.as_bytes())?;
    if let Ok(old) = fs::metadata(path) {
        file.set_permissions(old.permissions())?;
    }
    file.sync_all()
}
