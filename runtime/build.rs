//! Tells the binary what it was built by and as, for its `version` command.

use std::{env, path::Path, process::Command};

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let variable = |name: &str| env::var(name).unwrap_or_default();

    let rustc = Command::new(variable("RUSTC")).arg("--version").output();
    let rustc = rustc
        .ok()
        .and_then(|output| String::from_utf8(output.stdout).ok());
    tell(
        "RUSTC",
        rustc
            .as_deref()
            .map_or("rustc of unknown version", str::trim),
    );
    tell("TARGET", &variable("TARGET"));
    tell(
        "PROFILE",
        &profile(&variable("OUT_DIR")).unwrap_or_else(|| variable("PROFILE")),
    );
    // The list of cargo has `default` in it only if someone defines what that is; we do not.
    let features = variable("CARGO_CFG_FEATURE");
    let features: Vec<_> = features
        .split(',')
        .filter(|feature| *feature != "default")
        .collect();
    tell("FEATURES", &features.join(","));
}

fn tell(name: &str, value: &str) {
    println!("cargo::rustc-env=GATEWAY_BUILD_{name}={value}");
}

/// The profile by its own name: `PROFILE` knows `debug` and `release` only, for all that inherit from them.
/// The directory of a build script is `…/<profile>/build/<package>/out`.
fn profile(out_dir: &str) -> Option<String> {
    let build = Path::new(out_dir).ancestors().nth(2)?;
    let named = build.file_name()? == "build";
    let profile = build.parent()?.file_name()?.to_str()?;
    named.then(|| profile.to_owned())
}
