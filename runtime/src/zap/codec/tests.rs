//! The protocol's own examples, what must be refused, and every way to cut a stream.

use super::{
    Frames, KEEPALIVE, MAX_FRAME, Malformed, Message, NodeId, Payload, TooLong, Writer,
    payload::{Direction, RESEMBLES_MAGIC},
};
use bytes::Bytes;

/// Bytes of a text of hexadecimal digits, in which spaces are free.
pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(16)).collect();
    let pairs = digits.chunks_exact(2).map(|pair| pair[0] * 16 + pair[1]);
    pairs
        .map(|byte| u8::try_from(byte).expect("a byte"))
        .collect()
}

/// All frames of `stream`, given in pieces of `step` bytes.
pub(crate) fn frames(stream: &[u8], step: usize) -> Vec<Bytes> {
    let (mut frames, mut all) = (Frames::default(), Vec::new());
    for piece in stream.chunks(step) {
        frames.space().extend_from_slice(piece);
        while let Some(frame) = frames.next().expect("frames") {
            all.push(frame);
        }
    }
    assert!(!frames.has_begun(), "nothing is left over");
    all
}

const GATEWAY: &str = "50000000 5a415000 0100 0000 10000000 50000000 67617465776179";

fn hello(id: &str, length: u32) -> Vec<u8> {
    let mut bytes = hex("5a415000 0100 0000 10000000 50000000");
    bytes.extend_from_slice(id.as_bytes());
    bytes.resize(16 + 60, 0);
    bytes.extend_from_slice(&length.to_le_bytes());
    bytes
}

#[test]
fn a_handshake_is_what_go_writes() {
    let mut expected = hex(GATEWAY);
    expected.resize(4 + 16 + 60, 0);
    expected.extend_from_slice(&7u32.to_le_bytes());
    let id = NodeId::new("gateway").expect("an id");
    assert_eq!(id.hello(), expected);
    assert_eq!(NodeId::of_hello(&expected[4..]), Ok(id));
}

#[test]
fn node_ids() {
    let longest = "n".repeat(60);
    for id in ["a", "gw-eu-1/7f3a:2", "zürich", &longest] {
        let length = u32::try_from(id.len()).expect("short");
        let id = NodeId::new(id).unwrap_or_else(|| panic!("{id} is an id"));
        assert_eq!(NodeId::of_hello(&hello(id.as_str(), length)), Ok(id));
    }
    let later = {
        let mut bytes = hello("gw", 2);
        bytes[4] = 2;
        bytes
    };
    assert!(NodeId::of_hello(&later).is_ok(), "a later peer's version");
    for (id, length) in [
        ("", 0),
        ("x", 0),
        ("x", 61),
        ("x", 200),
        ("x", u32::MAX),
        ("x\n", 2),
        ("x", 2), // a NUL of the padding
        ("ü", 1), // half a character
    ] {
        assert!(
            NodeId::of_hello(&hello(id, length)).is_err(),
            "{id:?} of {length}"
        );
    }
    assert_eq!(NodeId::of_hello(&hello("x", 1)[..79]), Err(Malformed::Size));
    assert_eq!(NodeId::new("a\u{7f}"), None);
}

#[test]
fn frames_come_out_however_the_stream_is_cut() {
    let id = NodeId::new("gateway").expect("an id");
    let call = Writer::call(9, Direction::Request, 200, 8, 0).finish();
    let stream = [&id.hello()[..], KEEPALIVE, &call, KEEPALIVE].concat();
    for step in 1..=stream.len() {
        let frames = frames(&stream, step);
        let lengths: Vec<usize> = frames.iter().map(Bytes::len).collect();
        assert_eq!(lengths, [80, 0, 32, 0], "in pieces of {step}");
        assert_eq!(frames[2], call[4..]);
    }
}

#[test]
fn a_frame_has_a_bound() {
    let most = u32::try_from(MAX_FRAME).expect("a word");
    for (length, expected) in [
        (most, Ok(None)),
        (most + 1, Err(TooLong(most + 1))),
        (u32::MAX, Err(TooLong(u32::MAX))),
        (0x5000_0000, Err(TooLong(0x5000_0000))), // big-endian: another protocol
    ] {
        let mut frames = Frames::default();
        frames.space().extend_from_slice(&length.to_le_bytes());
        assert_eq!(frames.next(), expected);
        let held = frames.space().capacity();
        assert!(held < 64 * 1024, "{held} bytes for a promise of {length}");
    }
}

#[test]
fn payloads_are_told_apart() {
    let bare = Writer::bare(100, 8, 0).finish().slice(4..);
    let zero = Writer::bare(0, 8, 0).finish().slice(4..);
    let call = |id| {
        Writer::call(id, Direction::Response, 201, 24, 0)
            .finish()
            .slice(4..)
    };
    let is_call = |payload, wanted| matches!(payload, Payload::Call { id, .. } if id == wanted);
    assert_eq!(Payload::of(Bytes::new()), Payload::Nothing);
    assert_eq!(Payload::of(bare.clone()), Payload::Bare(bare));
    // Its version and flags read as a direction.
    assert_eq!(Payload::of(zero.clone()), Payload::Bare(zero));
    for id in [0, 1, RESEMBLES_MAGIC, u32::MAX] {
        assert!(is_call(Payload::of(call(id)), id), "{id}");
    }
    for unknown in [
        "00",
        "01000000 010000",
        "01000000 03000000 5a415000",
        "01000000 00000000",
    ] {
        assert_eq!(
            Payload::of(hex(unknown).into()),
            Payload::Unknown,
            "{unknown}"
        );
    }
}

#[test]
fn headers_of_messages() {
    let sound = "5a415000 0100 00c8 00000000 10000000";
    for (change, at, expected) in [
        ("", 0, Ok(200)),
        ("02", 4, Ok(200)), // a later node
        ("f8", 6, Ok(200)), // modifiers that nobody named
        ("01", 3, Err(Malformed::Magic)),
        ("00", 4, Err(Malformed::Version(0))),
        ("03", 4, Err(Malformed::Version(3))),
        ("01", 6, Err(Malformed::Modified)),
        ("04", 6, Err(Malformed::Modified)),
        ("0f", 12, Err(Malformed::Size)),
        ("11", 12, Err(Malformed::Size)),
        ("ffffffff", 12, Err(Malformed::Size)),
    ] {
        let mut bytes = hex(sound);
        let change = hex(change);
        bytes[at..at + change.len()].copy_from_slice(&change);
        let kind = Message::parse(&bytes).map(|message| message.kind());
        assert_eq!(kind, expected, "{change:?} at {at}");
    }
    assert_eq!(
        Message::parse(&hex(sound)[..15]).err(),
        Some(Malformed::Short)
    );
    let trailing = [hex(sound), vec![1, 2, 3]].concat();
    let message = Message::parse(&trailing).expect("what is behind it is ignored");
    assert_eq!(message.bytes().len(), 16);
    assert_eq!(message.root(0).err(), Some(Malformed::NoObject));
}

/// A message whose root object, at 16, is `object`.
fn message(object: &str) -> Vec<u8> {
    let object = hex(object);
    let size = u32::try_from(16 + object.len()).expect("short");
    let mut bytes = hex("5a415000 0100 0000 10000000 00000000");
    bytes[12..].copy_from_slice(&size.to_le_bytes());
    bytes.extend_from_slice(&object);
    bytes
}

#[test]
fn bytes_lie_behind_their_object_and_in_the_message() {
    for (object, expected) in [
        ("00000000 00000000", Ok(&b""[..])),
        ("00000000 ffffffff", Ok(b"")), // null, whatever its length says
        ("08000000 02000000 6869", Ok(b"hi")),
        ("08000000 03000000 6869", Err(Malformed::Data)),
        ("08000000 00000000 6869", Err(Malformed::Data)), // empty is written as null
        ("07000000 01000000 6869", Err(Malformed::Data)),
        ("f0ffffff 02000000 6869", Err(Malformed::Data)),
        ("ffffff7f 01000000 6869", Err(Malformed::Data)),
        ("00000080 01000000 6869", Err(Malformed::Data)),
        ("08000000 ffffffff 6869", Err(Malformed::Data)),
    ] {
        let bytes = message(object);
        let root = Message::parse(&bytes).and_then(|message| message.root(8));
        assert_eq!(root.and_then(|root| root.bytes(0)), expected, "{object}");
    }
    let bytes = message("08000000 02000000 ff00");
    let root = Message::parse(&bytes).and_then(|message| message.root(8));
    assert_eq!(root.and_then(|root| root.text(0)), Err(Malformed::Text));
}

#[test]
fn lists_and_objects_may_lie_before_theirs() {
    // Three words at 16, their list at 32.
    let bytes = hex(
        "5a415000 01000000 20000000 28000000 64000000 c8000000 2c010000 00000000 f0ffffff 03000000",
    );
    let root = Message::parse(&bytes)
        .and_then(|message| message.root(8))
        .expect("a root");
    assert_eq!(root.list(0, 4), Ok(&bytes[16..28]));
    assert_eq!(root.list(0, 8), Ok(&bytes[16..40]));
    assert_eq!(root.list(0, usize::MAX), Err(Malformed::Data));
    for change in ["03000080", "f0ffff7f", "dfffffff", "0c000000"] {
        let mut bytes = bytes.clone();
        bytes[32..36].copy_from_slice(&hex(change));
        let root = Message::parse(&bytes)
            .and_then(|message| message.root(8))
            .expect("a root");
        assert_eq!(root.list(0, 4), Err(Malformed::Data), "{change}");
    }
    // An object at 16 in the one at 24.
    let bytes = hex(
        "5a415000 01000000 18000000 28000000 6f000000 de000000 01000000 f4ffffff 00000000 00000000",
    );
    let root = Message::parse(&bytes)
        .and_then(|message| message.root(16))
        .expect("a root");
    let child = root.object(4, 8).expect("sound").expect("there");
    assert_eq!((child.u32(0), child.u32(4)), (Ok(111), Ok(222)));
    assert_eq!(child.u32(8), Err(Malformed::Field));
    assert!(matches!(root.object(8, 8), Ok(None)));
    for (change, why) in [
        ("e4ffffff", Malformed::Object), // the start of the message
        ("ecffffff", Malformed::Object), // its header
        ("00000080", Malformed::Object),
        ("fcffffff", Malformed::Nested), // itself
        ("ffffff7f", Malformed::Object),
    ] {
        let mut bytes = bytes.clone();
        bytes[28..32].copy_from_slice(&hex(change));
        let root = Message::parse(&bytes)
            .and_then(|message| message.root(16))
            .expect("a root");
        assert_eq!(root.object(4, 8).err(), Some(why), "{change}");
    }
}

#[test]
fn objects_end_somewhere() {
    // Each word points to the next one: objects in one another without end.
    let chain = "04000000 ".repeat(40);
    let bytes = message(&chain);
    let mut object = Message::parse(&bytes)
        .and_then(|message| message.root(4))
        .expect("a root");
    let mut depth = 0;
    let refused = loop {
        match object.object(0, 4) {
            Ok(Some(inner)) => object = inner,
            other => break other.err(),
        }
        depth += 1;
    };
    assert_eq!((refused, depth), (Some(Malformed::Nested), 7));
}
