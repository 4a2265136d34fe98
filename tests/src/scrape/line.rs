//! One line of a scrape.

use std::collections::BTreeMap;

pub enum Line<'a> {
    Help(&'a str, String),
    Type(&'a str, &'a str),
    Unit(&'a str, &'a str),
    Sample(Sample),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

pub fn read(text: &str) -> Result<Line<'_>, String> {
    let Some(comment) = text.strip_prefix("# ") else {
        return sample(text).map(Line::Sample);
    };
    let mut words = comment.splitn(3, ' ');
    let (Some(word), Some(name), Some(rest)) = (words.next(), words.next(), words.next()) else {
        return Err("a comment that says nothing".to_owned());
    };
    if !is_name(name, true) {
        return Err("not a name".to_owned());
    }
    match word {
        "HELP" => Ok(Line::Help(name, unescaped(rest)?)),
        "TYPE" => Ok(Line::Type(name, rest)),
        "UNIT" => Ok(Line::Unit(name, rest)),
        _ => Err("an unknown comment".to_owned()),
    }
}

fn sample(text: &str) -> Result<Sample, String> {
    let end = text.find(['{', ' ']).ok_or("no value")?;
    let (name, mut rest) = text.split_at(end);
    if !is_name(name, true) {
        return Err("not a name".to_owned());
    }
    let mut labels = BTreeMap::new();
    if let Some(mut inside) = rest.strip_prefix('{') {
        loop {
            let (label, after) = inside.split_once("=\"").ok_or("a label without a value")?;
            if !is_name(label, false) {
                return Err(format!("not a label: {label}"));
            }
            let end = closing_quote(after).ok_or("a value without an end")?;
            let value = unescaped(&after[..end])?;
            if labels.insert(label.to_owned(), value).is_some() {
                return Err(format!("a label twice: {label}"));
            }
            let after = &after[end + 1..];
            if let Some(after) = after.strip_prefix('}') {
                rest = after;
                break;
            }
            inside = after.strip_prefix(',').ok_or("labels without a comma")?;
        }
    }
    let value = rest.strip_prefix(' ').ok_or("no value")?;
    Ok(Sample {
        name: name.to_owned(),
        labels,
        value: number(value)?,
    })
}

/// Without a time: nothing here has one.
fn number(text: &str) -> Result<f64, String> {
    match text {
        "+Inf" => return Ok(f64::INFINITY),
        "-Inf" => return Ok(f64::NEG_INFINITY),
        "NaN" => return Ok(f64::NAN),
        _ => {}
    }
    let is_plain = |c: char| c.is_ascii_digit() || matches!(c, '.' | '-' | '+' | 'e' | 'E');
    if !text.chars().all(is_plain) {
        return Err(format!("not a number: {text:?}"));
    }
    text.parse().map_err(|_| format!("not a number: {text:?}"))
}

fn is_name(text: &str, of_metric: bool) -> bool {
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_' || of_metric && c == ':';
    text.starts_with(letter) && text.chars().all(|c| letter(c) || c.is_ascii_digit())
}

fn closing_quote(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().find_map(|(at, c)| {
        let ends = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        ends.then_some(at)
    })
}

fn unescaped(text: &str) -> Result<String, String> {
    let mut out = String::new();
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '\\' => match chars.next() {
                Some('\\') => '\\',
                Some('"') => '"',
                Some('n') => '\n',
                other => return Err(format!("not an escape: {other:?}")),
            },
            c => c,
        });
    }
    Ok(out)
}
