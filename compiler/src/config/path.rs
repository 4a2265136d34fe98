//! The path language: `/v1/models/{id}`, `/auth/*`.
//!
//! An endpoint's path is matched against requests, so it must be a text that a normalised request path can be. A
//! `url_pattern` is written into requests: it may hold placeholders anywhere and a query.

mod error;

use super::Misfit;
use crate::source::Span;
use std::ops::Range;

pub use error::PathError;

/// A path of an endpoint or the path of a `url_pattern`, split at `/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    /// With exactly one leading slash, as the author wrote it otherwise; with the query of a `url_pattern`.
    pub text: String,
    /// The path only.
    pub segments: Vec<Segment>,
    /// In the path and in the query, in order.
    pub placeholders: Vec<Placeholder>,
}

/// What stands between two slashes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Segment {
    /// Literal text; empty for a trailing slash.
    Literal(String),
    /// `{name}`: exactly one non-empty segment.
    Param(String),
    /// Text around placeholders, as written: `v{major}.json`. In a `url_pattern` only.
    Mixed(String),
    /// `*`, last segment only: the rest of the path, any depth, empty too.
    Rest,
}

/// `{name}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placeholder {
    /// Case counts.
    pub name: String,
    /// Braces included; counted from the text's own start when it is parsed alone, in the file once `read` placed it.
    pub span: Span,
}

impl Path {
    /// Without the query.
    pub fn path(&self) -> &str {
        self.text
            .split_once('?')
            .map_or(&self.text, |(path, _)| path)
    }

    /// What follows the `?` of a `url_pattern`.
    pub fn query(&self) -> Option<&str> {
        self.text.split_once('?').map(|(_, query)| query)
    }

    /// Whether it ends in `*`.
    pub fn has_rest(&self) -> bool {
        self.segments.last() == Some(&Segment::Rest)
    }
}

/// The `endpoint` of an endpoint.
pub fn endpoint(text: &str) -> Result<Path, Misfit<PathError>> {
    if let Some(index) = text.find(['?', '#']) {
        return Err(Misfit {
            error: PathError::Query,
            range: index..text.len(),
        });
    }
    let placeholders = placeholders(text)?;
    let pieces = split(text, text.len());
    let last = pieces.len() - 1;
    let mut segments = Vec::with_capacity(pieces.len());
    for (index, range) in pieces.into_iter().enumerate() {
        let piece = &text[range.clone()];
        let misfit = |error| {
            Err(Misfit {
                error,
                range: range.clone(),
            })
        };
        segments.push(match piece {
            "" if index == last => Segment::Literal(String::new()),
            "" => {
                return Err(Misfit {
                    error: PathError::EmptySegment,
                    range: range.start..range.start + 1,
                });
            }
            "." | ".." => return misfit(PathError::DotSegment),
            "*" if index == last => Segment::Rest,
            _ if piece.contains('*') => return misfit(PathError::Wildcard),
            _ => match placeholders
                .iter()
                .find(|found| range.contains(&found.span.start))
            {
                Some(found) if found.span.range() != range => {
                    return misfit(PathError::PartialPlaceholder);
                }
                Some(found) if !is_name(&found.name) => return misfit(PathError::PlaceholderName),
                Some(found) => Segment::Param(found.name.clone()),
                None => {
                    characters(text, range.clone(), &[])?;
                    normal(text, range.clone())?;
                    Segment::Literal(piece.to_owned())
                }
            },
        });
    }
    Ok(Path {
        text: rooted(text),
        segments,
        placeholders,
    })
}

/// The `url_pattern` of a backend.
pub fn pattern(text: &str) -> Result<Path, Misfit<PathError>> {
    if let Some(index) = text.find('#') {
        return Err(Misfit {
            error: PathError::Fragment,
            range: index..text.len(),
        });
    }
    let placeholders = placeholders(text)?;
    for found in &placeholders {
        // Wider than an endpoint's: claims and answers of earlier backends have dots and slashes in their names.
        if found.name.is_empty()
            || !found
                .name
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || "_-.:/".contains(c))
        {
            return Err(Misfit {
                error: PathError::PlaceholderName,
                range: found.span.range(),
            });
        }
    }
    characters(text, 0..text.len(), &placeholders)?;
    let pieces = split(text, text.find('?').unwrap_or(text.len()));
    let last = pieces.len() - 1;
    let mut segments = Vec::with_capacity(pieces.len());
    for (index, range) in pieces.into_iter().enumerate() {
        let piece = &text[range.clone()];
        let inside = placeholders
            .iter()
            .find(|found| range.contains(&found.span.start));
        segments.push(match inside {
            _ if piece == "*" && index == last => Segment::Rest,
            _ if piece.contains('*') => {
                return Err(Misfit {
                    error: PathError::Wildcard,
                    range,
                });
            }
            Some(found) if found.span.range() == range => Segment::Param(found.name.clone()),
            Some(_) => Segment::Mixed(piece.to_owned()),
            None => Segment::Literal(piece.to_owned()),
        });
    }
    Ok(Path {
        text: rooted(text),
        segments,
        placeholders,
    })
}

fn rooted(text: &str) -> String {
    if text.starts_with('/') {
        text.to_owned()
    } else {
        format!("/{text}")
    }
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// The ranges between the slashes of `text[..end]`, the first slash left out; slashes in braces do not count.
fn split(text: &str, end: usize) -> Vec<Range<usize>> {
    let mut start = usize::from(text.starts_with('/'));
    let mut pieces = Vec::new();
    let mut inside = false;
    for (index, byte) in text.bytes().enumerate().take(end).skip(start) {
        match byte {
            b'{' => inside = true,
            b'}' => inside = false,
            b'/' if !inside => {
                pieces.push(start..index);
                start = index + 1;
            }
            _ => {}
        }
    }
    pieces.push(start..end);
    pieces
}

fn placeholders(text: &str) -> Result<Vec<Placeholder>, Misfit<PathError>> {
    let brace = |index: usize| Misfit {
        error: PathError::Brace,
        range: index..index + 1,
    };
    let mut found = Vec::new();
    let mut open: Option<usize> = None;
    for (index, byte) in text.bytes().enumerate() {
        match (byte, open) {
            (b'{', None) => open = Some(index),
            (b'{', Some(start)) => return Err(brace(start)),
            (b'}', None) => return Err(brace(index)),
            (b'}', Some(start)) => {
                found.push(Placeholder {
                    name: text[start + 1..index].to_owned(),
                    span: Span::new(start, index + 1),
                });
                open = None;
            }
            _ => {}
        }
    }
    open.map_or(Ok(found), |start| Err(brace(start)))
}

/// Only `pchar` (RFC 3986, 3.3), slashes, and `?` where a query is allowed; well-formed escapes.
fn characters(
    text: &str,
    range: Range<usize>,
    placeholders: &[Placeholder],
) -> Result<(), Misfit<PathError>> {
    for (offset, c) in text[range.clone()].char_indices() {
        let index = range.start + offset;
        if placeholders
            .iter()
            .any(|found| found.span.range().contains(&index))
        {
            continue;
        }
        let error = match c {
            '%' if !is_escape(&text[index..]) => PathError::Escape,
            _ if c.is_ascii_alphanumeric() || "%-._~!$&'()*+,;=:@/?".contains(c) => continue,
            _ => PathError::Character(c),
        };
        return Err(Misfit {
            error,
            range: index..index + c.len_utf8(),
        });
    }
    Ok(())
}

fn is_escape(text: &str) -> bool {
    let bytes = text.as_bytes();
    bytes.len() >= 3 && bytes[1].is_ascii_hexdigit() && bytes[2].is_ascii_hexdigit()
}

/// RFC 3986, 6.2.2.1 and 6.2.2.2: escapes in upper case, and none of an unreserved character.
fn normal(text: &str, range: Range<usize>) -> Result<(), Misfit<PathError>> {
    for (offset, _) in text[range.clone()].match_indices('%') {
        let place = range.start + offset..range.start + offset + 3;
        let written = &text[place.clone()];
        let normal = match u8::from_str_radix(&written[1..], 16) {
            Ok(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
                char::from(byte).to_string()
            }
            _ => written.to_ascii_uppercase(),
        };
        if normal != written {
            return Err(Misfit {
                error: PathError::NotNormal(normal),
                range: place,
            });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
