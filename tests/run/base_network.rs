//! `github.com/hanzoai/gateway/base-network` over sockets: `tests/golden/shards.json` before members of our own.

mod keys;
mod members;
mod moving;
mod placement;
mod redirects;
mod traffic;
mod unreachable;

use harness::{
    Exchange, Gateway, Key, Launch, Origin, PATIENCE, Response,
    compiler::scratch,
    gateway::{ORIGIN, REFUSING, SECOND, refusing},
    within,
};
use serde_json::{Value, json};
use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

/// Who tells the gateway who the members are.
struct Host {
    server: Origin,
    state: Arc<Mutex<State>>,
}

struct State {
    answer: Arc<Answer>,
    /// Since the answer was changed.
    polls: usize,
}

type Answer = dyn Fn(&mut Exchange) + Send + Sync;

impl Host {
    fn start(answer: impl Fn(&mut Exchange) + Send + Sync + 'static) -> Host {
        let state = Arc::new(Mutex::new(State {
            answer: Arc::new(answer),
            polls: 0,
        }));
        let seen = state.clone();
        let server = Origin::start(move |x| {
            assert_eq!(x.head.line, "GET /-/base/members HTTP/1.1", "BN-2");
            let answer = {
                let mut state = seen.lock().expect("state");
                state.polls += 1;
                state.answer.clone()
            };
            answer(x);
        });
        Host { server, state }
    }

    /// Who tells of these members.
    fn of(members: &[&Member]) -> Host {
        Host::start(listing(members))
    }

    /// From now on it answers like this.
    fn answer(&self, answer: impl Fn(&mut Exchange) + Send + Sync + 'static) {
        let mut state = self.state.lock().expect("state");
        state.answer = Arc::new(answer);
        state.polls = 0;
    }

    /// From now on it tells of these members.
    fn tell(&self, members: &[&Member]) {
        self.answer(listing(members));
    }

    /// Waits until the gateway knows what was said last: it has asked twice since, the second time after it had learnt what
    /// the first time brought.
    fn settled(&self) {
        within(PATIENCE, "two polls", || {
            (self.state.lock().expect("state").polls >= 2).then_some(())
        });
    }

    fn gateway(&self, name: &str) -> Gateway {
        self.launch(name, refusing()).start()
    }

    /// `second` is the host that the network of `/pair` is left with.
    fn launch(&self, name: &str, second: SocketAddr) -> Launch {
        let directory = scratch(name);
        Key::new("notes").write(&directory);
        Launch::golden("shards")
            .directory(&directory)
            .resolve(ORIGIN, self.server.address)
            .resolve(SECOND, second)
            .resolve(REFUSING, refusing())
    }
}

/// What tells of these members.
fn listing(members: &[&Member]) -> impl Fn(&mut Exchange) + Send + Sync + use<> {
    let members: Vec<Value> = members.iter().map(|member| member.json()).collect();
    saying(&json!({ "members": members }))
}

/// An answer of 200 with this JSON.
fn saying(json: &Value) -> impl Fn(&mut Exchange) + Send + Sync + use<> {
    let json = json.to_string();
    move |x: &mut Exchange| x.reply("200 OK", &[], json.as_bytes())
}

/// A member of a network. Unless it is told otherwise it answers 200 with its id, in `X-Member` and as its body.
struct Member {
    id: String,
    shards: Vec<String>,
    address: SocketAddr,
    server: Option<Origin>,
}

impl Member {
    fn start(id: &str, shards: &[&str]) -> Member {
        let name = id.to_owned();
        Member::answering(id, shards, move |x| {
            x.body();
            x.reply("200 OK", &[("X-Member", &name)], name.as_bytes());
        })
    }

    fn answering(
        id: &str,
        shards: &[&str],
        handler: impl Fn(&mut Exchange) + Send + Sync + 'static,
    ) -> Member {
        let server = Origin::start(handler);
        Member {
            address: server.address,
            server: Some(server),
            ..Member::gone(id, shards)
        }
    }

    /// One that nobody can reach.
    fn gone(id: &str, shards: &[&str]) -> Member {
        Member {
            id: id.to_owned(),
            shards: shards.iter().map(|&shard| shard.to_owned()).collect(),
            address: refusing(),
            server: None,
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn json(&self) -> Value {
        json!({ "id": self.id, "url": self.url(), "shards": self.shards })
    }

    fn server(&self) -> &Origin {
        self.server.as_ref().expect("a member that is there")
    }

    /// How many requests it got.
    fn count(&self) -> usize {
        self.server().count()
    }
}

/// One request of the tenant `key` on its own connection; a write has a body.
fn send(gateway: &Gateway, line: &str, key: &str) -> Response {
    let headers = [("X-Tenant", key)];
    if line.starts_with("GET") {
        gateway.ask(line, &headers)
    } else {
        gateway.client().post(line, &headers, b"body").response()
    }
}

/// Status and body.
fn told(answer: &Response) -> (u16, String) {
    (answer.status, answer.text())
}

/// The body of an error of ours.
fn error(word: &str) -> String {
    json!({ "error": word }).to_string()
}
