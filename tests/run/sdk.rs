//! The official `OpenAI` and Anthropic SDKs for Python, through the hanzo gateway, against an origin of ours.

use harness::{
    Exchange, Gateway, Launch, Origin, PATIENCE, compiler::target_dir, gateway::refusing, skip,
    workspace,
};
use std::{
    path::PathBuf,
    process::Command,
    sync::{Mutex, OnceLock, mpsc},
    thread,
    time::{Duration, Instant},
};

const CLOUD_API: &str = "cloud-api.hanzo.svc.cluster.local:8000";
const PINNED: [&str; 2] = ["openai==3.54.0", "anthropic==2.12.0"];
const GAP: Duration = Duration::from_millis(150);

/// The python of a virtual environment with both SDKs, made once and kept below the target directory.
fn python() -> Result<&'static PathBuf, &'static String> {
    static PYTHON: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let make = || {
        let venv = target_dir().join("tests").join("sdk-venv");
        let python = venv.join("bin").join("python");
        let pins = venv.join("pins");
        if std::fs::read_to_string(&pins).is_ok_and(|made| made == PINNED.join(" ")) {
            return Ok(python);
        }
        run(Command::new("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&venv))?;
        run(Command::new(&python)
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .args(PINNED))?;
        std::fs::write(&pins, PINNED.join(" ")).map_err(|e| e.to_string())?;
        Ok(python)
    };
    PYTHON.get_or_init(make).as_ref()
}

fn run(command: &mut Command) -> Result<String, String> {
    let out = command
        .output()
        .map_err(|e| format!("{}: {e}", command.get_program().display()))?;
    if out.status.success() {
        return Ok(String::from_utf8_lossy(&out.stdout).into_owned());
    }
    let text = String::from_utf8_lossy(&out.stderr).into_owned();
    Err(text
        .lines()
        .rev()
        .take(15)
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .collect::<Vec<_>>()
        .join("\n"))
}

/// Runs `tests/sdk/<script>` against the gateway; what it printed.
fn script(name: &str, gateway: &Gateway, args: &[&str]) -> Option<String> {
    let python = match python() {
        Ok(python) => python,
        Err(reason) => {
            skip(
                &format!("{name} {}", args.join(" ")),
                &format!(
                    "the SDKs cannot be installed: {}",
                    reason.replace('\n', " | ")
                ),
            );
            return None;
        }
    };
    let file = workspace().join("tests").join("sdk").join(name);
    let mut command = Command::new(python);
    command
        .arg(file)
        .arg(format!("http://{}", gateway.address))
        .args(args)
        .env("PYTHONDONTWRITEBYTECODE", "1");
    Some(run(&mut command).unwrap_or_else(|e| panic!("{name}:\n{e}")))
}

fn hanzo(origin: &Origin) -> Gateway {
    Launch::golden("hanzo")
        .resolve(CLOUD_API, origin.address)
        // No issuer: the SDKs show API keys.
        .resolve("hanzo.id:443", refusing())
        .start()
}

/// The events of a stream in the format of the path, each in one chunk, `GAP` apart.
fn stream(x: &mut Exchange, words: usize) {
    let openai = x.target().starts_with("/api/chat");
    x.body();
    x.begin_stream();
    for event in events(openai, words) {
        x.chunk(event.as_bytes());
        thread::sleep(GAP);
    }
    x.end_stream();
}

fn events(openai: bool, words: usize) -> Vec<String> {
    let mut events = Vec::new();
    if openai {
        for n in 0..words {
            events.push(format!(
                r#"data: {{"id":"c1","object":"chat.completion.chunk","created":1,"model":"zen4","choices":[{{"index":0,"delta":{{"content":"word{n} "}},"finish_reason":null}}]}}"#
            ));
        }
        events.push("data: [DONE]".to_owned());
    } else {
        events.push(r#"event: message_start
data: {"type":"message_start","message":{"id":"m1","type":"message","role":"assistant","model":"zen4","content":[],"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":1,"output_tokens":1}}}"#.to_owned());
        events.push(
            r#"event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}"#
                .to_owned(),
        );
        for n in 0..words {
            events.push(format!(
                "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{{\"type\":\"text_delta\",\"text\":\"word{n} \"}}}}"
            ));
        }
        events.push(
            "event: content_block_stop\ndata: {\"type\":\"content_block_stop\",\"index\":0}"
                .to_owned(),
        );
        events.push(r#"event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":9}}"#.to_owned());
        events.push("event: message_stop\ndata: {\"type\":\"message_stop\"}".to_owned());
    }
    events.iter().map(|event| format!("{event}\n\n")).collect()
}

/// The script prints each word with its arrival in milliseconds. Each gap must be the origin's, not a batch.
fn check_gaps(output: &str, words: usize) {
    let lines: Vec<_> = output
        .lines()
        .filter_map(|line| line.split_once(' '))
        .collect();
    let text: Vec<_> = lines.iter().map(|(_, word)| *word).collect();
    assert_eq!(
        text,
        (0..words).map(|n| format!("word{n}")).collect::<Vec<_>>(),
        "{output}"
    );
    let arrivals: Vec<u64> = lines
        .iter()
        .map(|(at, _)| at.parse().expect("milliseconds"))
        .collect();
    let gaps: Vec<_> = arrivals.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let kept = gaps.iter().filter(|gap| (75..600).contains(*gap)).count();
    assert!(
        kept + 1 >= gaps.len(),
        "gaps of {gaps:?} ms instead of {GAP:?}"
    );
}

/// What SDKs of either kind, of any age and in any language, send beside the body.
#[test]
fn llm_routes_forward_what_sdks_send() {
    let names = [
        "Authorization",
        "x-api-key",
        "anthropic-version",
        "anthropic-beta",
        "OpenAI-Organization",
        "OpenAI-Project",
        "OpenAI-Beta",
        "Idempotency-Key",
        "User-Agent",
        "traceparent",
        "X-Request-ID",
        "X-Stainless-Retry-Count",
    ];
    let headers: Vec<_> = names.iter().map(|name| (*name, "as-sent")).collect();
    let origin = Origin::ok();
    let gateway = hanzo(&origin);
    for path in [
        "/chat/completions",
        "/completions",
        "/messages",
        "/embeddings",
        "/zap",
    ] {
        let line = format!("POST /v1{path}?beta=true");
        let answer = gateway.client().post(&line, &headers, b"{}").response();
        assert_eq!(answer.status, 200, "{line}");
        let got = origin.last();
        assert_eq!(got.target, format!("/api{path}?beta=true"));
        for name in names {
            assert_eq!(got.headers.all(name), ["as-sent"], "{name} on {path}");
        }
    }
}

#[test]
fn openai_streams_a_chat() {
    let origin = Origin::start(|x| stream(x, 8));
    let Some(output) = script("openai_chat.py", &hanzo(&origin), &["stream"]) else {
        return;
    };
    check_gaps(&output, 8);
    let got = origin.last();
    assert_eq!(
        (got.target.as_str(), got.method.as_str()),
        ("/api/chat/completions", "POST")
    );
    assert_eq!(got.headers.get("authorization"), Some("Bearer hk-test"));
    assert_eq!(got.headers.get("openai-organization"), Some("org-test"));
    assert_eq!(got.headers.get("openai-project"), Some("proj-test"));
}

#[test]
fn anthropic_streams_a_chat() {
    let origin = Origin::start(|x| stream(x, 8));
    let Some(output) = script("anthropic_chat.py", &hanzo(&origin), &["stream"]) else {
        return;
    };
    check_gaps(&output, 8);
    let got = origin.last();
    assert_eq!(got.target, "/api/messages");
    assert_eq!(got.headers.get("authorization"), Some("Bearer hk-test"));
    assert!(got.headers.has("anthropic-version"), "{:?}", got.headers);
}

/// The script closes its stream after the third word, and prints when by the system's clock.
fn cancels(name: &str) {
    let (ended, end) = mpsc::channel();
    let origin = Origin::start(move |x| {
        let openai = x.target().starts_with("/api/chat");
        x.body();
        x.begin_stream();
        for event in events(openai, 5) {
            if event.contains("word4") {
                break;
            }
            x.chunk(event.as_bytes());
        }
        let closed = x
            .closed(2 * PATIENCE)
            .map(|at| std::time::SystemTime::now() - at.elapsed());
        // Only the first of several tries is asked about at a time; nobody may be left waiting.
        let _ = ended.send(closed);
    });
    let end = Mutex::new(end);
    let gateway = hanzo(&origin);
    let mut delays = Vec::new();
    for _ in 0..5 {
        let Some(output) = script(name, &gateway, &["cancel"]) else {
            return;
        };
        let closed = end
            .lock()
            .expect("receiver")
            .recv_timeout(PATIENCE)
            .expect("an end")
            .expect("never cancelled");
        let left: u64 = output
            .trim()
            .lines()
            .last()
            .and_then(|l| l.parse().ok())
            .expect("microseconds");
        let left = std::time::UNIX_EPOCH + Duration::from_micros(left);
        delays.push(closed.duration_since(left).unwrap_or_default());
        if delays
            .last()
            .is_some_and(|delay| *delay <= Duration::from_millis(100))
        {
            return;
        }
    }
    panic!("the upstream was cancelled too late, every time: {delays:?}");
}

#[test]
fn openai_cancels_by_closing_its_stream() {
    cancels("openai_chat.py");
}

#[test]
fn anthropic_cancels_by_closing_its_stream() {
    cancels("anthropic_chat.py");
}

/// Against the built-in mock: the answers are what the SDKs' own types demand.
#[test]
fn the_mock_satisfies_both_sdks() {
    let gateway = Launch::golden("hanzo").args(&["--mock"]).start();
    let start = Instant::now();
    for name in ["openai_chat.py", "anthropic_chat.py"] {
        let Some(output) = script(name, &gateway, &["mock"]) else {
            return;
        };
        assert!(output.trim().ends_with("fine"), "{name}: {output}");
    }
    println!("both SDKs against the mock in {:.1?}", start.elapsed());
}
