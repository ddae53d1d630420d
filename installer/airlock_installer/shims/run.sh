#!/bin/sh
# Usage: run.sh vault | run.sh ping | run.sh STEP [ANSIBLE-ARGS...]
# Keep the site's passwords, reach its nodes, or run one step of the installation, on the site in this folder.
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
if [ $# -eq 0 ]; then
    echo "usage: $0 vault | ping | STEP [ANSIBLE-ARGS...]" >&2
    exit 2
fi
[ "$(id -u)" = 0 ] || exec sudo -- "$0" "$@"
step=$1
shift
case $step in
    vault | ping) exec "$here/airlock-site" "$step" --site "$here" "$@" ;;
    *) exec "$here/airlock-site" run "$step" --site "$here" -- "$@" ;;
esac
