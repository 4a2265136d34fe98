//! How long a client may take: to send a head once it has begun to, and to begin.

use super::{
    core::Core,
    link::{Link, Overdue},
};
use crate::alarm::Alarm;
use std::task::{Context, Poll};

/// The one timer of a client connection, looked at only while nothing is being answered.
#[derive(Debug, Default)]
pub(crate) struct Clock(Alarm);

impl Clock {
    /// Ready when patience has ended.
    pub fn poll(&mut self, link: &Link, core: &Core, cx: &mut Context<'_>) -> Poll<Overdue> {
        match link.deadline(core.gateway()) {
            Some((due, overdue)) => self.0.poll(due, cx).map(|()| overdue),
            None => Poll::Pending,
        }
    }
}
