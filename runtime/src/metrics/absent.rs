//! What stands in the place of [`crate::metrics`] in a gateway whose config names no `telemetry/metrics`: types that
//! nothing can be of, so that whatever would count is compiled to nothing.

use crate::{
    record::Ended,
    upstream::{Target, UpstreamError},
};
use http::StatusCode;
use std::sync::Arc;

/// Of no core.
pub(crate) enum Tally {}

/// Of no request.
pub(crate) enum Request {}

/// Of no host.
pub(crate) enum Pool {}

/// No core counts.
pub(crate) fn tally(_core: usize) -> Option<&'static Tally> {
    None
}

/// Counts nothing.
pub(crate) fn unread(_status: StatusCode) {}

impl Tally {
    pub fn arrived(&'static self) -> Option<Request> {
        match *self {}
    }

    pub fn refused(&self, _gate: usize) {
        match *self {}
    }

    pub fn answered(&self, _gate: usize) {
        match *self {}
    }

    pub fn pool(&self, _target: &'static Target) -> Option<Arc<Pool>> {
        match *self {}
    }

    pub fn connected(&self) {
        match *self {}
    }

    pub fn disconnected(&self) {
        match *self {}
    }

    pub fn turned_away(&self) {
        match *self {}
    }
}

impl Request {
    pub fn routed(&mut self, _index: u32) {
        match *self {}
    }

    pub fn ended(self, _end: &Ended) {
        match self {}
    }
}

impl Pool {
    pub fn opened(&self) {
        match *self {}
    }

    pub fn closed(&self) {
        match *self {}
    }

    pub fn answered(&self, _status: StatusCode) {
        match *self {}
    }

    pub fn failed(&self, _error: &UpstreamError) {
        match *self {}
    }

    pub fn reused(&self) {
        match *self {}
    }

    pub fn idle(&self, _connections: usize) {
        match *self {}
    }
}
