//! What compiler and runtime must agree on although neither sees the other, held against their sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};
use syn::{Expr, ExprLit, ImplItem, Item, Lit, Signature, UseTree, Visibility};

/// A generic function or an `async fn` is compiled in the crate that uses it: once per gateway, not once.
#[test]
fn the_prelude_exports_nothing_that_is_compiled_again() {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src");
    let prelude = prelude(&sources.join("lib.rs"));
    for name in [
        "Call", "Cx", "Gateway", "Route", "Upstream", "forward", "run",
    ] {
        assert!(
            prelude.contains(name),
            "the prelude exports `{name}`: {prelude:?}"
        );
    }
    let mut seen = 0;
    for file in rust_files(&sources) {
        for item in parse(&file).items {
            match item {
                Item::Fn(f) if is_public(&f.vis) && prelude.contains(&f.sig.ident.to_string()) => {
                    seen += 1;
                    check(&f.sig, &file);
                }
                Item::Impl(block)
                    if block.trait_.is_none() && prelude.contains(&self_type(&block)) =>
                {
                    for item in &block.items {
                        if let ImplItem::Fn(f) = item
                            && is_public(&f.vis)
                        {
                            seen += 1;
                            check(&f.sig, &file);
                        }
                    }
                }
                _ => {}
            }
        }
    }
    assert!(
        seen > 40,
        "only {seen} exported functions were found: is this test still looking?"
    );
}

/// What the schema calls the default of Hanzo's CORS is what the runtime has (CORS-2, CORS-3, WID-8).
#[test]
fn defaults_of_hanzo_cors_are_the_same_on_both_sides() {
    let runtime = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runtime/src");
    let schema = gwc::schema::part("github.com/hanzoai/gateway/cors").expect("it is built");
    for (file, constant, key) in [
        ("origin.rs", "HOSTS", "allow_hosts"),
        ("origin.rs", "LOCAL", "allow_origins"),
        ("cors/hanzo.rs", "HEADERS", "allow_headers"),
    ] {
        let default = schema["properties"][key]["default"].as_array();
        let default = default.into_iter().flatten();
        let mut said: Vec<String> = default
            .filter_map(|item| Some(item.as_str()?.to_lowercase()))
            .collect();
        said.sort();
        let lists = string_lists(&runtime.join(file));
        assert_eq!(
            lists.get(constant),
            Some(&said),
            "{key} and {constant} of {file}"
        );
    }
}

/// The constants of a file that are lists of strings, lower-cased and sorted.
fn string_lists(file: &Path) -> BTreeMap<String, Vec<String>> {
    let mut lists = BTreeMap::new();
    for item in parse(file).items {
        let (name, value) = match item {
            Item::Const(item) => (item.ident, item.expr),
            Item::Static(item) => (item.ident, item.expr),
            _ => continue,
        };
        let inner = match *value {
            Expr::Reference(reference) => reference.expr,
            other => Box::new(other),
        };
        let Expr::Array(array) = *inner else { continue };
        let texts: Option<Vec<String>> = array.elems.iter().map(text).collect();
        if let Some(mut texts) = texts {
            texts.sort();
            lists.insert(name.to_string(), texts);
        }
    }
    lists
}

fn text(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text),
            ..
        }) => Some(text.value().to_lowercase()),
        _ => None,
    }
}

fn check(signature: &Signature, file: &Path) {
    let place = format!("`{}` in {}", signature.ident, file.display());
    assert!(
        signature.asyncness.is_none(),
        "{place} is an async fn; return a boxed future"
    );
    let generic = signature.generics.type_params().next().is_some()
        || signature.generics.const_params().next().is_some();
    assert!(
        !generic,
        "{place} is generic; take a concrete type or a function pointer"
    );
    let text = quote::quote!(#signature).to_string();
    assert!(
        !text.contains("impl "),
        "{place} takes or returns an `impl Trait`, which is generic"
    );
}

/// The names that `lib.rs` re-exports from its own modules.
fn prelude(lib: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for item in parse(lib).items {
        if let Item::Use(import) = item
            && is_public(&import.vis)
        {
            collect(&import.tree, &mut names);
        }
    }
    names
}

fn collect(tree: &UseTree, names: &mut BTreeSet<String>) {
    match tree {
        UseTree::Path(path) => collect(&path.tree, names),
        UseTree::Group(group) => group.items.iter().for_each(|item| collect(item, names)),
        UseTree::Name(name) => {
            names.insert(name.ident.to_string());
        }
        UseTree::Rename(rename) => {
            names.insert(rename.rename.to_string());
        }
        UseTree::Glob(_) => panic!("the prelude names what it exports"),
    }
}

fn self_type(block: &syn::ItemImpl) -> String {
    match &*block.self_ty {
        syn::Type::Path(path) => path
            .path
            .segments
            .last()
            .map(|s| s.ident.to_string())
            .unwrap_or_default(),
        _ => String::new(),
    }
}

fn is_public(vis: &Visibility) -> bool {
    matches!(vis, Visibility::Public(_))
}

fn parse(file: &Path) -> syn::File {
    let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).expect("the runtime is there").flatten() {
        let path = entry.path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found
}
