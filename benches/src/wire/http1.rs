//! One answer of HTTP/1.1 after the other: its head, and its body of a known length or in chunks.

use super::{Odd, odd};
use memchr::memmem;

const END: &[u8] = b"\r\n\r\n";
/// A head that is longer is none of ours.
const MAX_HEAD: usize = 64 * 1024;

/// Reads one answer; then the next.
pub struct Answer {
    at: At,
    /// Of a head or a chunk's size that came in pieces.
    kept: Vec<u8>,
    status: u16,
    closes: bool,
}

enum At {
    Head,
    /// Bytes of the body that are to come.
    Body(u64),
    /// At the line with a chunk's size.
    Size,
    /// Bytes of the chunk and of its line end that are to come.
    Chunk(u64),
    /// At what follows the last chunk.
    Trailer,
}

impl Answer {
    pub fn new() -> Answer {
        Answer {
            at: At::Head,
            kept: Vec::new(),
            status: 0,
            closes: false,
        }
    }

    /// Of the answer that was read last.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the server closes the connection after the answer that was read last.
    pub fn closes(&self) -> bool {
        self.closes
    }

    /// Reads on; the pieces of the body go to `body`. Whether this was the end of the answer; then nothing may follow,
    /// for whoever asks one thing at a time gets one answer at a time.
    pub fn feed(&mut self, mut bytes: &[u8], body: &mut impl FnMut(&[u8])) -> Result<bool, Odd> {
        while !bytes.is_empty() {
            let done = match self.at {
                At::Head => self.head(&mut bytes)?,
                At::Body(left) => {
                    let left = left - take(&mut bytes, left, body);
                    self.at = At::Body(left);
                    left == 0
                }
                At::Size => {
                    self.size(&mut bytes)?;
                    false
                }
                At::Chunk(left) => {
                    self.chunk(&mut bytes, left, body)?;
                    false
                }
                At::Trailer => self.line(&mut bytes)?.is_some_and(|line| line.is_empty()),
            };
            if done {
                self.at = At::Head;
                return if bytes.is_empty() {
                    Ok(true)
                } else {
                    odd(format!("{} bytes after the answer", bytes.len()))
                };
            }
        }
        Ok(false)
    }

    /// Whether that was all.
    fn head(&mut self, bytes: &mut &[u8]) -> Result<bool, Odd> {
        // Most heads come whole.
        if self.kept.is_empty()
            && let Some(end) = memmem::find(bytes, END)
        {
            let (head, rest) = bytes.split_at(end + END.len());
            *bytes = rest;
            return self.read_head(head);
        }
        let before = self.kept.len();
        self.kept.extend_from_slice(bytes);
        let from = before.saturating_sub(END.len());
        let Some(end) = memmem::find(&self.kept[from..], END) else {
            *bytes = &[];
            return if self.kept.len() > MAX_HEAD {
                odd("a head without an end")
            } else {
                Ok(false)
            };
        };
        let end = from + end + END.len();
        *bytes = &bytes[end - before..];
        let mut head = std::mem::take(&mut self.kept);
        head.truncate(end);
        self.read_head(&head)
    }

    fn read_head(&mut self, head: &[u8]) -> Result<bool, Odd> {
        let shown = || String::from_utf8_lossy(head).into_owned();
        let status = head
            .strip_prefix(b"HTTP/1.1 ")
            .and_then(|rest| rest.first_chunk::<3>())
            .and_then(|digits| number(digits, 10));
        let Some(status) = status else {
            return odd(format!("not an answer of HTTP/1.1: {}", shown()));
        };
        self.status = u16::try_from(status).unwrap_or_default();
        let (mut length, mut chunked) = (None, false);
        self.closes = false;
        for line in head.split(|&byte| byte == b'\n').skip(1) {
            let Some(colon) = memchr::memchr(b':', line) else {
                continue;
            };
            let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
            // Few lines have a name of these lengths.
            match name.len() {
                10 if name.eq_ignore_ascii_case(b"connection") => {
                    self.closes = value.eq_ignore_ascii_case(b"close");
                }
                14 if name.eq_ignore_ascii_case(b"content-length") => length = number(value, 10),
                17 if name.eq_ignore_ascii_case(b"transfer-encoding") => {
                    chunked = value.eq_ignore_ascii_case(b"chunked");
                }
                _ => {}
            }
        }
        self.at = match (chunked, length) {
            (true, None) => At::Size,
            (false, Some(0)) => return Ok(true),
            (false, Some(length)) => At::Body(length),
            _ => return odd(format!("an answer without a length: {}", shown())),
        };
        Ok(false)
    }

    fn size(&mut self, bytes: &mut &[u8]) -> Result<(), Odd> {
        let Some(line) = self.line(bytes)? else {
            return Ok(());
        };
        let digits = line.split(|&byte| byte == b';').next().unwrap_or_default();
        self.at = match number(digits.trim_ascii(), 16) {
            Some(0) => At::Trailer,
            Some(size) if size < 1 << 40 => At::Chunk(size + 2),
            _ => {
                let shown = String::from_utf8_lossy(&line);
                return odd(format!("not the size of a chunk: {shown:?}"));
            }
        };
        Ok(())
    }

    fn chunk(
        &mut self,
        bytes: &mut &[u8],
        left: u64,
        body: &mut impl FnMut(&[u8]),
    ) -> Result<(), Odd> {
        let mut left = left;
        if left > 2 {
            left -= take(bytes, left - 2, body);
        }
        if left <= 2 {
            let mut ends = true;
            left -= take(bytes, left, &mut |end| {
                ends = end.iter().all(|byte| b"\r\n".contains(byte));
            });
            if !ends {
                return odd("a chunk that is longer than it says");
            }
        }
        self.at = if left == 0 { At::Size } else { At::Chunk(left) };
        Ok(())
    }

    /// A whole line, without its end.
    fn line(&mut self, bytes: &mut &[u8]) -> Result<Option<Vec<u8>>, Odd> {
        let Some(end) = memchr::memchr(b'\n', bytes) else {
            self.kept.extend_from_slice(bytes);
            *bytes = &[];
            return if self.kept.len() > MAX_HEAD {
                odd("a line without an end")
            } else {
                Ok(None)
            };
        };
        let mut line = std::mem::take(&mut self.kept);
        line.extend_from_slice(&bytes[..end]);
        *bytes = &bytes[end + 1..];
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(Some(line))
    }
}

/// Hands at most `most` bytes on; how many.
fn take(bytes: &mut &[u8], most: u64, to: &mut impl FnMut(&[u8])) -> u64 {
    let count = bytes.len().min(usize::try_from(most).unwrap_or(usize::MAX));
    let (piece, rest) = bytes.split_at(count);
    if !piece.is_empty() {
        to(piece);
    }
    *bytes = rest;
    count as u64
}

fn number(digits: &[u8], radix: u32) -> Option<u64> {
    u64::from_str_radix(std::str::from_utf8(digits).ok()?, radix).ok()
}

#[cfg(test)]
mod tests {
    use super::Answer;

    /// Status, body and whether the server closes; the answer comes whole, and in pieces of every size.
    fn check(text: &str, status: u16, expected: &str, closes: bool) {
        for size in 1..=text.len() {
            let mut answer = Answer::new();
            let (mut body, mut done) = (Vec::new(), false);
            for piece in text.as_bytes().chunks(size) {
                assert!(!done, "{text:?} in pieces of {size} ends too early");
                let mut keep = |bytes: &[u8]| body.extend_from_slice(bytes);
                done = answer.feed(piece, &mut keep).expect("an answer");
            }
            assert!(done, "{text:?} in pieces of {size} has no end");
            assert_eq!(String::from_utf8_lossy(&body), expected);
            assert_eq!((answer.status(), answer.closes()), (status, closes));
        }
    }

    #[test]
    fn answers_are_read_to_their_ends() {
        check(
            "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
            204,
            "",
            false,
        );
        check(
            "HTTP/1.1 200 OK\r\ncontent-length:3\r\nConnection: close\r\n\r\nabc",
            200,
            "abc",
            true,
        );
        let chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nab\r\n\r\nB;x=y\r\nhello world\r\n0\r\n\r\n";
        check(chunked, 200, "ab\r\nhello world", false);
        let trailer =
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Sum: 1\r\n\r\n";
        check(trailer, 200, "a", false);
    }

    #[test]
    fn what_is_no_answer_is_refused() {
        for text in [
            "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
            "HTTP/1.1 200 OK\r\nX: y\r\n\r\n",
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n",
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n",
        ] {
            let read = Answer::new().feed(text.as_bytes(), &mut |_| {});
            assert!(read.is_err(), "{text:?}: {read:?}");
        }
    }
}
