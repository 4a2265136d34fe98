//! Every code has a page, and the examples of a page keep their word.

use super::*;
use crate::{
    diagnostic::{Class, Summary},
    front,
    lower::{self, Origin},
    source::Source,
};

/// Kinds of all findings of a config, those of `lower` too.
fn findings(text: &str) -> Vec<&'static Code> {
    let source = Source::new("gateway.json", text);
    let (config, mut findings) = front::read(&source);
    // A plan is made only of a config without errors.
    if let Some(config) = config.filter(|_| Summary::of(&findings).errors == 0) {
        let origin = Origin {
            crate_name: "example".to_owned(),
            path: source.path.clone(),
            text: source.text.clone(),
        };
        findings.extend(lower::lower(&config, origin, &[]).1);
    }
    findings.iter().map(|finding| finding.code).collect()
}

#[test]
fn every_code_has_a_page_with_examples_that_keep_their_word() {
    let mut wrong = Vec::new();
    for code in codes::ALL {
        let name = code.name;
        let Some(page) = page(code) else {
            wrong.push(format!(
                "{name}: write explain/{name}.md and list it in pages.rs"
            ));
            continue;
        };
        for bad in [true, false] {
            if !examples(page).any(|example| example.bad == bad) {
                wrong.push(format!("{name}: no example with bad = {bad}"));
            }
        }
        for example in examples(page) {
            let found = findings(&example.config());
            let names: Vec<_> = found.iter().map(|code| code.name).collect();
            if example.bad && !names.contains(&name) {
                wrong.push(format!("{name}: the bad example has only {names:?}"));
            }
            // A note asks for nothing. That a namespace is not built yet is the business of one page, and not of those
            // about its values.
            let is_bad = |code: &&Code| {
                code.name == name
                    || (code.class != Class::Difference && code.name != "unsupported-namespace")
            };
            if !example.bad && found.iter().any(is_bad) {
                wrong.push(format!("{name}: the good example has {names:?}"));
            }
        }
        if page.matches('`').count() % 2 == 1 {
            wrong.push(format!("{name}: a backtick has no partner"));
        }
        if page.lines().any(|line| line.chars().count() > 120) {
            wrong.push(format!("{name}: a line is longer than 120 columns"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_page_is_taken_apart() {
    let page = "One\ntwo.\n\nThree.\n\n```json bad\n{}\n```\n\n```json good endpoints\n{ \"a\": 1 }\n```\n";
    let example = |bad, endpoints, text| {
        Block::Example(Example {
            bad,
            endpoints,
            text,
        })
    };
    let expected = [
        Block::Paragraph("One\ntwo."),
        Block::Paragraph("Three."),
        example(true, false, "{}\n"),
        example(false, true, "{ \"a\": 1 }\n"),
    ];
    assert_eq!(blocks(page).collect::<Vec<_>>(), expected);
}

#[test]
fn colour_is_all_that_colour_adds() {
    for code in codes::ALL {
        let mut coloured = render(code, true);
        for style in ["\x1b[1m", "\x1b[36m", "\x1b[0m"] {
            coloured = coloured.replace(style, "");
        }
        assert_eq!(
            coloured.replace('`', ""),
            render(code, false).replace('`', "")
        );
    }
}
