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
    BAD_DURATION = "bad-duration", Invalid: "not a duration such as `1h30m`, `1.5s` or `150us`";
    BAD_HOST = "bad-host", Invalid: "not a host such as `http://users:8080`";
    BAD_ADDRESS = "bad-address", Invalid: "not an IP address or network";
    BAD_METHOD = "bad-method", Invalid: "not a method that a route can have";
    BAD_HEADER = "bad-header", Invalid: "not a header name";
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
    NAME_CLASH = "name-clash", Invalid: "two endpoints whose generated functions would have one name";
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
    QUERY_DROPPED = "query-dropped", Surprising: "a GET endpoint that drops every query string";
    REST_DROPPED = "rest-dropped", Surprising: "an endpoint with `*` whose `url_pattern` has none";
    ONE_SEGMENT = "one-segment", Surprising: "a `{path}` at the end of a path takes one segment, not the rest";
    LITERAL_COLON = "literal-colon", Surprising: "a path with `:name`, which is text and no placeholder";
    ZERO_TIMEOUT = "zero-timeout", Surprising: "a timeout of zero, which counts as none given";
    STDOUT_ONLY = "stdout-only", Surprising: "a log destination other than standard output";

    // Works, and opens a door.
    INSECURE_UPSTREAMS = "insecure-upstreams", Unsafe: "backends whose certificates are not checked";
    PUBLIC_CLIENT_ROOTS = "public-client-roots", Unsafe: "client certificates of any public authority are let in";
    TRUST_EVERYONE = "trust-everyone", Unsafe: "a `trusted_proxies` entry that lets any client choose its address";
}
