//! A toy node of a Base cluster, as a process that a test may kill: `base-node NAME DIRECTORY`.
//!
//! It leads when it is told so, and tells whoever asks who leads. As the leader it stores each write in a file that outlives
//! it, and then acknowledges it; as a follower it sends writes to the leader. Whatever arrives is noted in a file of its own.

use harness::{Exchange, Origin};
use serde_json::{Value, json};
use std::{
    env, fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::Mutex,
    thread,
    time::Duration,
};

/// What a write takes between being stored and being acknowledged, so that a kill finds some there.
const WORK: Duration = Duration::from_millis(4);

struct Node {
    name: String,
    directory: PathBuf,
    /// Who leads, as `/_ha/leader` tells it.
    leader: Mutex<Value>,
}

fn main() {
    let mut args = env::args().skip(1);
    let mut arg = || args.next().expect("base-node NAME DIRECTORY");
    let node = Node {
        name: arg(),
        directory: arg().into(),
        leader: Mutex::new(json!({ "leader_url": "" })),
    };
    let origin = Origin::start(move |x| node.answer(x));
    println!("listening on {}", origin.address);
    // Until whoever started it goes away.
    let mut byte = [0];
    while io::stdin().read(&mut byte).is_ok_and(|n| n > 0) {}
}

impl Node {
    fn answer(&self, x: &mut Exchange) {
        let body = x.body().bytes;
        match x.target() {
            "/_ha/leader" => {
                let leader = self.leader.lock().expect("leader").to_string();
                x.reply("200 OK", &[], leader.as_bytes());
            }
            "/_test/lead" => {
                let leader = serde_json::from_slice(&body).expect("who leads");
                *self.leader.lock().expect("leader") = leader;
                x.reply("204 No Content", &[], b"");
            }
            _ => self.write(x, &body),
        }
    }

    fn write(&self, x: &mut Exchange, id: &[u8]) {
        append(&self.directory.join(format!("{}.arrived", self.name)), id);
        let leader = self.leader.lock().expect("leader").clone();
        if leader["node_id"] == self.name.as_str() {
            append(&self.directory.join("stored"), id);
            thread::sleep(WORK);
            return x.reply("200 OK", &[], self.name.as_bytes());
        }
        let url = leader["leader_url"].as_str().unwrap_or_default();
        let to = format!("{url}{}", x.target());
        x.reply("307 Temporary Redirect", &[("Location", &to)], b"");
    }
}

/// One line, in one write: whole or not there, whoever else appends.
fn append(file: &Path, id: &[u8]) {
    let line = [id, b"\n"].concat();
    let mut file = fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(file)
        .expect("open");
    file.write_all(&line).expect("append");
}
