#!/usr/bin/env bash
# What an edit of a config costs, from the file to the binary. Printed, not asserted: read it beside the targets in README.md.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
target=${CARGO_TARGET_DIR:-target}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# An own home, so that a measurement never meets the user's cache; kept between runs for its compiled dependencies.
mkdir -p "$target/bench-home"
GWC_HOME=$(cd "$target/bench-home" && pwd)
export GWC_HOME

"$cargo" build --locked --quiet --release -p gwc
gwc=$target/release/gwc

# Seconds of wall time of a command that must succeed.
timed() {
    local TIMEFORMAT=%R
    { time "$@" >"$work/out" 2>&1 || { cat "$work/out" >&2; exit 1; }; } 2>"$work/time"
    tail -n 1 "$work/time"
}

# A config of $1 endpoints.
endpoints() {
    awk -v n="$1" 'BEGIN {
        print "{\"version\": 3, \"name\": \"Bench\", \"timeout\": \"5s\", \"output_encoding\": \"no-op\", \"endpoints\": ["
        for (i = 0; i < n; i++) {
            printf "  { \"endpoint\": \"/service-%d/item-%d/{id}\", \"input_headers\": [\"Accept\", \"Authorization\"],", i / 25, i
            printf " \"input_query_strings\": [\"*\"], \"timeout\": \"%dms\",", 1000 + i % 9
            printf " \"backend\": [{ \"host\": [\"http://s%d.test:8000\"], \"url_pattern\": \"/v1/%d/{id}\" }] }%s\n", (i / 25) % 40, i, i < n - 1 ? "," : ""
        }
        print "]}"
    }'
}

echo "$(nproc 2>/dev/null || echo '?') cores, $(rustc --version)"
for n in 150 1000 5000; do
    endpoints "$n" >"$work/bench-$n.json"
    printf '%5d endpoints: validate and emit %s s' "$n" "$(timed "$gwc" build "$work/bench-$n.json" --emit-only "$work/emitted-$n")"
    # The first build of the first size also compiles the dependencies: a build of something small pays for them.
    [ "$n" != 150 ] || { endpoints 1 >"$work/warm.json"; timed "$gwc" build "$work/warm.json" -o "$work/warm" >/dev/null; }
    printf ', config to binary %s s' "$(timed "$gwc" build "$work/bench-$n.json" -o "$work/gw-$n")"
    sed -i.bak 's|"url_pattern": "/v1/7/{id}"|"url_pattern": "/v2/7/{id}"|' "$work/bench-$n.json"
    printf ', after an edit of one endpoint %s s\n' "$(timed "$gwc" build "$work/bench-$n.json" -o "$work/gw-$n")"
done

# The real config, in a copy: same name, same size, one endpoint edited.
mkdir "$work/hanzo"
cp configs/hanzo/gateway.json "$work/hanzo/gateway.json"
first=$(timed "$gwc" build "$work/hanzo/gateway.json" -o "$work/hanzo-gw")
sed -i.bak 's|"url_pattern": "/api/zap"|"url_pattern": "/api/zap2"|' "$work/hanzo/gateway.json"
cmp -s "$work/hanzo/gateway.json" configs/hanzo/gateway.json && { echo "nothing was edited" >&2; exit 1; }
edit=$(timed "$gwc" build "$work/hanzo/gateway.json" -o "$work/hanzo-gw")
echo "configs/hanzo: first build $first s (dependencies compiled before), after an edit of one endpoint $edit s"
