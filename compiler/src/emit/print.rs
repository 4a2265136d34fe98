//! Code → text, laid out as rustfmt would lay it out.
//!
//! The emitters say what to write with [`Code`]; this file alone decides where lines break. It knows the subset of Rust
//! that we emit, and rustfmt's default rules for it: 100 columns, and 60 for the arguments of a call, the elements of
//! an array and a chain of methods. (`prettyplease` has other rules, and running rustfmt itself would make the output
//! depend on the machine.) A property test holds it against the real rustfmt.

use super::code::{Call, Code, Shape, flat};
use std::{collections::BTreeSet, fmt::Write as _, slice};

const MAX_WIDTH: usize = 100;
/// rustfmt's `fn_call_width`, `array_width` and `chain_width`.
const SMALL_WIDTH: usize = 60;
/// Arrays of nothing wider than this are filled, not listed: `short_array_element_width_threshold`.
const SHORT_ELEMENT: usize = 10;
const STEP: usize = 4;

/// A handler: its doc comment, its statics, a blank line, its steps and what it returns.
pub struct Handler<'a> {
    pub doc: String,
    pub name: &'a str,
    pub call: Option<Code>,
    pub steps: Vec<Code>,
    pub end: Code,
}

pub fn handler(handler: &Handler<'_>) -> String {
    let mut out = doc(&handler.doc);
    print_signature(&mut out, handler.name);
    if let Some(call) = &handler.call {
        print_assignment(&mut out, "static CALL: Call =", call, STEP);
        out.push('\n');
    }
    for step in &handler.steps {
        let step = layout(step, STEP, STEP, 2);
        let _ = writeln!(out, "{:STEP$}{step}?;", "");
    }
    let end = layout(&handler.end, STEP, STEP, 0);
    let _ = writeln!(out, "{:STEP$}{end}\n}}", "");
    out
}

/// `/// text`
pub fn doc(text: &str) -> String {
    format!("/// {text}\n")
}

/// `declaration = value;`
pub fn item(declaration: &str, value: &Code) -> String {
    let mut out = String::new();
    print_assignment(&mut out, &format!("{declaration} ="), value, 0);
    out
}

/// `use crate::{…};`, or nothing.
pub fn crate_import(modules: &BTreeSet<&str>) -> String {
    let modules: Vec<&str> = modules.iter().copied().collect();
    match modules.as_slice() {
        [] => String::new(),
        [one] => format!("use crate::{one};\n"),
        many => format!("use crate::{{{}}};\n", many.join(", ")),
    }
}

/// `use runtime::{…};`
pub fn runtime_import(names: &BTreeSet<&str>) -> String {
    let names: Vec<&str> = names.iter().copied().collect();
    let line = match names.as_slice() {
        [one] => format!("use runtime::{one};"),
        many => format!("use runtime::{{{}}};", many.join(", ")),
    };
    // rustfmt keeps two columns free for what may follow the braces.
    if line.len() <= MAX_WIDTH - 2 {
        return format!("{line}\n");
    }
    let mut out = String::from("use runtime::{\n");
    fill(&mut out, &names, STEP);
    out.push_str("};\n");
    out
}

fn print_signature(out: &mut String, name: &str) {
    const PARAM: &str = "cx: &mut Cx";
    let line = format!("pub fn {name}({PARAM}) -> Decision {{");
    let _ = if line.len() <= MAX_WIDTH {
        writeln!(out, "{line}")
    } else {
        writeln!(
            out,
            "pub fn {name}(\n{:STEP$}{PARAM},\n) -> Decision {{",
            ""
        )
    };
}

/// `head value;`, with the value on the next line where rustfmt prefers that.
fn print_assignment(out: &mut String, head: &str, value: &Code, indent: usize) {
    let here = layout(value, indent, indent + head.len() + 1, 1);
    if here.contains('\n') || indent + head.len() + 1 + here.len() + 1 > MAX_WIDTH {
        let below = layout(value, indent + STEP, indent + STEP, 1);
        // All lines but the first bring their indentation along.
        let mut widths = below.lines().map(str::len);
        let below_fits = widths.next().is_none_or(|w| w + indent + STEP <= MAX_WIDTH)
            && widths.all(|w| w <= MAX_WIDTH);
        // rustfmt keeps a column for the semicolon, also where that comes on another line.
        let first = here.lines().next().map_or(0, str::len);
        let is_full = indent + head.len() + 1 + first >= MAX_WIDTH;
        if below_fits && (is_full || prefers_below(&here, &below)) {
            let _ = writeln!(
                out,
                "{:indent$}{head}\n{:2$}{below};",
                "",
                "",
                indent + STEP
            );
            return;
        }
    }
    let _ = writeln!(out, "{:indent$}{head} {here};", "");
}

fn prefers_below(here: &str, below: &str) -> bool {
    let opens = |text: &str, bracket: char| {
        text.lines()
            .next()
            .is_some_and(|line| line.ends_with(bracket))
    };
    let breaks = |text: &str| text.matches('\n').count();
    breaks(below) == 0
        || breaks(here) > breaks(below) + 1
        || ['(', '[', '{']
            .into_iter()
            .any(|bracket| opens(here, bracket) && !opens(below, bracket))
}

/// An expression that starts at column `at` of a line indented by `indent`, with `tail` columns to come after it.
fn layout(code: &Code, indent: usize, at: usize, tail: usize) -> String {
    if at + code.flat().len() + tail <= MAX_WIDTH && may_be_flat(code) {
        return code.flat().to_owned();
    }
    match code.shape() {
        Shape::Word => code.flat().to_owned(),
        Shape::List(elements) => layout_list(elements, indent),
        Shape::Call(call) => layout_call(call, indent, at, tail),
        Shape::Chain(root, methods) => layout_chain(root, methods, indent, at),
    }
}

/// `root` and its methods, one line each.
fn layout_chain(root: &Code, methods: &[Call], indent: usize, at: usize) -> String {
    if let Some(text) = overflow_last(root, methods, indent, at) {
        return text;
    }
    let mut text = layout(root, indent, at, 1);
    // Below a root of several lines the methods stand under its closing parenthesis.
    let indent = if text.contains('\n') {
        indent
    } else {
        indent + STEP
    };
    for method in methods {
        let call = layout_call(method, indent, indent, 0);
        let _ = write!(text, "\n{:indent$}{call}", "");
    }
    text
}

/// The chain on one line but for the arguments of its last method, where rustfmt prefers that: the line is short enough
/// and the arguments gain nothing on a line of their own.
fn overflow_last(root: &Code, methods: &[Call], indent: usize, at: usize) -> Option<String> {
    const SURELY: usize = 5;
    let (last, before) = methods.split_last()?;
    if !may_be_flat(root) || !before.iter().all(|method| args_may_be_flat(&method.args)) {
        return None;
    }
    let line = root.flat().to_owned() + &before.iter().map(Call::flat).collect::<String>();
    let room = MAX_WIDTH.saturating_sub(at);
    let room = if methods.len() == 1 {
        room
    } else {
        room.min(SMALL_WIDTH)
    };
    let room = room.checked_sub(line.len()).filter(|room| *room > 0)?;
    let here = layout_call(last, indent, at + line.len(), 1);
    if here.lines().next().map_or(0, str::len) > room {
        return None;
    }
    let below = layout_call(last, indent + STEP, indent + STEP, 0);
    let lines = here.lines().count();
    (lines >= SURELY || below.lines().count() >= lines).then_some(line + &here)
}

fn layout_call(Call { head, args }: &Call, indent: usize, at: usize, tail: usize) -> String {
    if let [only] = args.as_slice() {
        return layout_only(&format!("{head}("), only, ")", indent, at, tail);
    }
    let flat = flat(args);
    let fits = at + head.len() + flat.len() + 2 + tail <= MAX_WIDTH;
    if fits && args_may_be_flat(args) {
        return format!("{head}({flat})");
    }
    format!("{head}({})", layout_lines(args, indent))
}

/// One line each, between brackets.
fn layout_lines(list: &[Code], indent: usize) -> String {
    let inner = indent + STEP;
    let mut text = String::from("\n");
    for code in list {
        let _ = writeln!(text, "{:inner$}{},", "", layout(code, inner, inner, 1));
    }
    let _ = write!(text, "{:indent$}", "");
    text
}

/// The only argument or element between two brackets: what can break inside hangs between them, what cannot stays on
/// their line while there is room.
fn layout_only(
    open: &str,
    only: &Code,
    close: &str,
    indent: usize,
    at: usize,
    tail: usize,
) -> String {
    let flat = only.flat();
    let fits = at + open.len() + flat.len() + close.len() + tail <= MAX_WIDTH;
    let is_list = matches!(only.shape(), Shape::List(_));
    match only.shape() {
        _ if fits && may_be_flat(only) && (flat.len() <= SMALL_WIDTH || is_list) => {
            format!("{open}{flat}{close}")
        }
        Shape::List(elements) => format!("{open}{}{close}", layout_list(elements, indent)),
        Shape::Call(call) => {
            let lines = layout_lines(&call.args, indent);
            format!("{open}{}({lines}){close}", call.head)
        }
        _ if fits => format!("{open}{flat}{close}"),
        _ => format!(
            "{open}{}{close}",
            layout_lines(slice::from_ref(only), indent)
        ),
    }
}

fn layout_list(elements: &[Code], indent: usize) -> String {
    if let [only] = elements {
        return layout_only("&[", only, "]", indent, indent, 0);
    }
    let inner = indent + STEP;
    let mut text = String::from("&[\n");
    let elements: Vec<String> = elements
        .iter()
        .map(|element| layout(element, inner, inner, 1))
        .collect();
    if elements.iter().all(|e| e.len() <= SHORT_ELEMENT) {
        let elements: Vec<&str> = elements.iter().map(String::as_str).collect();
        fill(&mut text, &elements, inner);
    } else {
        for element in elements {
            let _ = writeln!(text, "{:inner$}{element},", "");
        }
    }
    let _ = write!(text, "{:indent$}]", "");
    text
}

/// As many words to a line as fit, a comma after each.
fn fill(out: &mut String, words: &[&str], indent: usize) {
    let mut column = 0;
    let mut lines = 1;
    for (i, word) in words.iter().enumerate() {
        // rustfmt counts the space after a comma, but for the last word of a list that has been one line so far.
        let space = usize::from(i + 1 < words.len() || lines > 1);
        if column > 0 && column + 1 + word.len() + 1 + space > MAX_WIDTH {
            out.push('\n');
            column = 0;
            lines += 1;
        }
        if column == 0 {
            let _ = write!(out, "{:indent$}", "");
            column = indent;
        } else {
            out.push(' ');
            column += 1;
        }
        let _ = write!(out, "{word},");
        column += word.len() + 1;
    }
    out.push('\n');
}

/// Whether the small widths let an expression stand on one line, if there is room.
fn may_be_flat(code: &Code) -> bool {
    match code.shape() {
        Shape::Word => true,
        Shape::List(elements) => args_may_be_flat(elements),
        Shape::Call(call) => args_may_be_flat(&call.args),
        Shape::Chain(root, methods) => {
            (methods.len() < 2 || code.flat().len() <= SMALL_WIDTH)
                && may_be_flat(root)
                && methods.iter().all(|method| args_may_be_flat(&method.args))
        }
    }
}

fn args_may_be_flat(args: &[Code]) -> bool {
    if let [only] = args {
        let breaks = matches!(only.shape(), Shape::Call(_));
        return may_be_flat(only) && (!breaks || only.flat().len() <= SMALL_WIDTH);
    }
    flat(args).len() <= SMALL_WIDTH && args.iter().all(may_be_flat)
}
