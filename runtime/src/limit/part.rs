//! A limit as a part of the gateway, which is swept and measured, and as the gate of what has no endpoint.

use super::{RateLimit, Whose};
use crate::{
    cx::Cx,
    gate::{Enter, Gate, Part, Start},
    measure::{Family, Measures},
    reject::Reject,
};
use std::time::Duration;

/// How often the room of clients that are gone is given back.
const SWEEP: Duration = Duration::from_mins(1);

impl Part for RateLimit {
    fn key(&self) -> &'static str {
        self.key
    }

    fn start(&'static self, start: &mut Start) {
        let prepared = self.prepare();
        #[cfg(feature = "limit-shared")]
        let prepared = prepared.and_then(|live| self.share(live, start));
        let live = match prepared {
            Ok(live) => live,
            Err(why) => return start.fail(format!("{} of {}: {why}", self.key, self.name)),
        };
        assert!(self.live.set(live).is_ok(), "a part is started once");
        if let Some(clients) = self.live.get().and_then(|live| live.each.as_ref()) {
            start.spawn(async {
                loop {
                    tokio::time::sleep(SWEEP).await;
                    clients.shrink();
                }
            });
        }
    }

    #[allow(private_interfaces, reason = "parts are of this crate")]
    fn measure(&'static self, to: &mut dyn Measures) {
        static REFUSED: Family = Family {
            name: "gateway_limit_refused_total",
            help: "Requests that a rate limit refused, by whose bucket was empty",
        };
        static CLIENTS: Family = Family {
            name: "gateway_limit_clients",
            help: "Clients whose bucket is not full",
        };
        static FORGOTTEN: Family = Family {
            name: "gateway_limit_forgotten_total",
            help: "Clients that were forgotten for lack of room before their bucket was full again",
        };
        let Some(live) = self.live.get() else { return };
        let limit = ("limit", self.name);
        for (whose, of, has) in [
            (Whose::Everybodys, "all", live.all.is_some()),
            (Whose::Clients, "client", live.each.is_some()),
        ] {
            if has {
                let refused = self.refused[whose as usize].get();
                to.counter(&REFUSED, &[limit, ("of", of)], refused);
            }
        }
        if let Some(clients) = &live.each {
            #[expect(clippy::cast_precision_loss, reason = "exact up to 2^53")]
            to.gauge(&CLIENTS, &[limit], clients.count() as f64);
            to.counter(&FORGOTTEN, &[limit], clients.forgotten());
        }
        #[cfg(feature = "limit-shared")]
        self.measure_store(to);
    }
}

/// The limit of the whole gateway (RL-1). Endpoints without a limit of their own have it among their steps; what is left
/// to it here is what has no endpoint.
impl Gate for RateLimit {
    fn speaks(&self) -> bool {
        false
    }

    fn enter(&'static self, _cx: &mut Cx) -> Enter {
        Enter::Pass
    }

    fn lost(&'static self, cx: &mut Cx) -> Result<(), Reject> {
        self.judge(cx)
    }
}
