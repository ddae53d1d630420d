"""Looking at the nodes: their facts through Ansible, of those that can be reached, and why the others cannot."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from airlock_core.errors import AirlockError, MachineError
from airlock_installer.masking import Mask
from airlock_installer.reach import ping
from airlock_installer.reach.nodes import Reached
from airlock_installer.site import facts as parsing
from airlock_installer.site.facts import Facts
from airlock_installer.site.model.site import Site
from airlock_installer.steps import playbook
from airlock_installer.steps.person import person

PLAYBOOK = "facts.yml"
_UNSAID = "it gave no answer that can be read"


@dataclass(frozen=True)
class Missing:
    """Why a node was not looked at, and what to do."""

    why: str
    todo: str = ""


@dataclass(frozen=True)
class Gathered:
    """What the nodes are, as it was found, and why of some it is not known.

    Args:
        mask: takes secrets out of what is told of the facts.
    """

    facts: Mapping[str, Facts] = field(default_factory=dict)
    missing: Mapping[str, Missing] = field(default_factory=dict)
    mask: Mask = field(default_factory=Mask)


@dataclass(frozen=True)
class Looking:
    """What is looked at by a playbook.

    Args:
        playbook: file below ``ansible/``; it changes nothing on the nodes.
        nodes: those that are looked at.
        variables: of the playbook; no secret may be among them.
    """

    playbook: str
    site: Site
    nodes: Sequence[str]
    variables: Mapping[str, Any]


def nobody(site: Site, why: str, todo: str) -> Gathered:
    """No node was looked at."""
    return Gathered(missing=dict.fromkeys(site.inventory.hosts, Missing(why, todo)))


def gather(site: Site, reached: Sequence[Reached], arguments: Sequence[str], mask: Mask) -> Gathered:
    """Look at the nodes that were reached; nothing on them is changed.

    Args:
        reached: what came of asking all nodes.
        arguments: of ansible-playbook: where it finds the passwords.
        mask: takes these out of what is told.
    """
    missing = {one.login.node: _missing(faults[0]) for one in reached if (faults := ping.faults([one]))}
    ready = [one.login.node for one in reached if one.login.node not in missing]
    if not ready:
        return Gathered(missing=missing)
    try:
        devices = {"airlock_devices": {node: site.devices(node) for node in ready}}
        outcome = look(Looking(PLAYBOOK, site, ready, devices), arguments, mask)
    except AirlockError as error:
        return Gathered(missing=missing | dict.fromkeys(ready, _missing(error)))
    failed = {fault.where: _missing(fault) for fault in outcome.faults}
    found = _parsed({node: outcome.facts[node] for node in ready if node in outcome.facts})
    lost = {node: failed.get(node, Missing(_UNSAID)) for node in ready if node not in found}
    unknown = {node: why for node, why in {**missing, **lost}.items() if node in site.inventory.hosts}
    return Gathered(found, unknown, mask)


def look(looking: Looking, arguments: Sequence[str], mask: Mask) -> playbook.Outcome:
    """Run a playbook that only looks; of each node it gives what that left as :data:`playbook.FACT`.

    Args:
        arguments: of ansible-playbook: where it finds the passwords.
        mask: takes these out of what is told.

    Raises:
        MachineError: there is no Ansible here.
        StepError: ansible-playbook did not even begin.
    """
    if find_spec("ansible_runner") is None:
        raise MachineError("there is no Ansible in this Python environment", todo="install airlock-iso[site]")
    who = person(looking.site.folder)
    with tempfile.TemporaryDirectory(prefix="airlock-facts-") as folder:
        call = playbook.Call(
            playbook=looking.playbook,
            inventory=looking.site.hosts_file,
            variables=looking.variables,
            folder=Path(folder) / "run",
            user=who.name,
            key=who.key,
            arguments=(*arguments, f"--limit={','.join(looking.nodes)}"),
        )
        return playbook.run(call, mask)


def _parsed(answers: Mapping[str, Mapping[str, object]]) -> dict[str, Facts]:
    found = {}
    for node, answer in answers.items():
        try:
            found[node] = parsing.parse(answer)
        except (KeyError, ValueError, TypeError):
            continue  # told as a node that gave no answer
    return found


def _missing(error: AirlockError) -> Missing:
    return Missing(": ".join(part for part in (error.what, error.why) if part), error.todo)
