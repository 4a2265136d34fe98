//! Where capabilities plug in: what a gateway does to every request, and what goes on beside the requests.
//!
//! Both are `static`s of the generated crate, listed in its `main.rs`. A [`Gate`] stands before the router, in the
//! order of the list (PIPE-1); a [`Part`] has a life of its own, such as keys to keep fresh.

use crate::{
    body::Body, cx::Cx, marks::Marks, measure::Measures, reject::Reject, serve::Core,
    settings::Settings,
};
use http::{HeaderMap, Response};
use std::{env, future::Future, pin::Pin, rc::Rc};

/// Something of a gateway that is prepared before it listens, and may go on by itself afterwards.
pub trait Part: Sync {
    /// The namespace that it comes from, for logs and errors.
    fn key(&self) -> &'static str;

    /// Called once, before anything listens. A part that was not started may not be used.
    fn start(&'static self, start: &mut Start);

    /// Called once on every core that serves, when that begins: what has to do with requests goes on there. Default:
    /// nothing.
    #[allow(private_interfaces, reason = "parts are of this crate")]
    fn serve(&'static self, _core: &Rc<Core>) {}

    /// What it tells when metrics are asked for; on a thread that no request waits for. Default: nothing.
    #[allow(private_interfaces, reason = "parts are of this crate")]
    fn measure(&'static self, _to: &mut dyn Measures) {}

    /// The environment variables that it reads when it starts, for `env` and `--help`.
    fn variables(&self) -> Vec<Variable> {
        Vec::new()
    }
}

/// A stage that every request passes before it is routed, health probes excepted (PIPE-2).
pub trait Gate: Part {
    /// What is to become of a request. Its path is checked, its client known, its identity headers are gone.
    fn enter(&'static self, cx: &mut Cx) -> Enter;

    /// Whether [`Gate::leave`] does something. If none does, heads are passed on without being read.
    fn speaks(&self) -> bool {
        true
    }

    /// Whether a request that has no route may be told so. Default: it may.
    fn lost(&'static self, _cx: &mut Cx) -> Result<(), Reject> {
        Ok(())
    }

    /// Adds to, or takes from, the head of a response, whoever gave it. Switched protocols (101) are left alone.
    fn leave(&self, _marks: &Marks, _headers: &mut HeaderMap) {}
}

/// What a gate makes of a request.
#[allow(
    private_interfaces,
    reason = "gates are of this crate; generated code only names them"
)]
pub enum Enter {
    /// It goes on.
    Pass,
    /// It is refused.
    Refuse(Reject),
    /// It is answered, and that is no failure: a redirect, a preflight.
    Answer(Box<Response<Body>>),
    /// It waits for this, on its core, and then goes on with the next gate or is refused.
    Wait(Pending),
}

/// What a gate waits for. Dropped when the client leaves.
pub type Pending = Pin<Box<dyn Future<Output = Result<(), Reject>>>>;

/// A future beside the requests, on the control thread.
pub(crate) type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// An environment variable of a part.
#[derive(Debug)]
pub struct Variable {
    pub name: &'static str,
    /// One sentence.
    pub what: &'static str,
    /// What is in effect if it is not set.
    pub default: String,
    /// Whether that default stands in the config.
    pub configured: bool,
    /// Never printed.
    pub secret: bool,
}

/// What a part is started with, and what it says about that. All failures are told at once, and none is survived.
pub struct Start {
    pub(crate) settings: &'static Settings,
    /// Whether the gateway will serve. `check` does not, and may run beside one that does: nothing is bound then.
    pub(crate) serves: bool,
    failures: Vec<String>,
    tasks: Vec<Task>,
}

impl Start {
    /// Starts every gate and part of the gateway: their tasks, or everything that is wrong.
    pub(crate) fn all(settings: &'static Settings) -> Result<Vec<Task>, Vec<String>> {
        Start::every(settings, true)
    }

    /// As [`Start::all`], of a gateway that will not serve: everything that is wrong.
    pub(crate) fn rehearse(settings: &'static Settings) -> Result<(), Vec<String>> {
        Start::every(settings, false).map(|_| ())
    }

    fn every(settings: &'static Settings, serves: bool) -> Result<Vec<Task>, Vec<String>> {
        let mut start = Start {
            settings,
            serves,
            failures: Vec::new(),
            tasks: Vec::new(),
        };
        for gate in settings.gateway.gates {
            gate.start(&mut start);
        }
        for part in settings.gateway.parts {
            part.start(&mut start);
        }
        if start.failures.is_empty() {
            Ok(start.tasks)
        } else {
            Err(start.failures)
        }
    }

    /// An environment variable; an empty one, or one that is no text, counts as not set.
    #[expect(clippy::unused_self, reason = "only at start may it be read")]
    pub(crate) fn env(&self, name: &str) -> Option<String> {
        env::var(name).ok().filter(|text| !text.is_empty())
    }

    /// The gateway will not start; `why` is one line, says what to do, and holds no secret.
    pub(crate) fn fail(&mut self, why: impl Into<String>) {
        self.failures.push(why.into());
    }

    /// Runs `task` on the control thread, beside the requests, for as long as the process lives.
    pub(crate) fn spawn(&mut self, task: impl Future<Output = ()> + Send + 'static) {
        self.tasks.push(Box::pin(task));
    }
}
