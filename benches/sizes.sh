#!/usr/bin/env bash
# What a capability costs where it is not used: sizes of gateways as they are shipped, and the features that each has
# because its config names them. Printed, not asserted.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
target=${CARGO_TARGET_DIR:-target}
gateways=${*:-plain mute cors tls secure validator hardened revoke}

echo "$(rustc --version), profile ship"
echo "| gateway | bytes | features of the runtime |"
echo "|---|--:|---|"
for name in $gateways; do
    "$cargo" build --locked --quiet --profile ship -p "$name-gw"
    bytes=$(wc -c <"$target/ship/$name-gw")
    features=$(sed -n 's/.*runtime.*features = \[\(.*\)\].*/\1/p' "tests/golden/$name/Cargo.toml" | tr -d '"')
    echo "| $name | $bytes | $features |"
done
