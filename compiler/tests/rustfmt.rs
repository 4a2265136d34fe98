//! What gwc emits is what rustfmt would have written, whatever the config: random plans, printed and handed to the real
//! rustfmt. Also that the order of the plan is the only order, so the output is the same twice.

use gwc::{
    emit,
    plan::{
        Action, Arg, Authorities, Call, Chain, ClientTls, Crypto, Does, Ending, Endpoint, Gate,
        Headers, Host, KeyFiles, Kind, LogLevel, Method, Part, Plan, Query, Router, Server,
        Slotted, Stage, Static, Step, Text, Tls, TlsGroup, TlsSuite, TlsVersion, Upstream,
    },
};
use std::{
    fs,
    net::IpAddr,
    path::PathBuf,
    process::{Command, Stdio},
    time::Duration,
};

const PLANS: u64 = 80;

#[test]
fn random_plans_are_printed_as_rustfmt_would() {
    if Command::new("rustfmt")
        .arg("--version")
        .stdout(Stdio::null())
        .status()
        .is_err()
    {
        println!("SKIPPED random_plans_are_printed_as_rustfmt_would: no rustfmt in PATH");
        return;
    }
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("rustfmt");
    let mut files = Vec::new();
    for seed in 0..PLANS {
        let plan = Random(seed + 1).plan();
        let tree = emit::emit(&plan);
        assert_eq!(
            tree,
            emit::emit(&plan),
            "the same plan gives the same files"
        );
        let crate_dir = dir.join(seed.to_string());
        let _ = fs::remove_dir_all(&crate_dir);
        tree.write(&crate_dir)
            .expect("the target directory is writable");
        for (path, text) in tree.files().filter(|(path, _)| path.starts_with("src/")) {
            syn::parse_file(text).unwrap_or_else(|e| panic!("{seed}/{path}: {e}\n{text}"));
            files.push(crate_dir.join(path));
        }
    }
    let output = Command::new("rustfmt")
        .args(["--check", "--edition", "2024", "--style-edition", "2024"])
        .args(&files)
        .output()
        .expect("rustfmt runs");
    let diff = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success(),
        "rustfmt would write it otherwise:\n{diff}"
    );
}

/// A small deterministic generator: the same plans on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        // xorshift64*
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, n: u64) -> u64 {
        (self.next() >> 33) % n
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn word(&mut self, max: u64) -> String {
        let len = 1 + self.below(max);
        (0..len)
            .map(|_| char::from(b'a' + u8::try_from(self.below(26)).expect("a letter")))
            .collect()
    }

    fn words(&mut self, count: u64, max: u64) -> Vec<String> {
        let count = self.below(count + 1);
        let mut words: Vec<String> = (0..count).map(|_| self.word(max)).collect();
        words.sort();
        words.dedup();
        words
    }

    fn plan(&mut self) -> Plan {
        let upstreams: Vec<Upstream> = (0..=self.below(6)).map(|i| self.upstream(i)).collect();
        let count = upstreams.len() as u64;
        let statics: Vec<Static> = (0..=self.below(6)).map(|i| self.piece(i)).collect();
        let endpoints = (0..self.below(40))
            .map(|i| self.endpoint(i, count, &statics))
            .collect();
        let listed: Vec<usize> = (0..statics.len()).filter(|_| self.chance(40)).collect();
        let left_out = self.words(3, 60);
        Plan {
            crate_name: self.word(8),
            origin: format!("configs/{}/gateway.json", self.word(8)),
            text: "{}".to_owned(),
            name: format!("{} \"{}\"", self.word(10), self.word(30)),
            server: self.server(),
            upstreams,
            endpoints,
            gates: listed
                .iter()
                .map(|place| Gate {
                    stage: Stage::Cors,
                    place: *place,
                    says: String::new(),
                })
                .collect(),
            parts: listed
                .into_iter()
                .map(|place| Part { place, says: None })
                .collect(),
            statics,
            features: self.chance(50).then_some("cors").into_iter().collect(),
            left_out,
            texts: (0..self.below(3))
                .map(|_| Text {
                    text: Slotted::Slots(self.slot(40)),
                    kind: match self.below(4) {
                        0 => Kind::Plain,
                        1 => Kind::Secret,
                        2 => Kind::Url,
                        _ => Kind::Https,
                    },
                })
                .collect(),
        }
    }

    fn slot(&mut self, max: u64) -> String {
        format!("${{env:{}:-{}}}", self.word(max), self.word(max))
    }

    fn upstream(&mut self, i: u64) -> Upstream {
        let label = format!("{}-{i}", self.word(30));
        let hosts = (0..=self.below(4))
            .map(|_| Host {
                tls: self.chance(30),
                name: self.word(50),
                port: u16::try_from(self.below(65_535)).expect("a port"),
                slots: self.chance(20).then(|| self.slot(40)),
                srv: self.chance(20),
            })
            .collect();
        Upstream {
            constant: label.to_uppercase().replace('-', "_"),
            label,
            hosts,
        }
    }

    fn piece(&mut self, i: u64) -> Static {
        const FILES: [&str; 3] = ["edge", "jwt", "guards"];
        const KINDS: [&str; 2] = ["Validator", "limit::PerClient"];
        Static {
            file: FILES[usize::try_from(self.below(3)).expect("small")],
            name: format!("{}_{i}", self.word(50).to_uppercase()),
            kind: KINDS[usize::try_from(self.below(2)).expect("small")],
            doc: self.word(60),
            value: self.chain(),
        }
    }

    fn chain(&mut self) -> Chain {
        const SETTERS: [&str; 5] = ["issuer", "audience", "x", "propagate_claims", "cached_for"];
        let mut chain = Chain::new("Validator::new", vec![self.plain(40)]);
        for _ in 0..self.below(7) {
            let setter = SETTERS[usize::try_from(self.below(5)).expect("small")];
            chain = chain.set(setter, self.args());
        }
        chain
    }

    fn args(&mut self) -> Vec<Arg> {
        match self.below(4) {
            0 => Vec::new(),
            1 => vec![self.plain(30), self.plain(12)],
            _ => vec![self.arg()],
        }
    }

    fn arg(&mut self) -> Arg {
        match self.below(6) {
            0 => Arg::Texts(self.words(9, 30)),
            1 => {
                let count = usize::try_from(self.below(5)).expect("small");
                Arg::Names(vec!["Algorithm::Rs256"; count])
            }
            2 => self.call_of_text(),
            3 => Arg::Calls((0..self.below(4)).map(|_| self.text_call()).collect()),
            _ => self.plain(70),
        }
    }

    fn text_call(&mut self) -> (&'static str, Vec<Arg>) {
        ("Text::slots", vec![Arg::Text(self.word(20))])
    }

    fn call_of_text(&mut self) -> Arg {
        let (function, args) = self.text_call();
        Arg::Call(function, args)
    }

    fn plain(&mut self, max: u64) -> Arg {
        match self.below(5) {
            0 => Arg::Number(self.below(1 << 40)),
            1 => Arg::Flag(self.chance(50)),
            2 => Arg::Duration(Duration::from_millis(self.below(200) * 500 + 1)),
            3 => Arg::Name("Algorithm::Rs256"),
            _ => Arg::Text(self.word(max)),
        }
    }

    fn steps(&mut self, statics: &[Static]) -> Vec<Step> {
        (0..self.below(4))
            .map(|_| Step {
                stage: Stage::Token,
                function: if self.chance(50) {
                    "auth::require"
                } else {
                    "known"
                },
                place: self
                    .chance(80)
                    .then(|| usize::try_from(self.below(statics.len() as u64)).expect("small")),
                says: String::new(),
            })
            .collect()
    }

    fn endpoint(&mut self, i: u64, upstreams: u64, statics: &[Static]) -> Endpoint {
        let module = format!("{}{}", self.word(4), self.below(12));
        let path = format!("/v1/{module}/{}/{{{}}}", self.word(60), self.word(20));
        let method = Method::ALL[usize::try_from(self.below(7)).expect("small")];
        let action = if self.chance(10) {
            Action::Refuse {
                why: format!("`{}`", self.word(70)),
            }
        } else {
            Action::Forward(self.call(upstreams))
        };
        let steps = match action {
            Action::Refuse { .. } => Vec::new(),
            Action::Forward(_) => self.steps(statics),
        };
        let ending = (matches!(action, Action::Forward(_))
            && !statics.is_empty()
            && self.chance(20))
        .then(|| Ending {
            function: "sign",
            place: usize::try_from(self.below(statics.len() as u64)).expect("small"),
            does: Does::Answers(String::new()),
        });
        Endpoint {
            method,
            path,
            steps,
            ending,
            function: format!(
                "{}_v1_{module}_{}_{i}",
                method.as_str().to_lowercase(),
                self.word(60)
            ),
            module,
            action,
        }
    }

    fn call(&mut self, upstreams: u64) -> Call {
        Call {
            upstream: usize::try_from(self.below(upstreams)).expect("small"),
            template: format!("/api/{}/{{{}}}", self.word(80), self.word(8)),
            method: self.chance(20).then_some(Method::Post),
            headers: match self.below(4) {
                0 => Headers::All,
                1 => Headers::Only(self.words(30, 6)),
                _ => Headers::Only(self.words(12, 25)),
            },
            query: if self.chance(20) {
                Query::All
            } else {
                Query::Only(self.words(8, 14))
            },
            timeout: Duration::from_millis(self.below(200) * 500 + 1),
            max_body: self.chance(20).then(|| self.below(1 << 40)),
            guards: Vec::new(),
            setters: Vec::new(),
        }
    }

    fn server(&mut self) -> Server {
        Server {
            port: if self.chance(20) {
                Slotted::Slots(self.slot(20))
            } else {
                Slotted::Fixed(8080)
            },
            listen_ip: match self.below(3) {
                0 => Some(IpAddr::from([127, 0, 0, 1])),
                1 => Some(IpAddr::from([0, 0, 0, 0, 0, 0, 0, 1])),
                _ => None,
            },
            h2c: self.chance(30).then_some(false),
            tls: self.chance(40).then(|| Tls {
                keys: (0..=self.below(3)).map(|_| self.key_files()).collect(),
                crypto: self.crypto(),
                clients: self.chance(50).then(|| self.authorities()),
            }),
            dial: gwc::plan::Dial {
                tls: self.chance(40).then(|| ClientTls {
                    crypto: self.crypto(),
                    roots: self.authorities(),
                    certificates: (0..self.below(3)).map(|_| self.key_files()).collect(),
                    accept_any: self.chance(20),
                }),
                ..gwc::plan::Dial::default()
            },
            read_header_timeout: self.chance(30).then(|| Duration::from_millis(200)),
            max_connections: self.chance(30).then_some(10_000),
            router: Router {
                error_detail: self.chance(50),
                not_found: self
                    .chance(30)
                    .then(|| format!("{{\"error\":\"{}\"}}", self.word(80))),
                trusted_proxies: self.chance(40).then(|| self.words(9, 18)),
                access_log_skip: self.words(5, 20),
                ..Router::default()
            },
            log: gwc::plan::Log {
                level: match self.below(3) {
                    0 => None,
                    1 => Some(Slotted::Fixed(LogLevel::Warning)),
                    _ => Some(Slotted::Slots(self.slot(20))),
                },
                prefix: self.chance(50).then(|| format!("[{}]", self.word(9))),
                json: self.chance(30),
            },
            ..Server::default()
        }
    }

    fn key_files(&mut self) -> KeyFiles {
        KeyFiles {
            certificate: format!("tls/{}.crt", self.word(40)),
            key: format!("tls/{}.key", self.word(40)),
        }
    }

    fn authorities(&mut self) -> Authorities {
        Authorities {
            files: self.words(4, 30),
            system: self.chance(50),
        }
    }

    fn crypto(&mut self) -> Crypto {
        let version = |is_old| {
            if is_old {
                TlsVersion::V12
            } else {
                TlsVersion::V13
            }
        };
        Crypto {
            min: version(self.chance(50)),
            max: version(self.chance(20)),
            groups: self.chance(50).then(|| TlsGroup::ALL.to_vec()),
            suites: self.chance(50).then(|| TlsSuite::ALL.to_vec()),
        }
    }
}
