#!/usr/bin/env bash
# The gateway beside its peers: builds what is to be measured, finds or installs what it is measured against, measures,
# and writes the report. Printed and written, not asserted.
#
#   benches/bench.sh          all of it: some 40 minutes, once everything is compiled
#   benches/bench.sh quick    under 5 minutes: short turns, only peers that are here already
#   benches/bench.sh build    compiles and installs only
#
# What comes after that goes to the program, such as `--only get --only prices`.
# REPORT=DIR: where the report goes [target/bench/report-full, or …-quick]. INSTALL=no: install nothing. KRAKEND=FILE: its binary.
set -euo pipefail
cd "$(dirname "$0")/.."

what=full
case ${1:-} in full | quick | build) what=$1 && shift ;; esac
cargo=${CARGO:-cargo}
mkdir -p "${CARGO_TARGET_DIR:-target}/bench/peers" "${CARGO_TARGET_DIR:-target}/bench/home"
target=$(cd "${CARGO_TARGET_DIR:-target}" && pwd)
bench=$target/bench
# As everywhere here: never the user's cache, and kept for its compiled dependencies.
export GWC_HOME=$bench/home
without=()

"$cargo" build --locked --release -p gwc
"$cargo" build --locked --release -p benches --bin benches
benches=$target/release/benches gwc=$target/release/gwc

if [ "$what" != quick ]; then
    benches/peers/install.sh "$bench/peers"
fi

# Gateways as they are shipped. What gwc does not support yet is left out of them, and said.
"$benches" shapes "$bench/shapes"
gateways=$bench/gateways-$([ "$what" = quick ] && echo quick || echo full)
mkdir -p "$gateways"
shapes=(full tls token)
[ "$what" = quick ] || shapes+=(no-limit no-metrics bare access-log routes-10 routes-5000)
for shape in "${shapes[@]}"; do
    echo "building the gateway $shape" >&2
    # One of yesterday must not stand in for one that cannot be built.
    rm -f "$gateways/$shape"
    if ! timeout 1200 "$gwc" build "$bench/shapes/$shape.json" --profile ship -o "$gateways/$shape" \
        --allow insecure-keys --allow unsupported-namespace >"$bench/built" 2>&1; then
        tail -n 20 "$bench/built" >&2
        [ "$shape" != full ] || exit 1
        continue
    fi
    # A gateway that lacks a part must not pass for the whole.
    while read -r line; do
        case " ${without[*]:-} " in *"$line"*) ;; *) without+=("$line") ;; esac
    done < <("$gwc" validate "$bench/shapes/$shape.json" --format json --allow insecure-keys 2>/dev/null |
        sed -n 's/.*"message":"`\([^`]*\)` is not supported yet".*/the gateway itself has no \1 yet: figures are without it/p')
done
# A build of something small pays for the dependencies of `gwc build`, which are compiled once per machine.
"$gwc" build "$bench/shapes/routes-10.json" -o "$bench/warm" --allow unsupported-namespace >"$bench/built" 2>&1 ||
    { cat "$bench/built" >&2; exit 1; }
if [ "$what" = build ]; then
    exit
fi

run=$bench/run-$what
report=${REPORT:-$bench/report-$what}
arguments=(compare --out "$run" --gateways "$gateways" --peers "$bench/peers" --gwc "$gwc")
[ "$what" = full ] || arguments+=(--quick)
for line in "${without[@]}"; do
    arguments+=(--without "$line")
done

# A network namespace keeps everybody else's packets out, and lets loopback be tuned without touching the machine.
# shellcheck disable=SC2016 # meant for the other shell
inside='
    ip link set lo up
    set_to() { echo "$2" 2>/dev/null >"/proc/sys/net/$1" || echo "cannot set net/$1 to $2" >&2; }
    set_to ipv4/tcp_congestion_control reno
    set_to ipv4/ip_local_port_range "12000 65000"
    set_to ipv4/tcp_tw_reuse 1
    set_to core/somaxconn 4096
    exec "$@"'
status=0
if [ "$(id -u)" = 0 ] && unshare -n ip link set lo up 2>/dev/null; then
    # There is no network in there: what the compiler is timed with is here already.
    BENCH_NAMESPACE=yes CARGO_NET_OFFLINE=true unshare -n sh -c "$inside" sh "$benches" "${arguments[@]}" "$@" || status=$?
else
    echo "no network namespace (that takes root): measuring on the loopback of this machine" >&2
    "$benches" "${arguments[@]}" "$@" || status=$?
fi
# Of a run that broke off there is a report too.
"$benches" report "$run" "$report"
echo "$report/report.md" >&2
exit "$status"
