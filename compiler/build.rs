//! Embeds what a gateway built outside of a checkout needs: the runtime's sources and the workspace's lock file.
//!
//! The list is made here, and not by a macro, so that a new file of the runtime is seen by cargo.

use std::{
    env,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

fn main() {
    let root = PathBuf::from(env::var_os("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("..");
    let root = root
        .canonicalize()
        .expect("the compiler stands in the workspace");
    let mut files = vec![root.join("Cargo.toml"), root.join("Cargo.lock")];
    list(&root.join("runtime"), &mut files);
    files.sort();

    let mut out = String::from("pub static FILES: &[(&str, &str)] = &[\n");
    for file in &files {
        println!("cargo::rerun-if-changed={}", file.display());
        let name = file.strip_prefix(&root).expect("below the root");
        let name = name
            .iter()
            .map(|p| p.to_string_lossy())
            .collect::<Vec<_>>()
            .join("/");
        let _ = writeln!(
            out,
            "    ({name:?}, include_str!({:?})),",
            file.display().to_string()
        );
    }
    out.push_str("];\n");
    println!("cargo::rerun-if-changed={}", root.join("runtime").display());
    let to = Path::new(&env::var_os("OUT_DIR").expect("cargo sets it")).join("embedded.rs");
    fs::write(to, out).expect("the output directory is writable");
}

fn list(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).expect("the runtime is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            list(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs" || e == "toml") {
            files.push(path);
        }
    }
}
