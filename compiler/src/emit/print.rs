//! Rust tokens → text, laid out as rustfmt would lay it out.
//!
//! The emitters say what to write with `quote!`; this file alone decides where lines break. It knows the subset of Rust
//! that we emit, and rustfmt's default rules for it: 100 columns, and 60 for the arguments of a call, the elements of
//! an array and a chain of methods. (`prettyplease` has other rules, and running rustfmt itself would make the output
//! depend on the machine.) A property test holds it against the real rustfmt.

use proc_macro2::{Literal, TokenStream};
use std::{collections::BTreeSet, fmt::Write as _};
use syn::{Expr, Item, Stmt};

const MAX_WIDTH: usize = 100;
/// rustfmt's `fn_call_width`, `array_width` and `chain_width`.
const SMALL_WIDTH: usize = 60;
/// Arrays of nothing wider than this are filled, not listed: `short_array_element_width_threshold`.
const SHORT_ELEMENT: usize = 10;
const STEP: usize = 4;

/// A function or static, with its doc comment and a final newline.
pub fn item(tokens: TokenStream) -> String {
    let item: Item = syn::parse2(tokens).expect("what is emitted is a Rust item");
    let mut out = String::new();
    print_item(&mut out, &item, 0);
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

/// `10_485_760`
pub fn grouped(n: u64) -> Literal {
    let digits = n.to_string();
    let mut text = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('_');
        }
        text.push(digit);
    }
    text.parse().expect("digits and underscores are a literal")
}

fn print_item(out: &mut String, item: &Item, indent: usize) {
    match item {
        Item::Fn(f) => {
            print_docs(out, &f.attrs, indent);
            print_signature(out, &f.vis, &f.sig, indent);
            print_body(out, &f.block.stmts, indent + STEP);
            let _ = writeln!(out, "{:indent$}}}", "");
        }
        Item::Static(s) => {
            print_docs(out, &s.attrs, indent);
            let head = format!(
                "{}static {}: {} =",
                visibility(&s.vis),
                s.ident,
                tight(&s.ty)
            );
            print_assignment(out, &head, &s.expr, indent);
        }
        other => unreachable!("no such item is emitted: {}", tight(other)),
    }
}

fn print_docs(out: &mut String, attrs: &[syn::Attribute], indent: usize) {
    for attr in attrs {
        let syn::Meta::NameValue(doc) = &attr.meta else {
            unreachable!("only doc comments are emitted")
        };
        let Expr::Lit(syn::ExprLit {
            lit: syn::Lit::Str(text),
            ..
        }) = &doc.value
        else {
            unreachable!("a doc comment is a string")
        };
        let _ = writeln!(out, "{:indent$}///{}", "", text.value());
    }
}

fn print_signature(out: &mut String, vis: &syn::Visibility, sig: &syn::Signature, indent: usize) {
    let params: Vec<String> = sig.inputs.iter().map(tight).collect();
    let result = match &sig.output {
        syn::ReturnType::Default => String::new(),
        syn::ReturnType::Type(_, ty) => format!(" -> {}", tight(ty)),
    };
    let head = format!("{}fn {}(", visibility(vis), sig.ident);
    let line = format!("{head}{}){result} {{", params.join(", "));
    if indent + line.len() <= MAX_WIDTH {
        let _ = writeln!(out, "{:indent$}{line}", "");
        return;
    }
    let _ = writeln!(out, "{:indent$}{head}", "");
    for param in params {
        let _ = writeln!(out, "{:1$}{param},", "", indent + STEP);
    }
    let _ = writeln!(out, "{:indent$}){result} {{", "");
}

/// Statements; a blank line stands between the statics and the steps.
fn print_body(out: &mut String, stmts: &[Stmt], indent: usize) {
    let mut after_static = false;
    for stmt in stmts {
        let is_static = matches!(stmt, Stmt::Item(Item::Static(_)));
        if after_static && !is_static {
            out.push('\n');
        }
        after_static = is_static;
        match stmt {
            Stmt::Item(item) => print_item(out, item, indent),
            Stmt::Expr(expr, semi) => {
                let end = if semi.is_some() { ";" } else { "" };
                let text = layout(expr, indent, indent, end.len());
                let _ = writeln!(out, "{:indent$}{text}{end}", "");
            }
            other => unreachable!("no such statement is emitted: {}", tight(other)),
        }
    }
}

/// `head value;`, with the value on the next line where rustfmt prefers that.
fn print_assignment(out: &mut String, head: &str, value: &Expr, indent: usize) {
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
    let opens = |text: &str| {
        text.lines()
            .next()
            .is_some_and(|l| l.ends_with(['(', '[', '{']))
    };
    let breaks = |text: &str| text.matches('\n').count();
    breaks(below) == 0 || breaks(here) > breaks(below) + 1 || opens(here) && !opens(below)
}

/// An expression that starts at column `at` of a line indented by `indent`, with `tail` columns to come after it.
fn layout(expr: &Expr, indent: usize, at: usize, tail: usize) -> String {
    let flat = flat(expr);
    if at + flat.len() + tail <= MAX_WIDTH && may_be_flat(expr) {
        return flat;
    }
    match expr {
        Expr::MethodCall(_) => layout_chain(expr, indent, at),
        Expr::Call(call) => {
            let head = self::flat(&call.func);
            layout_call(&head, call.args.iter(), indent, at, tail)
        }
        Expr::Array(array) => layout_array(array, indent),
        Expr::Reference(r) => format!("&{}", layout(&r.expr, indent, at + 1, tail)),
        _ => flat,
    }
}

/// `root` and its methods, one line each.
fn layout_chain(expr: &Expr, indent: usize, at: usize) -> String {
    let (root, methods) = unchain(expr);
    if let Some(text) = overflow_last(root, &methods, indent, at) {
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
        let head = format!(".{}", method.method);
        let call = layout_call(&head, method.args.iter(), indent, indent, 0);
        let _ = write!(text, "\n{:indent$}{call}", "");
    }
    text
}

/// The chain on one line but for the arguments of its last method, where rustfmt prefers that: the line is short enough
/// and the arguments gain nothing on a line of their own.
fn overflow_last(
    root: &Expr,
    methods: &[&syn::ExprMethodCall],
    indent: usize,
    at: usize,
) -> Option<String> {
    const SURELY: usize = 5;
    let (last, before) = methods.split_last()?;
    let plain = |m: &&syn::ExprMethodCall| args_may_be_flat(m.args.iter());
    if !may_be_flat(root) || !before.iter().all(plain) {
        return None;
    }
    let flat_before = |m: &&syn::ExprMethodCall| {
        let args: Vec<String> = m.args.iter().map(flat).collect();
        format!(".{}({})", m.method, args.join(", "))
    };
    let line = flat(root) + &before.iter().map(flat_before).collect::<String>();
    let room = MAX_WIDTH.saturating_sub(at);
    let room = if methods.len() == 1 {
        room
    } else {
        room.min(SMALL_WIDTH)
    };
    let room = room.checked_sub(line.len()).filter(|room| *room > 0)?;
    let head = format!(".{}", last.method);
    let here = layout_call(&head, last.args.iter(), indent, at + line.len(), 1);
    if here.lines().next().map_or(0, str::len) > room {
        return None;
    }
    let below = layout_call(&head, last.args.iter(), indent + STEP, indent + STEP, 0);
    let lines = here.lines().count();
    (lines >= SURELY || below.lines().count() >= lines).then_some(line + &here)
}

fn layout_call<'a>(
    head: &str,
    args: impl ExactSizeIterator<Item = &'a Expr> + Clone,
    indent: usize,
    at: usize,
    tail: usize,
) -> String {
    if let (1, Some(only)) = (args.len(), args.clone().next()) {
        return layout_only(&format!("{head}("), only, ")", indent, at, tail);
    }
    let flat_args = args.clone().map(flat).collect::<Vec<_>>().join(", ");
    let fits = at + head.len() + flat_args.len() + 2 + tail <= MAX_WIDTH;
    if fits && args_may_be_flat(args.clone()) {
        return format!("{head}({flat_args})");
    }
    let mut text = format!("{head}(\n");
    let inner = indent + STEP;
    for arg in args {
        let _ = writeln!(text, "{:inner$}{},", "", layout(arg, inner, inner, 1));
    }
    let _ = write!(text, "{:indent$})", "");
    text
}

/// The only argument or element between two brackets: what can break inside hangs between them, what cannot stays on
/// their line while there is room.
fn layout_only(
    open: &str,
    only: &Expr,
    close: &str,
    indent: usize,
    at: usize,
    tail: usize,
) -> String {
    let flat = flat(only);
    let fits = at + open.len() + flat.len() + close.len() + tail <= MAX_WIDTH;
    let (inside, brackets) = match only {
        Expr::Reference(r) => (&*r.expr, "&"),
        other => (other, ""),
    };
    match inside {
        _ if fits && may_be_flat(only) && (flat.len() <= SMALL_WIDTH || is_list(inside)) => {
            format!("{open}{flat}{close}")
        }
        Expr::Array(array) => format!("{open}{brackets}{}{close}", layout_array(array, indent)),
        Expr::Call(call) => {
            let mut text = format!("{open}{brackets}{}(\n", self::flat(&call.func));
            let inner = indent + STEP;
            for arg in &call.args {
                let _ = writeln!(text, "{:inner$}{},", "", layout(arg, inner, inner, 1));
            }
            let _ = write!(text, "{:indent$}){close}", "");
            text
        }
        _ if fits => format!("{open}{flat}{close}"),
        _ => {
            let inner = indent + STEP;
            format!(
                "{open}\n{:inner$}{},\n{:indent$}{close}",
                "",
                layout(only, inner, inner, 1),
                ""
            )
        }
    }
}

fn is_list(expr: &Expr) -> bool {
    matches!(expr, Expr::Array(_))
}

fn layout_array(array: &syn::ExprArray, indent: usize) -> String {
    if let (1, Some(only)) = (array.elems.len(), array.elems.first()) {
        return layout_only("[", only, "]", indent, indent, 1);
    }
    let inner = indent + STEP;
    let mut text = String::from("[\n");
    let elements: Vec<String> = array
        .elems
        .iter()
        .map(|e| layout(e, inner, inner, 1))
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
fn may_be_flat(expr: &Expr) -> bool {
    match expr {
        Expr::MethodCall(_) => {
            let (root, methods) = unchain(expr);
            (methods.len() < 2 || flat(expr).len() <= SMALL_WIDTH)
                && may_be_flat(root)
                && methods.iter().all(|m| args_may_be_flat(m.args.iter()))
        }
        Expr::Call(call) => args_may_be_flat(call.args.iter()),
        Expr::Array(array) => array_may_be_flat(array),
        Expr::Reference(r) => may_be_flat(&r.expr),
        _ => true,
    }
}

fn args_may_be_flat<'a>(args: impl ExactSizeIterator<Item = &'a Expr> + Clone) -> bool {
    if let (1, Some(only)) = (args.len(), args.clone().next()) {
        let breaks = matches!(only, Expr::Call(_));
        return may_be_flat(only) && (!breaks || flat(only).len() <= SMALL_WIDTH);
    }
    let width: usize = args.clone().map(|a| flat(a).len() + 2).sum();
    width.saturating_sub(2) <= SMALL_WIDTH && args.clone().all(may_be_flat)
}

fn array_may_be_flat(array: &syn::ExprArray) -> bool {
    args_may_be_flat(array.elems.iter())
}

/// A chain of methods as its root and the calls in the order in which they are written.
fn unchain(expr: &Expr) -> (&Expr, Vec<&syn::ExprMethodCall>) {
    let mut methods = Vec::new();
    let mut root = expr;
    while let Expr::MethodCall(call) = root {
        methods.push(call);
        root = &call.receiver;
    }
    methods.reverse();
    (root, methods)
}

fn flat(expr: &Expr) -> String {
    let list = |args: &syn::punctuated::Punctuated<Expr, syn::Token![,]>| {
        args.iter().map(flat).collect::<Vec<_>>().join(", ")
    };
    match expr {
        Expr::MethodCall(m) => format!("{}.{}({})", flat(&m.receiver), m.method, list(&m.args)),
        Expr::Call(c) => format!("{}({})", flat(&c.func), list(&c.args)),
        Expr::Array(a) => format!("[{}]", list(&a.elems)),
        Expr::Reference(r) => format!("&{}", flat(&r.expr)),
        Expr::Try(t) => format!("{}?", flat(&t.expr)),
        Expr::Macro(m) => format!("{}!({})", tight(&m.mac.path), m.mac.tokens),
        other => tight(other),
    }
}

fn visibility(vis: &syn::Visibility) -> &'static str {
    match vis {
        syn::Visibility::Public(_) => "pub ",
        _ => "",
    }
}

/// Tokens as text, without the spaces that `TokenStream` puts around punctuation.
fn tight(tokens: &impl quote::ToTokens) -> String {
    let spaced = tokens.to_token_stream().to_string();
    if let [proc_macro2::TokenTree::Literal(_)] = tokens
        .to_token_stream()
        .into_iter()
        .collect::<Vec<_>>()
        .as_slice()
    {
        return spaced;
    }
    spaced
        .replace(" :: ", "::")
        .replace("& ", "&")
        .replace(" : ", ": ")
        .replace("[ ", "[")
        .replace(" ]", "]")
        .replace(" ;", ";")
}
