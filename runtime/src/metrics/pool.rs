//! What one core counts about one host: calls, and the connections that they go over.

use super::own::Own;
use crate::upstream::UpstreamError;
use http::StatusCode;

/// The classes of answers, as `status` tells them.
pub(super) const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];

/// Why a call got no answer, as `reason` tells it.
pub(super) const REASONS: [&str; 6] = [
    "resolve",
    "connect",
    "connect_timeout",
    "tls",
    "exchange",
    "silent",
];

/// The calls of one core to one host.
#[derive(Default)]
pub(crate) struct Pool {
    /// In the order of [`CLASSES`].
    pub(super) answers: [Own; CLASSES.len()],
    /// In the order of [`REASONS`].
    pub(super) failures: [Own; REASONS.len()],
    pub(super) opened: Own,
    pub(super) reused: Own,
    pub(super) open: Own,
    pub(super) idle: Own,
}

impl Pool {
    /// The head of an answer came.
    pub fn answered(&self, status: StatusCode) {
        let class = usize::from(status.as_u16() / 100);
        self.answers[class.clamp(1, CLASSES.len()) - 1].add(1);
    }

    /// A call got no answer.
    pub fn failed(&self, error: &UpstreamError) {
        let reason = match error {
            UpstreamError::Resolve(..) => 0,
            UpstreamError::Connect(_) => 1,
            UpstreamError::ConnectTimeout(_) => 2,
            UpstreamError::Tls(_) | UpstreamError::NoTls => 3,
            UpstreamError::Exchange(_) | UpstreamError::Switched => 4,
            UpstreamError::Silent(_) => 5,
            // One that cannot be reached is called by HTTP.
            #[cfg(feature = "zap")]
            UpstreamError::Zap(why) => 4 + usize::from(why.is_timeout()),
        };
        self.failures[reason].add(1);
    }

    /// A connection was established.
    pub fn opened(&self) {
        self.opened.add(1);
        self.open.add(1);
    }

    /// A connection of [`Pool::opened`] is gone.
    pub fn closed(&self) {
        self.open.take(1);
    }

    /// A request goes over a connection that has served one before.
    pub fn reused(&self) {
        self.reused.add(1);
    }

    /// So many connections wait for a request now.
    pub fn idle(&self, connections: usize) {
        self.idle.set(connections as u64);
    }
}

#[cfg(test)]
mod tests {
    use super::{CLASSES, Pool, REASONS};
    use crate::upstream::UpstreamError;
    use http::StatusCode;
    use std::{io, time::Duration};

    #[test]
    fn every_answer_has_its_class() {
        for (status, class) in [
            (101, "1xx"),
            (204, "2xx"),
            (302, "3xx"),
            (404, "4xx"),
            (599, "5xx"),
            (999, "5xx"),
        ] {
            let pool = Pool::default();
            pool.answered(StatusCode::from_u16(status).expect("a status"));
            let place = CLASSES
                .iter()
                .position(|known| *known == class)
                .expect("a class");
            assert_eq!(pool.answers[place].get(), 1, "{status}");
        }
    }

    #[test]
    fn every_failure_has_its_reason() {
        let io = || io::Error::from(io::ErrorKind::Other);
        let second = Duration::from_secs(1);
        for (error, reason) in [
            (UpstreamError::Resolve("h", io()), "resolve"),
            (UpstreamError::Connect(io()), "connect"),
            (UpstreamError::ConnectTimeout(second), "connect_timeout"),
            (UpstreamError::Tls(io()), "tls"),
            (UpstreamError::NoTls, "tls"),
            (UpstreamError::Switched, "exchange"),
            (UpstreamError::Silent(second), "silent"),
        ] {
            let pool = Pool::default();
            pool.failed(&error);
            let place = REASONS
                .iter()
                .position(|known| *known == reason)
                .expect("a reason");
            assert_eq!(pool.failures[place].get(), 1, "{error}");
        }
    }
}
