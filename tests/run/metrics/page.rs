//! `docs/metrics.md` lists what a scrape says, and nothing else.

use super::{Counting, watched};
use harness::{Origin, Scrape, workspace};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
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
    let untold: Vec<_> = page
        .keys()
        .filter(|name| !told.contains_key(*name))
        .collect();
    assert!(untold.is_empty(), "nobody tells {untold:?}");
}
