//! `docs/metrics.md` lists what a scrape says, and nothing else.

use super::{Counting, watched};
use harness::{Origin, Scrape, workspace};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

/// A row of a table of families: its kind and its labels.
type Row = (String, BTreeSet<String>);

/// `| `name` | counter | `label`, `label` | what |`, by name, with the heading above the table.
fn page() -> BTreeMap<String, (Row, String)> {
    let text = fs::read_to_string(workspace().join("docs/metrics.md")).expect("the page");
    let (mut rows, mut heading) = (BTreeMap::new(), String::new());
    for line in text.lines() {
        if let Some(title) = line.strip_prefix("## ") {
            title.clone_into(&mut heading);
        }
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [name, kind, labels, _] = cells.as_slice() else {
            continue;
        };
        let Some(name) = name
            .strip_prefix('`')
            .and_then(|name| name.strip_suffix('`'))
        else {
            continue;
        };
        let labels = labels
            .split(',')
            .map(|label| label.trim().trim_matches('`'));
        let labels = labels.filter(|label| !label.is_empty()).map(str::to_owned);
        let row = ((*kind).to_owned(), labels.collect());
        let before = rows.insert(name.to_owned(), (row, heading.clone()));
        assert!(before.is_none(), "{name} stands twice in docs/metrics.md");
    }
    rows
}

fn rows(scrape: &Scrape) -> BTreeMap<String, Row> {
    let row = |(name, family): (&String, &harness::scrape::Family)| {
        (name.clone(), (family.kind.clone(), family.labels.clone()))
    };
    scrape.families.iter().map(row).collect()
}

#[test]
fn the_page_says_what_a_scrape_says() {
    let page = page();
    let origin = Origin::ok();
    let counting = Counting::start("metrics-page", &origin);
    counting.gateway.get("/users/1");
    let mut told = rows(&counting.settled());
    for (name, (_, heading)) in &page {
        let of_all = heading != "Of single capabilities";
        assert!(told.contains_key(name) || !of_all, "nobody tells `{name}`");
    }
    told.extend(rows(&watched::scrape("metrics-page-watched")));
    for (name, row) in &told {
        let written = page.get(name).map(|(row, _)| row);
        assert_eq!(written, Some(row), "`{name}` as docs/metrics.md has it");
    }
}

/// No family is forgotten, whichever capability it is of.
#[test]
fn the_page_has_what_the_runtime_has() {
    let mut names = BTreeSet::new();
    families(&workspace().join("runtime/src"), &mut names);
    assert!(
        names.len() > 40,
        "only {names:?}: is this test still looking?"
    );
    let page: BTreeSet<String> = page().into_keys().collect();
    let differ: Vec<_> = page.symmetric_difference(&names).collect();
    assert!(
        differ.is_empty(),
        "in docs/metrics.md or in the runtime, and not in both: {differ:?}"
    );
}

/// `name: "gateway_…"`, wherever a family is declared.
fn families(directory: &Path, names: &mut BTreeSet<String>) {
    for entry in fs::read_dir(directory).expect("the runtime's source") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            families(&path, names);
            continue;
        }
        let text = fs::read_to_string(&path).expect("a source file");
        for (_, rest) in text
            .match_indices("name: \"")
            .map(|(at, begin)| text.split_at(at + begin.len()))
        {
            let name = rest.split('"').next().unwrap_or_default();
            if ["gateway_", "process_"]
                .iter()
                .any(|begin| name.starts_with(begin))
            {
                names.insert(name.to_owned());
            }
        }
    }
}
