#!/usr/bin/env bash
# Install what airlock needs: system packages by the distribution's own client, and a virtual environment.
#
#   tools/setup.sh VENV
#
# Root is used only where packages are missing: as root directly, else through sudo. A second run changes nothing.
set -euo pipefail

venv=${1:?usage: tools/setup.sh VENV}
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
release=${AIRLOCK_OS_RELEASE:-/etc/os-release} # another one for the tests

fail() {
    printf 'setup: %s\n  do:  %s\n' "$1" "$2" >&2
    exit 6
}

# Which table of packages this machine takes: debian-12, ubuntu, fedora, rocky-8, rocky-9.
table() {
    [ -r "$release" ] || fail "no $release: cannot tell which distribution this is" \
        "install the packages of tools/packages/debian-12.txt by hand, then run: python3.11 -m venv $venv"
    # shellcheck source=/dev/null
    . "$release"
    case "$ID" in
        debian) [ "${VERSION_ID:-}" = 12 ] && echo debian-12 || echo unknown ;;
        ubuntu | fedora) echo "$ID" ;;
        rocky | almalinux | rhel) echo "rocky-${VERSION_ID%%.*}" ;;
        *) echo unknown ;;
    esac
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        echo "setup: needs root for: $*" >&2
        sudo "$@"
    else
        fail "packages are missing, and this is neither root nor is sudo here" "run as root: $*"
    fi
}

names() {
    sed 's/#.*//' "$here/packages/$1.txt" | tr -s ' \t\n' '\n' | grep -v '^$'
}

install_apt() {
    local missing=()
    for name in $(names "$1"); do
        dpkg-query -W -f '${db:Status-Status}\n' "$name" 2>/dev/null | grep -qx installed || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "setup: installing ${#missing[@]} packages: ${missing[*]}" >&2
    local services
    services=$(idle_services)
    as_root apt-get update -q || fail "apt-get update failed" "check the network and /etc/apt/sources.list"
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}" ||
        fail "apt-get could not install the packages" "read its message above"
    stop_services "$services"
}

# Debian starts a server as soon as its package is there. The tests start their own: what did not run before, is stopped.
idle_services() {
    [ -d /run/systemd/system ] || return 0
    for unit in nginx docker-registry haproxy keepalived chrony; do
        systemctl is-active -q "$unit" || echo "$unit"
    done
}

stop_services() {
    for unit in $1; do
        if systemctl is-active -q "$unit"; then as_root systemctl disable -q --now "$unit"; fi
    done
}

install_dnf() {
    local missing=()
    for name in $(names "$1"); do
        rpm -q --whatprovides "$name" >/dev/null 2>&1 || missing+=("$name")
    done
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "setup: installing ${#missing[@]} packages (this table is untested): ${missing[*]}" >&2
    case "$1" in rocky-*) as_root dnf install -y epel-release ;; esac
    as_root dnf install -y "${missing[@]}" || fail "dnf could not install the packages" "read its message above"
}

# The newest Python from 3.11 on that can make a virtual environment.
python() {
    for name in /usr/bin/python3.13 /usr/bin/python3.12 /usr/bin/python3.11 /usr/bin/python3 python3; do
        if "$name" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
    fail "no Python of 3.11 or newer with its venv module" "install python3.11 and run again"
}

[ "$(uname -m)" = x86_64 ] || fail "this is $(uname -m): the stand-in and its virtual machines are x86_64" "use such a machine"
chosen=$(table)
case "$chosen" in
    debian-12 | ubuntu) install_apt "$chosen" ;;
    fedora | rocky-8 | rocky-9) install_dnf "$chosen" ;;
    *) fail "no table of packages for this distribution" "see tools/packages/ for those there are, and add one" ;;
esac

interpreter=$(python)
[ -x "$root/$venv/bin/python" ] || "$interpreter" -m venv "$root/$venv"
"$root/$venv/bin/python" -m pip install -qq --disable-pip-version-check -c "$here/constraints.txt" \
    -e "${root}[builder,site,dev]" || fail "pip could not install the Python packages" "check the way to PyPI, and run again"
echo "setup: ready ($chosen, $("$root/$venv/bin/python" --version))" >&2
