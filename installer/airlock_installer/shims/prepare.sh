#!/bin/sh
# Usage: prepare.sh offline|online [INTERFACE]
# Get this folder ready to install a site: Python environment, samples, and offline all that comes from the medium: local
# repo and registry, collections and playbook projects. May be repeated: what is there is kept.
set -eu
here=$(dirname -- "$(readlink -f -- "$0")")
mode=${1:-}
if [ "$mode" != offline ] && [ "$mode" != online ]; then
    echo "usage: $0 offline|online [INTERFACE]" >&2
    exit 2
fi
[ "$(id -u)" = 0 ] || exec sudo -- "$0" "$@"

medium=
for folder in /run/airlock/media "${AIRLOCK_MEDIA:-/mnt}"; do
    [ -f "$folder/release/release.json" ] && medium=$folder && break
done
if [ -z "$medium" ] && [ "$mode" = offline ]; then
    echo "prepare.sh: no medium: mount it first, as in: sudo mount -o loop,ro <iso> /mnt" >&2
    exit 6
fi

# Another release's medium lacks what this folder is made from, and has it in other versions.
version=$(head -n 1 "$here/VERSION")
if [ -n "$medium" ] && [ ! -f "$medium/burrito-$version.tar.gz" ]; then
    other=$(cd "$medium" && echo burrito-*.tar.gz)
    if [ "$mode" = offline ]; then
        cat >&2 <<END
prepare.sh: this folder is of burrito-$version, and the medium at $medium of ${other%.tar.gz}
  do:  to install ${other%.tar.gz}: tar xzf $medium/$other -C ~ and run prepare.sh of that folder;
       to go on with burrito-$version: take that medium away (airlock-site media unmount, umount /mnt), mount its own, run again
END
        exit 6
    fi
    medium=
fi

# Asked before the long work, and again where there is no such interface: nobody should wait to learn of a slip.
interface=${2:-}
until [ -n "$interface" ] && [ -e "/sys/class/net/$interface" ]; do
    [ -z "$interface" ] || echo "there is no interface $interface; there are: $(cd /sys/class/net && echo *)" >&2
    printf 'Enter management network interface name: '
    read -r interface || exit 3
done

if [ ! -x "$here/venv/bin/python" ] && cmp -s "$here/VERSION" /opt/airlock/VERSION; then
    : # the appliance's own environment is this release's
elif ! cmp -s "$here/requirements.txt" "$here/venv/requirements.txt"; then
    echo "making  the Python environment of airlock-site …"
    "$here/make-venv.sh" "${medium:+$medium/pypi}"
fi
if [ "$mode" = online ]; then
    cd "$here"
    exec "$here/airlock-site" prepare --site "$here" --mgmt-iface "$interface" --online
fi
[ "$medium" = /run/airlock/media ] || "$here/airlock-site" media mount --from "$medium"
cd "$here"
"$here/airlock-site" prepare --site "$here" --mgmt-iface "$interface" --offline
exec "$here/airlock-site" serve up --site "$here"
