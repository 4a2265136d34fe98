//! One connection of a client: the handshake, requests under way side by side, and its end.

use super::{Desk, answer, budget::Share, request};
use crate::{
    serve::{Client, Core, Link, Service},
    zap::{
        codec::{Direction, Frames, Message, NodeId, Payload, hello::HELLO},
        http::{kind, stream},
        link::Io,
    },
};
use bytes::Bytes;
use std::{collections::HashMap, io, rc::Rc, sync::Arc, time::Duration};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf, split},
    sync::{
        Semaphore,
        mpsc::{Receiver, Sender, channel},
    },
    task::{AbortHandle, JoinHandle, JoinSet},
    time::{Instant, sleep_until, timeout},
};

/// For both halves of the handshake.
const PATIENCE: Duration = Duration::from_secs(10);
/// From the first byte of a frame to its last.
const FRAME: Duration = Duration::from_secs(30);
/// Payloads in a row that are nothing known.
const MAX_UNKNOWN: u32 = 16;
/// Frames that wait to be written: a client that does not read stops those who answer it.
const QUEUE: usize = 16;
/// How long a client may take to read what was answered before the gateway stopped.
const LINGER: Duration = Duration::from_secs(2);

/// Serves a client until it leaves, breaks the protocol, is silent for too long, or the gateway stops.
pub(super) async fn serve(core: Rc<Core>, desk: &'static Desk, io: Box<dyn Io>, client: Client) {
    let (mut reader, mut writer) = split(io);
    let mut frames = Frames::default();
    let greeted = timeout(PATIENCE, greet(desk, &mut reader, &mut writer, &mut frames)).await;
    let Ok(Ok(name)) = greeted else { return };
    tracing::debug!(peer = %client.peer, "zap-listener: `{name}` is connected");
    let (out, queued) = channel(QUEUE);
    let writing = tokio::task::spawn_local(write(writer, queued));
    let mut table = Table {
        desk,
        service: Rc::new(Service::new(&core, &Link::new(false), client)),
        free: Arc::new(Semaphore::new(desk.config.max_requests)),
        tasks: JoinSet::new(),
        running: HashMap::new(),
        unknown: 0,
        out,
    };
    let end = tokio::select! {
        end = table.converse(&mut reader, &mut frames) => end,
        () = core.drained() => End::Draining,
    };
    match end {
        End::Gone => drop(table),
        // What is under way may end; what was answered is still sent.
        End::Draining => table.finish().await,
        End::Broken(why) => {
            tracing::debug!("zap-listener: `{name}` is cut off: {why}");
            drop(table);
        }
    }
    close(writing).await;
}

/// Why a conversation ended.
enum End {
    Gone,
    Draining,
    Broken(&'static str),
}

/// The dialer speaks first. A client that does not is not answered.
async fn greet(
    desk: &Desk,
    reader: &mut ReadHalf<Box<dyn Io>>,
    writer: &mut WriteHalf<Box<dyn Io>>,
    frames: &mut Frames,
) -> io::Result<NodeId> {
    let refused = || io::Error::from(io::ErrorKind::InvalidData);
    let name = loop {
        if let Some(hello) = frames.next().map_err(io::Error::other)? {
            break NodeId::of_hello(&hello).map_err(|_| refused())?;
        }
        if frames.wanted().is_some_and(|bytes| bytes > 2 * HELLO) {
            return Err(refused());
        }
        if reader.read_buf(frames.space()).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    };
    writer.write_all(&desk.config.node_id.hello()).await?;
    writer.flush().await?;
    Ok(name)
}

/// Writes frames until there will be no more of them.
async fn write(mut writer: WriteHalf<Box<dyn Io>>, mut queued: Receiver<Bytes>) {
    while let Some(frame) = queued.recv().await {
        if writer.write_all(&frame).await.is_err() {
            return;
        }
        if queued.is_empty() && writer.flush().await.is_err() {
            return;
        }
    }
    // A client that is gone has noticed already.
    let _ = writer.shutdown().await;
}

async fn close(mut writing: JoinHandle<()>) {
    if timeout(LINGER, &mut writing).await.is_err() {
        writing.abort();
    }
}

/// The requests of one connection.
struct Table {
    desk: &'static Desk,
    service: Rc<Service>,
    free: Arc<Semaphore>,
    /// Dropped, they end: nobody waits for their answers.
    tasks: JoinSet<()>,
    running: HashMap<u32, AbortHandle>,
    unknown: u32,
    out: Sender<Bytes>,
}

impl Table {
    async fn converse(&mut self, reader: &mut ReadHalf<Box<dyn Io>>, frames: &mut Frames) -> End {
        let mut share = None;
        let mut since = Instant::now();
        loop {
            loop {
                // Before it is there, for it would be held while it comes.
                if share.is_none()
                    && let Some(bytes) = frames.wanted()
                {
                    share = self.desk.budget.share(bytes);
                    if share.is_none() {
                        return End::Broken("too many bytes are held");
                    }
                }
                match frames.next() {
                    Ok(Some(frame)) => {
                        since = Instant::now();
                        if let Err(why) = self.take(frame, share.take()).await {
                            return End::Broken(why);
                        }
                    }
                    Ok(None) => break,
                    Err(_) => return End::Broken("a frame is too long"),
                }
            }
            self.sweep();
            let idle = self.tasks.is_empty() && !frames.has_begun();
            let due = if frames.has_begun() {
                Some(since + FRAME)
            } else {
                idle.then(|| since + self.desk.config.idle_timeout)
            };
            tokio::select! {
                read = reader.read_buf(frames.space()) => match read {
                    Ok(0) | Err(_) => return End::Gone,
                    Ok(_) => {}
                },
                () = sleep_until(due.unwrap_or_else(Instant::now)), if due.is_some() => {
                    return End::Broken(if idle { "it is idle" } else { "a frame takes too long" });
                }
                // What is over makes the connection idle.
                Some(_) = self.tasks.join_next(), if !self.tasks.is_empty() => since = Instant::now(),
                () = self.out.closed() => return End::Gone,
            }
        }
    }

    /// One frame. Waits while as many requests are under way as may be.
    async fn take(&mut self, frame: Bytes, share: Option<Share>) -> Result<(), &'static str> {
        let (id, message) = match Payload::of(frame) {
            // We ask nothing of clients.
            Payload::Nothing
            | Payload::Call {
                direction: Direction::Response,
                ..
            } => return Ok(()),
            Payload::Unknown => {
                self.unknown += 1;
                return match self.unknown {
                    MAX_UNKNOWN.. => Err("what it sends is out of step"),
                    _ => Ok(()),
                };
            }
            Payload::Bare(message) => {
                self.cancel(&message);
                self.unknown = 0;
                return Ok(());
            }
            Payload::Call { id, message, .. } => (id, message),
        };
        self.unknown = 0;
        // Without a header there is nothing that could be answered.
        let Ok(parsed) = Message::parse(&message) else {
            return Ok(());
        };
        let desk = self.desk;
        if !request::is_known(parsed.kind(), desk) {
            tracing::debug!("zap-listener: a call of type {} is ignored", parsed.kind());
            return Ok(());
        }
        let Ok(permit) = Arc::clone(&self.free).acquire_owned().await else {
            return Ok(());
        };
        let (service, out) = (Rc::clone(&self.service), self.out.clone());
        let task = self.tasks.spawn_local(async move {
            answer::answer(desk, &service, id, message, out).await;
            drop((permit, share));
        });
        // Of two with one number the older is not to be cancelled any more.
        self.running.insert(id, task);
        Ok(())
    }

    /// The client does not want an answer any more.
    fn cancel(&mut self, message: &[u8]) {
        let Ok(message) = Message::parse(message) else {
            return;
        };
        if message.kind() == kind::CANCEL
            && let Ok(id) = stream::cancelled(&message)
            && let Some(task) = self.running.remove(&id)
        {
            task.abort();
        }
    }

    /// Forgets the numbers of what is over, whenever they are many.
    fn sweep(&mut self) {
        if self.running.len() > 2 * self.desk.config.max_requests {
            self.running.retain(|_, task| !task.is_finished());
        }
    }

    async fn finish(mut self) {
        while self.tasks.join_next().await.is_some() {}
    }
}
