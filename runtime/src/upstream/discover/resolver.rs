//! Questions to a DNS server, of which the system's resolver answers none with the time for which the answer holds.

use super::turns::Record;
use domain::{
    base::{Message, Name, Rtype, iana::Rcode, name::FromStrError},
    rdata::{A, Aaaa, Srv},
    resolv::{
        StubResolver,
        stub::conf::{ResolvConf, ServerConf, Transport},
    },
};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Duration,
};
use tokio::time::timeout;

/// For one question, whatever servers are asked.
const PATIENCE: Duration = Duration::from_secs(3);

pub(super) struct Resolver(StubResolver);

/// What was found, and for how long it holds.
pub(super) struct Found<T> {
    pub what: Vec<T>,
    pub ttl: Duration,
}

/// Why nothing was found.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotFound {
    #[error("it is no DNS name: {0}")]
    Name(#[from] FromStrError),
    #[error("the DNS server cannot be asked: {0}")]
    Ask(#[from] io::Error),
    #[error("no answer of a DNS server within {PATIENCE:?}")]
    Silent,
    #[error("the DNS server answers {0}")]
    Refused(Rcode),
    #[error("the DNS server's answer cannot be read")]
    Malformed,
    #[error("it has no such records")]
    Nothing,
}

impl Resolver {
    /// Of these servers; of those in `/etc/resolv.conf`, as it is now, if there are none.
    pub fn new(servers: &[SocketAddr]) -> Resolver {
        if servers.is_empty() {
            return Resolver(StubResolver::new());
        }
        let mut config = ResolvConf::new();
        for server in servers {
            let server = ServerConf::new(*server, Transport::UdpTcp);
            config.servers.push(server);
        }
        Resolver(StubResolver::from_conf(config))
    }

    /// The SRV records of a name. A target of `.` says that there is no such service.
    pub async fn services(&self, name: &str) -> Result<Found<Record>, NotFound> {
        let message = self.ask(name, Rtype::SRV).await?;
        let answer = message.answer().map_err(|_| NotFound::Malformed)?;
        let mut found = Found::nothing();
        for record in answer.limit_to_in::<Srv<_>>() {
            let record = record.map_err(|_| NotFound::Malformed)?;
            let srv = record.data();
            let name = srv.target().to_string();
            if name.is_empty() || name == "." {
                continue;
            }
            found.add(
                Record {
                    priority: srv.priority(),
                    weight: srv.weight(),
                    port: srv.port(),
                    name,
                },
                record.ttl().as_secs(),
            );
        }
        found.if_any()
    }

    /// The addresses of a name, those of IPv4 first.
    pub async fn addresses(&self, name: &str) -> Result<Found<IpAddr>, NotFound> {
        let (four, six) = tokio::join!(self.ask(name, Rtype::A), self.ask(name, Rtype::AAAA));
        let mut found = Found::nothing();
        if let Ok(message) = &four {
            let answer = message.answer().map_err(|_| NotFound::Malformed)?;
            for record in answer.limit_to_in::<A>().flatten() {
                found.add(record.data().addr().into(), record.ttl().as_secs());
            }
        }
        if let Ok(message) = &six {
            let answer = message.answer().map_err(|_| NotFound::Malformed)?;
            for record in answer.limit_to_in::<Aaaa>().flatten() {
                found.add(record.data().addr().into(), record.ttl().as_secs());
            }
        }
        match (found.if_any(), four) {
            (Err(_), Err(error)) => Err(error),
            (found, _) => found,
        }
    }

    async fn ask(&self, name: &str, kind: Rtype) -> Result<Message<bytes::Bytes>, NotFound> {
        let name: Name<Vec<u8>> = name.parse()?;
        let answer = timeout(PATIENCE, self.0.query((name, kind)))
            .await
            .map_err(|_| NotFound::Silent)??;
        match answer.header().rcode() {
            Rcode::NOERROR => Ok(answer.into_message()),
            Rcode::NXDOMAIN => Err(NotFound::Nothing),
            other => Err(NotFound::Refused(other)),
        }
    }
}

impl<T> Found<T> {
    fn nothing() -> Found<T> {
        Found {
            what: Vec::new(),
            ttl: Duration::MAX,
        }
    }

    fn add(&mut self, what: T, ttl: u32) {
        self.what.push(what);
        self.ttl = self.ttl.min(Duration::from_secs(ttl.into()));
    }

    fn if_any(self) -> Result<Found<T>, NotFound> {
        if self.what.is_empty() {
            Err(NotFound::Nothing)
        } else {
            Ok(self)
        }
    }
}
