//! The table. A row is on one line where it can be: key, legacy names, levels, what it is for, and what to use instead.

use super::{
    Edition, Namespace, Scope,
    Scope::{Agent, Backend, Endpoint, Service},
    Support, logging, proxy, public, router, server,
};
use crate::{diagnostic::Diagnostic, json::Node};

/// Every `extra_config` key of KrakenD 2.13 (Community and Enterprise) and of the Hanzo gateway.
pub static NAMESPACES: &[Namespace] = &[
    // Built.
    yes("router", &["github_com/luraproject/lura/router/gin"], &[Service], "routing, errors, health, client address")
        .judged(|node, _| router::read(node).1),
    yes("telemetry/logging", &["github_com/devopsfaith/krakend-gologging"], &[Service], "log level, prefix and format")
        .judged(|node, _| logging::read(node).1),
    yes("proxy", &["github.com/devopsfaith/krakend/proxy"], &[Endpoint, Backend, Agent], "how backends are combined")
        .judged(proxy::judge),
    yes("auth/public", &[], &[Endpoint], "marks an endpoint as open on purpose")
        .of(Edition::Hanzo)
        .judged(|node, _| public::read(node).1),
    yes("github.com/hanzoai/gateway/server", &[], &[Service], "bounds of the listener")
        .of(Edition::Hanzo)
        .judged(|node, _| server::read(node).1),
    // For other tools.
    inert("documentation/openapi", &[Service, Endpoint], "OpenAPI export"),
    inert("documentation/postman", &[Service, Endpoint], "Postman export"),
    // Who may call.
    no("auth/validator", &["github.com/devopsfaith/krakend-jose/validator"], &[Service, Endpoint], "JWT validation", LATER).guard(),
    no("auth/signer", &["github.com/devopsfaith/krakend-jose/signer"], &[Endpoint], "JWT signing", LATER).guard(),
    no("auth/revoker", &["github_com/devopsfaith/bloomfilter"], &[Service], "revoked JWTs", LATER).guard(),
    no("auth/client-credentials", &["github.com/devopsfaith/krakend-oauth2-clientcredentials"], &[Backend], "OAuth2 client credentials", LATER),
    no("security/cors", &["github_com/devopsfaith/krakend-cors"], &[Service], "CORS", LATER),
    no("security/http", &["github_com/devopsfaith/krakend-httpsecure"], &[Service], "security headers and allowed hosts", LATER).guard(),
    no("security/bot-detector", &["github_com/devopsfaith/krakend-botdetector"], &[Service, Endpoint], "bots by User-Agent", LATER).guard(),
    no("validation/cel", &["github.com/devopsfaith/krakend-cel"], &[Endpoint, Backend, Agent], "CEL conditions", LATER).guard(),
    no("validation/json-schema", &["github.com/devopsfaith/krakend-jsonschema"], &[Endpoint, Agent], "JSON Schema of request bodies", LATER).guard(),
    // How much.
    no("qos/ratelimit/router", &["github.com/devopsfaith/krakend-ratelimit/juju/router"], &[Service, Endpoint], "rate limits of requests", LIMITS),
    no("qos/ratelimit/proxy", &["github.com/devopsfaith/krakend-ratelimit/juju/proxy"], &[Backend], "rate limit towards a backend", LIMITS),
    no("qos/circuit-breaker", &["github.com/devopsfaith/krakend-circuitbreaker/gobreaker"], &[Backend], "circuit breaker", LATER),
    no("qos/http-cache", &["github.com/devopsfaith/krakend-httpcache"], &[Backend], "cache of backend answers", LATER),
    // Scripts and plugins.
    no("modifier/lua-endpoint", &["github.com/devopsfaith/krakend-lua/router"], &[Service, Endpoint], "Lua before the pipe", LUA).guard(),
    no("modifier/lua-proxy", &["github.com/devopsfaith/krakend-lua/proxy"], &[Endpoint, Agent], "Lua around the pipe", LUA).guard(),
    no("modifier/lua-backend", &["github.com/devopsfaith/krakend-lua/proxy/backend"], &[Backend], "Lua around a backend", LUA).guard(),
    no("modifier/martian", &["github.com/devopsfaith/krakend-martian"], &[Backend], "Martian modifiers", LATER),
    no("plugin/http-server", &["github_com/devopsfaith/krakend/transport/http/server/handler"], &[Service], "Go server plugins", GO).guard(),
    no("plugin/http-client", &["github.com/devopsfaith/krakend/transport/http/client/executor"], &[Backend], "Go client plugins", GO),
    no("plugin/req-resp-modifier", &["github.com/devopsfaith/krakend/proxy/plugin"], &[Endpoint, Backend], "Go modifier plugins", GO).guard(),
    // Other kinds of backends.
    no("backend/http", &["github.com/devopsfaith/krakend/http"], &[Backend], "backend status and errors", NOOP_STATUS),
    no("backend/http/client", &[], &[Backend], "TLS, redirects and proxy of a backend", LATER),
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
    no("telemetry/metrics", &["github_com/devopsfaith/krakend-metrics"], &[Service], "metrics listener", LATER),
    no("telemetry/influx", &["github_com/letgoapp/krakend-influx"], &[Service], "metrics to InfluxDB", LATER),
    no("telemetry/opencensus", &["github_com/devopsfaith/krakend-opencensus"], &[Service, Endpoint, Backend], "OpenCensus, which is retired", LATER),
    no("telemetry/opentelemetry", &[], &[Service, Endpoint, Backend], "traces and metrics", LATER),
    // Hanzo.
    hanzo("github.com/hanzoai/gateway/auth", &[Service, Endpoint], "identity at the edge", LATER).guard(),
    hanzo("github.com/hanzoai/gateway/widget", &[Service], "widget keys", LATER).guard(),
    hanzo("github.com/hanzoai/gateway/cors", &[Service], "CORS", LATER),
    hanzo("github.com/hanzoai/gateway/retry", &[Endpoint, Backend], "retries", LATER),
    hanzo("github.com/hanzoai/gateway/zap", &[Backend], "ZAP backends", ZAP),
    hanzo("github.com/hanzoai/gateway/base_ha", &[Backend], "writer and readers of a Base cluster", ONE_SERVICE),
    hanzo("github.com/hanzoai/gateway/base-network", &[Backend], "shards of a Base network", ONE_SERVICE),
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

const LATER: &str = "nothing that is built comes near it";
const LIMITS: &str = "`max_connections` in `github.com/hanzoai/gateway/server` is the only limit on load so far";
const LUA: &str = "Lua is not run; move the logic into the backend";
const GO: &str = "Go plugins cannot be loaded, this gateway is not a Go program; move the logic into the backend";
const NOOP_STATUS: &str = "a no-op endpoint already passes the backend's status and body on as they are";
const PLAIN_HTTP: &str = "backends are called by plain HTTP; put a small HTTP service in front of this one";
const AGENTS: &str = "there are no async agents; consume the queue in a service of your own";
const LOGS: &str = "`telemetry/logging` with `\"format\": \"logstash\"` writes JSON lines to standard output";
const ZAP: &str = "the backend's `host` is called by HTTP, which is what the Go gateway does when ZAP fails";
const ONE_SERVICE: &str = "without it, the backend's `host` is called as one plain HTTP service";
const PAID: &str = "the Community edition ignores it without a word; nothing that is built comes near it";

type Levels = &'static [Scope];

const fn row(key: &'static str, aliases: &'static [&'static str], levels: Levels, summary: &'static str) -> Namespace {
    Namespace {
        key,
        aliases,
        levels,
        edition: Edition::Community,
        support: Support::Yes,
        guard: false,
        summary,
        judge: silent,
    }
}

const fn yes(key: &'static str, aliases: &'static [&'static str], levels: Levels, summary: &'static str) -> Namespace {
    row(key, aliases, levels, summary)
}

const fn inert(key: &'static str, levels: Levels, summary: &'static str) -> Namespace {
    Namespace { support: Support::Inert, edition: Edition::Enterprise, ..row(key, &[], levels, summary) }
}

const fn no(
    key: &'static str,
    aliases: &'static [&'static str],
    levels: Levels,
    summary: &'static str,
    instead: &'static str,
) -> Namespace {
    Namespace { support: Support::No(instead), ..row(key, aliases, levels, summary) }
}

const fn hanzo(key: &'static str, levels: Levels, summary: &'static str, instead: &'static str) -> Namespace {
    no(key, &[], levels, summary, instead).of(Edition::Hanzo)
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
        Namespace { guard: true, ..self }
    }

    const fn judged(self, judge: fn(&Node, Scope) -> Vec<Diagnostic>) -> Namespace {
        Namespace { judge, ..self }
    }
}
