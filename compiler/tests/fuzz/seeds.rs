//! What is damaged: the configs of the repository, whole and in pieces.

use crate::random::Random;
use gwc::{
    front,
    json::{self, Node},
    source::Source,
};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

/// Texts, and what can be put into another.
pub struct Seeds {
    texts: Vec<String>,
    /// Those that are accepted, which is where most damage should begin: behind an error there is less to reach.
    good: Vec<String>,
    /// `"key": value`
    pub members: Vec<String>,
    pub values: Vec<String>,
    /// Values by the key that they stand under.
    pub by_key: BTreeMap<String, Vec<String>>,
}

impl Seeds {
    pub fn read() -> Seeds {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let mut files = Vec::new();
        for dir in [
            "configs",
            "tests/ui",
            "tests/golden",
            "compiler/tests/fuzz/known",
        ] {
            collect(&root.join(dir), &mut files);
        }
        files.sort();
        let mut seeds = Seeds {
            texts: Vec::new(),
            good: Vec::new(),
            members: Vec::new(),
            values: Vec::new(),
            by_key: BTreeMap::new(),
        };
        for file in files {
            let text =
                fs::read_to_string(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
            let (root, _) = json::parse(&Source::new("gateway.json", text.as_str()));
            if let Some(root) = root {
                seeds.take_apart(&text, &root);
            }
            seeds.texts.push(text);
        }
        assert!(
            seeds.texts.len() > 100,
            "only {} configs to damage",
            seeds.texts.len()
        );
        seeds.texts.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
        seeds.texts.dedup();
        let good = |text: &&String| {
            front::read(&Source::new("gateway.json", text.as_str()))
                .0
                .is_some()
        };
        seeds.good = seeds.texts.iter().filter(good).cloned().collect();
        for pieces in [&mut seeds.members, &mut seeds.values]
            .into_iter()
            .chain(seeds.by_key.values_mut())
        {
            pieces.sort_unstable();
            pieces.dedup();
        }
        seeds
    }

    /// Short ones first.
    pub fn whole(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(String::as_str)
    }

    /// Mostly a good one, mostly a short one, for they are quick; now and then the longest.
    pub fn pick(&self, random: &mut Random) -> &str {
        let texts = if random.one_in(3) {
            &self.texts
        } else {
            &self.good
        };
        let (all, long) = (texts.len(), random.one_in(40));
        let first = random.below(all);
        &texts[if long {
            first
        } else {
            first.min(random.below(all)).min(all * 9 / 10)
        }]
    }

    fn take_apart(&mut self, text: &str, node: &Node) {
        /// A piece should be quick to put in and to read again.
        const MAX: usize = 400;
        let piece =
            |start: usize, end: usize| (end - start < MAX).then(|| text[start..end].to_owned());
        let value = |node: &Node| piece(node.span.start, node.span.end);
        self.values.extend(value(node));
        for member in node.members() {
            self.members
                .extend(piece(member.key.span.start, member.value.span.end));
            let alike = self.by_key.entry(member.key.value.clone()).or_default();
            alike.extend(value(&member.value));
            self.take_apart(text, &member.value);
        }
        for item in node.items() {
            self.take_apart(text, item);
        }
    }
}

fn collect(dir: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(dir).unwrap_or_else(|e| panic!("{}: {e}", dir.display())) {
        let path = entry.expect("a directory can be listed").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            files.push(path);
        }
    }
}
