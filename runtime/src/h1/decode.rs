//! Bodies as they come: without a copy, and no further than they go.

use super::{
    chunks::{BadChunks, Chunks},
    framing::Framing,
    input::Input,
};
use bytes::Bytes;
use http::HeaderMap;

/// A body, and how far it was read.
#[derive(Debug)]
pub(crate) enum Decoder {
    /// So many bytes are left, at least one.
    Length(u64),
    Chunked(Chunks),
    UntilClose,
    Over,
}

/// What comes next of a body.
#[derive(Debug)]
pub(crate) enum Piece {
    Data(Bytes),
    Trailers(HeaderMap),
    /// It is over.
    End,
    /// Nothing yet: more has to be read.
    Nothing,
}

/// Why a body has no end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadBody {
    #[error("it was cut short")]
    CutShort,
    #[error(transparent)]
    Chunks(#[from] BadChunks),
}

impl Decoder {
    pub fn of(framing: Framing) -> Decoder {
        match framing {
            Framing::Length(0) => Decoder::Over,
            Framing::Length(bytes) => Decoder::Length(bytes),
            Framing::Chunked => Decoder::Chunked(Chunks::new()),
            Framing::UntilClose => Decoder::UntilClose,
        }
    }

    pub fn is_over(&self) -> bool {
        matches!(self, Decoder::Over)
    }

    /// Bytes that are left, where that is known.
    pub fn left(&self) -> Option<u64> {
        match self {
            Decoder::Length(left) => Some(*left),
            Decoder::Over => Some(0),
            Decoder::Chunked(_) | Decoder::UntilClose => None,
        }
    }

    /// What comes next, taken out of `input`.
    pub fn next(&mut self, input: &mut Input) -> Result<Piece, BadBody> {
        match self {
            Decoder::Over => return Ok(Piece::End),
            Decoder::Length(_) | Decoder::UntilClose if input.is_empty() => {}
            Decoder::UntilClose => return Ok(Piece::Data(input.take())),
            Decoder::Length(left) => {
                let there = input.len();
                let data = usize::try_from(*left).map_or(there, |left| left.min(there));
                *left -= data as u64;
                if *left == 0 {
                    *self = Decoder::Over;
                }
                return Ok(Piece::Data(input.split_to(data)));
            }
            Decoder::Chunked(chunks) => {
                let step = chunks.step(input.bytes())?;
                input.skip(step.framing);
                if step.data > 0 {
                    return Ok(Piece::Data(input.split_to(step.data)));
                }
                if chunks.is_over() {
                    let trailers = chunks.trailers()?;
                    *self = Decoder::Over;
                    return Ok(trailers.map_or(Piece::End, Piece::Trailers));
                }
            }
        }
        Ok(Piece::Nothing)
    }

    /// How many of `bytes`, which come next, belong to the body.
    pub fn pass(&mut self, bytes: &[u8]) -> Result<usize, BadBody> {
        let there = bytes.len();
        match self {
            Decoder::Over => Ok(0),
            Decoder::UntilClose => Ok(there),
            Decoder::Length(left) => {
                let data = usize::try_from(*left).map_or(there, |left| left.min(there));
                *left -= data as u64;
                if *left == 0 {
                    *self = Decoder::Over;
                }
                Ok(data)
            }
            Decoder::Chunked(chunks) => {
                let mut passed = 0;
                while passed < there && !chunks.is_over() {
                    let step = chunks.step(&bytes[passed..])?;
                    passed += step.framing + step.data;
                }
                if chunks.is_over() {
                    chunks.trailers()?;
                    *self = Decoder::Over;
                }
                Ok(passed)
            }
        }
    }

    /// The connection has ended, which is an end for some.
    pub fn close(&mut self) -> Result<(), BadBody> {
        match self {
            Decoder::Over | Decoder::UntilClose => {
                *self = Decoder::Over;
                Ok(())
            }
            Decoder::Length(_) | Decoder::Chunked(_) => Err(BadBody::CutShort),
        }
    }
}
