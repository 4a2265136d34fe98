//! Configs to try things in, and what gwc makes of one.

use gwc::{
    defaults,
    diagnostic::{Class, Diagnostic},
    front,
    lower::{Origin, lower},
    plan::{Plan, Slotted},
    source::Source,
};
use serde_json::{Value, json};
use std::{
    fs,
    path::{Path, PathBuf},
};

/// One endpoint with one backend, in which every key of the language finds what it refers to: one that lets hardly
/// anything through, one that lets everything through, and one in which some say how they answer and the root does not.
pub fn bases() -> Vec<Value> {
    let base = |endpoint: Value| {
        json!({
            "version": 3,
            "output_encoding": "no-op",
            "host": ["https://base.test:8000"],
            "$define": { "private": { "timeout": "1s" }, "slow": { "timeout": "2m" } },
            "endpoints": [endpoint],
        })
    };
    let closed = base(json!({
        "endpoint": "/{org}/{id}/*", "input_query_strings": [], "backend": [{}],
    }));
    let open = base(json!({
        "endpoint": "/{org}/{id}/*", "method": "POST", "input_headers": ["*"], "input_query_strings": ["*"],
        "backend": [{ "url_pattern": "/*" }],
    }));
    let mut own = closed.clone();
    let mut second = own["endpoints"][0].clone();
    second["endpoint"] = json!("/second");
    own["endpoints"][0]["output_encoding"] = own["output_encoding"].take();
    own["endpoints"]
        .as_array_mut()
        .expect("a list")
        .push(second);
    own.as_object_mut()
        .expect("an object")
        .remove("output_encoding");
    vec![closed, open, own]
}

/// What came of a config.
pub struct Judged {
    pub findings: Vec<Diagnostic>,
    /// `None`: something is invalid. What is not built is left out.
    pub plan: Option<Plan>,
}

impl Judged {
    /// Code and message of each finding.
    pub fn told(&self) -> Vec<(&'static str, &str)> {
        let mut told: Vec<_> = self
            .findings
            .iter()
            .map(|f| (f.code.name, f.message.as_str()))
            .collect();
        told.sort_unstable();
        told
    }
}

pub fn judge(config: &Value) -> Judged {
    judge_text(&config.to_string())
}

pub fn judge_text(text: &str) -> Judged {
    let (config, mut findings) = front::read(&Source::new("gateway.json", text));
    let mut plan = None;
    if let Some(config) = config {
        let origin = Origin {
            crate_name: "test".to_owned(),
            path: "gateway.json".to_owned(),
            // Every change of a config changes its text; the plan beside it is what counts here.
            text: String::new(),
        };
        let left_out: Vec<_> = findings
            .iter()
            .filter(|f| f.code.class == Class::Unsupported)
            .collect();
        let (lowered, more) = lower(&config, origin, &left_out);
        findings.extend(more);
        plan = Some(settled(lowered));
    }
    Judged { findings, plan }
}

/// With the runtime's defaults where the config says nothing: writing a default out changes nothing.
fn settled(mut plan: Plan) -> Plan {
    let server = &mut plan.server;
    server.h2c.get_or_insert(defaults::H2C);
    server
        .read_header_timeout
        .get_or_insert(defaults::READ_HEADER_TIMEOUT);
    server.idle_timeout.get_or_insert(defaults::IDLE_TIMEOUT);
    server.drain_timeout.get_or_insert(defaults::DRAIN_TIMEOUT);
    server
        .max_header_bytes
        .get_or_insert(defaults::MAX_HEADER_BYTES);
    server.max_headers.get_or_insert(defaults::MAX_HEADERS);
    server.max_uri_bytes.get_or_insert(defaults::MAX_URI_BYTES);
    server
        .max_connections
        .get_or_insert(defaults::MAX_CONNECTIONS);
    server
        .dial
        .connect_timeout
        .get_or_insert(defaults::CONNECT_TIMEOUT);
    server
        .dial
        .idle_timeout
        .get_or_insert(defaults::UPSTREAM_IDLE_TIMEOUT);
    server
        .dial
        .max_idle_per_host
        .get_or_insert(defaults::MAX_IDLE_PER_HOST);
    server.dial.dns_ttl.get_or_insert(defaults::DNS_TTL);
    server
        .router
        .health_path
        .get_or_insert(defaults::HEALTH_PATH.map(str::to_owned));
    let headers = || {
        defaults::CLIENT_IP_HEADERS
            .iter()
            .map(|&name| name.to_owned())
            .collect()
    };
    server.router.client_ip_headers.get_or_insert_with(headers);
    server
        .log
        .level
        .get_or_insert(Slotted::Fixed(defaults::LOG_LEVEL));
    server.log.prefix.get_or_insert_default();
    plan
}

/// The configs of this repository that are without findings, or have only such that do not forbid to build them.
pub fn accepted() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let list = |dir: &str| {
        let entries = fs::read_dir(root.join(dir)).unwrap_or_else(|e| panic!("{dir}: {e}"));
        entries.map(|entry| entry.expect("a directory can be listed").path())
    };
    let golden = list("tests/golden").filter(|path| path.extension().is_some_and(|e| e == "json"));
    let folders = list("configs")
        .chain(list("tests/ui"))
        .map(|dir| dir.join("gateway.json"));
    let mut files: Vec<PathBuf> = golden.chain(folders.filter(|file| file.exists())).collect();
    files.sort();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("a config is readable");
        (path, text)
    };
    files
        .into_iter()
        .map(read)
        .filter(|(_, text)| judge_text(text).plan.is_some())
        .collect()
}
