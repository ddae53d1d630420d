"""What steps read, in digests: so a changed key of ``vars.yml`` or line of ``hosts`` names the steps it touches."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from airlock_core import strict_yaml
from airlock_core.digest import of_file
from airlock_core.errors import AirlockError
from airlock_installer.site import extras
from airlock_installer.site.inventory import Inventory
from airlock_installer.site.site import Site
from airlock_installer.steps.step import EVERY_NODE, Reads

RELEASE = "release"
REPO = "prepare: address of the local repo"
"""The deployer's own. The virtual address, which landing leads nodes to, is a key of ``vars.yml``."""
VAULT = "vault.yml"
"""Encrypted: known by the digest of the file alone."""
OWNED = frozenset(["ceph_vars.yml", "netapp_vars.yml", "powerflex_vars.yml", "hitachi_vars.yml", VAULT])
"""Files below ``group_vars/all`` that steps name; what else is there is read by all of them."""


@dataclass(frozen=True)
class Sources:
    """What people wrote, parsed.

    Args:
        keys: of ``vars.yml``, with their defaults.
        inventory: ``hosts``.
        files: of ``group_vars`` and ``host_vars`` by path: keys and values; a text where it has none.
        release: digest of the medium's root document; empty without one.
        repo: root of the local repo on the deployer.
    """

    keys: Mapping[str, Any]
    inventory: Inventory
    files: Mapping[str, Mapping[str, Any] | str] = field(default_factory=dict)
    release: str = ""
    repo: str = ""


def sources(site: Site, release: str, repo: str) -> Sources:
    """Read a site's files; release and repo are known already."""
    paths = extras.read(site.folder, site.inventory)
    files = {str(path.relative_to(site.folder)): _content(path) for path in paths}
    return Sources(site.variables.plain(), site.inventory, files, release, repo)


def digests(given: Sources, reads: Reads) -> dict[str, str]:
    """Digests of all that a step reads, by a name that people understand: ``vars.yml: ntp_servers``."""
    found = {f"vars.yml: {key}": _digest(value) for key, value in given.keys.items() if key in reads.keys}
    found |= {f"hosts: {host}": _digest(line) for host, line in _lines(given.inventory, reads).items()}
    for path, content in given.files.items():
        if Path(path).name not in OWNED or Path(path).name in reads.files:
            found |= _of_file(path, content)
    if reads.repo:
        found[REPO] = _digest(given.repo)
    return {**found, RELEASE: given.release} if given.release else found


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """What is another than it was, by name."""
    told = []
    for name in sorted(before.keys() | now.keys()):
        if before.get(name) != now.get(name):
            told.append(name + (" (new)" if name not in before else " (gone)" if name not in now else ""))
    return told


def _lines(inventory: Inventory, reads: Reads) -> dict[str, Any]:
    """Nodes that a step reads: their variables, and which of its groups they are in, at which place."""
    groups = {group: inventory.groups.get(group, []) for group in sorted(reads.groups - {EVERY_NODE})}
    nodes = inventory.hosts if EVERY_NODE in reads.groups else inventory.members(*groups)
    return {
        node: [
            dict(inventory.hosts.get(node, {})),
            {group: list(members).index(node) for group, members in groups.items() if node in members},
        ]
        for node in nodes
    }


def _of_file(path: str, content: Mapping[str, Any] | str) -> dict[str, str]:
    if isinstance(content, str):
        return {path: content}
    return {f"{path}: {key}": _digest(value) for key, value in content.items()}


def _content(path: Path) -> Mapping[str, Any] | str:
    """Keys and values of a file; its digest where it has none, as an encrypted one."""
    try:
        data = strict_yaml.load(path)
    except AirlockError:
        data = None
    return {str(key): value for key, value in data.items()} if isinstance(data, dict) else str(of_file(path))


def _digest(value: Any) -> str:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, default=str)
    return f"sha256:{sha256(text.encode()).hexdigest()}"
