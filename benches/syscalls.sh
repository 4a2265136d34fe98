#!/usr/bin/env bash
# How often a request asks the kernel for something, by strace. Printed, not asserted.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
mkdir -p "${CARGO_TARGET_DIR:-target}/bench/home" "${CARGO_TARGET_DIR:-target}/bench/gateways-syscalls"
target=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)
bench=$target/bench
export GWC_HOME=$bench/home

"$cargo" build --locked --quiet --release -p gwc
"$cargo" build --locked --quiet --release -p benches --bin benches
"$target/release/benches" shapes "$bench/shapes"
"$target/release/gwc" build "$bench/shapes/full.json" --profile "${PROFILE:-gateway}" -o "$bench/gateways-syscalls/full" \
    --allow unsupported-namespace >"$bench/built" 2>&1 || { cat "$bench/built" >&2; exit 1; }
exec "$target/release/benches" syscalls --gateway "$bench/gateways-syscalls/full" --out "$bench/syscalls"
