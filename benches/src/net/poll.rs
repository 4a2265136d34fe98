//! Which sockets are ready: epoll, level-triggered.

use rustix::{
    buffer::spare_capacity,
    event::{
        Timespec,
        epoll::{self, CreateFlags, Event, EventData, EventFlags},
    },
    io::Errno,
};
use std::{
    io,
    os::fd::{AsFd, OwnedFd},
    time::Duration,
};

/// Events that are taken at once.
const EVENTS: usize = 256;

/// What is waited for, or what is ready. A socket that was closed or has failed is ready for everything, so that the
/// next read tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wish {
    pub read: bool,
    pub write: bool,
}

impl Wish {
    pub const READ: Wish = Wish {
        read: true,
        write: false,
    };

    fn flags(self) -> EventFlags {
        let mut flags = EventFlags::empty();
        flags.set(EventFlags::IN, self.read);
        flags.set(EventFlags::OUT, self.write);
        flags
    }
}

pub struct Poll {
    epoll: OwnedFd,
    events: Vec<Event>,
}

impl Poll {
    pub fn new() -> io::Result<Poll> {
        Ok(Poll {
            epoll: epoll::create(CreateFlags::CLOEXEC)?,
            events: Vec::with_capacity(EVENTS),
        })
    }

    /// Watches `socket` until it is closed. `key` is what [`wait`](Poll::wait) calls it.
    pub fn add(&self, socket: impl AsFd, key: usize, wish: Wish) -> io::Result<()> {
        Ok(epoll::add(&self.epoll, socket, data(key), wish.flags())?)
    }

    pub fn change(&self, socket: impl AsFd, key: usize, wish: Wish) -> io::Result<()> {
        Ok(epoll::modify(&self.epoll, socket, data(key), wish.flags())?)
    }

    /// Puts what is ready into `ready`, in the place of what was there. Without a `timeout` it waits as long as it takes.
    pub fn wait(
        &mut self,
        timeout: Option<Duration>,
        ready: &mut Vec<(usize, Wish)>,
    ) -> io::Result<()> {
        ready.clear();
        self.events.clear();
        let timeout = timeout.map(|time| Timespec {
            tv_sec: time.as_secs().try_into().unwrap_or(i64::MAX),
            tv_nsec: time.subsec_nanos().into(),
        });
        match epoll::wait(
            &self.epoll,
            spare_capacity(&mut self.events),
            timeout.as_ref(),
        ) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
        ready.extend(self.events.iter().map(|event| {
            let (flags, key) = (event.flags, event.data.u64());
            let ended = flags.intersects(EventFlags::ERR | EventFlags::HUP);
            let wish = Wish {
                read: ended || flags.contains(EventFlags::IN),
                write: ended || flags.contains(EventFlags::OUT),
            };
            (usize::try_from(key).unwrap_or(usize::MAX), wish)
        }));
        Ok(())
    }
}

fn data(key: usize) -> EventData {
    EventData::new_u64(key as u64)
}
