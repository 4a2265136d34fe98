//! The one future of a request in a cluster: to the node of its role, and once more where that has failed and may be.

use super::{
    BaseHa,
    errors::{Fate, no_writer, writer_unreachable},
    retry::{Again, Failure},
    tracker::Tracker,
};
use crate::{
    body::Body,
    call::Call,
    cluster,
    cx::Cx,
    endpoint::{Answer, Finish},
    forward, guard,
    host::Authority,
    reject::Reject,
    upstream::{Aim, Feed, Target},
};
use http::{HeaderName, Response};
use std::rc::Rc;

/// `required`: the request is for the writer, whatever its method (HA-6).
const BASE_WRITER: HeaderName = HeaderName::from_static("x-base-writer");

impl Finish for BaseHa {
    fn start(&'static self, cx: Box<Cx>, call: &'static Call) -> Answer {
        Box::pin(run(cx, call, self))
    }
}

async fn run(mut cx: Box<Cx>, call: &'static Call, base: &'static BaseHa) -> Response<Body> {
    let answer = base.exchange(&mut cx, call).await;
    forward::finish(cx, answer)
}

impl BaseHa {
    /// The answer of the node that the request is for.
    async fn exchange(&self, cx: &mut Cx, call: &'static Call) -> Result<Response<Body>, Reject> {
        let tracker = self.tracker();
        let client = tracker.recent.client(cx);
        let writes = self.writes(cx, call);
        let pinned = writes || tracker.recent.has_written(client);
        let admitted = forward::admit(cx, call)?;
        let writer = if pinned { tracker.writer() } else { None };
        if pinned && writer.is_none() {
            tracker.counts.no_writer.add(1);
            return Err(no_writer(tracker.retry_after()).into());
        }
        let upload = forward::upload(cx, call);
        if let Some(feed) = &upload {
            feed.keep(self.replay_buffer);
        }
        let mut errand = Errand {
            tracker,
            cx,
            call,
            upload,
            held: self.replay_buffer,
        };
        let answer = match writer {
            Some(writer) => errand.ask_writer(writer).await,
            None => errand.ask_any().await,
        };
        admitted.end(match &answer {
            Ok(response) => guard::Fate::Answered(response.status()),
            Err(Reject::Upstream(..) | Reject::Own(_)) => guard::Fate::Failed,
            Err(_) => guard::Fate::Abandoned,
        });
        if writes && matches!(&answer, Ok(response) if !response.status().is_server_error()) {
            let forgotten = tracker.recent.mark(client);
            tracker.counts.clients_forgotten.add(forgotten);
        }
        answer
    }

    /// HA-6, of what the node will see: the call's method, and a header that the call lets through.
    fn writes(&self, cx: &Cx, call: &Call) -> bool {
        let method = call.method.unwrap_or(&cx.head.method);
        let asked = || {
            let name = &BASE_WRITER;
            let mut values = cx.head.headers.all(name);
            let required = |value: &[u8]| value.trim_ascii().eq_ignore_ascii_case(b"required");
            call.passes(name) && values.any(required)
        };
        self.write_methods.contains(&method.as_str()) || asked()
    }
}

/// A request and its attempts, two at most.
struct Errand<'a> {
    tracker: &'static Tracker,
    cx: &'a mut Cx,
    call: &'static Call,
    upload: Option<Rc<Feed>>,
    /// Bytes of the body.
    held: u64,
}

impl Errand<'_> {
    /// A read, as any other call: by a host whose turn it is. Only that its redirects are not for the client.
    async fn ask_any(&mut self) -> Result<Response<Body>, Reject> {
        let answer = forward::attempts(self.cx, self.call, self.upload.clone()).await;
        if !matches!(&answer, Ok(response) if cluster::is_redirect(response.status())) {
            return answer;
        }
        // Whichever has answered: hosts of one upstream serve the same.
        let host = self.call.upstream.next_target();
        let Some(failure) = self.failure(&answer, host) else {
            return answer;
        };
        self.tracker.doubt();
        self.once_more(host, &failure, answer).await
    }

    async fn ask_writer(&mut self, writer: &'static Target) -> Result<Response<Body>, Reject> {
        let counts = &self.tracker.counts;
        let first = Aim {
            target: writer,
            path: None,
        };
        let answer = self.attempt(&first).await;
        let Some(failure) = self.failure(&answer, writer) else {
            return answer;
        };
        counts.writer_failures.add(1);
        self.tracker.doubt();
        let answer = self.once_more(writer, &failure, answer).await;
        let is_fatal = match &answer {
            Ok(response) => response.status().is_server_error(),
            Err(reject) => matches!(reject, Reject::Own(_)),
        };
        counts.writer_failures_fatal.add(u64::from(is_fatal));
        answer
    }

    /// The second attempt, or why there is none, after `node` has failed with `answer`.
    async fn once_more(
        &mut self,
        node: &'static Target,
        failure: &Failure,
        answer: Result<Response<Body>, Reject>,
    ) -> Result<Response<Body>, Reject> {
        let all_held = self.upload.as_ref().is_none_or(|feed| feed.rewind());
        let fate = match failure.again(self.cx, self.call, all_held) {
            Again::Yes => None,
            Again::Unsure => Some(Fate::Unsure),
            Again::TooLong => Some(Fate::TooLong(self.held)),
        };
        if let Some(fate) = fate {
            // There will be no other answer, so this one is it.
            return match failure {
                Failure::Refused(_) => answer,
                _ => Err(self.unreachable(fate, format!("{}: {failure}", name(node)))),
            };
        }
        // It is held back, and its connection let go.
        drop(answer);
        let Some(second) = self.second(failure, node).await else {
            let log = format!("{}: {failure}; and nobody else leads", name(node));
            return Err(self.unreachable(Fate::NotTaken, log));
        };
        let to = second.target;
        let answer = self.attempt(&second).await;
        let again = match self.failure(&answer, to) {
            None | Some(Failure::Refused(_)) => return answer,
            Some(again) => again,
        };
        let broken = |failure: &Failure| matches!(failure, Failure::Broken(_));
        let fate = if broken(failure) || broken(&again) {
            Fate::Unsure
        } else {
            Fate::NotTaken
        };
        let log = format!("{}: {failure}; then {}: {again}", name(node), name(to));
        Err(self.unreachable(fate, log))
    }

    async fn attempt(&mut self, aim: &Aim) -> Result<Response<Body>, Reject> {
        if let Some(record) = &mut self.cx.record {
            record.upstream = Some(name(aim.target));
        }
        // There is nobody else who could have a share of it.
        self.cx.patience = None;
        forward::attempt(self.cx, self.call, aim, self.upload.clone()).await
    }

    fn failure(
        &self,
        answer: &Result<Response<Body>, Reject>,
        from: &'static Target,
    ) -> Option<Failure> {
        let upstream = self.call.upstream;
        let is_host = |host: &Authority| {
            upstream.with_targets(|targets| targets.iter().any(|target| target.is(host)))
        };
        Failure::of(answer, from, |host| {
            self.tracker.is_member(host) || is_host(host)
        })
    }

    /// Where the request goes once more: where a redirect leads, or to another writer as soon as there is one. The same
    /// one may be asked again (HA-11), unless it has sent the request away.
    async fn second(&self, failure: &Failure, first: &'static Target) -> Option<Aim> {
        let target = match failure {
            Failure::Redirected(_, Ok(aim)) => return Some(aim.clone()),
            Failure::Redirected(_, Err(_)) => self.tracker.another(first).await,
            Failure::Refused(_) | Failure::Unreached(_) | Failure::Broken(_) => {
                let another = self.tracker.another(first).await;
                another.or_else(|| self.tracker.writer())
            }
        };
        target.map(|target| Aim { target, path: None })
    }

    fn unreachable(&self, fate: Fate, log: String) -> Reject {
        writer_unreachable(fate, self.tracker.retry_after(), log).into()
    }
}

/// For the log.
fn name(node: &'static Target) -> &'static str {
    node.authority.to_str().unwrap_or_default()
}
