//! Damaged configs by the thousand, through every pass and every command's library code: nothing panics, nothing hangs,
//! every place is inside the text, and what is written can be read again.
//!
//! `make fuzz` runs a million. `FUZZ_INPUTS` is how many, `FUZZ_SEED` which ones; a failing input is made small and left in
//! the target directory. What once failed stays in `fuzz/known/` and is tried first.

#[path = "fuzz/judge.rs"]
mod judge;
#[path = "fuzz/mutate.rs"]
mod mutate;
#[path = "fuzz/random.rs"]
mod random;
#[path = "fuzz/seeds.rs"]
mod seeds;
#[path = "fuzz/shrink.rs"]
mod shrink;
#[path = "fuzz/watch.rs"]
mod watch;

use mutate::Mutator;
use random::Random;
use seeds::Seeds;
use std::{env, time::Instant};
use watch::Watch;

/// What `make test` can afford.
const INPUTS: u64 = 2_000;

/// So many failures are enough to work on.
const ENOUGH: usize = 5;

fn number(variable: &str, default: u64) -> u64 {
    env::var(variable).map_or(default, |text| {
        let digits = text.replace('_', "");
        digits
            .parse()
            .unwrap_or_else(|_| panic!("{variable}={text} is not a number"))
    })
}

#[test]
fn nothing_breaks_the_compiler() {
    let (count, seed) = (number("FUZZ_INPUTS", INPUTS), number("FUZZ_SEED", 1));
    let seeds = Seeds::read();
    let mut mutator = Mutator::new(&seeds, Random(seed));
    let (start, mut reached) = (Instant::now(), judge::Reached::default());
    let mut failures = Vec::new();
    let mut watch = Watch::start();
    let known = seeds.whole().map(str::to_owned).collect::<Vec<_>>();
    let inputs = known.into_iter().map(Some).chain((0..count).map(|_| None));
    for (done, input) in inputs.enumerate() {
        let text = input.unwrap_or_else(|| mutator.next());
        match watch.run(&text) {
            Ok(more) => reached += more,
            Err(why) => {
                let small = shrink::shrink(&text, |text| watch.run(text).is_err());
                failures.push(format!("{why}\n{}", watch.keep(&small)));
                if failures.len() == ENOUGH {
                    break;
                }
            }
        }
        if done % 100_000 == 99_999 {
            println!("{} inputs in {:.0?}: {reached}", done + 1, start.elapsed());
        }
    }
    println!(
        "{count} inputs of seed {seed} in {:.0?}: {reached}",
        start.elapsed()
    );
    assert!(
        failures.is_empty(),
        "{} inputs fail:\n{}",
        failures.len(),
        failures.join("\n\n")
    );
    assert!(
        reached.plans * 20 > reached.inputs,
        "only {reached}: the mutations are too wild to reach the later passes"
    );
}
