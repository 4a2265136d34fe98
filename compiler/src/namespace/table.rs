//! The table. A row: key, legacy names, levels, what it is for, and what to use until it is built.

use super::{
    Edition, Lower, Namespace, Scope,
    Scope::{Agent, Backend, Endpoint, Service},
    Support, base_ha, base_network, bots, breaker, cors, edge, hanzo_cors, logging, metrics, proxy,
    public, ratelimit, retry, revoker, router, secure, server, signer, validator, widget, zap,
    zap_listener,
};
use crate::{diagnostic::Diagnostic, json::Node};

/// Every `extra_config` key of `KrakenD` 2.13 (Community and Enterprise) and of the Hanzo gateway.
#[rustfmt::skip] // A table: one row per key.
pub static NAMESPACES: &[Namespace] = &[
    // Built.
    yes("router", &["github_com/luraproject/lura/router/gin"], &[Service], "routing, errors, health, client address").judged(|node, _| router::read(node).1),
    yes("telemetry/logging", &["github_com/devopsfaith/krakend-gologging"], &[Service], "log level, prefix and format").judged(|node, _| logging::read(node).1),
    yes("proxy", &["github.com/devopsfaith/krakend/proxy"], &[Endpoint, Backend, Agent], "how backends are combined").judged(|node, _| proxy::read(node).1),
    yes("auth/public", &[], &[Endpoint], "marks an endpoint as open on purpose").of(Edition::Hanzo).lowered(public::lower),
    yes("github.com/hanzoai/gateway/auth", &[], &[Service], "identity at the edge").of(Edition::Hanzo).guard().judged(|node, _| edge::read(node).1).lowered(edge::lower),
    yes("github.com/hanzoai/gateway/widget", &[], &[Service], "widget keys").of(Edition::Hanzo).guard().judged(|node, _| widget::read(node).1).lowered(widget::lower),
    yes("github.com/hanzoai/gateway/server", &[], &[Service], "bounds of the listener").of(Edition::Hanzo).judged(|node, _| server::read(node).1),
    yes("auth/validator", &["github.com/devopsfaith/krakend-jose/validator"], &[Service, Endpoint], "JWT validation").guard().judged(validator::judge).lowered(validator::lower),
    yes("security/cors", &["github_com/devopsfaith/krakend-cors"], &[Service], "CORS").judged(|node, _| cors::read(node).1).lowered(cors::lower),
    yes("github.com/hanzoai/gateway/cors", &[], &[Service], "CORS for pages of our own hosts").of(Edition::Hanzo).judged(|node, _| hanzo_cors::read(node).1).lowered(hanzo_cors::lower),
    yes("security/http", &["github_com/devopsfaith/krakend-httpsecure"], &[Service], "security headers and allowed hosts").guard().judged(|node, _| secure::read(node).1).lowered(secure::lower),
    yes("security/bot-detector", &["github_com/devopsfaith/krakend-botdetector"], &[Service, Endpoint], "bots by User-Agent").guard().judged(|node, _| bots::read(node).1).lowered(bots::lower),
    yes("auth/signer", &["github.com/devopsfaith/krakend-jose/signer"], &[Endpoint], "JWT signing").guard().ends().judged(|node, _| signer::read(node).1).lowered(signer::lower),
    yes("auth/revoker", &["github_com/devopsfaith/bloomfilter"], &[Service], "revoked JWTs").guard().judged(|node, _| revoker::read(node).1).lowered(revoker::lower),
    yes("github.com/hanzoai/gateway/zap", &[], &[Backend], "ZAP backends").of(Edition::Hanzo).ends().judged(|node, _| zap::read(node).1).lowered(zap::lower),
    yes("github.com/hanzoai/gateway/zap-listener", &[], &[Service], "requests that arrive by ZAP").of(Edition::Hanzo).judged(|node, _| zap_listener::read(node).1).lowered(zap_listener::lower),
    yes("qos/circuit-breaker", &["github.com/devopsfaith/krakend-circuitbreaker/gobreaker"], &[Backend], "circuit breaker").judged(|node, _| breaker::read(node).1).lowered(breaker::lower),
    yes("github.com/hanzoai/gateway/retry", &[], &[Endpoint, Backend], "retries").of(Edition::Hanzo).judged(|node, _| retry::read(node).1).lowered(retry::lower),
    yes("telemetry/metrics", &["github_com/devopsfaith/krakend-metrics"], &[Service], "what is counted, for Prometheus").judged(|node, _| metrics::read(node).1).lowered(metrics::lower),
    yes("qos/ratelimit/router", &["github.com/devopsfaith/krakend-ratelimit/juju/router"], &[Service, Endpoint], "rate limits of requests").judged(|node, _| ratelimit::read(node).1).lowered(ratelimit::lower),
    yes("qos/ratelimit/proxy", &["github.com/devopsfaith/krakend-ratelimit/juju/proxy"], &[Backend], "rate limit towards a backend").judged(|node, _| ratelimit::read(node).1).lowered(ratelimit::lower_calls),
    yes("github.com/hanzoai/gateway/base-network", &[], &[Backend], "shards of a Base network").of(Edition::Hanzo).ends().judged(|node, _| base_network::read(node).1).lowered(base_network::lower),
    yes("github.com/hanzoai/gateway/base_ha", &[], &[Backend], "writer and readers of a Base cluster").of(Edition::Hanzo).ends().judged(|node, _| base_ha::read(node).1).lowered(base_ha::lower),
    // For other tools.
    inert("documentation/openapi", &[Service, Endpoint], "OpenAPI export"),
    inert("documentation/postman", &[Service, Endpoint], "Postman export"),
    // Who may call.
    no("auth/client-credentials", &["github.com/devopsfaith/krakend-oauth2-clientcredentials"], &[Backend], "OAuth2 client credentials", SIDECAR),
    no("validation/cel", &["github.com/devopsfaith/krakend-cel"], &[Endpoint, Backend, Agent], "CEL conditions", IN_BACKEND).guard(),
    no("validation/json-schema", &["github.com/devopsfaith/krakend-jsonschema"], &[Endpoint, Agent], "JSON Schema of request bodies", BODY_CAP).guard(),
    // How much.
    no("qos/http-cache", &["github.com/devopsfaith/krakend-httpcache"], &[Backend], "cache of backend answers", CACHE),
    // Scripts and plugins.
    no("modifier/lua-endpoint", &["github.com/devopsfaith/krakend-lua/router"], &[Service, Endpoint], "Lua before the pipe", LUA).guard(),
    no("modifier/lua-proxy", &["github.com/devopsfaith/krakend-lua/proxy"], &[Endpoint, Agent], "Lua around the pipe", LUA).guard(),
    no("modifier/lua-backend", &["github.com/devopsfaith/krakend-lua/proxy/backend"], &[Backend], "Lua around a backend", LUA).guard(),
    no("modifier/martian", &["github.com/devopsfaith/krakend-martian"], &[Backend], "Martian modifiers", LISTS),
    no("plugin/http-server", &["github_com/devopsfaith/krakend/transport/http/server/handler"], &[Service], "Go server plugins", GO).guard(),
    no("plugin/http-client", &["github.com/devopsfaith/krakend/transport/http/client/executor"], &[Backend], "Go client plugins", GO),
    no("plugin/req-resp-modifier", &["github.com/devopsfaith/krakend/proxy/plugin"], &[Endpoint, Backend], "Go modifier plugins", GO).guard(),
    // Other kinds of backends.
    no("backend/http", &["github.com/devopsfaith/krakend/http"], &[Backend], "backend status and errors", NOOP_STATUS),
    no("backend/http/client", &[], &[Backend], "TLS, redirects and proxy of a backend", ROOTS),
    no("backend/graphql", &["github.com/devopsfaith/krakend/transport/http/client/graphql"], &[Backend], "GraphQL backends", PLAIN_HTTP),
    no("backend/lambda", &["github.com/devopsfaith/krakend-lambda"], &[Backend], "AWS Lambda backends", PLAIN_HTTP),
    no("backend/amqp/consumer", &["github.com/devopsfaith/krakend-amqp/consume"], &[Backend], "AMQP backends", PLAIN_HTTP),
    no("backend/amqp/producer", &["github.com/devopsfaith/krakend-amqp/produce"], &[Backend], "AMQP backends", PLAIN_HTTP),
    no("backend/pubsub/publisher", &["github.com/devopsfaith/krakend-pubsub/publisher"], &[Backend], "message queue backends", PLAIN_HTTP),
    no("backend/pubsub/subscriber", &["github.com/devopsfaith/krakend-pubsub/subscriber"], &[Backend], "message queue backends", PLAIN_HTTP),
    no("async/amqp", &["github.com/devopsfaith/krakend-amqp/agent"], &[Agent], "AMQP agents", AGENTS),
    // What is seen.
    no("telemetry/gelf", &["github_com/devopsfaith/krakend-gelf"], &[Service], "GELF logs", LOGS),
    no("telemetry/logstash", &["github_com/devopsfaith/krakend-logstash"], &[Service], "logs as JSON", LOGS),
    no("telemetry/influx", &["github_com/letgoapp/krakend-influx"], &[Service], "metrics to InfluxDB", METRICS),
    no("telemetry/opencensus", &["github_com/devopsfaith/krakend-opencensus"], &[Service, Endpoint, Backend], "OpenCensus, which is retired", METRICS),
    no("telemetry/opentelemetry", &[], &[Service, Endpoint, Backend], "traces and metrics", TRACEPARENT),
    // Enterprise.
    enterprise("auth/api-keys", &[Service, Endpoint], "API keys").guard(),
    enterprise("auth/basic", &[Service, Endpoint], "Basic authentication").guard(),
    enterprise("auth/gcp", &[Backend], "Google tokens for backends"),
    enterprise("auth/aws-sigv4", &[Backend], "AWS signatures for backends"),
    enterprise("auth/ntlm", &[Backend], "NTLM for backends"),
    enterprise("security/policies", &[Endpoint, Backend], "security policies").guard(),
    enterprise("qos/ratelimit/service", &[Service], "rate limit of the whole gateway"),
    enterprise("qos/ratelimit/service/redis", &[Service], "rate limit in Redis"),
    enterprise("qos/ratelimit/router/redis", &[Endpoint], "rate limit in Redis"),
    enterprise("qos/ratelimit/tiered", &[Service, Endpoint], "rate limits by tier"),
    enterprise("qos/circuit-breaker/http", &[Backend], "circuit breaker by status code"),
    enterprise("governance/quota", &[Service, Endpoint, Backend], "quotas"),
    enterprise("governance/processors", &[Service], "quota processors"),
    enterprise("redis", &[Service], "Redis connections"),
    enterprise("backend/conditional", &[Backend], "backend by condition"),
    enterprise("backend/grpc", &[Backend], "gRPC backends"),
    enterprise("grpc", &[Service], "gRPC server"),
    enterprise("backend/soap", &[Backend], "SOAP backends"),
    enterprise("backend/static-filesystem", &[Backend], "files as a backend"),
    enterprise("server/static-filesystem", &[Service], "files beside the API"),
    enterprise("server/virtualhost", &[Service], "endpoints by host name"),
    enterprise("websocket", &[Endpoint], "WebSockets"),
    enterprise("workflow", &[Backend], "endpoints inside an endpoint"),
    enterprise("modifier/jmespath", &[Endpoint, Backend], "JMESPath queries"),
    enterprise("modifier/body-generator", &[Endpoint, Backend], "request bodies from templates"),
    enterprise("modifier/request-body-generator", &[Endpoint, Backend], "request bodies from templates"),
    enterprise("modifier/response-body-generator", &[Endpoint, Backend], "response bodies from templates"),
    enterprise("modifier/response-body", &[Endpoint, Backend], "changes to response bodies"),
    enterprise("modifier/response-headers", &[Service], "changes to response headers"),
    enterprise("modifier/request-body-extractor", &[Service, Endpoint], "headers from the request body"),
    enterprise("modifier/request-body-extractor/early", &[Endpoint], "headers from the request body"),
    enterprise("validation/response-json-schema", &[Endpoint, Backend], "JSON Schema of responses").guard(),
    enterprise("plugin/middleware", &[Endpoint, Backend], "Go middleware plugins").guard(),
    enterprise("telemetry/newrelic", &[Service], "New Relic"),
    enterprise("telemetry/moesif", &[Service], "Moesif"),
    enterprise("telemetry/opentelemetry-security", &[Service], "credentials of exporters"),
    enterprise("telemetry/ganalytics", &[Service], "Google Analytics"),
    enterprise("telemetry/instana", &[Service], "Instana"),
    enterprise("backend/pubsub/publisher/kafka", &[Backend], "Kafka backends"),
    enterprise("backend/pubsub/subscriber/kafka", &[Backend], "Kafka backends"),
    enterprise("async/kafka", &[Agent], "Kafka agents"),
    enterprise("ai/llm", &[Backend], "LLM vendors as backends"),
    enterprise("ai/mcp", &[Service, Endpoint], "MCP servers"),
];

const IN_BACKEND: &str = "until then this is the backend's work";
const SIDECAR: &str = "until then the backend, or a proxy beside it, must get the token";
const BODY_CAP: &str =
    "until then this is the backend's work; `max_payload` caps the size of a body";
const CACHE: &str =
    "until then a cache in front must do it; the backend's Cache-Control is passed on";
const LISTS: &str = "`input_headers` and `input_query_strings` keep and drop; nothing rewrites yet";
const ROOTS: &str =
    "https backends are checked against the system's roots, and redirects are passed on";
const METRICS: &str = "`telemetry/metrics` counts what this would, for Prometheus";
const TRACEPARENT: &str =
    "`traceparent` passes traces on; `telemetry/metrics` counts and measures, for Prometheus";
const LUA: &str = "Lua is not run; move the logic into the backend";
const GO: &str = "Go plugins cannot be loaded, this gateway is not a Go program; move the logic into the backend";
const NOOP_STATUS: &str =
    "a no-op endpoint already passes the backend's status and body on as they are";
const PLAIN_HTTP: &str =
    "backends are called by plain HTTP; put a small HTTP service in front of this one";
const AGENTS: &str = "there are no async agents; consume the queue in a service of your own";
const LOGS: &str =
    "`telemetry/logging` with `\"format\": \"logstash\"` writes JSON lines to standard output";
const PAID: &str = "the Community edition ignores it without a word";

type Levels = &'static [Scope];

const fn row(
    key: &'static str,
    aliases: &'static [&'static str],
    levels: Levels,
    summary: &'static str,
) -> Namespace {
    Namespace {
        key,
        aliases,
        levels,
        edition: Edition::Community,
        support: Support::Yes,
        guard: false,
        ends: false,
        summary,
        judge: silent,
        lower: None,
    }
}

const fn yes(
    key: &'static str,
    aliases: &'static [&'static str],
    levels: Levels,
    summary: &'static str,
) -> Namespace {
    row(key, aliases, levels, summary)
}

const fn inert(key: &'static str, levels: Levels, summary: &'static str) -> Namespace {
    Namespace {
        support: Support::Inert,
        edition: Edition::Enterprise,
        ..row(key, &[], levels, summary)
    }
}

const fn no(
    key: &'static str,
    aliases: &'static [&'static str],
    levels: Levels,
    summary: &'static str,
    instead: &'static str,
) -> Namespace {
    Namespace {
        support: Support::No(instead),
        ..row(key, aliases, levels, summary)
    }
}

const fn enterprise(key: &'static str, levels: Levels, summary: &'static str) -> Namespace {
    no(key, &[], levels, summary, PAID).of(Edition::Enterprise)
}

fn silent(_: &Node, _: Scope) -> Vec<Diagnostic> {
    Vec::new()
}

impl Namespace {
    const fn of(self, edition: Edition) -> Namespace {
        Namespace { edition, ..self }
    }

    const fn guard(self) -> Namespace {
        Namespace {
            guard: true,
            ..self
        }
    }

    const fn ends(self) -> Namespace {
        Namespace { ends: true, ..self }
    }

    const fn lowered(self, lower: Lower) -> Namespace {
        Namespace {
            lower: Some(lower),
            ..self
        }
    }

    const fn judged(self, judge: fn(&Node, Scope) -> Vec<Diagnostic>) -> Namespace {
        Namespace { judge, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::namespace::find;

    #[test]
    fn every_name_leads_to_its_own_row() {
        for row in NAMESPACES {
            for name in std::iter::once(&row.key).chain(row.aliases) {
                let found = find(name).expect("a name of the table is found");
                assert!(
                    std::ptr::eq(found, row),
                    "`{name}` is in the rows of `{}` and `{}`",
                    found.key,
                    row.key
                );
            }
            assert!(
                !row.levels.is_empty() && !row.summary.is_empty(),
                "`{}` has levels and a summary",
                row.key
            );
        }
    }

    #[test]
    fn what_closes_something_is_a_guard() {
        // They add something to a call or an answer; without them nothing stands open.
        let outgoing = [
            "auth/client-credentials",
            "auth/gcp",
            "auth/aws-sigv4",
            "auth/ntlm",
            "security/cors",
        ];
        for row in NAMESPACES {
            let closes = ["auth/", "security/", "validation/"]
                .iter()
                .any(|family| row.key.starts_with(family));
            if closes && row.support != Support::Yes && !outgoing.contains(&row.key) {
                assert!(row.guard, "`{}` should be a guard", row.key);
            }
        }
    }
}
