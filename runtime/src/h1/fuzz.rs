//! Damaged HTTP through everything that reads it.
//!
//! Each input is made from a seed and a number, so one that fails can be made again: `FUZZ_SEED=n FUZZ_INPUTS=n`. In
//! `make test` some thousands of each kind, in `make fuzz` as many as one has time for.

mod damage;
mod hyper;
mod naive;
mod seeds;

use super::{
    Bounds, Decoder, HeadError, Input, Piece, Room, chunks::Chunks, head, head::response::Reader,
};
use bytes::Bytes;
use damage::Damage;
use http::{HeaderMap, Method, Uri, Version};
use std::{env, task::Poll};

const BOUNDS: Bounds = Bounds {
    bytes: 2048,
    fields: 20,
};

/// A request that was read, as far as it was there.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Read {
    method: Method,
    uri: Uri,
    version: Version,
    headers: HeaderMap,
    body: Vec<u8>,
    trailers: HeaderMap,
    /// Whether its body came to its end.
    whole: bool,
}

/// How the reading of a connection ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    /// With the connection.
    Closed,
    /// With the request that said so.
    Last,
    /// With something that is none.
    Refused,
    /// With a request for hyper.
    Handed,
}

/// How many inputs, and from which number on.
fn inputs(usual: u64) -> std::ops::Range<u64> {
    let number = |name| env::var(name).ok().and_then(|text| text.parse().ok());
    let first = number("FUZZ_SEED").unwrap_or(1) << 32;
    first..first + number("FUZZ_INPUTS").unwrap_or(usual)
}

/// Puts `inputs` of damaged `seeds` to `judge`, which says what is wrong with them.
fn judged(
    seeds: &[&[u8]],
    usual: u64,
    mut judge: impl FnMut(&[u8], &mut fastrand::Rng) -> Result<(), String>,
) {
    for n in inputs(usual) {
        let mut random = fastrand::Rng::with_seed(n);
        let input = Damage::new(&mut random).of(seeds);
        if let Err(wrong) = judge(&input, &mut random) {
            panic!("input {n}: {wrong}\n{}", input.escape_ascii());
        }
    }
    println!("{} inputs", inputs(usual).count());
    for seed in seeds {
        let mut random = fastrand::Rng::with_seed(0);
        if let Err(wrong) = judge(seed, &mut random) {
            panic!("a seed: {wrong}\n{}", seed.escape_ascii());
        }
    }
}

/// `bytes`, in pieces that `next` gives the sizes of.
fn pieces(bytes: &[u8], mut next: impl FnMut() -> usize) -> Vec<&[u8]> {
    let mut rest = bytes;
    let mut pieces = Vec::new();
    while !rest.is_empty() {
        let (piece, behind) = rest.split_at(next().clamp(1, rest.len()));
        pieces.push(piece);
        rest = behind;
    }
    pieces
}

/// A connection that brings `pieces`: fills `input` with the next one.
struct Line<'a>(std::slice::Iter<'a, &'a [u8]>);

impl Line<'_> {
    fn fill(&mut self, input: &mut Input) -> usize {
        let piece = self.0.next().copied().unwrap_or_default();
        let filled = input.poll_fill(Room::Head, |buffer| {
            buffer.extend_from_slice(piece);
            Poll::Ready(Ok(piece.len()))
        });
        match filled {
            Poll::Ready(Ok(n)) => n,
            _ => 0,
        }
    }
}

/// Everything on a connection, as the fast lane reads it, and what of it was handed to hyper.
fn requests(pieces: &[&[u8]]) -> (Vec<Read>, End, Bytes) {
    let (mut read, mut input, mut line) = (Vec::new(), Input::default(), Line(pieces.iter()));
    loop {
        let head = match head::request::next(&mut input, BOUNDS) {
            Ok(Some(head)) => head,
            Ok(None) if line.fill(&mut input) > 0 => continue,
            Ok(None) => return (read, End::Closed, Bytes::new()),
            Err(_) => return (read, End::Refused, Bytes::new()),
        };
        let Ok(parsed) = head::request::read(&head, BOUNDS) else {
            return (read, End::Refused, Bytes::new());
        };
        if !parsed.plain {
            while line.fill(&mut input) > 0 {}
            let handed = [&head[..], input.bytes()].concat();
            return (read, End::Handed, handed.into());
        }
        let mut one = Read {
            method: parsed.request.method,
            uri: parsed.request.uri,
            version: parsed.request.version,
            headers: parsed.request.headers.by_name().clone(),
            body: Vec::new(),
            trailers: HeaderMap::new(),
            whole: false,
        };
        let mut body = Decoder::of(parsed.framing);
        let end = loop {
            match body.next(&mut input) {
                Ok(Piece::Data(data)) => one.body.extend_from_slice(&data),
                Ok(Piece::Trailers(trailers)) => one.trailers = trailers,
                Ok(Piece::End) => break None,
                Ok(Piece::Nothing) if line.fill(&mut input) > 0 => {}
                Ok(Piece::Nothing) => break Some(End::Closed),
                Err(_) => break Some(End::Refused),
            }
        };
        one.whole = end.is_none();
        read.push(one);
        match end {
            Some(end) => return (read, end, Bytes::new()),
            None if parsed.last => return (read, End::Last, Bytes::new()),
            None => {}
        }
    }
}

#[test]
fn requests_are_the_same_however_they_are_cut() {
    let mut reached = [0; 4];
    judged(seeds::REQUESTS, 4000, |input, random| {
        let whole = requests(&[input]);
        let bytewise = requests(&pieces(input, || 1));
        let cut = requests(&pieces(input, || random.usize(1..40)));
        for (how, other) in [("byte by byte", bytewise), ("in pieces", cut)] {
            if other != whole {
                return Err(format!("{how}: {other:?}\nat once: {whole:?}"));
            }
        }
        reached[whole.1 as usize] += 1;
        if !input.ends_with(&whole.2) {
            return Err(format!("handed over: {:?}", whole.2));
        }
        Ok(())
    });
    println!("closed, last, refused, handed over: {reached:?}");
    assert!(reached.iter().all(|n| *n > 0), "{reached:?}");
}

/// What a head must be, told naively.
#[test]
fn no_accepted_head_is_ambiguous() {
    judged(seeds::REQUESTS, 4000, |input, _| {
        let mut buffer = Input::from(Bytes::copy_from_slice(input));
        let Ok(Some(head)) = head::request::next(&mut buffer, BOUNDS) else {
            return Ok(());
        };
        match head::request::read(&head, BOUNDS) {
            Ok(request) => naive::check(&head, &request),
            Err(_) => Ok(()),
        }
    });
}

#[test]
fn answers_are_the_same_however_they_are_cut_and_whoever_reads_them() {
    let answer = |pieces: &[&[u8]], to_head, reader| -> Result<_, HeadError> {
        let (mut input, mut line) = (Input::default(), Line(pieces.iter()));
        loop {
            if let Some(head) = head::response::next(&mut input, to_head, reader)? {
                while line.fill(&mut input) > 0 {}
                return Ok(Some((head, input.take())));
            }
            if line.fill(&mut input) == 0 {
                return Ok(None);
            }
        }
    };
    judged(seeds::ANSWERS, 4000, |input, random| {
        let to_head = random.bool();
        for reader in [Reader::Anyone, Reader::Nobody] {
            let said = |pieces: &[&[u8]]| match answer(pieces, to_head, reader) {
                Ok(answer) => format!("{answer:?}"),
                Err(_) => "nothing".to_owned(),
            };
            let (whole, bytewise) = (said(&[input]), said(&pieces(input, || 1)));
            if whole != bytewise {
                return Err(format!("byte by byte: {bytewise}\nat once: {whole}"));
            }
        }
        let read = |reader| {
            let answer = answer(&[input], to_head, reader).ok()?;
            Some(answer.map(|(head, rest)| (head.parts.status, head.framing, head.keep, rest)))
        };
        if read(Reader::Anyone) == read(Reader::Nobody) {
            Ok(())
        } else {
            Err("it depends on whether it is read".to_owned())
        }
    });
}

#[test]
fn chunks_are_what_they_are_to_a_naive_reader() {
    let mut reached = [0; 2];
    judged(seeds::CHUNKS, 10_000, |input, random| {
        let expected = naive::chunked(input);
        let (mut chunks, mut data, mut used) = (Chunks::new(), Vec::new(), 0);
        let mut wrong = false;
        'all: for mut piece in pieces(input, || random.usize(1..12)) {
            while !piece.is_empty() && !chunks.is_over() {
                let Ok(step) = chunks.step(piece) else {
                    wrong = true;
                    break 'all;
                };
                data.extend_from_slice(&piece[step.framing..][..step.data]);
                used += step.framing + step.data;
                piece = &piece[step.framing + step.data..];
            }
        }
        let got = (!wrong && chunks.is_over() && chunks.trailers().is_ok()).then_some((data, used));
        reached[usize::from(got.is_some())] += 1;
        if got == expected {
            Ok(())
        } else {
            Err(format!("got: {got:?}\nexpected: {expected:?}"))
        }
    });
    println!("bad, good: {reached:?}");
    assert!(reached.iter().all(|n| *n > 0), "{reached:?}");
}

/// What we take hyper takes too, and for the same. Of a body that we refuse in its middle, or that is not all there, it may
/// make more.
#[test]
fn hyper_reads_the_same() {
    let hyper = hyper::Hyper::new();
    let mut agreed = 0;
    judged(seeds::REQUESTS, 1500, |input, random| {
        let (ours, end, _) = requests(&[input]);
        if end == End::Handed {
            return Ok(());
        }
        let theirs = hyper.requests(&pieces(input, || random.usize(1..400)));
        agreed += ours.len();
        for (n, ours) in ours.iter().enumerate() {
            let same = |theirs: &Read| {
                let begun = Read {
                    body: theirs.body[..ours.body.len().min(theirs.body.len())].to_vec(),
                    trailers: ours.trailers.clone(),
                    whole: ours.whole,
                    ..theirs.clone()
                };
                ours == if ours.whole { theirs } else { &begun }
            };
            if !theirs.get(n).is_some_and(same) {
                return Err(format!("ours: {ours:?}\ntheirs: {:?}", theirs.get(n)));
            }
        }
        Ok(())
    });
    println!("{agreed} requests were the same");
}
