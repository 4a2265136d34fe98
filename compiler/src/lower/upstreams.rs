//! One upstream per distinct set of hosts, named after them.

use crate::{
    config::slot,
    plan::{Host, Upstream},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write as _,
};

/// The upstreams of a config, sorted by name, and where to find each set of hosts among them.
pub struct Upstreams {
    pub list: Vec<Upstream>,
    index: HashMap<Vec<Host>, usize>,
}

impl Upstreams {
    /// From the hosts of every backend.
    pub fn collect<'a>(backends: impl Iterator<Item = &'a [Host]>) -> Upstreams {
        let sets: BTreeSet<Vec<Host>> = backends.map(sorted).collect();
        let list = named(sets.into_iter().collect());
        let index = list
            .iter()
            .enumerate()
            .map(|(i, u)| (u.hosts.clone(), i))
            .collect();
        Upstreams { list, index }
    }

    /// Only the upstreams at these places, and the new place of each: what nothing calls is not emitted.
    pub fn keep(self, used: &[usize]) -> (Vec<Upstream>, HashMap<usize, usize>) {
        let used: BTreeSet<usize> = used.iter().copied().collect();
        let place = used
            .iter()
            .enumerate()
            .map(|(new, old)| (*old, new))
            .collect();
        let list = self.list.into_iter().enumerate();
        (
            list.filter(|(i, _)| used.contains(i))
                .map(|(_, upstream)| upstream)
                .collect(),
            place,
        )
    }

    /// What these hosts are called.
    pub fn label(&self, hosts: &[Host]) -> &str {
        &self.list[self.find(hosts)].label
    }

    /// The place of these hosts in [`list`](Upstreams::list).
    pub fn find(&self, hosts: &[Host]) -> usize {
        self.index[&sorted(hosts)]
    }
}

/// The order in which hosts are written means nothing; a host written twice gets two shares.
fn sorted(hosts: &[Host]) -> Vec<Host> {
    let mut hosts = hosts.to_vec();
    hosts.sort();
    hosts
}

/// Sorted by name. A name is the shortest form that tells its set from the others: the first label of the host, then
/// with the port, then the whole authority, then with the scheme, then with the variables that it comes from. Those that share a short form all get a longer one, so
/// that no name depends on the order of the config.
fn named(sets: Vec<Vec<Host>>) -> Vec<Upstream> {
    let forms: [fn(&Host) -> String; 5] = [
        |h| short(&h.name).to_owned(),
        |h| format!("{}-{}", short(&h.name), h.port),
        |h| format!("{}-{}", h.name, h.port),
        whole,
        sourced,
    ];
    let mut done: BTreeMap<String, Upstream> = BTreeMap::new();
    // `ALL` is the list of them; and a host may be all punctuation.
    let is_taken = |constant: &str, done: &BTreeMap<String, Upstream>| {
        matches!(constant, "" | "ALL") || done.contains_key(constant)
    };
    let mut pending = sets;
    for form in forms {
        let mut groups: BTreeMap<String, Vec<Vec<Host>>> = BTreeMap::new();
        for hosts in std::mem::take(&mut pending) {
            let constant = constant(&label(&hosts, form));
            groups.entry(constant).or_default().push(hosts);
        }
        for (constant, mut group) in groups {
            match group.pop() {
                Some(hosts) if group.is_empty() && !is_taken(&constant, &done) => {
                    let label = label(&hosts, form);
                    done.insert(
                        constant.clone(),
                        Upstream {
                            constant,
                            label,
                            hosts,
                        },
                    );
                }
                last => pending.extend(group.into_iter().chain(last)),
            }
        }
    }
    // Hosts that differ in punctuation only.
    for hosts in pending {
        let (constant, label) = (spelt(&hosts), label(&hosts, whole));
        done.insert(
            constant.clone(),
            Upstream {
                constant,
                label,
                hosts,
            },
        );
    }
    done.into_values().collect()
}

fn whole(host: &Host) -> String {
    let scheme = if host.tls { "https" } else { "http" };
    let how = if host.srv { "srv-" } else { "" };
    format!("{how}{scheme}-{}-{}", host.name, host.port)
}

/// `cloud-api-by-cloud-host`, where the host is whatever that variable says.
fn sourced(host: &Host) -> String {
    let text = host.slots.as_deref().unwrap_or_default();
    let pieces = slot::parse(text).unwrap_or_default();
    let sources: Vec<String> = slot::slots(&pieces).map(|s| slot::label(&s)).collect();
    if sources.is_empty() {
        whole(host)
    } else {
        format!("{}-by-{}", short(&host.name), sources.join("-"))
    }
}

/// A constant that no other set can have: punctuation by its code, and a `__` that no other form has.
fn spelt(hosts: &[Host]) -> String {
    let mut spelt = String::from("HOST_");
    for host in hosts {
        spelt.push('_');
        let text = match &host.slots {
            Some(_) if host.srv => host.to_string(),
            Some(text) => text.clone(),
            None => whole(host),
        };
        for c in text.chars() {
            if c.is_ascii_alphanumeric() {
                spelt.push(c.to_ascii_uppercase());
            } else {
                let _ = write!(spelt, "_{:02X}_", u32::from(c));
            }
        }
    }
    spelt
}

fn label(hosts: &[Host], form: fn(&Host) -> String) -> String {
    let mut parts: Vec<String> = hosts.iter().map(form).collect();
    let all = parts.len();
    parts.dedup();
    // Several replicas with one short name are told apart by their number only when they must be.
    let mut label = parts.join("-");
    if parts.len() < all {
        let _ = write!(label, "-x{all}");
    }
    label
}

/// `cloud-api` of `cloud-api.hanzo.svc.cluster.local`, and of `_http._tcp.cloud-api.hanzo`; an address stays whole.
fn short(name: &str) -> &str {
    let is_address = name.starts_with('[') || name.parse::<std::net::IpAddr>().is_ok();
    if is_address {
        return name;
    }
    let mut labels = name.split('.');
    let said = labels.find(|label| !label.starts_with('_'));
    said.unwrap_or(name)
}

/// `cloud-api` → `CLOUD_API`
fn constant(label: &str) -> String {
    let mut constant = String::new();
    for c in label.chars() {
        if c.is_ascii_alphanumeric() {
            constant.push(c.to_ascii_uppercase());
        } else if !constant.ends_with('_') && !constant.is_empty() {
            constant.push('_');
        }
    }
    let constant = constant.trim_end_matches('_');
    if constant.starts_with(|c: char| c.is_ascii_digit()) {
        format!("HOST_{constant}")
    } else {
        constant.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::host;

    fn host(name: &str, port: u16) -> Host {
        Host {
            tls: false,
            name: name.to_owned(),
            port,
            slots: None,
            srv: false,
        }
    }

    fn service(host: Host) -> Host {
        Host { srv: true, ..host }
    }

    fn slotted(text: &str) -> Host {
        host::parse(text, &slot::parse(text).expect("slots")).expect("a host")
    }

    #[test]
    fn names_are_as_short_as_they_can_be() {
        let sets: Vec<Vec<Host>> = vec![
            vec![host("cloud-api.hanzo.svc", 8000)],
            vec![host("bot-gateway.hanzo.svc", 80)],
            vec![host("bot-gateway.hanzo.svc", 18790)],
            vec![host("kms.hanzo", 80)],
            vec![host("kms.lux", 80)],
            vec![host("a", 1), host("b", 1)],
            vec![host("127.0.0.1", 8081)],
            vec![host("all", 80)],
            vec![service(host("_http._tcp.chat.hanzo.svc", 80))],
        ];
        let upstreams = Upstreams::collect(sets.iter().map(Vec::as_slice));
        let names: Vec<&str> = upstreams.list.iter().map(|u| u.constant.as_str()).collect();
        assert_eq!(
            names,
            [
                "ALL_80",
                "A_B",
                "BOT_GATEWAY_18790",
                "BOT_GATEWAY_80",
                "CHAT",
                "CLOUD_API",
                "HOST_127_0_0_1",
                "KMS_HANZO_80",
                "KMS_LUX_80"
            ]
        );
        assert_eq!(
            upstreams.list[upstreams.find(&[host("b", 1), host("a", 1)])].constant,
            "A_B"
        );
    }

    #[test]
    fn names_of_hosts_with_slots() {
        let sets = [
            vec![host("cloud-api", 8000)],
            vec![slotted("http://${env:CLOUD_HOST:-cloud-api}:8000")],
            vec![slotted("${env:IAM_URL}")],
            vec![slotted("http://${env:KMS_HOST:-kms.svc}:${env:KMS_PORT}")],
        ];
        let upstreams = Upstreams::collect(sets.iter().map(Vec::as_slice));
        let names: Vec<&str> = upstreams.list.iter().map(|u| u.label.as_str()).collect();
        assert_eq!(
            names,
            [
                "cloud-api-by-cloud-host",
                "http-cloud-api-8000",
                "iam-url",
                "kms"
            ]
        );
    }

    #[test]
    fn no_two_upstreams_have_one_name() {
        let sets: Vec<Vec<Host>> = vec![
            vec![host("[::]", 80)],
            vec![host("-", 80)],
            vec![host("a-b", 80)],
            vec![host("a_b", 80)],
            vec![host("a", 80), host("b", 80)],
            vec![host("c", 80)],
            vec![host("c", 81)],
            vec![host("c-80.x", 1)],
            vec![slotted("http://${env:C:-c}:80")],
            vec![slotted("http://${env:C:-c}")],
            vec![slotted("http://${env:D_HOST:-c}")],
            vec![slotted("${env:C_D}")],
            vec![slotted("${env:C__D}")],
            vec![service(host("c", 80))],
            vec![service(slotted("${env:C_D}"))],
            vec![service(host("_http._tcp.c", 80))],
        ];
        let upstreams = Upstreams::collect(sets.iter().map(Vec::as_slice));
        let names: BTreeSet<&str> = upstreams.list.iter().map(|u| u.constant.as_str()).collect();
        assert_eq!(names.len(), sets.len(), "{names:?}");
        for name in names {
            assert!(syn::parse_str::<syn::Ident>(name).is_ok(), "{name:?}");
        }
        for set in &sets {
            assert_eq!(&upstreams.list[upstreams.find(set)].hosts, set);
        }
    }
}
