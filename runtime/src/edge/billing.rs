//! Whether a caller has anything left to spend (AUTH-29..33).
//!
//! Commerce is asked at most once per caller and core at a time, its answers hold for some seconds, and while it is out
//! of order it is left alone; a request then goes the way that the config says.

mod commerce;
mod ledger;
mod outage;

use super::{paths::Paths, refusal};
use crate::{
    gate::Enter,
    measure::{Counter, Family, Measures},
    reject::Reject,
    serve::Core,
    upstream::Target,
};
use commerce::{Commerce, Silence};
use http::HeaderValue;
use ledger::{Balance, Ledger};
use outage::{Change, Outage};
use std::{
    cell::RefCell,
    collections::HashMap,
    rc::Rc,
    time::{Duration, Instant},
};
use tokio::sync::{Semaphore, watch};

/// Questions under way at a time, per core; what is over it waits its turn, within its own timeout.
const MAX_QUESTIONS: usize = 64;
/// How long an empty account counts as empty: who has just paid should not have to wait.
const NOTHING_LEFT: Duration = Duration::from_secs(1);

/// Billing in this process.
pub(super) struct Till {
    commerce: Commerce,
    /// A caller whose balance is not known is refused (AUTH-33); else it passes (AUTH-31).
    fail_closed: bool,
    cache_ttl: Duration,
    /// Where a balance is asked for; empty: everywhere.
    paths: Paths,
    /// Where it never is.
    exempt: Paths,
    /// Questions that ended: something is left, nothing is, no answer.
    ended: [Counter; 3],
}

/// In the order of [`Till::ended`].
const ENDS: [&str; 3] = ["some", "nothing", "none"];

static QUESTIONS: Family = Family {
    name: "gateway_billing_questions_total",
    help: "Questions to Commerce about a balance, by what it said: something is left, nothing is, no answer",
};

/// How a [`Till`] is to be.
pub(super) struct Terms {
    pub target: &'static Target,
    pub path: String,
    pub authorization: Option<HeaderValue>,
    pub fail_closed: bool,
    pub cache_ttl: Duration,
    pub paths: Paths,
    pub exempt: Paths,
}

/// What came of a question; `None`: nothing is known.
type Answer = Option<Balance>;

/// What one core knows, and asks right now.
struct Desk {
    ledger: Ledger,
    outage: Outage,
    /// The questions under way, by billing id.
    asked: HashMap<Box<str>, watch::Receiver<Option<Answer>>>,
    turns: Rc<Semaphore>,
}

thread_local! {
    static DESK: RefCell<Desk> = RefCell::new(Desk {
        ledger: Ledger::default(),
        outage: Outage::default(),
        asked: HashMap::new(),
        turns: Rc::new(Semaphore::new(MAX_QUESTIONS)),
    });
}

impl Till {
    pub fn new(terms: Terms) -> Till {
        Till {
            commerce: Commerce {
                target: terms.target,
                path: terms.path,
                authorization: terms.authorization,
            },
            fail_closed: terms.fail_closed,
            cache_ttl: terms.cache_ttl,
            paths: terms.paths,
            exempt: terms.exempt,
            ended: [const { Counter::new() }; 3],
        }
    }

    pub fn measure(&self, to: &mut dyn Measures) {
        for (answer, count) in ENDS.into_iter().zip(&self.ended) {
            to.counter(&QUESTIONS, &[("answer", answer)], count.get());
        }
    }

    /// Whether a request of `path` costs anything.
    pub fn applies_to(&self, path: &str) -> bool {
        (self.paths.is_empty() || self.paths.hold(path)) && !self.exempt.hold(path)
    }

    /// Lets a caller through, refuses it, or waits for Commerce.
    pub fn admit(&'static self, core: &Rc<Core>, id: &str) -> Enter {
        let now = Instant::now();
        let known = DESK.with_borrow(|desk| desk.ledger.get(id, now));
        if let Some(balance) = known {
            return match self.judge(id, Some(balance)) {
                Ok(()) => Enter::Pass,
                Err(reject) => Enter::Refuse(reject),
            };
        }
        let Some(mut answer) = self.ask(core, id, now) else {
            return match self.judge(id, None) {
                Ok(()) => Enter::Pass,
                Err(reject) => Enter::Refuse(reject),
            };
        };
        let id = Box::<str>::from(id);
        Enter::Wait(Box::pin(async move {
            // Who asked may have failed in a way that nobody foresaw: then nothing is known either.
            let answer = answer.wait_for(Option::is_some).await;
            let answer = answer.map_or(None, |answer| answer.flatten());
            self.judge(&id, answer)
        }))
    }

    fn judge(&self, id: &str, answer: Answer) -> Result<(), Reject> {
        match answer {
            Some(Balance::Nothing) => Err(refusal::nothing_left(id).into()),
            None if self.fail_closed => Err(refusal::billing_unavailable().into()),
            Some(Balance::Some) | None => Ok(()),
        }
    }

    /// The question about `id` that is under way, or a new one; `None` while Commerce is left alone.
    fn ask(
        &'static self,
        core: &Rc<Core>,
        id: &str,
        now: Instant,
    ) -> Option<watch::Receiver<Option<Answer>>> {
        let (sender, receiver) = watch::channel(None);
        let turns = DESK.with_borrow_mut(|desk| {
            if let Some(asked) = desk.asked.get(id) {
                return Err(Some(asked.clone()));
            }
            if !desk.outage.may_ask(now) {
                return Err(None);
            }
            desk.asked.insert(id.into(), receiver.clone());
            Ok(Rc::clone(&desk.turns))
        });
        let turns = match turns {
            Ok(turns) => turns,
            Err(other) => return other,
        };
        let core = Rc::clone(core);
        let mut question = Question {
            id: id.into(),
            answered: false,
        };
        // In a task of its own: whoever asked may leave, others wait for the answer too.
        tokio::task::spawn_local(async move {
            let answer = self.commerce.ask(core, &question.id, &turns).await;
            let answer = self.note(&question.id, answer);
            question.answered = true;
            drop(question);
            // Nobody may wait any more.
            let _ = sender.send(Some(answer));
        });
        Some(receiver)
    }

    /// Writes an answer down.
    fn note(&self, id: &str, answer: Result<Balance, Silence>) -> Answer {
        let end = match answer {
            Ok(Balance::Some) => 0,
            Ok(Balance::Nothing) => 1,
            Err(_) => 2,
        };
        self.ended[end].add(1);
        let now = Instant::now();
        DESK.with_borrow_mut(|desk| match answer {
            Ok(balance) => {
                if let Some(Change::Up) = desk.outage.answered() {
                    tracing::info!("Commerce answers again");
                }
                let ttl = match balance {
                    Balance::Some => self.cache_ttl,
                    Balance::Nothing => self.cache_ttl.min(NOTHING_LEFT),
                };
                if !ttl.is_zero() {
                    desk.ledger.put(id, balance, now + ttl);
                }
                Some(balance)
            }
            Err(silence) => {
                let then = if self.fail_closed {
                    "its caller is refused"
                } else {
                    "its caller passes"
                };
                tracing::warn!("Commerce was asked for a balance in vain, {then}: {silence}");
                let change = if silence.concerns_everyone() {
                    desk.outage.failed(now)
                } else {
                    desk.outage.answered()
                };
                match change {
                    Some(Change::Down(pause)) => {
                        tracing::warn!("Commerce is out of order: not asked for {pause:?}");
                    }
                    Some(Change::Up) => tracing::info!("Commerce answers again"),
                    None => {}
                }
                None
            }
        })
    }
}

/// A question under way. However it ends, it is off the desk then, and the next one is asked.
struct Question {
    id: Box<str>,
    answered: bool,
}

impl Drop for Question {
    fn drop(&mut self) {
        // At the end of a core's life there may be no desk any more.
        let _ = DESK.try_with(|desk| {
            if let Ok(mut desk) = desk.try_borrow_mut() {
                desk.asked.remove(&self.id);
                if !self.answered {
                    desk.outage.failed(Instant::now());
                }
            }
        });
    }
}
