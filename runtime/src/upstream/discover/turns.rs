//! Which hosts a set of SRV records means, and how many turns each of them gets (RFC 2782).

/// Hosts of one service that are taken notice of.
const MAX_HOSTS: usize = 256;
/// Turns in a round, about: larger weights are scaled down to it.
const ROUND: u64 = 100;

/// One SRV record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Record {
    pub priority: u16,
    pub name: String,
    pub port: u16,
    pub weight: u16,
}

/// The hosts of the best priority in the order of their turns, each as often as its weight says: spread evenly, not one
/// host after the other. Without a weight there is no turn, unless nobody has one. The same records in another order are
/// the same turns.
pub(super) fn turns(mut records: Vec<Record>) -> Vec<(String, u16)> {
    records.sort();
    records.dedup();
    let best = records.first().map(|record| record.priority);
    records.retain(|record| Some(record.priority) == best);
    if records.iter().all(|record| record.weight == 0) {
        for record in &mut records {
            record.weight = 1;
        }
    }
    records.retain(|record| record.weight > 0);
    records.truncate(MAX_HOSTS);
    let weights = scaled(&records);
    let total: i64 = weights.iter().sum();
    // Whoever is owed most is next, and owes the round for it.
    let mut owed = vec![0; records.len()];
    let mut turns = Vec::new();
    for _ in 0..total {
        for (owed, weight) in owed.iter_mut().zip(&weights) {
            *owed += weight;
        }
        let next = (0..owed.len()).rev().max_by_key(|n| owed[*n]);
        let Some(next) = next else { break };
        owed[next] -= total;
        turns.push((records[next].name.clone(), records[next].port));
    }
    turns
}

/// Weights that come to about a round at most, and have no common divisor.
fn scaled(records: &[Record]) -> Vec<i64> {
    let total: u64 = records.iter().map(|record| u64::from(record.weight)).sum();
    let weight = |record: &Record| {
        let weight = u64::from(record.weight);
        if total > ROUND {
            (weight * ROUND / total).max(1)
        } else {
            weight
        }
    };
    let weights: Vec<u64> = records.iter().map(weight).collect();
    let divisor = weights
        .iter()
        .copied()
        .fold(0, greatest_common_divisor)
        .max(1);
    let weights = weights.into_iter().map(|weight| weight / divisor);
    weights
        .map(|weight| i64::try_from(weight).unwrap_or(1))
        .collect()
}

fn greatest_common_divisor(a: u64, b: u64) -> u64 {
    if b == 0 {
        a
    } else {
        greatest_common_divisor(b, a % b)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `10 5 a:80`: priority, weight, host.
    fn records(text: &str) -> Vec<Record> {
        let record = |line: &str| {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [priority, weight, host] = words[..] else {
                panic!("{line:?} is no record")
            };
            let (name, port) = host.split_once(':').expect("a port");
            Record {
                priority: priority.parse().expect("a priority"),
                weight: weight.parse().expect("a weight"),
                name: name.to_owned(),
                port: port.parse().expect("a port"),
            }
        };
        text.split(',')
            .filter(|t| !t.is_empty())
            .map(record)
            .collect()
    }

    #[test]
    fn hosts_get_turns_by_priority_and_weight() {
        for (text, expected) in [
            ("", ""),
            ("10 5 a:80", "a80"),
            ("10 5 b:80, 10 5 a:80", "a80 b80"),
            ("10 5 a:80, 10 5 a:81", "a80 a81"),
            // Only the best priority.
            ("20 5 a:80, 10 5 b:80, 10 5 c:80", "b80 c80"),
            // In proportion, and spread.
            ("0 2 a:1, 0 1 b:1", "a1 b1 a1"),
            ("0 30 a:1, 0 10 b:1", "a1 a1 b1 a1"),
            ("0 500 a:1, 0 500 b:1", "a1 b1"),
            // Nobody who has a weight is left out; who has none is, unless all have none.
            ("0 0 a:1, 0 1 b:1", "b1"),
            ("0 0 a:1, 0 0 b:1", "a1 b1"),
            // The same record twice is one.
            ("0 1 a:1, 0 1 a:1, 0 1 b:1", "a1 b1"),
        ] {
            let turns: Vec<String> = turns(records(text))
                .into_iter()
                .map(|(name, port)| format!("{name}{port}"))
                .collect();
            assert_eq!(turns.join(" "), expected, "{text}");
        }
    }

    #[test]
    fn weights_are_scaled_down() {
        let turns = turns(records("0 65535 a:1, 0 1 b:1, 0 65535 c:1"));
        let of = |name: &str| turns.iter().filter(|(n, _)| n == name).count();
        assert_eq!((of("a"), of("b"), of("c")), (49, 1, 49));
    }

    #[test]
    fn there_is_a_bound() {
        let text: Vec<String> = (0..1000).map(|n| format!("0 65535 h{n}:1")).collect();
        assert_eq!(turns(records(&text.join(","))).len(), MAX_HOSTS);
    }
}
