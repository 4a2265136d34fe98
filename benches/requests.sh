#!/usr/bin/env bash
# What a request costs a gateway, with tokens and without. Printed, not asserted. PROFILE=ship measures what is shipped;
# what is said after the name of this file goes to the program (`--help`).
#
# Linux with two cores: the gateway has the first, load and upstream the second.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
target=${CARGO_TARGET_DIR:-target}
profile=${PROFILE:-gateway}
# Never the user's cache, and kept for its compiled dependencies.
mkdir -p "$target/bench-home" "$target/bench-gateways/$profile"
GWC_HOME=$(cd "$target/bench-home" && pwd)
export GWC_HOME
gateways=$(cd "$target/bench-gateways/$profile" && pwd)

"$cargo" build --locked --quiet --release -p gwc
for config in benches/configs/*.json; do
    "$target/release/gwc" build "$config" --profile "$profile" -o "$gateways/$(basename "$config" .json)" --allow insecure-keys >&2
done
"$cargo" build --locked --quiet --profile gateway -p benches
echo "$(nproc) cores, $(rustc --version), profile $profile, load average $(cut -d ' ' -f 1 /proc/loadavg)"
taskset -c 1 "$target/gateway/benches" tokens "$gateways" "$@"
