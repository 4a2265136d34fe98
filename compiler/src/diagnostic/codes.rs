//! Every kind of finding, in one table: `pub static NAME: Code`, and [`ALL`] in the same order.
//!
//! A name is a promise: scripts pass it to `--allow` and `--deny`. Add, never rename.

use super::{Class, Code};

macro_rules! codes {
    ($($id:ident = $name:literal, $class:ident: $summary:literal;)*) => {
        $(#[doc = $summary] pub static $id: Code = Code { name: $name, class: Class::$class, summary: $summary };)*

        /// All of them, in the order of the table.
        pub static ALL: &[&Code] = &[$(&$id),*];
    };
}

codes! {
    // The text.
    SYNTAX = "syntax", Invalid: "the file is not strict JSON";
    DUPLICATE_KEY = "duplicate-key", Invalid: "an object holds the same key twice";

    // Words and places.
    UNKNOWN_KEY = "unknown-key", Invalid: "a key that the config language does not have";
    MISPLACED_KEY = "misplaced-key", Invalid: "a key that exists, at a level where nothing reads it";
    MISSING_KEY = "missing-key", Invalid: "a key that must be there";
    WRONG_TYPE = "wrong-type", Invalid: "a value of another type than the key takes";
    WRONG_VALUE = "wrong-value", Invalid: "a value that the key does not take";
    WRONG_VERSION = "wrong-version", Invalid: "a config of another version than 3";
    UNKNOWN_NAMESPACE = "unknown-namespace", Invalid: "an `extra_config` key that nothing reads";
    MISPLACED_NAMESPACE = "misplaced-namespace", Invalid: "a namespace at a level where nothing reads it";
    DUPLICATE_NAMESPACE = "duplicate-namespace", Invalid: "a namespace given by its name and by an old name";

    // What is said once: `$defaults`, `$define`, `$use`.
    UNKNOWN_DEFINITION = "unknown-definition", Invalid: "a `$use` of a name that `$define` does not have";
    DEFINITION_CYCLE = "definition-cycle", Invalid: "a definition that uses itself";
    MISPLACED_DEFINITION = "misplaced-definition", Invalid: "`$use`, `$define` or `$defaults` where nothing reads it";
    UNUSED_DEFINITION = "unused-definition", Surprising: "a definition that nothing uses";
    DOLLAR_COMMENT = "dollar-comment", Surprising: "a key with `$` that is a comment";

    // Small languages inside strings.
    BAD_SLOT = "bad-slot", Invalid: "not a slot such as `${env:NAME}`, or one whose default the key does not take";
    MISPLACED_SLOT = "misplaced-slot", Invalid: "a slot where the gateway is fixed when it is built";
    BAD_DURATION = "bad-duration", Invalid: "not a duration such as `1h30m`, `1.5s` or `150us`, or one that is too short";
    BAD_HOST = "bad-host", Invalid: "not a host such as `http://users:8080`, or `users:8080` where clients name it";
    BAD_ADDRESS = "bad-address", Invalid: "not an IP address or network";
    BAD_METHOD = "bad-method", Invalid: "not a method that a route can have";
    BAD_HEADER = "bad-header", Invalid: "not a header name";
    BAD_URL = "bad-url", Invalid: "not a URL that something can be fetched from";
    BAD_FILE = "bad-file", Invalid: "the text of a file where its path belongs";
    BAD_FINGERPRINT = "bad-fingerprint", Invalid: "not the fingerprint of a public key";
    BAD_HEADER_VALUE = "bad-header-value", Invalid: "not a value that the header can have";
    BAD_ORIGIN = "bad-origin", Invalid: "not the origin of a page, or not its host";
    BAD_PATTERN = "bad-pattern", Invalid: "not a regular expression that the gateway can run";
    BAD_PATH = "bad-path", Invalid: "not a path that a request could ever have";

    // Cannot work.
    ROUTE_CONFLICT = "route-conflict", Invalid: "two endpoints that take the same requests";
    RESERVED_PATH = "reserved-path", Invalid: "an endpoint on a path that the gateway itself answers";
    DUPLICATE_PARAM = "duplicate-param", Invalid: "a path with the same placeholder twice";
    TOO_MANY_PARAMS = "too-many-params", Invalid: "a path with more placeholders than a router takes";
    TOO_DEEP = "too-deep", Invalid: "a path with more segments before its `*` than a router takes";
    UNKNOWN_PARAM = "unknown-param", Invalid: "a `url_pattern` that uses what the endpoint's path does not have";
    WILDCARD_WITHOUT_SOURCE = "wildcard-without-source", Invalid: "a `url_pattern` with `*` under an endpoint without";
    NO_BACKEND = "no-backend", Invalid: "an endpoint without a backend";
    NO_HOST = "no-host", Invalid: "a backend without a host, and no host at the root either";
    NO_KEY_SET = "no-key-set", Invalid: "a validator or signer that nothing tells where its keys are";
    NO_CERTIFICATE = "no-certificate", Invalid: "a listener that speaks TLS, and no certificate to show";
    NO_AUTHORITY = "no-authority", Invalid: "certificates that nobody could vouch for";
    NO_TLS_VERSION = "no-tls-version", Invalid: "versions of TLS, from and to, with none between";
    UNCHECKED_SCOPES = "unchecked-scopes", Invalid: "scopes that no claim is named for";
    NAME_CLASH = "name-clash", Invalid: "two endpoints whose generated functions would have one name";
    TAKEN_PORT = "taken-port", Invalid: "two listeners of the gateway on one port";
    SHARD_KEY = "shard-key", Invalid: "shards chosen by what no request has";
    LIMIT_KEY = "limit-key", Invalid: "a rate limit that counts by what no request has";
    CORS_TWICE = "cors-twice", Invalid: "two namespaces that both answer for CORS";
    TWO_ENDINGS = "two-endings", Invalid: "an endpoint whose answer two namespaces would make";
    CLUSTER_SETTINGS = "cluster-settings", Invalid: "one cluster, watched in two ways";
    NOOP_BACKENDS = "no-op-backends", Invalid: "a no-op endpoint with more than one backend";

    // Known, not built.
    UNSUPPORTED_KEY = "unsupported-key", Unsupported: "a key of the config language that this gwc does not build";
    UNSUPPORTED_VALUE = "unsupported-value", Unsupported: "a value of the config language that this gwc does not build";
    UNSUPPORTED_NAMESPACE = "unsupported-namespace", Unsupported: "a namespace that this gwc does not build";
    ENTERPRISE_NAMESPACE = "enterprise-namespace", Unsupported: "a namespace of the Enterprise edition";
    UNSUPPORTED_ENCODING = "unsupported-encoding", Unsupported: "an endpoint whose answer would have to be composed";
    UNSUPPORTED_PARAM = "unsupported-param", Unsupported: "a placeholder filled from a token or from an earlier answer";

    // Inert, or not what its author thinks.
    INERT_KEY = "inert-key", Surprising: "a key that does nothing here";
    INERT_ENCODING = "inert-encoding", Surprising: "a backend encoding under a no-op endpoint";
    INERT_HEADER = "inert-header", Surprising: "an `input_headers` entry that cannot have an effect";
    STRIPPED_HEADER = "stripped-header", Surprising: "an identity header, which never gets past the gateway";
    DUPLICATE_ENTRY = "duplicate-entry", Surprising: "a list with the same entry twice";
    QUERY_DROPPED = "query-dropped", Surprising: "an endpoint that drops every query string, and does not say so";
    REST_DROPPED = "rest-dropped", Surprising: "an endpoint with `*` whose `url_pattern` has none";
    ONE_SEGMENT = "one-segment", Surprising: "a `{path}` at the end of a path takes one segment, not the rest";
    LITERAL_COLON = "literal-colon", Surprising: "a path with `:name`, which is text and no placeholder";
    ZERO_TIMEOUT = "zero-timeout", Surprising: "a timeout of zero, which counts as none given";
    ZERO_DEFAULT = "zero-default", Surprising: "a zero that counts as none given";
    STDOUT_ONLY = "stdout-only", Surprising: "a log destination other than standard output";
    MISSPELT_HEADER = "misspelt-header", Surprising: "a header that nobody sends, a letter away from one that many do";
    CONTENT_TYPE_DROPPED = "content-type-dropped", Surprising: "a body that reaches the backend without its `Content-Type`";
    SDK_HEADER_DROPPED = "sdk-header-dropped", Surprising: "an AI endpoint that drops what the vendor's SDKs send";
    SHORT_TIMEOUT = "short-timeout", Surprising: "an endpoint of a model or a stream that gives up too soon";
    UNUSED_PARAM = "unused-param", Surprising: "a placeholder of the path that no `url_pattern` uses";
    DOUBLE_SLASH = "double-slash", Surprising: "a `url_pattern` with `//`";
    SELF_CALL = "self-call", Surprising: "an endpoint that calls itself, without end";
    WEBSOCKET_BLOCKED = "websocket-blocked", Surprising: "a WebSocket path on an endpoint that cannot upgrade";
    NO_LIMIT = "no-limit", Surprising: "a rate limit that limits nothing";
    UNREACHABLE_LIMIT = "unreachable-limit", Surprising: "a limit per client that the limit of all always beats";
    CLAIM_NOT_FORWARDED = "claim-not-forwarded", Surprising: "a claim put into a header that `input_headers` drops";
    DOTTED_KEY = "dotted-key", Surprising: "a `roles_key` with a dot that is no way into an object";
    CORS_ORIGIN = "cors-origin", Surprising: "an allowed origin that no browser sends";
    CORS_METHOD = "cors-method", Surprising: "an allowed method that no browser sends";
    REDIRECT_LOOP = "redirect-loop", Surprising: "a redirect to https that never ends";
    INERT_NAMESPACE = "inert-namespace", Surprising: "a namespace that does nothing where it stands";
    SERVICE_NAME = "service-name", Surprising: "a host where the name of a service belongs, or several of them";
    GUARDED_PREFLIGHT = "guarded-preflight", Surprising: "an OPTIONS endpoint behind a validator, which no preflight passes";
    BODY_ON_GET = "body-on-get", Surprising: "a body that is sent on with a GET";
    BODY_REQUIRED = "body-required", Surprising: "a body schema on a method without body: every request is refused";
    SAMPLE_RATE = "sample-rate", Surprising: "a sample rate that means all";

    // Works, and opens a door.
    INSECURE_UPSTREAMS = "insecure-upstreams", Unsafe: "backends whose certificates are not checked";
    PUBLIC_CLIENT_ROOTS = "public-client-roots", Unsafe: "client certificates of any public authority are let in";
    TRUST_EVERYONE = "trust-everyone", Unsafe: "a `trusted_proxies` entry that lets any client choose its address";
    CLIENT_IDENTITY = "client-identity", Unsafe: "a header that says who calls, and that callers could write";
    LITERAL_SECRET = "literal-secret", Unsafe: "a secret that stands in the file";
    OPEN_WRITE = "open-write", Unsafe: "a path that is guarded when read, and open when written";
    OPEN_TWIN = "open-twin", Unsafe: "an open way to what another endpoint guards";
    EXPOSED_INTERNALS = "exposed-internals", Unsafe: "an operator's interface that stands open";
    MIXED_SCHEMES = "mixed-schemes", Unsafe: "a backend that is called with and without TLS, in turn";
    CLIENT_CHOSEN_LIMIT = "client-chosen-limit", Unsafe: "a rate limit whose buckets the client picks";
    UNTRUSTED_ADDRESS = "untrusted-address", Unsafe: "a limit by address where no proxy is named that may tell it";
    UNBOUND_TOKEN = "unbound-token", Unsafe: "a validator that takes tokens meant for others";
    INSECURE_KEYS = "insecure-keys", Unsafe: "signing keys fetched from whoever answers";
    SYMMETRIC_KEY = "symmetric-key", Unsafe: "a shared secret as a published key";
    DEAD_EXPRESSION = "dead-expression", Unsafe: "a CEL expression that is never run, or too soon";
    CORS_CREDENTIALS = "cors-credentials", Unsafe: "CORS for every origin, with credentials";
    CORS_LOOSE_ORIGIN = "cors-loose-origin", Unsafe: "an allowed origin that lets strangers in";
    DEBUG_ENDPOINT = "debug-endpoint", Unsafe: "a developer's endpoint, open to everybody";
    SHARED_ANSWERS = "shared-answers", Unsafe: "a cache that may give one caller's answer to another";
    DEVELOPMENT_MODE = "development-mode", Unsafe: "`security/http` without its host check and its https, for development";

    // Better here than in the Go gateway.
    SERVICE_LIMIT = "service-limit", Difference: "a rate limit at the root, which the Go engine never reads";
    FORGOTTEN_NAME = "forgotten-name", Difference: "a rate limit under a name that the Go engine no longer reads";
    SHORT_WINDOW = "short-window", Difference: "a window of less than a second, which the Go engine makes one";
    BURST_ONE = "burst-one", Difference: "a rate per minute, which the Go engine makes one request at a time";
    KEYS_DOWNLOADED = "keys-downloaded", Difference: "a key set that the Go engine downloads for every request";
    SHARD_KEY_DROPPED = "shard-key-dropped", Difference: "a shard key that `input_headers` drops, which the Go gateway never sees";
    WEBSOCKET_TUNNELLED = "websocket-tunnelled", Difference: "a WebSocket path, which the Go engine cannot upgrade";
    BREAKER_SEES_STATUS = "breaker-sees-status", Difference: "a circuit breaker, which counts other answers than the Go engine's";
    CORS_OBEYED = "cors-obeyed", Difference: "`security/cors`, which the Go gateway reads and ignores";
}
