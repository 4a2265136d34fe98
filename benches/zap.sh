#!/usr/bin/env bash
# What a request costs a gateway that calls its backend by ZAP, against one by HTTP/1.1: the same answer of the same
# process. Printed, not asserted; the figures that count are the ratios. PROFILE=ship measures what is shipped.
#
# Linux with two cores: the gateway has the first, load and upstream the second.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
target=${CARGO_TARGET_DIR:-target}
profile=${PROFILE:-gateway}
# As in requests.sh: never the user's cache, and kept for its compiled dependencies.
mkdir -p "$target/bench-home"
GWC_HOME=$(cd "$target/bench-home" && pwd)
export GWC_HOME
gateway=$GWC_HOME/zap-$profile

"$cargo" build --locked --quiet -p gwc
"$target/debug/gwc" build benches/zap.json --profile "$profile" -o "$gateway" >&2
"$cargo" build --locked --quiet --profile gateway -p benches --bin zap
echo "$(nproc) cores, $(rustc --version), profile $profile, load average $(cut -d ' ' -f 1 /proc/loadavg)"
taskset -c 1 "$target/gateway/zap" "$gateway" "$@"
