"""All steps in their order: which a site needs, and which of them this release can do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from airlock_core.errors import AirlockError, UsageError
from airlock_installer.site.site import Site
from airlock_installer.steps import gate_preflight

Evidence = Mapping[str, Mapping[str, Any]]
"""What a gate's playbook found, by node."""


@dataclass(frozen=True)
class Step:
    """A step that can be run.

    Args:
        name, title: as people call it.
        playbook: file below ``ansible/`` that does it.
        gate_playbook: file below ``ansible/`` that looks at every node and leaves the fact ``airlock_gate``.
        gate: judges what was found: every difference from what must be, nothing where all is well.
        minutes: how long it usually takes.
    """

    name: str
    title: str
    playbook: str
    gate_playbook: str
    gate: Callable[[Site, Evidence], list[AirlockError]]
    minutes: float


STEPS: Mapping[str, Step] = {
    "preflight": Step(
        name="preflight",
        title="Local yum repo, time, ssh keys, checklist",
        playbook="preflight.yml",
        gate_playbook="gate_preflight.yml",
        gate=gate_preflight.judge,
        minutes=2,
    ),
}
"""The steps that there are."""

_ORDER: tuple[tuple[str, str | None], ...] = (
    ("preflight", None),
    ("ha", None),
    ("ceph", "ceph"),
    ("k8s", None),
    ("netapp", "netapp"),
    ("powerflex", "powerflex"),
    ("hitachi", "hitachi"),
    ("patch", None),
    ("registry", None),
    ("landing", None),
    ("burrito", None),
)
"""Names in order, with the storage backend that a step is for."""


def needed(site: Site) -> tuple[str, ...]:
    """The steps that a site needs, in order."""
    backends = site.variables["storage_backends"]
    return tuple(name for name, backend in _ORDER if backend is None or backend in backends)


def step(name: str) -> Step:
    """The step of a name.

    Raises:
        UsageError: there is none.
    """
    if name not in STEPS:
        known = ", ".join(STEPS)
        raise UsageError(f"there is no step {name} in this release", todo=f"the steps that there are: {known}")
    return STEPS[name]


def plan(site: Site, until: str | None) -> tuple[Step, ...]:
    """The steps of a whole installation, up to and with ``until``.

    Raises:
        UsageError: the site needs steps that there are not, or does not need ``until``.
    """
    names = needed(site)
    if until is not None and until not in names:
        raise UsageError(f"this site does not need the step {until}", todo=f"it needs: {', '.join(names)}")
    wanted = names[: names.index(until) + 1] if until else names
    lacking = [name for name in wanted if name not in STEPS]
    if lacking:
        there = [name for name in wanted if name in STEPS]
        raise UsageError(
            f"this site needs steps that this release does not have: {', '.join(lacking)}",
            todo=f"go as far as there are steps: `airlock-site install --until {there[-1]}`" if there else "",
        )
    return tuple(STEPS[name] for name in wanted)
