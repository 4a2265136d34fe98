//! What gateways of clusters share: nodes that are asked who does what, and that send each other's requests away.
//!
//! One poller per cluster runs on the control thread ([`Pace`], [`ask`]); what it finds out is a [`View`] that the cores
//! read without a lock, and that a request may wait for. A node that is not the right one says so with a redirect, which
//! is for the gateway and never for its client ([`resolve`]).

mod location;
mod news;
mod poll;
mod view;

pub(crate) use location::{Astray, is_redirect, resolve};
pub(crate) use news::News;
pub(crate) use poll::{Pace, Unanswered, ask};
pub(crate) use view::View;
