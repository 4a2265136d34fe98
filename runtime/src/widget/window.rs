//! The sliding window of widget keys (WID-2, WID-3): one for the whole process, so that a limit is one limit whatever
//! the number of cores.
//!
//! Only requests that were let through are remembered, and never more of them than the window lets through. So memory
//! is bounded by the limit itself: a million addresses that are refused leave no trace, and there is nothing to evict.

use std::{
    collections::{HashMap, VecDeque},
    net::IpAddr,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

/// How many requests in how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Limits {
    /// Of one client.
    pub per_client: u32,
    /// Of all clients together.
    pub total: u32,
    pub window: Duration,
}

/// Who was let through within the last window.
#[derive(Debug)]
pub(super) struct Window {
    limits: Limits,
    log: Mutex<Log>,
    /// Until then the total is used up, so that a flood is refused without the lock. Milliseconds.
    full_until: AtomicU64,
}

/// Refused by a limit.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Limited {
    /// The one that is used up.
    pub limit: u32,
    /// When another try may be worth it.
    pub after: Duration,
}

#[derive(Debug, Default)]
struct Log {
    /// Oldest first.
    admitted: VecDeque<(u64, IpAddr)>,
    /// How many entries of `admitted` each client has; none has zero.
    counts: HashMap<IpAddr, u32>,
}

impl Window {
    pub fn new(limits: Limits) -> Window {
        Window {
            limits,
            log: Mutex::default(),
            full_until: AtomicU64::new(0),
        }
    }

    /// Lets a request of `client` through, and remembers it; a refused one extends nothing. `now` is a time of any clock
    /// that never goes back.
    pub fn admit(&self, client: IpAddr, now: Duration) -> Result<(), Limited> {
        let now = millis(now);
        let full_until = self.full_until.load(Relaxed);
        if now < full_until {
            return Err(Limited {
                limit: self.limits.total,
                after: Duration::from_millis(full_until - now),
            });
        }
        let window = millis(self.limits.window);
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        // Another core's reading of the clock may be a little ahead of this one's.
        let now = log.admitted.back().map_or(now, |(last, _)| now.max(*last));
        log.forget_until(now.checked_sub(window));
        let used_up = |limit, oldest: u64| Limited {
            limit,
            after: Duration::from_millis((oldest + window).saturating_sub(now)),
        };
        if log.admitted.len() >= self.limits.total as usize {
            let oldest = log.admitted.front().map_or(now, |(at, _)| *at);
            self.full_until.store(oldest + window, Relaxed);
            return Err(used_up(self.limits.total, oldest));
        }
        if log.counts.get(&client).copied().unwrap_or(0) >= self.limits.per_client {
            let oldest = log.admitted.iter().find(|(_, ip)| *ip == client);
            let oldest = oldest.map_or(now, |(at, _)| *at);
            return Err(used_up(self.limits.per_client, oldest));
        }
        log.admitted.push_back((now, client));
        *log.counts.entry(client).or_default() += 1;
        Ok(())
    }
}

impl Log {
    fn forget_until(&mut self, end: Option<u64>) {
        let Some(end) = end else { return };
        while let Some((at, client)) = self.admitted.front().copied()
            && at <= end
        {
            self.admitted.pop_front();
            if let Some(count) = self.counts.get_mut(&client) {
                *count -= 1;
                if *count == 0 {
                    self.counts.remove(&client);
                }
            }
        }
    }
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::{Limited, Limits, Window};
    use std::{
        net::{IpAddr, Ipv4Addr},
        sync::atomic::{AtomicUsize, Ordering::Relaxed},
        thread,
        time::Duration,
    };

    fn window(per_client: u32, total: u32) -> Window {
        Window::new(Limits {
            per_client,
            total,
            window: Duration::from_mins(1),
        })
    }

    fn ip(n: u32) -> IpAddr {
        Ipv4Addr::from_bits(n).into()
    }

    const fn ms(n: u64) -> Duration {
        Duration::from_millis(n)
    }

    const fn limited(limit: u32, after: u64) -> Result<(), Limited> {
        Err(Limited {
            limit,
            after: ms(after),
        })
    }

    #[test]
    fn wid_3_a_client_has_so_many_in_any_minute() {
        let window = window(2, 100);
        for (at, expected) in [
            (0, Ok(())),
            (1_000, Ok(())),
            (2_000, limited(2, 58_000)),
            // A refused request extends nothing.
            (59_999, limited(2, 1)),
            (60_000, Ok(())),
            (60_500, limited(2, 500)),
            (61_000, Ok(())),
            (61_001, limited(2, 58_999)),
        ] {
            assert_eq!(window.admit(ip(1), ms(at)), expected, "at {at} ms");
        }
        assert_eq!(window.admit(ip(2), ms(61_001)), Ok(()), "another client");
    }

    #[test]
    fn wid_3_all_clients_together_have_so_many() {
        let window = window(10, 3);
        for n in 0..3 {
            assert_eq!(window.admit(ip(n), ms(u64::from(n) * 100)), Ok(()));
        }
        assert_eq!(window.admit(ip(9), ms(300)), limited(3, 59_700));
        assert_eq!(window.admit(ip(9), ms(59_999)), limited(3, 1));
        assert_eq!(window.admit(ip(9), ms(60_000)), Ok(()));
        assert_eq!(window.admit(ip(9), ms(60_000)), limited(3, 100));
    }

    #[test]
    fn a_million_addresses_leave_as_many_traces_as_the_limit_has_room_for() {
        let window = window(10, 600);
        let admitted = (0..1_000_000)
            .filter(|n| window.admit(ip(*n), ms(5)).is_ok())
            .count();
        assert_eq!(admitted, 600);
        let log = window.log.lock().unwrap();
        assert_eq!((log.admitted.len(), log.counts.len()), (600, 600));
        drop(log);
        assert_eq!(window.admit(ip(1), ms(60_005)), Ok(()));
        assert_eq!(window.log.lock().unwrap().counts.len(), 1);
    }

    #[test]
    fn one_limit_is_one_limit_across_cores() {
        let window = window(1_000, 600);
        let admitted = AtomicUsize::new(0);
        thread::scope(|scope| {
            for core in 0..4 {
                let (window, admitted) = (&window, &admitted);
                scope.spawn(move || {
                    for n in 0..400 {
                        if window.admit(ip(core), ms(n)).is_ok() {
                            admitted.fetch_add(1, Relaxed);
                        }
                    }
                });
            }
        });
        assert_eq!(admitted.into_inner(), 600);
    }
}
