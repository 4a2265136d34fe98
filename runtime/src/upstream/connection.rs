//! One HTTP/1.1 connection to an upstream, with the task that drives it.

use super::{
    feed::Upload,
    wire::{Traffic, Transport, Wire},
};
use crate::metrics::Pool;
use hyper::client::conn::http1::{self, SendRequest};
use hyper_util::rt::TokioIo;
use std::sync::Arc;
use tokio::task::AbortHandle;

/// hyper's read buffer and its write queue, per direction: what bounds the memory of a slow exchange.
const MAX_BUFFER: usize = 256 * 1024;

/// Dropping it closes the connection at once, whatever is under way on it: that is how a client that left cancels its
/// upstream's work.
pub(crate) struct Connection {
    pub sender: SendRequest<Upload>,
    task: AbortHandle,
    traffic: Arc<Traffic>,
    figures: Option<Arc<Pool>>,
}

impl Connection {
    /// Speaks HTTP/1.1 over an established transport.
    pub async fn over(transport: Transport) -> hyper::Result<Connection> {
        let traffic = Arc::new(Traffic::default());
        let wire = TokioIo::new(Wire::new(transport, Arc::clone(&traffic)));
        let (sender, driver) = http1::Builder::new()
            .max_buf_size(MAX_BUFFER)
            .handshake(wire)
            .await?;
        // Its error reaches whoever waits for an answer; nobody else wants it.
        let task = tokio::task::spawn_local(async move { drop(driver.with_upgrades().await) })
            .abort_handle();
        Ok(Connection {
            sender,
            task,
            traffic,
            figures: None,
        })
    }

    /// It was established, and its end will be counted too.
    pub fn counted_by(mut self, figures: Arc<Pool>) -> Connection {
        figures.opened();
        self.figures = Some(figures);
        self
    }

    /// A new exchange starts: its bytes are counted from zero.
    pub fn begin(&self) {
        self.traffic.reset();
    }

    pub fn traffic(&self) -> Arc<Traffic> {
        Arc::clone(&self.traffic)
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.task.abort();
        if let Some(figures) = &self.figures {
            figures.closed();
        }
    }
}
