//! The one future of a request to a network: to the member that has its key, and once more where that one is gone, or says
//! that the key is another's.

use super::{
    BaseNetwork,
    members::{Access, Members},
    network::Network,
};
use crate::{
    body::Body,
    call::Call,
    cluster::{Astray, is_redirect, resolve},
    cx::Cx,
    endpoint::{Answer, Finish},
    forward,
    guard::Fate,
    host::Authority,
    reject::{Own, Reject},
    upstream::{Aim, Feed, Target},
};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header};
use serde_json::json;
use std::rc::Rc;

/// The key, for the member (BN-8).
const SHARD: HeaderName = HeaderName::from_static("x-base-shard");

impl Finish for BaseNetwork {
    fn start(&'static self, cx: Box<Cx>, call: &'static Call) -> Answer {
        Box::pin(run(cx, call, self))
    }
}

async fn run(mut cx: Box<Cx>, call: &'static Call, base: &'static BaseNetwork) -> Response<Body> {
    let answer = base.exchange(&mut cx, call).await;
    forward::finish(cx, answer)
}

impl BaseNetwork {
    async fn exchange(&self, cx: &mut Cx, call: &'static Call) -> Result<Response<Body>, Reject> {
        let network = self.network();
        let Some(key) = self.key.of(&cx.head.headers) else {
            let why = format!("the request has no {}", self.key_name());
            return Err(refusal(StatusCode::BAD_REQUEST, "shard_key_missing", why));
        };
        let trip = Trip {
            base: self,
            network,
            call,
            access: access(call.method.unwrap_or(&cx.head.method)),
            key,
        };
        let first = network.with(|members| trip.place(members, trip.access))?;
        cx.added.push((SHARD, trip.key.clone()));
        let admitted = forward::admit(cx, call)?;
        let upload = forward::upload(cx, call);
        if let Some(feed) = &upload {
            feed.keep(self.replay_buffer);
        }
        let answer = trip.go(cx, first, upload).await;
        admitted.end(match &answer {
            Ok(response) => Fate::Answered(response.status()),
            Err(reject) if is_the_networks(reject) => Fate::Failed,
            Err(_) => Fate::Abandoned,
        });
        answer
    }
}

/// Whether the members are to blame, and neither the client nor the length of its body.
fn is_the_networks(reject: &Reject) -> bool {
    matches!(
        reject.status(),
        StatusCode::BAD_GATEWAY | StatusCode::GATEWAY_TIMEOUT
    )
}

/// BN-6.
fn access(method: &Method) -> Access {
    match *method {
        Method::POST | Method::PUT | Method::PATCH | Method::DELETE => Access::Write,
        _ => Access::Read { nth: 0 },
    }
}

/// One request on its way.
struct Trip<'a> {
    base: &'a BaseNetwork,
    network: &'static Network,
    call: &'static Call,
    access: Access,
    key: HeaderValue,
}

impl Trip<'_> {
    async fn go(
        &self,
        cx: &mut Cx,
        first: &'static Target,
        upload: Option<Rc<Feed>>,
    ) -> Result<Response<Body>, Reject> {
        let mut aim = Aim {
            target: first,
            path: None,
        };
        let mut answer = self.attempt(cx, &aim, upload.as_ref()).await;
        if let Err(Reject::Upstream(_, error)) = &answer
            && error.is_untouched()
            && let Some(target) = self.instead_of(first).await
        {
            aim.target = target;
            answer = self.attempt(cx, &aim, upload.as_ref()).await;
        }
        let headers = match answer {
            // With the rest of it its connection goes, which may still be taking the body.
            Ok(response) if is_redirect(response.status()) => response.into_parts().0.headers,
            answer => return answer,
        };
        let aim = self.follow(&headers, aim.target).await?;
        if upload.as_ref().is_some_and(|feed| !feed.rewind()) {
            return Err(too_long(self.base.replay_buffer));
        }
        let answer = self.attempt(cx, &aim, upload.as_ref()).await?;
        if is_redirect(answer.status()) {
            self.network.counts.redirects.add(1);
            let why = "two members in turn said that the key is another's";
            return Err(refusal(StatusCode::BAD_GATEWAY, "redirect_loop", why));
        }
        Ok(answer)
    }

    async fn attempt(
        &self,
        cx: &mut Cx,
        aim: &Aim,
        upload: Option<&Rc<Feed>>,
    ) -> Result<Response<Body>, Reject> {
        if let Some(record) = &mut cx.record {
            record.upstream = aim.target.authority.to_str().ok();
        }
        forward::attempt(cx, self.call, aim, upload.cloned()).await
    }

    /// Where a request of this key goes.
    fn place(&self, members: &Members, access: Access) -> Result<&'static Target, Reject> {
        let member = members.place(self.key.as_bytes(), access).ok_or_else(|| {
            self.network.doubt();
            let why = "no member of the network is known";
            refusal(StatusCode::BAD_GATEWAY, "no_members", why)
        })?;
        member.target.ok_or_else(|| {
            let why = format!("the member `{}` has a URL that cannot be called", member.id);
            refusal(StatusCode::BAD_GATEWAY, "member_unreachable", why)
        })
    }

    /// Where else it may go, for nobody was there: a read to the next that has the key, a write to whom the key belongs by
    /// now. None: nowhere.
    async fn instead_of(&self, gone: &'static Target) -> Option<&'static Target> {
        let other = |members: &Members, access| {
            let target = self.place(members, access).ok()?;
            (target.number != gone.number).then_some(target)
        };
        if let Access::Read { nth } = self.access
            && let Some(target) = self
                .network
                .with(|m| other(m, Access::Read { nth: nth + 1 }))
        {
            self.network.doubt();
            return Some(target);
        }
        self.network.ask_again().await;
        self.network.with(|members| other(members, self.access))
    }

    /// Where a redirect of `from` leads: to a member, or nowhere (BN-9, BN-10).
    async fn follow(&self, headers: &HeaderMap, from: &'static Target) -> Result<Aim, Reject> {
        self.network.counts.redirects.add(1);
        if headers.contains_key(header::LOCATION) {
            self.network.counts.mismatches.add(1);
        }
        let to_member = || {
            let is_member = |host: &Authority| self.network.with(|m| is_member(m, host));
            resolve(headers, from, is_member)
        };
        let mut aim = to_member();
        if matches!(aim, Err(Astray::Stranger)) {
            // Perhaps a member that has just come.
            self.network.ask_again().await;
            aim = to_member();
        } else {
            self.network.doubt();
        }
        if let Ok(aim) = &aim {
            tracing::debug!(
                from = from.host.name,
                to = aim.target.host.name,
                "base-network {}: a {} is at another member than it should be",
                self.network.label(),
                self.base.key_name()
            );
        }
        aim.map_err(|astray| {
            let why = astray.to_string();
            refusal(StatusCode::BAD_GATEWAY, "redirect_refused", why)
        })
    }
}

/// The members are asked anew, so that whoever comes back meets the right one.
fn too_long(held: u64) -> Reject {
    let json = json!({
        "error": "shard_moved",
        "message": format!("the key is at another member by now; a request body of more than {held} bytes is not sent twice"),
    });
    Own::new(StatusCode::SERVICE_UNAVAILABLE, json.to_string())
        .with(header::RETRY_AFTER, const { HeaderValue::from_static("1") })
        .because("its body is longer than what is held to be sent again".to_owned())
        .into()
}

fn is_member(members: &Members, host: &Authority) -> bool {
    let mut targets = members.list().iter().filter_map(|member| member.target);
    targets.any(|target| target.is(host))
}

fn refusal(status: StatusCode, error: &str, why: impl Into<String>) -> Reject {
    let json = json!({ "error": error });
    Own::new(status, json.to_string())
        .because(why.into())
        .into()
}
