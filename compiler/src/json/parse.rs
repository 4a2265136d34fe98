//! The only file that knows the JSON parser.

use super::{Kind, Member, Node, is_comment};
use crate::{
    diagnostic::{Diagnostic, codes},
    source::{Source, Span, Spanned},
};
use jsonc_parser::{
    CollectOptions, ParseOptions, ast,
    common::{Range, Ranged},
    errors::{ParseError, ParseErrorKind as Error},
    parse_to_ast,
};

/// Objects and lists inside one another. A gateway needs about ten; a file made to overflow the stack, thousands.
pub const MAX_DEPTH: usize = 128;

const BOM: &str = "\u{feff}";

/// Reads strict JSON: no comments, no trailing commas, no duplicate keys. A byte order mark is skipped (RFC 8259, 8.1).
///
/// There is a node unless the text is not JSON at all; a duplicate key is a finding, and the first one stays, and so is a
/// number that no reader can hold.
pub fn parse(source: &Source) -> (Option<Node>, Vec<Diagnostic>) {
    let base = if source.text.starts_with(BOM) {
        BOM.len()
    } else {
        0
    };
    let text = &source.text[base..];
    if let Some(finding) = strict(text, base) {
        return (None, vec![finding]);
    }
    let value = match parse_to_ast(text, &CollectOptions::default(), &STRICT) {
        Ok(result) => result.value,
        Err(error) => return (None, vec![syntax(&error, text, base)]),
    };
    let Some(value) = value else {
        let place = Span::new(base, source.text.len());
        let finding = Diagnostic::new(&codes::SYNTAX, "the file is empty", place, "")
            .help("the smallest config is `{ \"version\": 3 }`");
        return (None, vec![finding]);
    };
    let mut findings = Vec::new();
    let node = convert(&value, base, &mut findings);
    (Some(node), findings)
}

const STRICT: ParseOptions = ParseOptions {
    allow_comments: false,
    allow_loose_object_property_names: false,
    allow_trailing_commas: false,
    allow_missing_commas: false,
    allow_single_quoted_strings: false,
    allow_hexadecimal_numbers: false,
    allow_unary_plus_numbers: false,
    allow_bare_decimal_point_numbers: false,
    allow_non_finite_numbers: false,
    allow_extended_string_escapes: false,
};

/// What the parser lets through and RFC 8259 does not: control characters inside strings, other white space between
/// tokens; and nesting so deep that a recursive parser overflows its stack.
fn strict(text: &str, base: usize) -> Option<Diagnostic> {
    let at = |index: usize, c: char| Span::new(base + index, base + index + c.len_utf8());
    let (mut in_string, mut escaped, mut depth) = (false, false, 0_usize);
    for (index, c) in text.char_indices() {
        if in_string {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => in_string = false,
                '\n' | '\r' => {
                    let place = Span::new(base + index, base + index);
                    return Some(
                        Diagnostic::new(
                            &codes::SYNTAX,
                            "a string ends with its line",
                            place,
                            "no closing quote",
                        )
                        .help("a line break inside a string is written `\\n`"),
                    );
                }
                '\0'..='\u{1f}' => {
                    let message = format!(
                        "a string holds the raw control character `{}`",
                        c.escape_unicode()
                    );
                    let help = format!("inside a string it is written `\\u{:04x}`", u32::from(c));
                    return Some(
                        Diagnostic::new(&codes::SYNTAX, message, at(index, c), "here").help(help),
                    );
                }
                _ => {}
            }
            continue;
        }
        match c {
            '"' => in_string = true,
            '{' | '[' => {
                depth += 1;
                if depth > MAX_DEPTH {
                    let message =
                        format!("more than {MAX_DEPTH} objects and lists inside one another");
                    return Some(Diagnostic::new(
                        &codes::SYNTAX,
                        message,
                        at(index, c),
                        "one too many",
                    ));
                }
            }
            '}' | ']' => depth = depth.saturating_sub(1),
            ' ' | '\t' | '\n' | '\r' => {}
            _ if c.is_whitespace() || c.is_control() || c == '\u{feff}' => {
                let message = format!("`{}` is not white space in JSON", c.escape_unicode());
                return Some(
                    Diagnostic::new(
                        &codes::SYNTAX,
                        message,
                        at(index, c),
                        "an invisible character",
                    )
                    .fix(at(index, c), " "),
                );
            }
            _ => {}
        }
    }
    None
}

fn span(range: Range, base: usize) -> Span {
    Span::new(base + range.start, base + range.end)
}

fn syntax(error: &ParseError, text: &str, base: usize) -> Diagnostic {
    let place = span(error.range(), base);
    let (message, help) = match error.kind() {
        Error::CommentsNotAllowed | Error::UnterminatedCommentBlock => (
            "JSON has no comments",
            Some("write a key that starts with `@`, `$`, `_` or `#`: `\"@comment\": \"…\"`"),
        ),
        Error::TrailingCommasNotAllowed => ("a comma without anything after it", None),
        Error::ExpectedComma => ("a comma is missing", None),
        Error::ExpectedColonAfterObjectKey => ("a key needs a colon and a value", None),
        Error::ExpectedObjectValue => ("a key without a value", None),
        Error::ExpectedStringObjectProperty => ("a key must be in double quotes", None),
        Error::SingleQuotedStringsNotAllowed => ("a string must be in double quotes", None),
        Error::UnterminatedObject => ("this object is never closed", Some("a `}` is missing")),
        Error::UnterminatedArray => ("this list is never closed", Some("a `]` is missing")),
        Error::UnexpectedCloseBrace => ("a `]` belongs here", None),
        Error::UnexpectedCloseBracket => ("a `}` or a value belongs here", None),
        Error::UnexpectedComma => ("a comma where a value belongs", None),
        Error::UnexpectedColon => ("a colon where a value belongs", None),
        Error::UnexpectedTokenInObject => ("a key in double quotes belongs here", None),
        Error::UnexpectedWord => ("not a JSON value", Some("text belongs in double quotes")),
        Error::MultipleRootJsonValues => ("text after the end of the config", None),
        Error::HexadecimalNumbersNotAllowed
        | Error::UnaryPlusNumbersNotAllowed
        | Error::BareDecimalPointNumbersNotAllowed
        | Error::NonFiniteNumbersNotAllowed
        | Error::ExpectedDigit
        | Error::ExpectedDigitFollowingNegativeSign
        | Error::ExpectedPlusMinusOrDigitInNumberLiteral => ("not a JSON number", None),
        Error::String(_) => (
            "not a JSON string",
            Some("an escape is one of \\\" \\\\ \\/ \\b \\f \\n \\r \\t \\u1234"),
        ),
        Error::NestingDepthExceeded => ("too many objects and lists inside one another", None),
        Error::UnexpectedToken => ("not JSON", None),
    };
    // An unclosed bracket is pointed at where it opens; the range runs to the end of the file.
    let place = match error.kind() {
        Error::UnterminatedObject | Error::UnterminatedArray => {
            Span::new(place.start, place.start + 1)
        }
        _ => place,
    };
    let mut finding = Diagnostic::new(&codes::SYNTAX, message, place, "");
    finding.help = help.map(str::to_owned);
    match error.kind() {
        Error::TrailingCommasNotAllowed => finding.fix(place, ""),
        Error::ExpectedComma => finding.fix(place, ","),
        Error::UnexpectedCloseBrace
        | Error::UnexpectedCloseBracket
        | Error::UnexpectedTokenInObject => match open_before(text, error.range().start) {
            Some(index) => finding.label(
                Span::new(base + index, base + index + 1),
                "this is still open",
            ),
            None => finding,
        },
        _ => finding,
    }
}

/// The innermost bracket that is open at `end`.
fn open_before(text: &str, end: usize) -> Option<usize> {
    let mut open = Vec::new();
    let (mut in_string, mut escaped) = (false, false);
    for (index, byte) in text.bytes().enumerate().take(end) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'{' | b'[' if !in_string => open.push(index),
            b'}' | b']' if !in_string => drop(open.pop()),
            _ => {}
        }
    }
    open.pop()
}

fn convert(value: &ast::Value<'_>, base: usize, findings: &mut Vec<Diagnostic>) -> Node {
    let kind = match value {
        ast::Value::NullKeyword(_) => Kind::Null,
        ast::Value::BooleanLit(literal) => Kind::Bool(literal.value),
        ast::Value::NumberLit(literal) => {
            let text = literal.value;
            if text.parse::<serde_json::Number>().is_err() {
                findings.push(too_large(text, span(value.range(), base)));
            }
            Kind::Number(text.to_owned())
        }
        ast::Value::StringLit(literal) => Kind::String(literal.value.clone().into_owned()),
        ast::Value::Array(array) => Kind::Array(
            array
                .elements
                .iter()
                .map(|item| convert(item, base, findings))
                .collect(),
        ),
        ast::Value::Object(object) => Kind::Object(members(object, base, findings)),
    };
    Node {
        span: span(value.range(), base),
        kind,
    }
}

/// Grammar has no bound, readers have: what does not fit is infinite to some and null to others.
fn too_large(text: &str, place: Span) -> Diagnostic {
    let message = format!("`{text}` is larger than any number that JSON readers hold");
    Diagnostic::new(&codes::SYNTAX, message, place, "")
        .help("write it as a string, or a smaller one")
}

fn members(object: &ast::Object<'_>, base: usize, findings: &mut Vec<Diagnostic>) -> Vec<Member> {
    let mut seen = std::collections::HashMap::new();
    let mut members: Vec<Member> = Vec::with_capacity(object.properties.len());
    for property in &object.properties {
        let key = Spanned::new(
            property.name.as_str().to_owned(),
            span(property.name.range(), base),
        );
        if let Some(&first) = seen.get(property.name.as_str()) {
            // Two comments may well have the same key; what starts with `$` may be read, and must be clear.
            if !is_comment(&key) || key.starts_with('$') {
                findings.push(
                    Diagnostic::new(
                        &codes::DUPLICATE_KEY,
                        format!("`{}` is given twice", key.value),
                        key.span,
                        "again here",
                    )
                    .label(first, "first here")
                    .help("JSON readers disagree about which of the two counts; keep one"),
                );
                continue;
            }
        }
        seen.insert(property.name.as_str(), key.span);
        members.push(Member {
            key,
            value: convert(&property.value, base, findings),
        });
    }
    members
}
