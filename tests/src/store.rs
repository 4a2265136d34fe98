//! A Redis or Valkey server of a test's own, where there is one on the machine.

use crate::{PATIENCE, skip, within};
use std::{
    env,
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

/// A running server that keeps nothing on disk; killed when dropped.
pub struct Store {
    pub address: SocketAddr,
    password: String,
    /// Where `store.crt` and `store.key` are, if it speaks TLS.
    certificate: Option<PathBuf>,
    server: Option<Child>,
}

impl Store {
    /// With that password; `None`, and said so, where no server is installed.
    pub fn start(test: &str, password: &str) -> Option<Store> {
        Store::with(test, password, None)
    }

    /// As [`Store::start`], over TLS, with `store.crt` and `store.key` of that directory.
    pub fn secure(test: &str, password: &str, directory: &Path) -> Option<Store> {
        Store::with(test, password, Some(directory.to_owned()))
    }

    fn with(test: &str, password: &str, certificate: Option<PathBuf>) -> Option<Store> {
        if server().is_none() {
            skip(
                test,
                "neither redis-server nor valkey-server is on the PATH",
            );
            return None;
        }
        let mut store = Store {
            address: crate::gateway::refusing(),
            password: password.to_owned(),
            certificate,
            server: None,
        };
        store.come_back();
        Some(store)
    }

    /// Ends it at once.
    pub fn kill(&mut self) {
        if let Some(mut server) = self.server.take() {
            // Ended already is as good as killed.
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Starts it anew, at the same address, empty.
    pub fn come_back(&mut self) {
        let mut command = Command::new(server().expect("found before"));
        let port = self.address.port().to_string();
        command
            .args(["--bind", "127.0.0.1", "--save", "", "--appendonly", "no"])
            .args(["--requirepass", &self.password])
            .stdout(Stdio::null());
        match &self.certificate {
            None => command.args(["--port", &port]),
            Some(directory) => command
                .args([
                    "--port",
                    "0",
                    "--tls-port",
                    &port,
                    "--tls-auth-clients",
                    "no",
                ])
                .args([
                    "--tls-cert-file",
                    "store.crt",
                    "--tls-key-file",
                    "store.key",
                ])
                .args(["--tls-ca-cert-file", "store.crt"])
                .current_dir(directory),
        };
        self.server = Some(command.spawn().expect("start the store"));
        within(PATIENCE, "an answer of the store", || self.answers());
    }

    /// Whether it is there; over TLS, that it listens must do.
    fn answers(&self) -> Option<()> {
        let mut stream = TcpStream::connect(self.address).ok()?;
        if self.certificate.is_some() {
            return Some(());
        }
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        let hello = format!("AUTH {}\r\nPING\r\n", self.password);
        stream.write_all(hello.as_bytes()).ok()?;
        let mut answer = [0; 12];
        stream.read_exact(&mut answer).ok()?;
        (&answer == b"+OK\r\n+PONG\r\n").then_some(())
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        self.kill();
    }
}

fn server() -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    let mut places = env::split_paths(&path)
        .flat_map(|directory| ["valkey-server", "redis-server"].map(|name| directory.join(name)));
    places.find(|place| place.is_file())
}
