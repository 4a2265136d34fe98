//! Numbers as people say them.

use std::time::Duration;

/// `2 min`, `1 h 30 min`, `250 ms`: exact, in the units of its size.
pub fn duration(d: Duration) -> String {
    if d.is_zero() {
        return "0 s".to_owned();
    }
    if d.subsec_nanos() != 0 {
        return match d.as_nanos() {
            n if n % 1_000_000 == 0 && d.as_secs() == 0 => format!("{} ms", n / 1_000_000),
            n if n % 1_000_000 == 0 => format!("{} s", d.as_secs_f64()),
            n if n % 1_000 == 0 => format!("{} µs", n / 1_000),
            n => format!("{n} ns"),
        };
    }
    let seconds = d.as_secs();
    let parts = [
        (seconds / 3600, "h"),
        (seconds / 60 % 60, "min"),
        (seconds % 60, "s"),
    ];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(n, _)| *n > 0)
        .map(|(n, unit)| format!("{n} {unit}"))
        .collect();
    said.join(" ")
}

/// `64 KiB`, `10 MiB`, `1,000 bytes`: exact.
pub fn bytes(n: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let exact = UNITS
        .iter()
        .find(|(size, _)| n >= *size && n.is_multiple_of(*size));
    match exact {
        Some((size, unit)) => format!("{} {unit}", grouped(n / size)),
        None => counted(n, "byte"),
    }
}

/// `65,536`
pub fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// `1 route`, `2 routes`
pub fn counted(n: u64, what: &str) -> String {
    format!("{} {what}{}", grouped(n), if n == 1 { "" } else { "s" })
}

/// `a`, `a and b`, `a, b and c`
pub fn listed<T: AsRef<str>>(items: &[T]) -> String {
    match items {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [most @ .., last] => {
            let most: Vec<&str> = most.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", most.join(", "), last.as_ref())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{bytes, counted, duration, listed};
    use std::time::Duration;

    #[test]
    fn durations() {
        for (micros, said) in [
            (0, "0 s"),
            (1, "1 µs"),
            (250_000, "250 ms"),
            (1_500_000, "1.5 s"),
            (2_000_000, "2 s"),
            (120_000_000, "2 min"),
            (5_400_000_000, "1 h 30 min"),
            (86_401_000_000, "24 h 1 s"),
        ] {
            assert_eq!(duration(Duration::from_micros(micros)), said);
        }
    }

    #[test]
    fn sizes_and_counts() {
        for (n, said) in [
            (0, "0 bytes"),
            (1, "1 byte"),
            (1000, "1,000 bytes"),
            (1536, "1,536 bytes"),
            (65_536, "64 KiB"),
            (10 << 20, "10 MiB"),
            (3 << 40, "3,072 GiB"),
        ] {
            assert_eq!(bytes(n), said);
        }
        assert_eq!(counted(1_234_567, "route"), "1,234,567 routes");
    }

    #[test]
    fn lists() {
        for (items, said) in [
            (&[][..], ""),
            (&["a"], "a"),
            (&["a", "b"], "a and b"),
            (&["a", "b", "c"], "a, b and c"),
        ] {
            assert_eq!(listed(items), said);
        }
    }
}
