#!/usr/bin/env bash
# What a million clients cost a rate limit, in memory and in time, and whether it stays right for one of them. What is said
# after the name of this file is the number of addresses.
#
# Linux with two cores: the gateway has the first, its clients the second.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
target=${CARGO_TARGET_DIR:-target}
# As in requests.sh: never the user's cache, and kept for its compiled dependencies.
mkdir -p "$target/bench-home" "$target/bench-gateways/gateway"
GWC_HOME=$(cd "$target/bench-home" && pwd)
export GWC_HOME
gateway="$target/bench-gateways/gateway/limits"

"$cargo" build --locked --quiet --release -p gwc
"$target/release/gwc" build benches/configs/limits.json -o "$gateway" >&2
"$cargo" build --locked --quiet --profile gateway -p benches
echo "$(nproc) cores, $(rustc --version), load average $(cut -d ' ' -f 1 /proc/loadavg)"
taskset -c 1 "$target/gateway/flood" "$gateway" "$@"
