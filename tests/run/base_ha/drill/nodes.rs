//! Three nodes as processes, and the service before them.

use harness::Client;
use serde_json::json;
use std::{
    io::{self, BufRead, BufReader},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

/// A running `base-node`. Killed when dropped.
pub struct Node {
    pub name: &'static str,
    pub address: SocketAddr,
    child: Child,
}

impl Node {
    pub fn start(name: &'static str, directory: &Path) -> Node {
        let mut child = Command::new(env!("CARGO_BIN_EXE_base-node"))
            .arg(name)
            .arg(directory)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("start a node");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("its stdout"))
            .read_line(&mut line)
            .expect("its address");
        let address = line.trim().trim_start_matches("listening on ");
        Node {
            name,
            address: address.parse().expect("an address"),
            child,
        }
    }

    /// This node is told that `leader` leads.
    pub fn follow(&self, leader: &Node, term: u64) {
        let url = format!("http://{}", leader.address);
        let told = json!({ "leader_url": url, "node_id": leader.name, "term": term }).to_string();
        let answer = Client::connect(self.address)
            .post("POST /_test/lead", &[], told.as_bytes())
            .response();
        assert_eq!(answer.status, 204);
    }

    pub fn lives(&mut self) -> bool {
        self.child.try_wait().expect("its state").is_none()
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.child.kill().expect("kill a node");
        self.child.wait().expect("its end");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Killed already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// One address before all nodes, as a service is: connections go to them in turn, alive or not. Says how many there were.
pub fn service(nodes: &[Node]) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("bind");
    let address = listener.local_addr().expect("its address");
    let nodes: Vec<SocketAddr> = nodes.iter().map(|node| node.address).collect();
    let polls = Arc::<AtomicUsize>::default();
    let counted = Arc::clone(&polls);
    thread::spawn(move || {
        for (client, to) in listener.incoming().flatten().zip(nodes.iter().cycle()) {
            counted.fetch_add(1, SeqCst);
            // A node that is gone: the client's connection is closed.
            if let Ok(node) = TcpStream::connect(to) {
                pass(&client, &node);
                pass(&node, &client);
            }
        }
    });
    (address, polls)
}

/// Bytes of the one go to the other.
fn pass(from: &TcpStream, to: &TcpStream) {
    let handle = |stream: &TcpStream| stream.try_clone().expect("a second handle");
    let (mut from, mut to) = (handle(from), handle(to));
    thread::spawn(move || {
        // Either side may end it.
        let _ = io::copy(&mut from, &mut to);
        let _ = to.shutdown(Shutdown::Write);
    });
}
