#!/usr/bin/env bash
# `make demo`: the hanzo gateway, compiled and running, alone on this machine. With --mock the binary plays its own
# upstreams, so that every answer below has gone through the whole gateway.
set -euo pipefail
cd "$(dirname "$0")/.."

cargo=${CARGO:-cargo}
target=${TARGET:-target}
work=$(mktemp -d)
gateway=

stop() {
    if [ -n "$gateway" ]; then
        kill -TERM "$gateway" 2>/dev/null || true
        wait "$gateway" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap stop EXIT
trap 'exit 130' INT TERM

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] && [ -z "${NO_COLOR:-}" ] || say() { printf '\n%s\n' "$*"; }

# Bash speaks TCP itself: enough for a machine without curl.
by_hand() {
    local method=$1 path=$2 body=${3:-}
    exec 3<>"/dev/tcp/${address%:*}/${address##*:}"
    printf '%s %s HTTP/1.0\r\nHost: %s\r\n' "$method" "$path" "$address" >&3
    printf 'Authorization: Bearer hk-demo\r\nContent-Type: application/json\r\n' >&3
    printf 'Content-Length: %s\r\n\r\n%s' "${#body}" "$body" >&3
    cat <&3
    exec 3<&-
}

ask() {
    local method=$1 path=$2 body=${3:-}
    echo "> $method $path"
    [ -z "$body" ] || echo "> $body"
    if [ "$client" = curl ]; then
        curl --silent --show-error --no-buffer --max-time 30 --noproxy '*' --request "$method" \
            --header 'Authorization: Bearer hk-demo' --header 'Content-Type: application/json' \
            ${body:+--data "$body"} --write-out '\n< HTTP %{http_code}, first byte after %{time_starttransfer} s, all after %{time_total} s\n' \
            "http://$address$path" | grep --line-buffered .
    else
        by_hand "$method" "$path" "$body"
        echo
    fi
}

if command -v curl >/dev/null; then
    client=curl
else
    client=bash
    say "curl is not installed; bash speaks HTTP instead"
fi

say "1. Build the compiler"
"$cargo" build --locked -p gwc

say "2. Compile configs/hanzo/gateway.json into one binary (the first time its dependencies too: a minute or two)"
"$target/debug/gwc" build configs/hanzo/gateway.json -o "$target/hanzo-gw"

say "3. Start it: every upstream mocked, on a free port of this machine only"
GATEWAY_METRICS_LISTEN=127.0.0.1:0 "$target/hanzo-gw" run --mock --listen 127.0.0.1:0 >"$work/log" 2>&1 &
gateway=$!
address=
for _ in $(seq 200); do
    address=$(sed -n 's/.*listening on \([^ ]*\).*/\1/p' "$work/log" | head -n 1)
    [ -z "$address" ] || break
    kill -0 "$gateway" 2>/dev/null || break
    sleep 0.05
done
if [ -z "$address" ]; then
    echo "the gateway did not start:"
    cat "$work/log"
    exit 1
fi
echo "listening on http://$address"

say "4. A chat completion"
ask POST /v1/chat/completions '{"model": "zen4-pro", "messages": [{"role": "user", "content": "Hello, gateway"}]}'

say "5. The same, streamed: each event passes the moment it is written"
ask POST /v1/chat/completions '{"model": "zen4-pro", "stream": true, "messages": [{"role": "user", "content": "Hello, gateway"}]}'

say "6. The models"
ask GET /v1/models

say "7. Any other route shows what its upstream would have received"
ask GET '/v1/search/indexes/docs?q=streams'

say "8. A route that asks for a token of hanzo.id: an API key does not open it"
ask GET /pubsub/varz

say "9. What it has counted, as Prometheus is told (docs/metrics.md)"
metrics=$(sed -n 's|.*telemetry/metrics: http://\([^/]*\)/.*|\1|p' "$work/log" | head -n 1)
exec 3<>"/dev/tcp/${metrics%:*}/${metrics##*:}"
printf 'GET /metrics HTTP/1.0\r\nHost: %s\r\n\r\n' "$metrics" >&3
grep '^gateway_requests_total.* [1-9]' <&3
exec 3<&-

say "10. Stop it (SIGTERM: what is in flight would finish first)"
kill -TERM "$gateway"
code=0
wait "$gateway" || code=$?
gateway=
echo "exit code $code; its log was:"
sed 's/^/  /' "$work/log"
exit "$code"
