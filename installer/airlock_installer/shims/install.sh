#!/bin/sh
# Usage: install.sh MEDIUM [USER]
# Make this machine (or the root that this runs in) a deployer: run by the kickstart's %post, inside the new system.
# MEDIUM is the folder where the medium is mounted; the site's files go to USER's home.
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
medium=${1:?usage: install.sh MEDIUM [USER]}
user=${2:-}

"$here/make-venv.sh" "$medium/pypi"
mkdir -p /usr/local/bin
ln -sfn "$here/airlock-site" /usr/local/bin/airlock-site
/usr/local/bin/airlock-site appliance enable --medium "$medium" ${user:+--user "$user"}
