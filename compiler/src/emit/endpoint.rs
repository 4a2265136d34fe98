//! `endpoints/<module>.rs`: one plain function per endpoint.

use super::{head, pieces, print};
use crate::plan::{Action, Call, Endpoint, Headers, Plan, Query};
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use std::{collections::BTreeSet, time::Duration};

/// `endpoints/mod.rs`
pub fn index<'a>(plan: &Plan, modules: impl Iterator<Item = &'a str>) -> String {
    let mut text = head(
        plan,
        "The endpoints, by the first segment of their path that is not a version.",
    );
    for (i, module) in modules.enumerate() {
        text.push_str(if i == 0 { "\npub mod " } else { "pub mod " });
        text.push_str(module);
        text.push_str(";\n");
    }
    text
}

/// One file: the endpoints of one module.
pub fn file(plan: &Plan, endpoints: &[&Endpoint]) -> String {
    let mut text = head(plan, &title(endpoints));
    text.push('\n');
    let forwards = endpoints
        .iter()
        .any(|e| matches!(e.action, Action::Forward(_)));
    let mut modules: BTreeSet<&str> = endpoints
        .iter()
        .flat_map(|e| pieces::modules(plan, e))
        .collect();
    if forwards {
        modules.insert("upstreams");
    }
    text.push_str(&print::crate_import(&modules));
    text.push_str(&print::runtime_import(&imports(endpoints)));
    for endpoint in endpoints {
        text.push('\n');
        text.push_str(&print::item(function(plan, endpoint)));
    }
    text
}

/// The common beginning of the paths in a file: `/v1/chat` or `/auth`, `/v1/auth`.
fn title(endpoints: &[&Endpoint]) -> String {
    let prefixes: BTreeSet<String> = endpoints.iter().map(|e| prefix(&e.path)).collect();
    prefixes
        .iter()
        .map(|p| format!("`{p}`"))
        .collect::<Vec<_>>()
        .join(", ")
}

/// A path up to and with the segment that names its module.
fn prefix(path: &str) -> String {
    let mut prefix = String::new();
    for segment in path.split('/').skip(1) {
        prefix.push('/');
        prefix.push_str(segment);
        if !crate::lower::is_version(segment) {
            break;
        }
    }
    prefix
}

fn imports(endpoints: &[&Endpoint]) -> BTreeSet<&'static str> {
    let mut names = BTreeSet::from(["Cx", "Decision"]);
    for endpoint in endpoints {
        names.extend(pieces::step_imports(&endpoint.steps));
        match &endpoint.action {
            Action::Forward(call) => {
                names.extend([
                    "Call",
                    "Duration",
                    pieces::end_import(endpoint.ending.as_ref()),
                ]);
                if call.method.is_some() {
                    names.insert("Method");
                }
                pieces::setter_imports(call, &mut names);
            }
            Action::Refuse { .. } => {
                names.insert("refuse");
            }
        }
    }
    names
}

fn function(plan: &Plan, endpoint: &Endpoint) -> TokenStream {
    let name = format_ident!("{}", endpoint.function);
    let route = format!("`{} {}`", endpoint.method.as_str(), endpoint.path);
    match &endpoint.action {
        Action::Forward(call) => {
            let upstream = &plan.upstreams[call.upstream];
            let doc = format!(" {route} → {}", upstream.label);
            let constant = format_ident!("{}", upstream.constant);
            let setters = pieces::call_setters(plan, call);
            let call = self::call(call, &constant);
            let steps = endpoint.steps.iter().map(|step| pieces::step(plan, step));
            let end = pieces::end(plan, endpoint.ending.as_ref());
            quote! {
                #[doc = #doc]
                pub fn #name(cx: &mut Cx) -> Decision {
                    static CALL: Call = #call #setters;
                    #(#steps)*
                    #end
                }
            }
        }
        Action::Refuse { why } => {
            let doc = format!(" {route}: closed, for this gateway is built without {why}");
            quote! {
                #[doc = #doc]
                pub fn #name(cx: &mut Cx) -> Decision {
                    refuse(cx, #why)
                }
            }
        }
    }
}

fn call(call: &Call, upstream: &proc_macro2::Ident) -> TokenStream {
    let template = &call.template;
    let mut chain = quote! { Call::to(&upstreams::#upstream, #template) };
    match &call.headers {
        Headers::All => chain.extend(quote! { .all_headers() }),
        Headers::Only(names) => chain.extend(quote! { .headers(&[#(#names),*]) }),
    }
    match &call.query {
        Query::All => chain.extend(quote! { .all_queries() }),
        Query::Only(names) if names.is_empty() => {}
        Query::Only(names) => chain.extend(quote! { .query(&[#(#names),*]) }),
    }
    if let Some(method) = call.method {
        let method = format_ident!("{}", method.as_str());
        chain.extend(quote! { .method(Method::#method) });
    }
    if let Some(bytes) = call.max_body {
        let bytes = print::grouped(bytes);
        chain.extend(quote! { .max_body(#bytes) });
    }
    let timeout = duration(call.timeout);
    chain.extend(quote! { .timeout(#timeout) });
    chain
}

/// `Duration::from_secs(120)`, in the largest unit that is exact.
pub fn duration(d: Duration) -> TokenStream {
    let nanos = d.as_nanos();
    let (constructor, value) = match nanos {
        n if n.is_multiple_of(1_000_000_000) => ("from_secs", n / 1_000_000_000),
        n if n.is_multiple_of(1_000_000) => ("from_millis", n / 1_000_000),
        n if n.is_multiple_of(1_000) => ("from_micros", n / 1_000),
        n => ("from_nanos", n),
    };
    let constructor = format_ident!("{constructor}");
    let value = Literal::u64_unsuffixed(u64::try_from(value).unwrap_or(u64::MAX));
    quote! { Duration::#constructor(#value) }
}
