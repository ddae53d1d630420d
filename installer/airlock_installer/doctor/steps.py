"""The steps: failed, cut, or done with other files than the site has now; nodes that no step ever saw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from airlock_core.errors import AirlockError
from airlock_installer import holder
from airlock_installer.doctor.area import Area
from airlock_installer.doctor.finding import Finding, error, note, warning
from airlock_installer.doctor.ground import Ground
from airlock_installer.ledger import COMMITTED, Entry, Ledger
from airlock_installer.origin import origin
from airlock_installer.steps import inputs, past
from airlock_installer.steps.catalog import CATALOG

_OPEN = ("intent", "applied", "verified", "interrupted")
PREFLIGHT = "preflight"


@dataclass(frozen=True)
class StepFacts:
    """A step that was run.

    Args:
        name: the step's.
        state: as the ledger has it.
        why: what it failed of; empty where it did not.
        changed: what it reads of the site's files, and is another than it was when it was done.
        new: nodes of the inventory that its gate has not seen.
        gone: nodes that its gate saw, and the inventory does not have.
        lacking: which run of a part of it has left something to do since; empty where none has.
        is_running: whether a run holds the site now.
    """

    name: str
    state: str
    why: str = ""
    changed: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    lacking: str = ""
    is_running: bool = False


StepsFacts = tuple[StepFacts, ...]


def look(ground: Ground) -> StepsFacts:
    """Compare the ledger with the site."""
    now = _now(ground)
    nodes = tuple(ground.site.inventory.hosts) if ground.site else ()
    running = holder.present(ground.layout.lock) is not None
    return tuple(
        replace(_facts(entry, now.get(name), nodes), lacking=_lacking(ground, entry), is_running=running)
        for name, entry in ground.last.items()
    )


def _now(ground: Ground) -> dict[str, dict[str, str]]:
    """What each step reads, in digests; nothing where the site or the release cannot be read, which others tell."""
    if ground.site is None:
        return {}
    try:
        release = str(origin(ground.layout).get("digest", ""))
        given = inputs.sources(ground.site, release, ground.endpoints.own_repo_url)
    except AirlockError:
        return {}
    return {step.name: inputs.digests(given, step.reads) for step in CATALOG.steps}


def _lacking(ground: Ground, entry: Entry) -> str:
    """A run that failed or was cut, when the whole step had been done."""
    owing = past.lacking(Ledger(ground.layout.ledger).runs(entry.step)) if entry.state == COMMITTED else None
    return past.told(owing).removesuffix(": run again")


def _facts(entry: Entry, now: dict[str, str] | None, nodes: tuple[str, ...]) -> StepFacts:
    problem = entry.result.get("error") or {}
    why = str(problem.get("what", "")) if isinstance(problem, dict) else ""
    if entry.state != COMMITTED or now is None:
        return StepFacts(entry.step, entry.state, why)
    seen = tuple(entry.result.get("gate") or ())
    new = tuple(node for node in nodes if node not in seen)
    gone = tuple(node for node in seen if node not in nodes)
    return StepFacts(entry.step, entry.state, why, tuple(past.touched(entry, now)), new, gone)


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


def owed(facts: StepsFacts) -> Iterator[Finding]:
    """A step that was done, and a part of which was run since and came to no good end."""
    for step in facts:
        if step.lacking and not step.is_running:
            what = f"a part of {step.name} was run since it was done, and not to its end"
            yield error(what, why=step.lacking, todo=f"airlock-site run {step.name}, as a whole")


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


AREA = Area("steps", look, (failed, cut, owed, touched, unseen, departed))
