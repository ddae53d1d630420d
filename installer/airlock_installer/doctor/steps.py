"""The steps: failed, cut, or done with other files than the site has now; nodes that no step ever saw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from airlock_installer.doctor.area import Area
from airlock_installer.doctor.finding import Finding, error, note, warning
from airlock_installer.doctor.ground import Ground
from airlock_installer.ledger import Entry

_OPEN = ("intent", "applied", "verified")
PREFLIGHT = "preflight"


@dataclass(frozen=True)
class StepFacts:
    """A step that was run.

    Args:
        name: the step's.
        state: as the ledger has it.
        why: what it failed of; empty where it did not.
        changed: the site's files that are others than they were when it was done.
        new: nodes of the inventory that its gate has not seen.
        gone: nodes that its gate saw, and the inventory does not have.
        is_running: whether a run holds the site now.
    """

    name: str
    state: str
    why: str = ""
    changed: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    is_running: bool = False


StepsFacts = tuple[StepFacts, ...]


def look(ground: Ground) -> StepsFacts:
    """Compare the ledger with the site."""
    now = {name: str(value) for name, value in ground.site.inputs().items()} if ground.site else None
    nodes = tuple(ground.site.inventory.hosts) if ground.site else None
    running = ground.layout.lock.exists()
    return tuple(_facts(entry, now, nodes, running) for entry in ground.last.values())


def _facts(entry: Entry, now: dict[str, str] | None, nodes: tuple[str, ...] | None, running: bool) -> StepFacts:
    problem = entry.result.get("error") or {}
    why = str(problem.get("what", "")) if isinstance(problem, dict) else ""
    if entry.state != "committed" or now is None or nodes is None:
        return StepFacts(entry.step, entry.state, why, is_running=running)
    changed = sorted(name for name in now.keys() | entry.inputs.keys() if now.get(name) != entry.inputs.get(name))
    seen = tuple(entry.result.get("gate") or ())
    new = tuple(node for node in nodes if node not in seen)
    gone = tuple(node for node in seen if node not in nodes)
    return StepFacts(entry.step, entry.state, why, tuple(changed), new, gone, running)


def failed(facts: StepsFacts) -> Iterator[Finding]:
    """A step whose last run failed."""
    for step in facts:
        if step.state == "failed":
            todo = f"airlock-site logs {step.name}; mend it, then airlock-site run {step.name}"
            yield error(f"the last run of {step.name} failed", why=step.why, todo=todo)


def cut(facts: StepsFacts) -> Iterator[Finding]:
    """A step that was cut, and that nobody runs now."""
    for step in facts:
        if step.state in _OPEN and not step.is_running:
            what = f"the last run of {step.name} was cut"
            yield error(what, todo=f"airlock-site run {step.name}: it is made for being run again")


def touched(facts: StepsFacts) -> Iterator[Finding]:
    """A step that was done with other files."""
    for step in facts:
        if step.changed:
            what = f"{step.name} was done before these changed: {', '.join(step.changed)}"
            yield warning(what, todo=f"airlock-site run {step.name}")


def unseen(facts: StepsFacts) -> Iterator[Finding]:
    """Nodes that came into the inventory after preflight, which is for all of them."""
    for step in facts:
        if step.name == PREFLIGHT and step.new:
            what = f"{step.name} has never seen {', '.join(step.new)}"
            yield warning(what, todo=f"airlock-site run {step.name}")


def departed(facts: StepsFacts) -> Iterator[Finding]:
    """Nodes that were installed and are no longer in the inventory."""
    for step in facts:
        if step.name == PREFLIGHT and step.gone:
            todo = "what was installed there still runs: switch it off, or write it back into hosts"
            yield note(f"no longer in hosts, and installed once: {', '.join(step.gone)}", todo=todo)


AREA = Area("steps", look, (failed, cut, touched, unseen, departed))
