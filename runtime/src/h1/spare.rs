//! What one message needed and the next one can use again, per core: buffers and header maps that have grown to the
//! size of the traffic. Without them a request would spend more time in the allocator than in the router.

use crate::request::Line;
use bytes::BytesMut;
use http::HeaderMap;
use std::{cell::RefCell, thread::LocalKey};

/// How many of a kind are kept for the next ones. More are in use than that only while a core is at its limits.
const KEPT: usize = 64;
/// What is larger was made for an unusual message, and goes with it.
const LARGEST: usize = 128 * 1024;
/// As many headers as an unusual message has.
const MOST_HEADERS: usize = 128;

pub(super) type Shelf<T> = RefCell<Vec<T>>;

thread_local! {
    static TEXTS: Shelf<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static LINES: Shelf<Vec<Line>> = const { RefCell::new(Vec::new()) };
    static MAPS: Shelf<HeaderMap> = const { RefCell::new(Vec::new()) };
    pub(super) static SMALL: Shelf<BytesMut> = const { RefCell::new(Vec::new()) };
    pub(super) static LARGE: Shelf<BytesMut> = const { RefCell::new(Vec::new()) };
}

pub(super) fn take<T: Default>(shelf: &'static LocalKey<Shelf<T>>) -> T {
    shelf.with_borrow_mut(Vec::pop).unwrap_or_default()
}

pub(super) fn keep<T>(shelf: &'static LocalKey<Shelf<T>>, spare: T) {
    // While its thread ends nothing is kept any more.
    let _ = shelf.try_with(|shelf| {
        let mut shelf = shelf.borrow_mut();
        if shelf.len() < KEPT {
            shelf.push(spare);
        }
    });
}

/// An empty text.
pub(crate) fn text() -> Vec<u8> {
    take(&TEXTS)
}

/// Gives a text back.
pub(crate) fn keep_text(mut text: Vec<u8>) {
    if (1..=LARGEST).contains(&text.capacity()) {
        text.clear();
        keep(&TEXTS, text);
    }
}

/// No lines of a head.
pub(crate) fn lines() -> Vec<Line> {
    take(&LINES)
}

/// Gives lines back.
pub(crate) fn keep_lines(mut lines: Vec<Line>) {
    if (1..=MOST_HEADERS).contains(&lines.capacity()) {
        lines.clear();
        keep(&LINES, lines);
    }
}

/// No headers, and room for some.
pub(crate) fn headers() -> HeaderMap {
    take(&MAPS)
}

/// Gives a header map back.
pub(crate) fn keep_headers(mut headers: HeaderMap) {
    if (1..=MOST_HEADERS).contains(&headers.capacity()) {
        headers.clear();
        keep(&MAPS, headers);
    }
}
