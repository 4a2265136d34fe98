#!/usr/bin/env bash
# What the check of a token costs. Printed, not asserted.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
echo "$(nproc 2>/dev/null || echo '?') cores, $(rustc --version)"
# The `gateway` profile: what `gwc build` makes.
"$cargo" test --locked --quiet -p runtime --all-features --profile gateway --lib -- \
    --ignored --exact --nocapture jose::tests::bench::what_a_check_costs |
    grep -E ' [0-9]+$| ns$'
