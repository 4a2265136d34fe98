//! HTTP/1.1 as bytes, for both sides of the gateway: what clients send and upstreams answer, read strictly; what goes
//! out to either, written in as few pieces as there are reasons to write.
//!
//! Nothing here waits or knows of sockets: bytes come from an [`Input`] and leave through an [`Output`]. Where two
//! readers could disagree about where a message ends, it is no message (RFC 9112 11.2).

mod chunks;
mod decode;
mod framing;
#[cfg(test)]
mod fuzz;
pub(crate) mod head;
mod input;
mod output;
pub(crate) mod spare;

pub(crate) use decode::{BadBody, Decoder, Piece};
pub(crate) use framing::Framing;
pub(crate) use head::{Bounds, HeadError, Passed};
pub(crate) use input::{Input, Room};
use output::put_line;
pub(crate) use output::{Coding, Outlet, Output, Stopped, put_field, put_status};
