//! Files that are not Rust: askama templates of `templates/`.

use crate::plan::{Host, Plan};
use askama::Template;

#[derive(Template)]
#[template(path = "Cargo.toml.askama", escape = "none")]
struct Manifest<'a> {
    origin: &'a str,
    package: String,
    features: Vec<&'static str>,
}

/// The cargo package of a crate; the suffix keeps it apart from our own packages and from crates.io.
pub fn package_name(crate_name: &str) -> String {
    format!("{crate_name}-gw")
}

pub fn manifest(plan: &Plan) -> String {
    let manifest = Manifest {
        origin: &plan.origin,
        package: package_name(&plan.crate_name),
        features: features(plan),
    };
    let mut text = manifest.render().expect("the manifest template renders");
    text.push('\n');
    text
}

/// The runtime's cargo features that this plan needs: nothing else gets into the binary.
fn features(plan: &Plan) -> Vec<&'static str> {
    let any = |is: fn(&Host) -> bool| plan.upstreams.iter().any(|u| u.hosts.iter().any(is));
    let tls = any(|host| host.tls).then_some("tls");
    let dns = any(|host| host.srv).then_some("dns");
    let listener = plan.server.tls.is_some().then_some("tls-listener");
    let mut features: Vec<_> = plan.features.iter().copied().collect();
    features.extend(tls);
    features.extend(dns);
    features.extend(listener);
    features.sort_unstable();
    features.dedup();
    features
}
