//! A failing input, made as small as it fails.

/// Tries are cheap, but a slow failure should not take all day.
const TRIES: usize = 3_000;

pub fn shrink(text: &str, mut fails: impl FnMut(&str) -> bool) -> String {
    let mut small: Vec<char> = text.chars().collect();
    let (mut size, mut tries) = (small.len() / 2, 0);
    while size > 0 && tries < TRIES {
        let mut at = 0;
        let mut shrunk = false;
        while at < small.len() && tries < TRIES {
            let mut less = small.clone();
            less.drain(at..(at + size).min(small.len()));
            tries += 1;
            if fails(&less.iter().collect::<String>()) {
                small = less;
                shrunk = true;
            } else {
                at += size;
            }
        }
        if !shrunk {
            size /= 2;
        }
    }
    small.into_iter().collect()
}

#[test]
fn what_fails_is_made_small() {
    let fails = |text: &str| text.contains('x') && text.contains('é');
    assert_eq!(shrink("abcxdefghijké12345", fails), "xé");
}
