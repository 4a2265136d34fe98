//! `upstreams.rs`: one static per distinct set of hosts.

use super::{head, print};
use crate::plan::{Host, Plan, Upstream};
use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};
use std::collections::BTreeSet;

pub fn file(plan: &Plan) -> String {
    let mut text = head(plan, "Every upstream, once.");
    text.push('\n');
    let mut names = BTreeSet::from(["Upstream"]);
    if !plan.upstreams.is_empty() {
        names.insert("Host");
    }
    text.push_str(&print::runtime_import(&names));
    text.push('\n');
    let all = plan
        .upstreams
        .iter()
        .map(|u| format_ident!("{}", u.constant));
    text.push_str(&print::item(
        quote! { pub static ALL: &[&Upstream] = &[#(&#all),*]; },
    ));
    for upstream in &plan.upstreams {
        text.push('\n');
        text.push_str(&print::item(item(upstream)));
    }
    text
}

fn item(upstream: &Upstream) -> TokenStream {
    let constant = format_ident!("{}", upstream.constant);
    let label = &upstream.label;
    let doc = upstream
        .hosts
        .iter()
        .map(|h| format!("`{h}`"))
        .collect::<Vec<_>>()
        .join(", ");
    let doc = format!(" {doc}");
    let hosts = upstream.hosts.iter().map(host);
    quote! {
        #[doc = #doc]
        pub static #constant: Upstream = Upstream::new(#label, &[#(#hosts),*]);
    }
}

fn host(host: &Host) -> TokenStream {
    if host.srv {
        let constructor = format_ident!("{}", if host.tls { "srv_tls" } else { "srv" });
        let name = host.slots.as_ref().unwrap_or(&host.name);
        return quote! { Host::#constructor(#name) };
    }
    if let Some(text) = &host.slots {
        return quote! { Host::slots(#text) };
    }
    let scheme = format_ident!("{}", if host.tls { "https" } else { "http" });
    let name = &host.name;
    let port = Literal::u16_unsuffixed(host.port);
    quote! { Host::#scheme(#name, #port) }
}
