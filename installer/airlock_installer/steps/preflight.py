"""The step preflight: local yum repo, time, ssh keys, checklist."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from airlock_installer.serve import dnf, landed
from airlock_installer.steps import gate_preflight
from airlock_installer.steps.person import person
from airlock_installer.steps.step import EVERY_NODE, Gate, Place, Reads, Step, Work


def variables(place: Place) -> Mapping[str, Any]:
    """Where the local repo is, what signs its packages, and whose key goes to the nodes.

    Raises:
        MachineError: no medium is mounted.
    """
    folder, release = landed.contents(place.layout)
    keys = dnf.key_files(folder)
    who = person(place.site.folder)
    return {
        "airlock_repo_url": place.endpoints.repo_url,
        "airlock_repo_urls": list(place.endpoints.repo_urls),
        "airlock_repo_unsigned": dnf.excused(folder),
        "airlock_repo_keys": [{"path": str(key), "name": dnf.installed_name(key)} for key in keys],
        "airlock_release_epoch": release.epoch,
        "airlock_ssh_key": str(who.key),
        "airlock_ssh_user": who.name,
    }


_GATE = Gate("gate_preflight.yml", gate_preflight.judge, gate_preflight.told)
STEP = Step(
    name="preflight",
    title="Local yum repo, time, ssh keys, checklist",
    applies=lambda _: True,
    reads=Reads(
        keys=frozenset(["ntp_servers", "deploy_ssh_key", "checklist_minimum"]),
        groups=frozenset([EVERY_NODE, "kube_control_plane", "controller-node", "compute-node", "kube_node"]),
        repo=True,
    ),
    breaks="",
    minutes=2,
    work=Work("preflight.yml", _GATE, variables),
)
