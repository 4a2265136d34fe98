//! What clients read: answers of HTTP/1.1 and of HTTP/2, as they come, without any IO.

pub mod http1;
pub mod http2;

use std::{error::Error, fmt};

/// What is wrong with an answer; the words are for people.
#[derive(Debug)]
pub struct Odd(pub String);

impl fmt::Display for Odd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for Odd {}

/// `Err` with these words.
pub fn odd<T>(what: impl Into<String>) -> Result<T, Odd> {
    Err(Odd(what.into()))
}
