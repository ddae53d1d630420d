"""Taking back what a step did to a platform's nodes, so that it has all its work to do once more."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from airlock_installer.serve.endpoints import GENESIS
from tests.site.platform import BOOT_SECONDS, VIP, Platform


@dataclass(frozen=True)
class Traces:
    """What a step leaves on some of the nodes.

    Args:
        nodes: a pattern of their names.
        files: files and folders that become what they were when the node was installed.
        first, last: shell commands on the nodes, before that and afterwards.
    """

    nodes: str
    files: tuple[str, ...]
    first: str = "true"
    last: str = "true"


_KEYS = tuple(f"home/clex/.ssh/{name}" for name in ("authorized_keys", "id_ed25519", "id_ed25519.pub"))
_HA = ("haproxy", "keepalived")
_SERVICES = ("airlock-registry.service", "airlock-repo.service")
_TRUST = ("etc/containers/certs.d", "etc/docker/certs.d")
"""Where the deployer itself has had the site's CA since it was prepared."""
_PULLS = ("etc/containers/registries.conf.d", "etc/containerd", *(f"{folder}/{VIP}:{GENESIS}" for folder in _TRUST))
_FRONT = "etc/haproxy/conf.d/50-landing.cfg"
_MADE = tuple(f"etc/airlock/{name}" for name in ("landing.json", "pki/nodes", "pki/registry.crt", "pki/registry.key"))
_TWO = f"http://{VIP}:8001/BaseOS "
"""What stands before the deployer's own address since landing."""
_UP = "cd /home/clex/burrito-*/ && airlock-site serve up -q"
TRACES: dict[str, tuple[Traces, ...]] = {
    "preflight": (
        Traces(
            ".*",
            (*(f"etc/{name}" for name in ("yum.repos.d", "chrony.conf", "sysconfig/chronyd", "pki/rpm-gpg")), *_KEYS),
            "rpm -q gpg-pubkey | grep gpg-pubkey- | xargs -r rpm -e",
            "systemctl restart chronyd",
        ),
    ),
    "ha": (
        Traces(
            "control.",
            tuple(f"etc/{path}" for name in _HA for path in (name, f"systemd/system/{name}.service.d")),
            f"systemctl disable -q --now {' '.join(_HA)}; test $(hostname) = control1 || rpm -e {' '.join(_HA)}",
            "systemctl daemon-reload; systemctl reset-failed",
        ),
    ),
    "landing": (
        Traces(".*", _PULLS, last=f"sed -i 's#{_TWO}##' /etc/yum.repos.d/burrito.repo"),
        Traces("(?!control1$).*", _TRUST),
        Traces("control.", (_FRONT,), last="systemctl reload haproxy"),
        Traces(
            "control[^1]",
            ("etc/airlock", "var/lib/airlock", "opt/airlock", *(f"etc/systemd/system/{unit}" for unit in _SERVICES)),
            f"systemctl disable -q --now {' '.join(_SERVICES)}; rpm -e nginx docker-distribution",
            "systemctl daemon-reload",
        ),
        Traces("control1", (*_MADE, "var/lib/airlock/repo"), last=_UP),
    ),
}


def undo(site: Platform, step: str) -> None:
    """Take back what a step did."""
    for traces in TRACES[step]:
        names = [name for name in site.nodes if re.fullmatch(traces.nodes, name)]
        with ThreadPoolExecutor(len(names)) as pool:
            list(pool.map(partial(_undo, site, traces), names))


def _undo(site: Platform, traces: Traces, name: str) -> None:
    node = site.nodes[name]
    node.run(traces.first)
    for path in traces.files:
        _restore(node.path, path, site.layers[name])
    node.check(traces.last, BOOT_SECONDS)


def _restore(root: Path, name: str, layers: Sequence[Path]) -> None:
    """Have a file, or all files of a folder, as they were installed; those that were not are removed."""
    target = root / name
    for path in [each for each in (target, *target.rglob("*")) if each.is_file() or each.is_symlink()]:
        before = [layer / path.relative_to(root) for layer in layers if (layer / path.relative_to(root)).is_file()]
        path.unlink()
        if before:
            subprocess.run(["cp", "--archive", before[0], path], check=True)
