//! One answer in the language of Go's `net/rpc`, with which the Go gateway's filter was fed: an error that its client
//! shows to whoever still calls it.

/// The description of `rpc.Response` that comes before the first value of it.
const RESPONSE: &[u8] = b"\x3a\xff\x81\x03\x01\x01\x08Response\x01\xff\x82\x00\x01\x03\
    \x01\rServiceMethod\x01\x0c\x00\x01\x03Seq\x01\x06\x00\x01\x05Error\x01\x0c\x00\x00\x00";
/// The empty struct that follows an error.
const NOTHING: &[u8] = b"\x0a\xff\x83\x03\x01\x02\xff\x84\x00\x00\x00\x03\xff\x84\x00";

/// Whether a connection that begins with this byte speaks no HTTP: a request there begins with a method.
pub(super) fn is_foreign(first: u8) -> bool {
    !first.is_ascii_uppercase()
}

/// The answer to the first call of a connection, whatever it was: `why` is shown to its caller.
pub(super) fn error(why: &str) -> Vec<u8> {
    // A struct of type 65, of which the third field is given.
    let mut value = vec![0xff, 0x82, 0x03];
    value.extend(length(why.len()));
    value.extend_from_slice(why.as_bytes());
    value.push(0);
    let mut answer = RESPONSE.to_vec();
    answer.extend(length(value.len()));
    answer.extend(value);
    answer.extend_from_slice(NOTHING);
    answer
}

/// Below 128 a number is a byte; above, its bytes follow their count, negated.
fn length(n: usize) -> Vec<u8> {
    let bytes = n.to_be_bytes();
    let significant = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    match significant {
        [] => vec![0],
        [byte] if *byte < 128 => vec![*byte],
        bytes => {
            let count = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
            let mut all = vec![count.wrapping_neg()];
            all.extend_from_slice(bytes);
            all
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{error, is_foreign, length};

    /// `rpc.Response{Error: "no"}` and the empty struct after it, as Go 1.26 writes them.
    const GO: &[u8] = b"\x3a\xff\x81\x03\x01\x01\x08\x52\x65\x73\x70\x6f\x6e\x73\x65\x01\xff\x82\x00\x01\x03\x01\x0d\
        \x53\x65\x72\x76\x69\x63\x65\x4d\x65\x74\x68\x6f\x64\x01\x0c\x00\x01\x03\x53\x65\x71\x01\x06\x00\x01\x05\x45\
        \x72\x72\x6f\x72\x01\x0c\x00\x00\x00\x07\xff\x82\x03\x02\x6e\x6f\x00\x0a\xff\x83\x03\x01\x02\xff\x84\x00\x00\
        \x00\x03\xff\x84\x00";

    #[test]
    fn an_error_is_what_go_would_have_written() {
        assert_eq!(error("no"), GO);
    }

    #[test]
    fn lengths() {
        for (n, expected) in [
            (0, vec![0]),
            (7, vec![7]),
            (127, vec![127]),
            (128, vec![0xff, 128]),
            (168, vec![0xff, 0xa8]),
            (1000, vec![0xfe, 3, 0xe8]),
        ] {
            assert_eq!(length(n), expected, "{n}");
        }
    }

    #[test]
    fn methods_are_not_foreign() {
        for (first, foreign) in [
            (b'G', false),
            (b'P', false),
            (b'.', true),
            (0x16, true),
            (b'g', true),
        ] {
            assert_eq!(is_foreign(first), foreign, "{first}");
        }
    }
}
