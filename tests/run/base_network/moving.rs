//! Members come, go and are restarted under load: a key's writes move only when its owner does.

use super::{
    Host, Member,
    placement::{Listed, writer},
};
use harness::Gateway;
use std::{
    collections::BTreeMap,
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
    },
    thread,
};

const KEYS: usize = 200;

/// One write, and between which lists it fell: the first that the gateway may still have had, the last that it may have had.
struct Write {
    key: String,
    lists: (usize, usize),
    status: u16,
    member: String,
}

/// Who writes while the members change.
struct Load<'a> {
    gateway: &'a Gateway,
    /// The list that the gateway knows at least.
    settled: AtomicUsize,
    /// The list that it may know.
    told: AtomicUsize,
    done: AtomicBool,
    writes: Mutex<Vec<Write>>,
}

impl Load<'_> {
    fn run(&self, offset: usize) {
        let mut client = self.gateway.client();
        for n in (offset..).step_by(7) {
            if self.done.load(SeqCst) {
                return;
            }
            let key = format!("user-{}", n % KEYS);
            let first = self.settled.load(SeqCst);
            let answer = client
                .post("POST /notes/1", &[("X-Tenant", &key)], b"body")
                .response();
            let last = self.told.load(SeqCst);
            self.writes.lock().expect("writes").push(Write {
                key,
                lists: (first, last),
                status: answer.status,
                member: answer.text(),
            });
        }
    }

    /// Waits until so many writes more are done.
    fn write_more(&self) {
        let before = self.writes.lock().expect("writes").len();
        harness::within(harness::PATIENCE, "writes", || {
            (self.writes.lock().expect("writes").len() >= before + 2 * KEYS).then_some(())
        });
    }

    /// The members are these from now on, and the gateway learns of it under load.
    fn change(&self, host: &Host, members: &[&Member]) {
        self.told.fetch_add(1, SeqCst);
        host.tell(members);
        host.settled();
        self.settled.fetch_add(1, SeqCst);
        self.write_more();
    }
}

fn listed(members: &[&Member]) -> Vec<String> {
    members.iter().map(|member| member.id.clone()).collect()
}

/// A member with everything, which keeps no connection, so that a dead one is seen to be dead.
fn member(id: &str) -> Member {
    let name = id.to_owned();
    Member::answering(id, &[""], move |x| {
        x.body();
        x.reply("200 OK", &[("Connection", "close")], name.as_bytes());
        x.close();
    })
}

#[test]
fn a_key_s_writes_move_only_when_its_owner_does() {
    let (a, b, c, mut d) = (member("a"), member("b"), member("c"), member("d"));
    let host = Host::of(&[&a, &b, &c]);
    let gateway = host.gateway("shards-moving");
    let load = Load {
        gateway: &gateway,
        settled: AtomicUsize::new(0),
        told: AtomicUsize::new(0),
        done: AtomicBool::new(false),
        writes: Mutex::default(),
    };
    let mut lists = vec![listed(&[&a, &b, &c])];
    let load_ref = &load;
    thread::scope(|scope| {
        for thread in 0..4 {
            scope.spawn(move || load_ref.run(thread * 13));
        }
        load.write_more();
        // One comes,
        lists.push(listed(&[&a, &b, &c, &d]));
        load.change(&host, &[&a, &b, &c, &d]);
        // one goes, and is there until the gateway knows,
        lists.push(listed(&[&a, &c, &d]));
        load.change(&host, &[&a, &c, &d]);
        // one is restarted: for a while nobody listens, then it is back at another address,
        lists.push(listed(&[&a, &c, &d]));
        drop(d.server.take());
        load.write_more();
        d = member("d");
        load.change(&host, &[&d, &a, &c]);
        // and one comes back.
        lists.push(listed(&[&a, &b, &c, &d]));
        load.change(&host, &[&b, &a, &d, &c]);
        load.done.store(true, SeqCst);
    });

    let writes = load.writes.into_inner().expect("writes");
    let (mut moved, mut failed) = (0, 0);
    let mut where_to: BTreeMap<&str, &str> = BTreeMap::new();
    for write in &writes {
        let (from, to) = write.lists;
        let owners: Vec<&str> = lists[from..=to]
            .iter()
            .map(|ids| {
                let network: Listed = ids.iter().map(|id| (id.as_str(), vec![""])).collect();
                writer(&network, &write.key)
            })
            .collect();
        if write.status != 200 {
            failed += 1;
            // Only what belongs to the one that was restarted.
            assert_eq!(write.status, 502, "{}: {}", write.key, write.member);
            assert!(owners.contains(&"d"), "{} of {owners:?} failed", write.key);
            continue;
        }
        assert!(
            owners.contains(&write.member.as_str()),
            "{} is of {owners:?} and was written at {}",
            write.key,
            write.member
        );
        let before = where_to.insert(&write.key, &write.member);
        moved += usize::from(before.is_some_and(|before| before != write.member));
    }
    println!(
        "{} writes of {KEYS} keys over {} lists of members: {moved} moves, {failed} while `d` was restarted",
        writes.len(),
        lists.len()
    );
    assert!(moved > 20, "{moved} moves: is this test still looking?");
}
