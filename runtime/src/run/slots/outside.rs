//! Variables and files, as slots ask for them.

use crate::slot::{Slot, Source};
use std::{collections::HashMap, ffi::OsString, fs::File, io, io::Read as _};

/// Far above any key or address, far below what would hurt.
const MAX_FILE_BYTES: u64 = 64 * 1024;

/// How a variable is read.
pub(in crate::run) type Getenv<'a> = &'a dyn Fn(&str) -> Option<OsString>;

/// A value, and who gave it.
#[derive(Debug)]
pub(super) struct Found {
    pub value: String,
    pub by: By,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    Environment,
    Default,
    File,
}

/// Why a slot has no value.
#[derive(Debug, thiserror::Error)]
pub(super) enum Unread {
    #[error("not set")]
    NotSet,
    #[error("the value is not UTF-8")]
    NotUtf8,
    #[error("the file cannot be read: {0}")]
    File(#[source] io::Error),
    #[error("the file is empty")]
    Empty,
    #[error("the file has more than {MAX_FILE_BYTES} bytes")]
    TooLarge,
}

/// Everything outside of the process that slots can ask for; each is read once, so that two texts never differ in it.
pub(super) struct Outside<'a> {
    getenv: Getenv<'a>,
    known: HashMap<Slot<'static>, Result<Found, Unread>>,
}

impl<'a> Outside<'a> {
    pub fn new(getenv: Getenv<'a>) -> Outside<'a> {
        Outside {
            getenv,
            known: HashMap::new(),
        }
    }

    /// What the slot comes to.
    pub fn read(&mut self, slot: Slot<'static>) -> &Result<Found, Unread> {
        self.known.entry(slot).or_insert_with(|| match slot.source {
            Source::Env => variable(slot, self.getenv),
            Source::File => file(slot.name).map(|value| Found {
                value,
                by: By::File,
            }),
        })
    }
}

/// An empty variable counts as not set: that is how one is taken away where it cannot be unset.
fn variable(slot: Slot<'_>, getenv: Getenv<'_>) -> Result<Found, Unread> {
    match (getenv(slot.name).filter(|v| !v.is_empty()), slot.default) {
        (Some(value), _) => Ok(Found {
            value: value.into_string().map_err(|_| Unread::NotUtf8)?,
            by: By::Environment,
        }),
        (None, Some(default)) => Ok(Found {
            value: default.to_owned(),
            by: By::Default,
        }),
        (None, None) => Err(Unread::NotSet),
    }
}

/// The text of a file, without the line break that editors put at its end.
fn file(path: &str) -> Result<String, Unread> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes))
        .map_err(Unread::File)?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        return Err(Unread::TooLarge);
    }
    let mut text = String::from_utf8(bytes).map_err(|_| Unread::NotUtf8)?;
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    if text.is_empty() {
        return Err(Unread::Empty);
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, process};

    #[test]
    fn files_are_read_within_bounds() {
        let path = std::env::temp_dir().join(format!("gwc-slot-{}", process::id()));
        let full = vec![b'x'; 64 * 1024];
        let over = [&full[..], b"x"].concat();
        for (bytes, expected) in [
            (&b"key\n"[..], Ok("key")),
            (b"key\r\n", Ok("key")),
            (b"key", Ok("key")),
            (b"two\nlines\n\n", Ok("two\nlines\n")),
            (b"", Err("the file is empty")),
            (b"\n", Err("the file is empty")),
            (b"\xff", Err("the value is not UTF-8")),
            (&over, Err("the file has more than 65536 bytes")),
        ] {
            fs::write(&path, bytes).expect("write");
            let read = file(path.to_str().expect("UTF-8")).map_err(|why| why.to_string());
            assert_eq!(read.as_deref().map_err(String::as_str), expected);
        }
        fs::write(&path, &full).expect("write");
        assert!(file(path.to_str().expect("UTF-8")).is_ok());
        fs::remove_file(&path).expect("remove");
        let gone = file(path.to_str().expect("UTF-8")).expect_err("it is gone");
        assert!(
            gone.to_string().starts_with("the file cannot be read: "),
            "{gone}"
        );
    }
}
