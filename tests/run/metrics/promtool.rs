//! What Prometheus' own tool says of a scrape.

use super::{Counting, asked_for};
use harness::{Origin, skip};
use std::{
    io::Write,
    process::{Command, Stdio},
};

#[test]
fn promtool_finds_nothing_to_say() {
    const NAME: &str = "metrics::promtool::promtool_finds_nothing_to_say";
    if Command::new("promtool").arg("--version").output().is_err() {
        return skip(
            NAME,
            "there is no `promtool` here; Debian has it in `prometheus`",
        );
    }
    let origin = Origin::ok();
    let counting = Counting::start("metrics-promtool", &origin);
    for target in ["/users/1", "/all/x", "/refusing", "/guarded", "/nothing"] {
        counting.gateway.get(target);
    }
    counting.settled();
    let text = asked_for(counting.metrics, "text/plain").body;
    let mut tool = Command::new("promtool")
        .args(["check", "metrics"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("run promtool");
    let mut stdin = tool.stdin.take().expect("its input");
    stdin.write_all(&text).expect("it reads");
    drop(stdin);
    let output = tool.wait_with_output().expect("its end");
    let said = [output.stdout, output.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(output.status.success() && said.is_empty(), "{said}");
}
