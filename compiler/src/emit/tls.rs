//! TLS in `main.rs`: a static for the listener's and one for the upstreams'; only what is not the runtime's default.

use crate::plan::{ClientTls, Crypto, KeyFiles, Plan, Tls, TlsVersion};
use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use std::collections::BTreeSet;

/// The statics, in the order in which they are to stand.
pub fn statics(plan: &Plan, names: &mut BTreeSet<&'static str>) -> Vec<TokenStream> {
    let listener = plan.server.tls.as_ref().map(|tls| listener(tls, names));
    let upstreams = plan.server.dial.tls.as_ref();
    let upstreams = upstreams.map(|tls| self::upstreams(tls, names));
    listener.into_iter().chain(upstreams).collect()
}

fn listener(tls: &Tls, names: &mut BTreeSet<&'static str>) -> TokenStream {
    names.insert("Tls");
    let keys = keys(&tls.keys, names);
    let mut chain = quote! { Tls::new(&[#keys]) };
    crypto(&tls.crypto, &mut chain, names);
    if let Some(clients) = &tls.clients {
        if !clients.files.is_empty() {
            let files = &clients.files;
            chain.extend(quote! { .client_authorities(&[#(#files),*]) });
        }
        if clients.system {
            chain.extend(quote! { .system_client_authorities() });
        }
    }
    quote! { static TLS: Tls = #chain; }
}

fn upstreams(tls: &ClientTls, names: &mut BTreeSet<&'static str>) -> TokenStream {
    names.insert("UpstreamTls");
    let mut chain = quote! { UpstreamTls::new() };
    crypto(&tls.crypto, &mut chain, names);
    if !tls.roots.files.is_empty() {
        let files = &tls.roots.files;
        chain.extend(quote! { .roots(&[#(#files),*]) });
    }
    if !tls.roots.system {
        chain.extend(quote! { .no_system_roots() });
    }
    if !tls.certificates.is_empty() {
        let keys = keys(&tls.certificates, names);
        chain.extend(quote! { .certificates(&[#keys]) });
    }
    if tls.accept_any {
        chain.extend(quote! { .accept_any_certificate() });
    }
    quote! { static UPSTREAM_TLS: UpstreamTls = #chain; }
}

fn keys(keys: &[KeyFiles], names: &mut BTreeSet<&'static str>) -> TokenStream {
    names.insert("KeyFiles");
    let keys = keys.iter().map(|KeyFiles { certificate, key }| {
        quote! { KeyFiles::new(#certificate, #key) }
    });
    quote! { #(#keys),* }
}

fn crypto(crypto: &Crypto, chain: &mut TokenStream, names: &mut BTreeSet<&'static str>) {
    let bounds = [("min_version", crypto.min), ("max_version", crypto.max)];
    for (setter, version) in bounds {
        if version == TlsVersion::V12 {
            names.insert("TlsVersion");
            let setter = format_ident!("{setter}");
            chain.extend(quote! { .#setter(TlsVersion::V12) });
        }
    }
    if let Some(groups) = &crypto.groups {
        names.insert("TlsGroup");
        let groups = groups
            .iter()
            .map(|group| format_ident!("{}", group.variant()));
        chain.extend(quote! { .groups(&[#(TlsGroup::#groups),*]) });
    }
    if let Some(suites) = &crypto.suites {
        names.insert("TlsSuite");
        let suites = suites
            .iter()
            .map(|suite| format_ident!("{}", suite.variant()));
        chain.extend(quote! { .suites(&[#(TlsSuite::#suites),*]) });
    }
}
