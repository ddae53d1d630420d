"""What a node says of itself: a script that only looks, and its answer."""

from __future__ import annotations

import shlex
from dataclasses import dataclass, field

UNITS = ("chronyd", "keepalived", "haproxy", "airlock-registry", "airlock-repo")
"""Units whose state is asked for; those that are not installed say ``inactive``."""
_SCRIPT = r"""
echo time=$(date +%s.%N)
echo user=$(id -un)
echo name=$(hostname)
for python in WANTED; do
    version=$($python -c 'import platform; print(platform.python_version())' 2>/dev/null) || continue
    echo python=$python $version
    break
done
ip -4 -o address show 2>/dev/null | while read -r number interface kind address rest; do
    echo address=$interface $address
done
for unit in UNITS; do echo unit=$unit $(systemctl is-active $unit 2>/dev/null); done
df -P -k / /var /var/lib 2>/dev/null | tail -n +2 | while read -r device blocks used free share place; do
    echo disk=$blocks $free $place
done
if [ "$(id -u)" = 0 ]; then echo sudo=root
elif said=$(sudo -n true 2>&1); then echo sudo=free
elif said=$(sudo -k -S -p '' true 2>&1); then echo sudo=password
else echo sudo=no "$(echo "$said" | head -n 1)"
fi
"""
_PYTHONS = "/usr/libexec/platform-python python3.11 python3.9 python3.8 python3 python3.6"


@dataclass(frozen=True)
class Answer:
    """A node's answer.

    Args:
        time: its clock, in seconds since 1970, when it began to answer.
        user: who we are there.
        name: its own name.
        python: path and version of the Python that Ansible would use; empty where there is none.
        sudo: ``root``, ``free``, ``password``, or ``no`` and why.
        addresses: IPv4 addresses by interface.
        units: states of :data:`UNITS`.
        disks: bytes, and bytes free, by mount point.
    """

    time: float = 0.0
    user: str = ""
    name: str = ""
    python: str = ""
    sudo: str = "no"
    addresses: dict[str, tuple[str, ...]] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    disks: dict[str, tuple[int, int]] = field(default_factory=dict)


def script(python: str = "") -> str:
    """The script that asks a node.

    Args:
        python: the interpreter that the inventory names; others are tried where it names none.
    """
    wanted = shlex.quote(python) if python else _PYTHONS
    return _SCRIPT.replace("WANTED", wanted).replace("UNITS", " ".join(UNITS))


def read(text: str) -> Answer | None:
    """The answer that a script printed; None where it is none (a login that prints and ends, no shell)."""
    said: dict[str, list[str]] = {}
    for line in text.splitlines():
        key, equals, value = line.partition("=")
        if equals:
            said.setdefault(key, []).append(value.strip())
    try:
        return Answer(
            time=float(said["time"][0]),
            user=said["user"][0],
            name=said["name"][0],
            python=said.get("python", [""])[0],
            sudo=said["sudo"][0],
            addresses=_addresses(said.get("address", [])),
            units=dict(_pair(line) for line in said.get("unit", [])),
            disks=dict(map(_disk, said.get("disk", []))),
        )
    except (KeyError, ValueError, IndexError):
        return None


def _addresses(lines: list[str]) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in lines:
        interface, _, address = line.partition(" ")
        found[interface] = (*found.get(interface, ()), address.partition("/")[0])
    return found


def _pair(line: str) -> tuple[str, str]:
    unit, _, state = line.partition(" ")
    return unit, state or "unknown"


def _disk(line: str) -> tuple[str, tuple[int, int]]:
    blocks, free, place = line.split(" ", 2)
    return place, (int(blocks) * 1024, int(free) * 1024)
