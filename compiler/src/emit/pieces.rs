//! What namespaces added to the plan: one file per group of statics, and their uses.

use super::{endpoint::duration, head, print};
use crate::plan::{Action, Arg, Call, Chain, Ending, Endpoint, Place, Plan, Setter, Static, Step};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::collections::BTreeSet;

/// The files that hold statics, in order.
pub fn files(plan: &Plan) -> BTreeSet<&'static str> {
    plan.statics.iter().map(|piece| piece.file).collect()
}

/// `src/<name>.rs`
pub fn file(plan: &Plan, name: &str) -> String {
    let pieces: Vec<&Static> = plan
        .statics
        .iter()
        .filter(|piece| piece.file == name)
        .collect();
    let mut text = head(plan, title(name));
    text.push('\n');
    let mut names = BTreeSet::new();
    for piece in &pieces {
        names.insert(root(piece.kind));
        imports(&piece.value, &mut names);
    }
    if pieces.iter().any(|piece| names_upstream(&piece.value)) {
        text.push_str(&print::crate_import(&BTreeSet::from(["upstreams"])));
    }
    text.push_str(&print::runtime_import(&names));
    for piece in pieces {
        text.push('\n');
        let (name, kind) = (format_ident!("{}", piece.name), path(piece.kind));
        // It may quote the config, and a comment ends with its line.
        let doc: Vec<&str> = piece.doc.split(char::is_control).collect();
        let (doc, value) = (format!(" {}", doc.join(" ")), chain(plan, &piece.value));
        text.push_str(&print::item(quote! {
            #[doc = #doc]
            pub static #name: #kind = #value;
        }));
    }
    text
}

fn title(file: &str) -> &'static str {
    match file {
        "bases" => "Clusters of Hanzo Base: one static per way to find the right node.",
        "bots" => "Which clients count as bots: one static per list.",
        "edge" => "What happens to every request before it is routed.",
        "limits" => "How many requests get through: one static per limit.",
        "jwt" => "Who may call: one static per way to check a token.",
        "telemetry" => "What is counted, and where it is told.",
        "signers" => "What signs the answers of backends.",
        _ => "What the handlers share.",
    }
}

/// `&[&edge::CORS]`
pub fn list(plan: &Plan, places: impl Iterator<Item = Place>) -> TokenStream {
    let places = places.map(|place| reference(plan, place));
    quote! { &[#(#places),*] }
}

/// The modules of the crate that the steps, the guards and the ending of a handler name.
pub fn modules(plan: &Plan, endpoint: &Endpoint) -> impl Iterator<Item = &'static str> {
    let places = endpoint.steps.iter().filter_map(|step| step.place);
    let ending = endpoint.ending.iter().map(|ending| ending.place);
    let guards = match &endpoint.action {
        Action::Forward(call) => call.guards.as_slice(),
        Action::Refuse { .. } => &[],
    };
    let guards = guards.iter().map(|guard| guard.place);
    places
        .chain(ending)
        .chain(guards)
        .map(|place| plan.statics[place].file)
}

/// What steps need of the runtime.
pub fn step_imports(steps: &[Step]) -> impl Iterator<Item = &'static str> {
    steps.iter().map(|step| root(step.function))
}

/// `auth::require(&jwt::IAM, cx)?;`
pub fn step(plan: &Plan, step: &Step) -> TokenStream {
    let function = path(step.function);
    let of = step.place.map(|place| reference(plan, place));
    let args = of.into_iter().chain([quote! { cx }]);
    quote! { #function(#(#args),*)?; }
}

/// `.guards(&[&breakers::USERS]).retry(2)`
pub fn call_setters(plan: &Plan, call: &Call) -> TokenStream {
    let mut tokens = TokenStream::new();
    if !call.guards.is_empty() {
        let guards = list(plan, call.guards.iter().map(|guard| guard.place));
        tokens.extend(quote! { .guards(#guards) });
    }
    for Setter { name, args, .. } in &call.setters {
        let (name, args) = (format_ident!("{name}"), values(plan, args));
        tokens.extend(quote! { .#name(#(#args),*) });
    }
    tokens
}

/// What the setters of a call need of the runtime.
pub fn setter_imports(call: &Call, names: &mut BTreeSet<&'static str>) {
    for arg in call.setters.iter().flat_map(|setter| &setter.args) {
        arg_imports(arg, names);
    }
}

/// What the end of a handler needs of the runtime.
pub fn end_import(ending: Option<&Ending>) -> &'static str {
    ending.map_or("forward", |ending| root(ending.function))
}

/// `forward(cx, &CALL)`, or `sign(cx, &CALL, &signers::ISSUER)`
pub fn end(plan: &Plan, ending: Option<&Ending>) -> TokenStream {
    let Some(ending) = ending else {
        return quote! { forward(cx, &CALL) };
    };
    let (function, of) = (path(ending.function), reference(plan, ending.place));
    quote! { #function(cx, &CALL, #of) }
}

fn reference(plan: &Plan, place: Place) -> TokenStream {
    let piece = &plan.statics[place];
    let (file, name) = (
        format_ident!("{}", piece.file),
        format_ident!("{}", piece.name),
    );
    quote! { &#file::#name }
}

fn chain(plan: &Plan, chain: &Chain) -> TokenStream {
    let mut calls = chain.calls.iter();
    let Some((constructor, args)) = calls.next() else {
        unreachable!("a chain begins with its constructor")
    };
    let mut tokens = call(plan, constructor, args);
    for (setter, args) in calls {
        let (setter, args) = (format_ident!("{setter}"), values(plan, args));
        tokens.extend(quote! { .#setter(#(#args),*) });
    }
    tokens
}

fn call(plan: &Plan, function: &str, args: &[Arg]) -> TokenStream {
    let (function, args) = (path(function), values(plan, args));
    quote! { #function(#(#args),*) }
}

fn values(plan: &Plan, args: &[Arg]) -> impl Iterator<Item = TokenStream> {
    args.iter().map(|arg| value(plan, arg))
}

fn value(plan: &Plan, arg: &Arg) -> TokenStream {
    match arg {
        Arg::Text(text) => quote! { #text },
        Arg::Texts(texts) => quote! { &[#(#texts),*] },
        Arg::Number(n) => {
            let n = print::grouped(*n);
            quote! { #n }
        }
        Arg::Numbers(numbers) => {
            let numbers = numbers.iter().map(|n| print::grouped(*n));
            quote! { &[#(#numbers),*] }
        }
        Arg::Flag(on) => quote! { #on },
        Arg::Duration(d) => duration(*d),
        Arg::Name(name) => path(name),
        Arg::Names(names) => {
            let names = names.iter().map(|name| path(name));
            quote! { &[#(#names),*] }
        }
        Arg::Call(function, args) => call(plan, function, args),
        Arg::Calls(calls) => {
            let calls = calls
                .iter()
                .map(|(function, args)| call(plan, function, args));
            quote! { &[#(#calls),*] }
        }
        Arg::Upstream(hosts) => {
            let upstream = plan.upstreams.iter().find(|u| u.hosts == *hosts);
            let upstream = upstream.expect("what is called is among the upstreams");
            let constant = format_ident!("{}", upstream.constant);
            quote! { &upstreams::#constant }
        }
    }
}

fn names_upstream(chain: &Chain) -> bool {
    let mut args = chain.calls.iter().flat_map(|(_, args)| args);
    args.any(|arg| matches!(arg, Arg::Upstream(_)))
}

fn imports(chain: &Chain, names: &mut BTreeSet<&'static str>) {
    if let Some((constructor, _)) = chain.calls.first() {
        names.insert(root(constructor));
    }
    for arg in chain.calls.iter().flat_map(|(_, args)| args) {
        arg_imports(arg, names);
    }
}

fn arg_imports(arg: &Arg, names: &mut BTreeSet<&'static str>) {
    let mut called = |function: &'static str, args: &[Arg]| {
        names.insert(root(function));
        for arg in args {
            arg_imports(arg, names);
        }
    };
    match arg {
        Arg::Text(_)
        | Arg::Texts(_)
        | Arg::Number(_)
        | Arg::Numbers(_)
        | Arg::Flag(_)
        | Arg::Upstream(_) => {}
        Arg::Duration(_) => {
            names.insert("Duration");
        }
        Arg::Name(name) => {
            names.insert(root(name));
        }
        Arg::Names(list) => names.extend(list.iter().map(|name| root(name))),
        Arg::Call(function, args) => called(function, args),
        Arg::Calls(calls) => calls
            .iter()
            .for_each(|(function, args)| called(function, args)),
    }
}

/// `auth` of `auth::require`: what is imported.
fn root(path: &'static str) -> &'static str {
    path.split("::").next().unwrap_or(path)
}

fn path(text: &str) -> TokenStream {
    let path: syn::Path = syn::parse_str(text).expect("the runtime's names are paths");
    quote! { #path }
}
