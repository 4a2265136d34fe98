//! What namespaces added to the plan: one file per group of statics, and their uses.

use super::{code::Code, head, print};
use crate::plan::{
    Action, Arg, Call, Chain, Ending, Endpoint, Place, Plan, Setter, Static, Step, Upstream,
};
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
        // It may quote the config, and a comment ends with its line.
        let doc: Vec<&str> = piece.doc.split(char::is_control).collect();
        text.push_str(&print::doc(&doc.join(" ")));
        text.push_str(&print::item(
            &format!("pub static {}: {}", piece.name, piece.kind),
            &chain(plan, &piece.value),
        ));
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
pub fn list(plan: &Plan, places: impl Iterator<Item = Place>) -> Code {
    Code::list(places.map(|place| reference(plan, place)))
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

/// `auth::require(&jwt::IAM, cx)`
pub fn step(plan: &Plan, step: &Step) -> Code {
    let of = step.place.map(|place| reference(plan, place));
    Code::call(step.function, of.into_iter().chain([Code::word("cx")]))
}

/// `.guards(&[&breakers::USERS]).retry(2)` of a call.
pub fn call_setters(plan: &Plan, call: &Call, mut code: Code) -> Code {
    if !call.guards.is_empty() {
        let guards = list(plan, call.guards.iter().map(|guard| guard.place));
        code = code.method("guards", [guards]);
    }
    for Setter { name, args, .. } in &call.setters {
        code = code.method(name, values(plan, args));
    }
    code
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
pub fn end(plan: &Plan, ending: Option<&Ending>) -> Code {
    let function = ending.map_or("forward", |ending| ending.function);
    let of = ending.map(|ending| reference(plan, ending.place));
    let args = [Code::word("cx"), Code::word("&CALL")];
    Code::call(function, args.into_iter().chain(of))
}

/// `&upstreams::BASE`
pub fn upstream(upstream: &Upstream) -> Code {
    Code::word(format!("&upstreams::{}", upstream.constant))
}

fn reference(plan: &Plan, place: Place) -> Code {
    let piece = &plan.statics[place];
    Code::word(format!("&{}::{}", piece.file, piece.name))
}

fn chain(plan: &Plan, chain: &Chain) -> Code {
    let mut calls = chain.calls.iter();
    let Some((constructor, args)) = calls.next() else {
        unreachable!("a chain begins with its constructor")
    };
    calls.fold(call(plan, constructor, args), |code, (setter, args)| {
        code.method(setter, values(plan, args))
    })
}

fn call(plan: &Plan, function: &str, args: &[Arg]) -> Code {
    Code::call(function, values(plan, args))
}

fn values(plan: &Plan, args: &[Arg]) -> impl Iterator<Item = Code> {
    args.iter().map(|arg| value(plan, arg))
}

fn value(plan: &Plan, arg: &Arg) -> Code {
    match arg {
        Arg::Text(text) => Code::text(text),
        Arg::Texts(texts) => Code::texts(texts),
        Arg::Number(n) => Code::number(*n),
        Arg::Numbers(numbers) => Code::list(numbers.iter().map(|n| Code::number(*n))),
        Arg::Flag(on) => Code::word(on.to_string()),
        Arg::Duration(d) => Code::duration(*d),
        Arg::Name(name) => Code::word(*name),
        Arg::Names(names) => Code::list(names.iter().map(|name| Code::word(*name))),
        Arg::Call(function, args) => call(plan, function, args),
        Arg::Calls(calls) => Code::list(
            calls
                .iter()
                .map(|(function, args)| call(plan, function, args)),
        ),
        Arg::Upstream(hosts) => {
            let found = plan.upstreams.iter().find(|u| u.hosts == *hosts);
            upstream(found.expect("what is called is among the upstreams"))
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
