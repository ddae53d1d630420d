#!/bin/sh
# Usage: run.sh STEP [ANSIBLE-ARGS...]
# Run one step of the installation on the site in this folder.
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
if [ $# -eq 0 ]; then
    echo "usage: $0 STEP [ANSIBLE-ARGS...]" >&2
    exit 2
fi
[ "$(id -u)" = 0 ] || exec sudo -- "$0" "$@"
step=$1
shift
exec "$here/airlock-site" run "$step" --site "$here" -- "$@"
