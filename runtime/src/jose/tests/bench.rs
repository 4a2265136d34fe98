//! What a check costs. `benches/tokens.sh` runs it, optimised; it asserts nothing about time.

use super::{NOW, check, claims, mint, rules};
use crate::jose::{KeySet, Remembered};
use std::{
    hint::black_box,
    rc::Rc,
    time::{Duration, Instant},
};

#[test]
#[ignore = "measures: benches/tokens.sh"]
fn what_a_check_costs() {
    let text = mint::key_set().to_string();
    let keys = KeySet::parse(text.as_bytes()).expect("a key set");
    let rules = rules();
    println!("{:<28} {:>10}", "", "ns");
    for (name, signer, alg) in [
        ("RS256", &*mint::RSA, "RS256"),
        ("PS256", &*mint::RSA, "PS256"),
        ("ES256", &*mint::P256, "ES256"),
        ("ES384", &*mint::P384, "ES384"),
        ("ES512", &*mint::P521, "ES512"),
        ("EdDSA", &*mint::ED, "EdDSA"),
    ] {
        let token = signer.token(alg, &claims());
        assert!(check(&rules, &token, &keys).is_ok(), "{name}");
        measure(&format!("{name}, checked"), || {
            check(&rules, &token, &keys).is_ok()
        });
        let mut known = Remembered::default();
        let now = Duration::from_secs(NOW);
        known.put(&token, 1, now, None, Rc::new(()));
        measure(&format!("{name}, remembered"), || {
            known.get(&token, 1, now).is_some()
        });
    }
    let forged = mint::rsa("rsa").token("RS256", &claims());
    measure("RS256, forged", || check(&rules, &forged, &keys).is_ok());
    let unsigned = "eyJhbGciOiJub25lIn0.e30.";
    measure("none", || check(&rules, unsigned, &keys).is_ok());
    let opaque = "hk-0123456789abcdef0123456789abcdef";
    measure("not a token", || check(&rules, opaque, &keys).is_ok());
}

/// The median of eleven runs.
fn measure(name: &str, mut run: impl FnMut() -> bool) {
    const TIMES: u32 = 2_000;
    let mut runs: Vec<Duration> = (0..11)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..TIMES {
                black_box(run());
            }
            start.elapsed() / TIMES
        })
        .collect();
    runs.sort_unstable();
    println!("{name:<28} {:>10}", runs[5].as_nanos());
}
