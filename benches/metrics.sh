#!/usr/bin/env bash
# What counting costs a request, and what it costs in memory. Printed, not asserted.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
echo "$(nproc 2>/dev/null || echo '?') cores, $(rustc --version)"
# The `gateway` profile: what `gwc build` makes.
"$cargo" test --locked --quiet -p runtime --all-features --profile gateway --lib -- \
    --ignored --exact --nocapture metrics::tally::bench::what_counting_costs |
    grep -E ' (ns|KiB)$'
