"""What a step is: declared once, as data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from airlock_core.errors import AirlockError, UsageError
from airlock_installer.layout import Layout
from airlock_installer.serve.endpoints import Endpoints
from airlock_installer.site.site import Site

Evidence = Mapping[str, Mapping[str, Any]]
"""What a gate's playbook found, by node."""
EVERY_NODE = "all"
"""The group of all nodes, as Ansible has it."""


def nodes(evidence: Evidence) -> str:
    """On how many nodes a gate has looked, in words."""
    return f"{len(evidence)} node{'s' if len(evidence) != 1 else ''}"


@dataclass(frozen=True)
class Situation:
    """What decides which steps apply.

    Args:
        offline: whether the site is installed from a medium, without a network.
    """

    site: Site
    offline: bool = True


@dataclass(frozen=True)
class Place:
    """What a step's variables are computed from."""

    layout: Layout
    site: Site
    endpoints: Endpoints


@dataclass(frozen=True)
class Gate:
    """What looks, after a step and at any time, whether all is as it must be.

    Args:
        playbook: file below ``ansible/`` that looks at every node and leaves the fact ``airlock_gate``.
        judge: every difference of what was found from what must be; none where all is well.
        told: what was found on one node as people read it in a report; as it was found, where nothing is said.
    """

    playbook: str
    judge: Callable[[Site, Evidence], list[AirlockError]]
    told: Callable[[Mapping[str, Any]], Mapping[str, Any]] = dict


@dataclass(frozen=True)
class Reads:
    """What people write that a step reads. The medium's release and files that no step names are read by all.

    Args:
        keys: of ``vars.yml``.
        groups: of ``hosts``: the lines of their nodes, and who is in them.
        files: below ``group_vars/all``, by name.
        repo: whether nodes get the address of the deployer, where the local repo is, from it.
    """

    keys: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset([EVERY_NODE])
    files: frozenset[str] = frozenset()
    repo: bool = False


@dataclass(frozen=True)
class Work:
    """How a step is done.

    Args:
        playbook: file below ``ansible/``.
        variables: what its playbooks get beside the site's own variables; no secret may be among them.
        online: whether it can be done where the site is installed from networks, too.
    """

    playbook: str
    gate: Gate
    variables: Callable[[Place], Mapping[str, Any]] = lambda _: {}
    online: bool = False


@dataclass(frozen=True)
class Step:
    """A step of an installation.

    Args:
        name, title: as people call it.
        applies: whether a site needs it.
        reads: what touches it when it changes.
        breaks: what it may disturb on a site in use; empty where nothing.
        minutes: how long it usually takes.
        work: how it is done; None where this release cannot do it.
    """

    name: str
    title: str
    applies: Callable[[Situation], bool]
    reads: Reads
    breaks: str
    minutes: float
    work: Work | None = None

    def is_there(self, situation: Situation) -> bool:
        """Whether this release can do it on a site."""
        return self.work is not None and (situation.offline or self.work.online)

    @property
    def done_by(self) -> Work:
        """How it is done.

        Raises:
            UsageError: this release cannot do it.
        """
        if self.work is None:
            raise UsageError(f"this release does not have the step {self.name}")
        return self.work
