//! A client's end of HTTP/2, just enough of it to load a server that speaks it well: its requests are all alike, and of
//! answers it reads the status and the data.

use super::{Odd, odd};

const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HEAD: usize = 9;
/// Frames that a server may send before it was told otherwise (RFC 9113, 4.2).
const MAX_FRAME: usize = 16_384;
/// What may be under way to us, per stream and together: flow control never holds an answer up.
const WINDOW: u32 = (1 << 31) - 1;
/// What is taken from the connection's window before it is given back.
const GIVE_BACK: u64 = 1 << 29;

const DATA: u8 = 0;
const HEADERS: u8 = 1;
const RST_STREAM: u8 = 3;
const SETTINGS: u8 = 4;
const PING: u8 = 6;
const GOAWAY: u8 = 7;
const WINDOW_UPDATE: u8 = 8;

const END_STREAM: u8 = 1;
const ACK: u8 = 1;
const END_HEADERS: u8 = 4;
const PADDED: u8 = 8;
const PRIORITY: u8 = 32;

/// One request, as it is written the first time and after that.
pub struct Request {
    first: Vec<u8>,
    again: Vec<u8>,
}

/// What a frame tells about one stream.
pub enum Told<'a> {
    /// Whether the status is 200.
    Head(bool),
    Data(&'a [u8]),
    End,
}

/// One connection.
pub struct Connection {
    /// Bytes that came and are no whole frame yet.
    kept: Vec<u8>,
    next: u32,
    asked: bool,
    taken: u64,
}

impl Request {
    /// A GET with these headers, names in lower case.
    pub fn get(authority: &str, path: &str, headers: &[(&str, &str)]) -> Request {
        let mut all = vec![(":authority", authority), (":path", path)];
        all.extend_from_slice(headers);
        // RFC 7541, appendix A: `:method: GET` and `:scheme: https`.
        let (mut first, mut again) = (vec![0x82, 0x87], vec![0x82, 0x87]);
        for (n, (name, value)) in all.iter().enumerate() {
            // A literal that the server remembers (6.2.1); from then on its number, the last remembered being 62.
            first.push(0x40);
            for text in [name, value] {
                integer(&mut first, 7, text.len());
                first.extend_from_slice(text.as_bytes());
            }
            let from = again.len();
            integer(&mut again, 7, 62 + all.len() - 1 - n);
            again[from] |= 0x80;
        }
        Request { first, again }
    }
}

impl Connection {
    /// The connection, and what is sent first.
    pub fn open() -> (Connection, Vec<u8>) {
        let mut out = PREFACE.to_vec();
        // SETTINGS_ENABLE_PUSH 0, SETTINGS_INITIAL_WINDOW_SIZE.
        let mut settings = vec![0, 2, 0, 0, 0, 0, 0, 4];
        settings.extend_from_slice(&WINDOW.to_be_bytes());
        frame(&mut out, SETTINGS, 0, 0, &settings);
        let more = WINDOW - 65_535;
        frame(&mut out, WINDOW_UPDATE, 0, 0, &more.to_be_bytes());
        let connection = Connection {
            kept: Vec::new(),
            next: 1,
            asked: false,
            taken: 0,
        };
        (connection, out)
    }

    /// Asks on a new stream. All requests of a connection must be the same.
    pub fn ask(&mut self, request: &Request, out: &mut Vec<u8>) -> u32 {
        let stream = self.next;
        self.next += 2;
        let block = if self.asked {
            &request.again
        } else {
            &request.first
        };
        self.asked = true;
        frame(out, HEADERS, END_STREAM | END_HEADERS, stream, block);
        stream
    }

    /// Reads on; `told` hears what streams say, `out` gets what has to be answered to the server.
    pub fn feed(
        &mut self,
        bytes: &[u8],
        out: &mut Vec<u8>,
        told: &mut impl FnMut(u32, Told<'_>),
    ) -> Result<(), Odd> {
        let mut kept = std::mem::take(&mut self.kept);
        let mut rest = if kept.is_empty() {
            bytes
        } else {
            kept.extend_from_slice(bytes);
            &kept
        };
        while let Some(length) = whole(rest)? {
            let (frame, after) = rest.split_at(length);
            self.frame(frame, out, told)?;
            rest = after;
        }
        self.kept = rest.to_vec();
        Ok(())
    }

    fn frame(
        &mut self,
        bytes: &[u8],
        out: &mut Vec<u8>,
        told: &mut impl FnMut(u32, Told<'_>),
    ) -> Result<(), Odd> {
        let (kind, flags, mut payload) = (bytes[3], bytes[4], &bytes[HEAD..]);
        let stream = u32::from_be_bytes([bytes[5] & 0x7f, bytes[6], bytes[7], bytes[8]]);
        if matches!(kind, DATA | HEADERS) && flags & PADDED != 0 {
            let (&pad, rest) = payload.split_first().ok_or(Odd("no padding".into()))?;
            let kept = rest.len().checked_sub(pad.into());
            payload = &rest[..kept.ok_or(Odd("padding without end".into()))?];
        }
        match kind {
            DATA => {
                self.taken += (bytes.len() - HEAD) as u64;
                if self.taken >= GIVE_BACK {
                    let taken = u32::try_from(self.taken).unwrap_or(WINDOW);
                    frame(out, WINDOW_UPDATE, 0, 0, &taken.to_be_bytes());
                    self.taken = 0;
                }
                told(stream, Told::Data(payload));
            }
            HEADERS => {
                let block = if flags & PRIORITY == 0 {
                    payload
                } else {
                    payload.get(5..).unwrap_or_default()
                };
                // Trailers have no status, and we send nobody a request that is answered with some.
                told(stream, Told::Head(says_200(block)));
            }
            SETTINGS if flags & ACK == 0 => frame(out, SETTINGS, ACK, 0, &[]),
            PING if flags & ACK == 0 => frame(out, PING, ACK, 0, payload),
            RST_STREAM => return odd(format!("stream {stream} was reset: {payload:?}")),
            GOAWAY => return odd(format!("the server goes away: {payload:?}")),
            // Acknowledgements, windows, the rest of a long head (its status is in the first frame), and what is not
            // known, which is passed over (RFC 9113, 5.5).
            _ => {}
        }
        if matches!(kind, DATA | HEADERS) && flags & END_STREAM != 0 {
            told(stream, Told::End);
        }
        Ok(())
    }
}

/// The length of the frame that `bytes` begin with, if all of it is there.
fn whole(bytes: &[u8]) -> Result<Option<usize>, Odd> {
    let Some(head) = bytes.first_chunk::<HEAD>() else {
        return Ok(None);
    };
    let length = u32::from_be_bytes([0, head[0], head[1], head[2]]) as usize;
    if length > MAX_FRAME {
        return odd(format!("a frame of {length} bytes"));
    }
    Ok((bytes.len() >= HEAD + length).then_some(HEAD + length))
}

/// Whether a head begins with `:status: 200`, number 8 of the static table: every server writes it so, with a change of
/// the table's size before it at most.
fn says_200(mut block: &[u8]) -> bool {
    while let [first, rest @ ..] = block {
        match first {
            0x3f => {
                let end = rest.iter().position(|byte| byte & 0x80 == 0);
                block = end.map_or(&[][..], |end| &rest[end + 1..]);
            }
            0x20..0x3f => block = rest,
            first => return *first == 0x88,
        }
    }
    false
}

fn frame(out: &mut Vec<u8>, kind: u8, flags: u8, stream: u32, payload: &[u8]) {
    let length = u32::try_from(payload.len()).expect("a small frame");
    out.extend_from_slice(&length.to_be_bytes()[1..]);
    out.extend_from_slice(&[kind, flags]);
    out.extend_from_slice(&stream.to_be_bytes());
    out.extend_from_slice(payload);
}

/// An integer with a prefix of so many bits (RFC 7541, 5.1), the others being 0.
fn integer(out: &mut Vec<u8>, bits: u32, value: usize) {
    let most = (1 << bits) - 1;
    if value < most {
        out.push(u8::try_from(value).expect("below a power of two"));
        return;
    }
    out.push(u8::try_from(most).expect("below a power of two"));
    let mut value = value - most;
    while value >= 128 {
        out.push(u8::try_from(value % 128).expect("below 128") | 0x80);
        value /= 128;
    }
    out.push(u8::try_from(value).expect("below 128"));
}

#[cfg(test)]
mod tests {
    use super::{integer, says_200};

    #[test]
    fn integers_are_those_of_the_rfc() {
        for (bits, value, expected) in [
            (5, 10, &[10][..]),
            (5, 1337, &[31, 154, 10]),
            (7, 127, &[127, 0]),
            (8, 42, &[42]),
        ] {
            let mut out = Vec::new();
            integer(&mut out, bits, value);
            assert_eq!(out, expected, "{value} in {bits} bits");
        }
    }

    #[test]
    fn a_status_is_found_behind_changes_of_the_table() {
        for (block, expected) in [
            (&[0x88, 0x5f][..], true),
            (&[0x20, 0x88], true),
            (&[0x3f, 0xe1, 0x1f, 0x88], true),
            (&[0x8d], false),
            (&[0x48, 0x03, b'4', b'2', b'9'], false),
            (&[], false),
        ] {
            assert_eq!(says_200(block), expected, "{block:x?}");
        }
    }
}
