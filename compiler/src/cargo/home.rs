//! The workspace that a generated crate is a member of.

use super::embedded;
use std::{
    env, fs, io,
    path::{Component, Path, PathBuf},
};

/// Either the checkout that the config belongs to, or a workspace that gwc unpacks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Home {
    /// A config below `configs/` of a checkout: its crate is the reviewed `generated/<name>`, linked to the checkout's own runtime.
    Checkout(PathBuf),
    /// Any other config: the runtime embedded in this gwc, unpacked in the user's cache (or `$GWC_HOME`).
    Unpacked(PathBuf),
}

impl Home {
    /// Where the crate of `config` is built.
    pub fn of(config: &Path) -> io::Result<Home> {
        let config = absolute(config)?;
        if let Some(root) = checkout(&config)
            && config.starts_with(root.join("configs"))
        {
            return Ok(Home::Checkout(root));
        }
        let cache = env::var_os("GWC_HOME")
            .map(PathBuf::from)
            .or_else(|| env::var_os("XDG_CACHE_HOME").map(|dir| PathBuf::from(dir).join("gwc")))
            .or_else(|| env::home_dir().map(|dir| dir.join(".cache/gwc")))
            .ok_or_else(|| io::Error::other("no home directory; set GWC_HOME"))?;
        Ok(Home::Unpacked(
            absolute(&cache)?.join(embedded::fingerprint()),
        ))
    }

    /// Where `--emit-only DIR` writes: into a checkout it adds the crate alone, elsewhere a whole workspace around it.
    pub fn around(dir: &Path) -> io::Result<Option<Home>> {
        let dir = absolute(dir)?;
        Ok(if checkout(&dir).is_some() {
            None
        } else {
            Some(Home::Unpacked(dir))
        })
    }

    /// Where its `Cargo.toml` is.
    pub fn root(&self) -> &Path {
        match self {
            Home::Checkout(root) | Home::Unpacked(root) => root,
        }
    }

    /// Where a generated crate stands.
    pub fn crate_dir(&self, name: &str) -> PathBuf {
        self.root().join("generated").join(name)
    }

    /// `None`: cargo's own choice.
    pub fn target_dir(&self) -> Option<PathBuf> {
        match self {
            Home::Checkout(_) => None,
            Home::Unpacked(root) => Some(root.join("target")),
        }
    }

    /// Makes the workspace ready and keeps other gwc processes out of it until the guard is dropped.
    pub fn open(&self) -> io::Result<Option<fs::File>> {
        match self {
            Home::Checkout(_) => Ok(None),
            Home::Unpacked(root) => {
                fs::create_dir_all(root)?;
                let lock = fs::File::create(root.join(".lock"))?;
                lock.lock()?;
                embedded::unpack(root)?;
                Ok(Some(lock))
            }
        }
    }
}

/// How generated files name their config: below a checkout from its root, elsewhere by directory and file name only, for
/// the same input must give the same output on every machine.
pub fn origin(config: &Path) -> io::Result<String> {
    let config = absolute(config)?;
    let parts: Vec<_> = match checkout(&config) {
        Some(root) => config
            .strip_prefix(&root)
            .unwrap_or(&config)
            .components()
            .collect(),
        None => config
            .components()
            .rev()
            .take(2)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect(),
    };
    let parts = parts.into_iter().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    Ok(parts.collect::<Vec<_>>().join("/"))
}

/// `hanzo` for `configs/hanzo/gateway.json`, `lux` for `lux.json`: lower-case letters, digits and dashes.
pub fn crate_name(config: &Path) -> io::Result<String> {
    let config = absolute(config)?;
    let stem = config
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let parent = config
        .parent()
        .and_then(Path::file_name)
        .map(|name| name.to_string_lossy().into_owned());
    let name = match (stem.as_str(), parent) {
        ("gateway" | "krakend", Some(parent)) => parent,
        _ => stem,
    };
    let mut clean = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            clean.push(c.to_ascii_lowercase());
        } else if !clean.ends_with('-') && !clean.is_empty() {
            clean.push('-');
        }
    }
    let clean = clean.trim_end_matches('-');
    // A package name starts with a letter.
    let starts_well = clean.starts_with(|c: char| c.is_ascii_lowercase());
    Ok(if starts_well {
        clean.to_owned()
    } else {
        format!("gateway-{clean}").trim_end_matches('-').to_owned()
    })
}

/// The checkout of this project around a path, if any.
fn checkout(path: &Path) -> Option<PathBuf> {
    let is_root = |dir: &&Path| {
        dir.join("compiler/Cargo.toml").is_file()
            && dir.join("runtime/Cargo.toml").is_file()
            && dir.join("generated").is_dir()
    };
    path.ancestors().find(is_root).map(Path::to_owned)
}

fn absolute(path: &Path) -> io::Result<PathBuf> {
    // A config that does not exist is reported by whoever reads it.
    fs::canonicalize(path).or_else(|_| std::path::absolute(path))
}
