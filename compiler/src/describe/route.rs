//! One route, as a colleague would explain it.

use super::{
    Page, absent, headers,
    process::time,
    requests::requests,
    units::{bytes, duration, listed},
};
use crate::{
    defaults,
    matching::Matcher,
    plan::{Action, Call, Does, Endpoint, Method, Plan, Query, Stage, Upstream, Way},
};

/// Endpoints of one path that do the same, told once. `group`: indices into [`Plan::endpoints`], at least one.
pub fn route(plan: &Plan, matcher: &Matcher<'_>, group: &[usize]) -> String {
    let first = &plan.endpoints[group[0]];
    let methods: Vec<Method> = group.iter().map(|at| plan.endpoints[*at].method).collect();
    let names: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
    let title = format!("{} {}", names.join(", "), first.path);
    match &first.action {
        Action::Refuse { why } => {
            let mut page = Page::titled(&format!("{title}: closed"));
            page.section("What happens");
            page.point(&format!(
                "Everyone gets a 501, for the gateway is built without {why}. No backend is \
                 called: an endpoint is never open \
                 because its guard could not be built."
            ));
            page.finish()
        }
        Action::Forward(call) => {
            let upstream = &plan.upstreams[call.upstream];
            let mut page = Page::titled(&format!("{title} → {}", upstream.label));
            page.section("Which requests");
            for point in requests(plan, matcher, group, &methods) {
                page.point(&point);
            }
            page.section("What happens, in order");
            for (n, step) in steps(plan, first, call).iter().enumerate() {
                page.step(n + 1, step);
            }
            sections(plan, first, call, &methods, &mut page);
            page.finish()
        }
    }
}

fn sections(plan: &Plan, first: &Endpoint, call: &Call, methods: &[Method], page: &mut Page) {
    let mut section = |heading: &str, points: Vec<String>| {
        if points.is_empty() {
            return;
        }
        page.section(heading);
        for point in points {
            page.point(&point);
        }
    };
    section("Headers and query", {
        let mut points = headers::points(
            call,
            plan.gates.iter().any(|gate| gate.stage == Stage::Identity)
                || first.steps.iter().any(|step| step.stage == Stage::Token),
        );
        points.push(match &call.query {
            Query::All => "The client's query string goes along as it is.".to_owned(),
            Query::Only(names) if names.is_empty() => {
                "The client's query string is dropped.".to_owned()
            }
            Query::Only(names) => format!(
                "Of the query these parameters go along, byte for byte: {}. Others are dropped.",
                listed(names)
            ),
        });
        points
    });
    section("What the backend is told besides", headers::added(call));
    let way = first.way();
    section("When it takes too long, or fails", {
        let mut points = times(plan, call);
        points.extend(way.into_iter().flat_map(|way| way.fails.clone()));
        points
    });
    section("Sent twice?", {
        let once = way.is_none_or(|way| way.twice.is_empty());
        let mut points = again(plan, call, methods, once);
        points.extend(way.into_iter().flat_map(|way| way.twice.clone()));
        points
    });
    let absent = absent::of_route(plan, first);
    section("Not there", absent.into_iter().collect());
}

fn steps(plan: &Plan, first: &Endpoint, call: &Call) -> Vec<String> {
    let server = &plan.server;
    let upstream = &plan.upstreams[call.upstream];
    let method = call
        .method
        .map_or(String::new(), |method| format!("{} ", method.as_str()));
    let urls: Vec<String> = upstream
        .hosts
        .iter()
        .map(|host| format!("{method}{host}{}", call.template))
        .collect();
    let turn = if upstream.hosts.iter().any(|host| host.srv) {
        ", each of the hosts that its SRV records name in turn, by priority and weight"
    } else if urls.len() > 1 {
        ", host by host in turn"
    } else {
        ""
    };
    let cap = match call.max_body {
        Some(max) => format!("Its body may have {}: over it, 413.", bytes(max)),
        None => "Its body has no cap.".to_owned(),
    };
    let mut steps = vec![
        "Identity headers are taken out of the request, so that no client says who it \
         is."
        .to_owned(),
        format!(
            "Refused: a Host header that is missing, double or no host (400), a path and query \
             over {} (414), a path with a dot segment{} (400).",
            server.max_uri_bytes.map_or_else(
                || format!("{} [default]", bytes(defaults::MAX_URI_BYTES)),
                bytes
            ),
            if server.router.merge_slashes {
                " or an escaped control character"
            } else {
                ", an escaped control character or an empty segment"
            },
        ),
    ];
    let gates = plan.gates.iter().filter(|gate| gate.stage.is_for_routes());
    steps.extend(gates.map(|gate| gate.says.clone()));
    steps.extend(first.steps.iter().map(|step| step.says.clone()));
    steps.extend(call.guards.iter().map(|guard| guard.says.clone()));
    let hosts = format!("{}{turn}", listed(&urls));
    let to = match first.way() {
        Some(way) => way.to.replace(Way::HOSTS, &hosts),
        None => format!("The request goes to {hosts}."),
    };
    let body = first.way().and_then(|way| way.body);
    let streamed = body.unwrap_or("It is streamed as it comes, never held as a whole.");
    steps.extend([
        format!("{to} {cap} {streamed}"),
        match first.ending.as_ref().map(|ending| &ending.does) {
            Some(Does::Answers(says)) => says.clone(),
            Some(Does::Sends(_)) | None => "The answer comes back as it is, status, headers and bytes, each read of the backend \
                     sent at once; X-Powered-By, \
                     X-Gateway-Completed: false and X-Request-Id are set on it."
                .to_owned(),
        },
    ]);
    steps
}

fn times(plan: &Plan, call: &Call) -> Vec<String> {
    let timeout = duration(call.timeout);
    let secure = plan.upstreams[call.upstream].hosts.iter().filter(|h| h.tls);
    let tls = match secure.map(|host| host.slots.is_some()).min() {
        Some(false) => ", TLS included,",
        // The scheme may be the slot's to say.
        Some(true) => ", TLS included where it is https,",
        None => "",
    };
    let connect = time(plan.server.dial.connect_timeout, defaults::CONNECT_TIMEOUT);
    vec![
        format!(
            "First, where no kept connection is free: a new one must stand{tls} within \
             {connect}. After it, 504."
        ),
        format!(
            "Then the backend may be silent for {timeout} before its answer begins. After it, \
             504. Progress of the upload breaks \
             the silence; if it is the client that stops sending for so long, it gets a 408."
        ),
        format!(
            "Once the answer has begun, every silence of {timeout} cuts it off: its status is \
             out already, so the client sees a \
             broken transfer. An answer that goes on talking is never cut, however long it takes."
        ),
        format!(
            "A backend that refuses the connection or breaks off before its answer: 502. Such \
             answers are JSON with `message` and \
             `request_id`, and {}.",
            if plan.server.router.error_detail {
                "say which upstream failed and how (`return_error_msg`)"
            } else {
                "do not say which upstream failed"
            }
        ),
        "A client that hangs up ends the request to the backend too.".to_owned(),
    ]
}

/// What is sent more than once, and to whom. `once`: there is no other reason for it than those told here.
fn again(plan: &Plan, call: &Call, methods: &[Method], once: bool) -> Vec<String> {
    let mut points = vec![stale(plan, call, methods, once)];
    if may_be_several(&plan.upstreams[call.upstream]) {
        points.push(
            "A host that cannot be reached has seen nothing of the request: the others are tried, each once, all of them \
             within the time for one connection."
                .to_owned(),
        );
    }
    let says = call.setters.iter().map(|setter| setter.says.clone());
    points.extend(says.filter(|says| !says.is_empty()));
    points
}

/// Several hosts, or one name that several may be found for.
fn may_be_several(upstream: &Upstream) -> bool {
    upstream.hosts.len() > 1 || upstream.hosts.iter().any(|host| host.srv)
}

fn stale(plan: &Plan, call: &Call, methods: &[Method], once: bool) -> String {
    if plan.server.dial.no_keep_alive {
        return "Never: only a kept connection could have gone stale, and none is \
                kept."
            .to_owned();
    }
    let start = "Only where a kept connection turns out to be closed before it gave a byte: \
                 then once more, on a fresh one, if";
    let asked: Vec<Method> = match call.method {
        Some(method) => vec![method],
        None => methods.to_vec(),
    };
    let (safe, others): (Vec<Method>, Vec<Method>) = asked
        .into_iter()
        .partition(|method| !matches!(method, Method::Post | Method::Patch));
    let names = |methods: &[Method], and: &str| {
        let names: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
        listed(&names).replace(" and ", and)
    };
    let or_safe = match safe.as_slice() {
        [] => String::new(),
        safe => format!(", or it is a {} without a body", names(safe, " or ")),
    };
    let never = match others.as_slice() {
        [] => String::new(),
        _ if !once => String::new(),
        others => {
            let and = if safe.is_empty() { " and " } else { " or " };
            format!(
                " A backend never gets the same {} twice.",
                names(others, and)
            )
        }
    };
    format!("{start} nothing of the request was written{or_safe}.{never}")
}
