//! The runtime inside gwc: a workspace that can be unpacked anywhere.

use std::{fs, io, path::Path};

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// Writes the runtime, the workspace manifest and the lock file below `root`, each only where its bytes differ.
pub fn unpack(root: &Path) -> io::Result<()> {
    for (name, text) in FILES {
        let file = root.join(name);
        match *name {
            "Cargo.toml" => write(&file, &manifest(text))?,
            // cargo edits the lock: it drops what is not used here and adds the generated crates.
            "Cargo.lock" if file.exists() => {}
            _ => write(&file, text)?,
        }
    }
    Ok(())
}

/// The workspace's own manifest with fewer members: profiles and lints stay in one place.
fn manifest(text: &str) -> String {
    let mut out = String::from("# Unpacked by gwc.\n\n");
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        if line.starts_with("members = ") {
            out.push_str("members = [\"runtime\", \"generated/*\"]");
        } else if !line.starts_with("default-members = ") {
            out.push_str(line);
        } else {
            continue;
        }
        out.push('\n');
    }
    out
}

/// A short name for these very files: another runtime never shares a directory with this one.
pub fn fingerprint() -> String {
    // FNV-1a, 64 bit: it tells versions apart, it defends against nobody.
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in FILES
        .iter()
        .flat_map(|(name, text)| name.bytes().chain(text.bytes()))
    {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    format!("{}-{hash:016x}", env!("CARGO_PKG_VERSION"))
}

fn write(file: &Path, text: &str) -> io::Result<()> {
    if fs::read(file).is_ok_and(|bytes| bytes == text.as_bytes()) {
        return Ok(());
    }
    if let Some(parent) = file.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(file, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifest_keeps_profiles_and_drops_members() {
        let (_, text) = FILES
            .iter()
            .find(|(name, _)| *name == "Cargo.toml")
            .expect("embedded");
        let manifest = manifest(text);
        assert!(
            manifest.contains("members = [\"runtime\", \"generated/*\"]"),
            "{manifest}"
        );
        assert!(
            manifest.contains("[profile.ship]") && manifest.contains("[profile.gateway]"),
            "{manifest}"
        );
        assert!(!manifest.contains("compiler"), "{manifest}");
    }
}
