//! The same rules told in another way: slow, of whole texts, and plain enough to be believed.

use crate::h1::{Framing, head::request};

/// The data of a body in chunks that is here to its end, and how many bytes it takes.
pub(super) fn chunked(text: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut data, mut rest, mut extensions) = (Vec::new(), text, 0);
    loop {
        let (line, behind) = line(rest)?;
        let digits = line
            .iter()
            .take_while(|byte| byte.is_ascii_hexdigit())
            .count();
        let (size, extension) = line.split_at(digits);
        let size = u64::from_str_radix(std::str::from_utf8(size).ok()?, 16).ok()?;
        if digits > 16 || !extension.is_empty() && extension[0] != b';' {
            return None;
        }
        extensions += extension.len().saturating_sub(1);
        let printable = |byte: &u8| *byte == b'\t' || !byte.is_ascii_control();
        if !extension.iter().all(printable) || extensions > 4096 {
            return None;
        }
        if size == 0 {
            let trailers = trailers(behind)?;
            return Some((data, text.len() - behind.len() + trailers));
        }
        let (chunk, behind) = behind.split_at_checked(usize::try_from(size).ok()?)?;
        data.extend_from_slice(chunk);
        rest = behind.strip_prefix(b"\r\n")?;
    }
}

/// How many bytes the trailers take, with the line that ends them.
fn trailers(text: &[u8]) -> Option<usize> {
    let mut rest = text;
    for _ in 0..=32 {
        let (field, behind) = line(rest)?;
        if field.is_empty() {
            return (text.len() - rest.len() <= 8192).then_some(text.len() - behind.len());
        }
        let colon = field.iter().position(|byte| *byte == b':')?;
        let (name, value) = field.split_at(colon);
        http::HeaderName::from_bytes(name).ok()?;
        http::HeaderValue::from_bytes(&value[1..]).ok()?;
        rest = behind;
    }
    None
}

/// The first line, which ends with CR LF and has neither in it.
fn line(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.windows(2).position(|pair| pair == b"\r\n")?;
    let (line, behind) = (&text[..end], &text[end + 2..]);
    let clean = !line.contains(&b'\r') && !line.contains(&b'\n');
    clean.then_some((line, behind))
}

/// What an accepted head must be.
pub(super) fn check(head: &[u8], parsed: &request::Head) -> Result<(), String> {
    let text = head
        .strip_suffix(b"\r\n\r\n")
        .ok_or("it does not end with an empty line")?;
    let (mut lengths, mut codings) = (Vec::new(), Vec::new());
    let lines: Vec<_> = String::from_utf8_lossy(text)
        .split("\r\n")
        .map(str::to_owned)
        .collect();
    for line in &lines {
        if line.contains(['\r', '\n', '\0']) || line.is_empty() {
            return Err(format!("a line that could be read as two: {line:?}"));
        }
    }
    let words: Vec<_> = lines[0].split(' ').collect();
    if words.len() != 3 || !["HTTP/1.1", "HTTP/1.0"].contains(&words[2]) {
        return Err(format!("a request line: {words:?}"));
    }
    if !(words[1].starts_with(['/', '*']) || words[1].to_lowercase().starts_with("http")) {
        return Err(format!("a target: {:?}", words[1]));
    }
    for line in &lines[1..] {
        let (name, value) = line.split_once(':').ok_or("a field without a colon")?;
        if name.contains([' ', '\t']) {
            return Err(format!("a name with a space: {name:?}"));
        }
        match name.to_lowercase().replace('_', "-").as_str() {
            "content-length" => lengths.push(value.trim().to_owned()),
            "transfer-encoding" => codings.push(value.trim().to_lowercase()),
            _ => {}
        }
    }
    let expected = match (lengths.as_slice(), codings.as_slice()) {
        ([], []) => Framing::Length(0),
        ([length], []) => Framing::Length(length.parse().map_err(|e| format!("{e}: {length}"))?),
        ([], [coding]) if coding == "chunked" => Framing::Chunked,
        said => return Err(format!("an ambiguous length: {said:?}")),
    };
    if parsed.framing != expected || parsed.request.headers.len() != lines.len() - 1 {
        return Err(format!("{:?} is not {expected:?}", parsed.framing));
    }
    Ok(())
}
