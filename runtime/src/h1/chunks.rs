//! The chunked coding (RFC 9112 7.1), read byte by byte as far as it frames, and in whole pieces as far as it carries.

use http::HeaderMap;

/// Digits of a chunk's size: as many as a `u64` has.
const MAX_DIGITS: u8 = 16;
/// Bytes of all chunk extensions of one body. Nobody needs them, and they are not passed on.
const MAX_EXTENSIONS: usize = 4 * 1024;
/// Bytes of the trailer section, and how many trailers are in it.
const MAX_TRAILERS: usize = 8 * 1024;
const MAX_TRAILER_FIELDS: usize = 32;

/// Why a body cannot be read to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadChunks {
    #[error("a chunk's size is no hexadecimal number of at most {MAX_DIGITS} digits")]
    Size,
    #[error("a line between chunks does not end with CR LF")]
    Line,
    #[error("a chunk is longer than its size")]
    Overlong,
    #[error("its chunk extensions are longer than {MAX_EXTENSIONS} bytes")]
    Extensions,
    #[error(
        "its trailers are malformed, more than {MAX_TRAILER_FIELDS}, or longer than {MAX_TRAILERS} bytes"
    )]
    Trailers,
}

/// A body in chunks, and how far it was read.
#[derive(Debug)]
pub(crate) struct Chunks {
    at: At,
    /// Of the size that is being read: its value so far, then the bytes of data that are left.
    left: u64,
    digits: u8,
    extensions: usize,
    trailers: Vec<u8>,
}

/// What the next byte belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    Size,
    Extension,
    /// Behind the CR of a size line.
    SizeEnd,
    Data,
    /// Behind the data of a chunk.
    DataEnd,
    /// And behind the CR that is there.
    ChunkEnd,
    /// Where a trailer may begin, or the line that ends them.
    Trailer,
    InTrailer,
    /// Behind the CR of a trailer.
    TrailerEnd,
    /// Behind the CR of the last line.
    End,
    Over,
}

/// What the next bytes are: so many that frame, then so many that are data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Step {
    pub framing: usize,
    pub data: usize,
}

impl Chunks {
    pub fn new() -> Chunks {
        Chunks {
            at: At::Size,
            left: 0,
            digits: 0,
            extensions: 0,
            trailers: Vec::new(),
        }
    }

    /// Whether all of it was read, its trailers included.
    pub fn is_over(&self) -> bool {
        self.at == At::Over
    }

    /// Reads on, to the end of `bytes` or of the next data in them. Without data, and unless it is over, more bytes are
    /// needed.
    pub fn step(&mut self, bytes: &[u8]) -> Result<Step, BadChunks> {
        let mut framing = 0;
        while let Some(&byte) = bytes.get(framing) {
            match self.at {
                At::Over => break,
                At::Data => {
                    let there = bytes.len() - framing;
                    let data = usize::try_from(self.left).map_or(there, |left| left.min(there));
                    self.left -= data as u64;
                    if self.left == 0 {
                        self.at = At::DataEnd;
                    }
                    return Ok(Step { framing, data });
                }
                _ => self.frame(byte)?,
            }
            framing += 1;
        }
        Ok(Step { framing, data: 0 })
    }

    fn frame(&mut self, byte: u8) -> Result<(), BadChunks> {
        self.at = match (self.at, byte) {
            (At::Size, b'\r') if self.digits > 0 => At::SizeEnd,
            (At::Size, b';') if self.digits > 0 => At::Extension,
            (At::Size, _) => self.digit(byte)?,
            (At::Extension, b'\r') => At::SizeEnd,
            (At::Extension, byte) => self.extension(byte)?,
            (At::SizeEnd, b'\n') if self.left == 0 => At::Trailer,
            (At::SizeEnd, b'\n') => At::Data,
            (At::DataEnd, b'\r') => At::ChunkEnd,
            (At::DataEnd, _) => return Err(BadChunks::Overlong),
            (At::ChunkEnd, b'\n') => {
                self.digits = 0;
                At::Size
            }
            (At::Trailer, b'\r') => At::End,
            (At::Trailer | At::InTrailer | At::TrailerEnd, byte) => self.trailer(byte)?,
            (At::End, b'\n') => At::Over,
            _ => return Err(BadChunks::Line),
        };
        Ok(())
    }

    fn digit(&mut self, byte: u8) -> Result<At, BadChunks> {
        let digit = char::from(byte).to_digit(16).ok_or(BadChunks::Size)?;
        if self.digits == MAX_DIGITS {
            return Err(BadChunks::Size);
        }
        self.digits += 1;
        // Before it there were at most 15 digits, or it begins a size.
        let before = if self.digits == 1 { 0 } else { self.left };
        self.left = before << 4 | u64::from(digit);
        Ok(At::Size)
    }

    fn extension(&mut self, byte: u8) -> Result<At, BadChunks> {
        if byte.is_ascii_control() && byte != b'\t' {
            return Err(BadChunks::Line);
        }
        self.extensions += 1;
        if self.extensions > MAX_EXTENSIONS {
            return Err(BadChunks::Extensions);
        }
        Ok(At::Extension)
    }

    fn trailer(&mut self, byte: u8) -> Result<At, BadChunks> {
        if self.trailers.len() == MAX_TRAILERS {
            return Err(BadChunks::Trailers);
        }
        self.trailers.push(byte);
        match (self.at, byte) {
            (At::TrailerEnd, b'\n') => Ok(At::Trailer),
            (At::TrailerEnd, _) | (_, b'\n') => Err(BadChunks::Line),
            (_, b'\r') => Ok(At::TrailerEnd),
            _ => Ok(At::InTrailer),
        }
    }

    /// The trailers of a body that is over, if it has any.
    pub fn trailers(&mut self) -> Result<Option<HeaderMap>, BadChunks> {
        if self.trailers.is_empty() {
            return Ok(None);
        }
        self.trailers.extend_from_slice(b"\r\n");
        let mut fields = [httparse::EMPTY_HEADER; MAX_TRAILER_FIELDS];
        match httparse::parse_headers(&self.trailers, &mut fields) {
            Ok(httparse::Status::Complete((_, fields))) => {
                let mut trailers = HeaderMap::with_capacity(fields.len());
                for field in fields {
                    let (name, value) = super::head::owned(field).ok_or(BadChunks::Trailers)?;
                    trailers.append(name, value);
                }
                Ok(Some(trailers))
            }
            _ => Err(BadChunks::Trailers),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BadChunks, Chunks, MAX_EXTENSIONS, MAX_TRAILERS};
    use http::HeaderMap;

    /// Everything that is in `bytes`, read in pieces of `size`: the data, the trailers, and what is left.
    fn read(bytes: &[u8], size: usize) -> Result<(Vec<u8>, Option<HeaderMap>, usize), BadChunks> {
        let (mut chunks, mut data, mut used) = (Chunks::new(), Vec::new(), 0);
        for mut piece in bytes.chunks(size) {
            while !piece.is_empty() && !chunks.is_over() {
                let step = chunks.step(piece)?;
                let (framing, rest) = piece.split_at(step.framing);
                data.extend_from_slice(&rest[..step.data]);
                used += framing.len() + step.data;
                piece = &rest[step.data..];
            }
        }
        let trailers = if chunks.is_over() {
            chunks.trailers()?
        } else {
            None
        };
        Ok((data, trailers, bytes.len() - used))
    }

    #[test]
    fn chunks_are_read_however_they_are_cut() {
        let text = b"5\r\nhello\r\n00A;name=value;x=\"\t y\"\r\n0123456789\r\n1\r\n!\r\n0\r\nX-Sum: 42\r\nX-Two:\r\n\r\nGET /";
        for size in 1..text.len() {
            let (data, trailers, left) = read(text, size).expect("a body");
            let trailers = trailers.expect("trailers");
            assert_eq!(data, b"hello0123456789!", "{size}");
            assert_eq!(trailers["x-sum"], "42", "{size}");
            assert_eq!((trailers.len(), left), (2, 5), "{size}");
        }
    }

    #[test]
    fn what_is_no_body() {
        use BadChunks::{Extensions, Line, Overlong, Size, Trailers};
        let long = |n: usize| "x".repeat(n);
        let extended = format!("1;{}\r\n", long(MAX_EXTENSIONS + 1));
        let trailed = format!("0\r\nX: {}\r\n\r\n", long(MAX_TRAILERS));
        let many = format!("0\r\n{}\r\n", "X: y\r\n".repeat(33));
        for (text, expected) in [
            ("\r\n", Size),
            (";x\r\n", Size),
            ("-1\r\n", Size),
            ("+1\r\n", Size),
            (" 1\r\n", Size),
            ("1 \r\n", Size),
            ("1\t;x\r\n", Size),
            ("0x1\r\n", Size),
            ("1_0\r\n", Size),
            ("g\r\n", Size),
            ("00000000000000001\r\n", Size),
            ("10000000000000000\r\n", Size),
            ("1\n", Size),
            ("1\rx", Line),
            ("1;x\n", Line),
            ("1;x\0\r\n", Line),
            ("1\r\nxy", Overlong),
            ("1\r\nx\n", Overlong),
            ("1\r\nx\rx", Line),
            ("0\r\n\rx", Line),
            ("0\r\n\n", Line),
            ("0\r\nX: y\n\r\n", Line),
            ("0\r\nX: y\rz\r\n\r\n", Line),
            ("0\r\nX y\r\n\r\n", Trailers),
            ("0\r\nX: y\r\n z\r\n\r\n", Trailers),
            ("0\r\nX: \0\r\n\r\n", Trailers),
            (&extended, Extensions),
            (&trailed, Trailers),
            (&many, Trailers),
        ] {
            for size in [1, 2, text.len()] {
                assert_eq!(read(text.as_bytes(), size), Err(expected), "{text:.20?}");
            }
        }
    }

    #[test]
    fn a_size_may_be_as_large_as_a_number() {
        let mut chunks = Chunks::new();
        let step = chunks.step(b"ffffffffffffffff\r\nx").expect("a size");
        assert_eq!(
            (step.framing, step.data, chunks.left),
            (18, 1, u64::MAX - 1)
        );
    }
}
