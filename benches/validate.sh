#!/usr/bin/env bash
# What `gwc validate` costs, from the start of the program to its exit. Printed, not asserted: read it beside the targets in README.md.
#
# The binary is the one that `cargo install --path compiler` makes: the release profile.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
target=${CARGO_TARGET_DIR:-target}
runs=${RUNS:-31}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$cargo" build --locked --quiet --release -p gwc
gwc=$target/release/gwc

# A config of $1 endpoints, like those that people have: a few of everything. With $2, each has something to complain about.
endpoints() {
    awk -v n="$1" -v odd="${2:-}" 'BEGIN {
        print "{ \"version\": 3, \"name\": \"Bench\", \"timeout\": \"5s\", \"output_encoding\": \"no-op\","
        print "  \"extra_config\": { \"router\": { \"return_error_msg\": true }, \"telemetry/logging\": { \"level\": \"INFO\" } },"
        print "  \"endpoints\": ["
        for (i = 0; i < n; i++) {
            printf "  { \"endpoint\": \"/service-%d/item-%d/{id}\", \"method\": \"%s\",\n", i / 25, i, i % 3 ? "GET" : "POST"
            printf "    \"input_headers\": [\"Accept\", \"Authorization\"%s], \"timeout\": \"%dms\",\n", odd ? ", \"X-Org-Id\"" : "", 1000 + i % 9
            printf "    \"input_query_strings\": [\"*\"], \"extra_config\": { \"proxy\": { \"max_payload\": 1048576 } },\n"
            printf "    \"backend\": [{ \"host\": [\"http://s%d.test:8000\"], \"url_pattern\": \"/v1/%d/{id}\" }] }%s\n", (i / 25) % 40, i, i < n - 1 ? "," : ""
        }
        print "]}"
    }'
}

# `gwc validate $1`, `$runs` times: wall time, and the CPU time that it took, which says more where something else runs.
# Findings are no failure.
bench() {
    local TIMEFORMAT='%R %U %S' exit
    for ((i = 0; i < runs; i++)); do
        { time { "$gwc" validate "$1" >"$work/out" 2>&1 && exit=0 || exit=$?; }; } 2>&1
        [ "$exit" -le 1 ] || { cat "$work/out" >&2; return 1; }
    done | awk '{ print $1 * 1000, ($2 + $3) * 1000 }' >"$work/times"
    for column in 1 2; do
        sort -n -k "$column,$column" "$work/times" | awk -v column="$column" '{ t[NR] = $column }
            END { printf "%5d %5d %5d  ", t[1], t[int((NR + 1) / 2)], t[NR] }'
    done
    echo "$2"
}

echo "$(nproc 2>/dev/null || echo '?') cores, $(rustc --version), $runs runs each"
echo "wall: min, median, max; CPU: min, median, max (ms)"
echo '{ "version": 3 }' >"$work/least.json"
bench "$work/least.json" "the least config"
real=../shared/conformance/configs/hanzo-193.json
if [ -f "$real" ]; then
    bench "$real" "hanzo-193, with its findings"
else
    echo "no real config of 193 endpoints beside this checkout: one is made"
    endpoints 193 odd >"$work/193.json"
    bench "$work/193.json" "193 endpoints, each with a finding"
fi
endpoints 5000 >"$work/5000.json"
bench "$work/5000.json" "5,000 endpoints"
endpoints 5000 odd >"$work/5000-odd.json"
bench "$work/5000-odd.json" "5,000 endpoints, each with a finding"
