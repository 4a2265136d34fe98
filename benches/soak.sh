#!/usr/bin/env bash
# A gateway for MINUTES [30] under everything that goes wrong. Asserted: it fails if anything is left in the end.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
mkdir -p "${CARGO_TARGET_DIR:-target}/bench/home" "${CARGO_TARGET_DIR:-target}/bench/gateways-soak"
target=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)
bench=$target/bench
export GWC_HOME=$bench/home

"$cargo" build --locked --quiet --release -p gwc
"$cargo" build --locked --quiet --release -p benches --bin benches
"$target/release/benches" shapes "$bench/shapes"
"$target/release/gwc" build "$bench/shapes/full.json" --profile ship -o "$bench/gateways-soak/full" \
    --allow unsupported-namespace >"$bench/built" 2>&1 || { cat "$bench/built" >&2; exit 1; }
exec "$target/release/benches" soak --gateway "$bench/gateways-soak/full" --out "$bench/soak" --minutes "${MINUTES:-30}"
