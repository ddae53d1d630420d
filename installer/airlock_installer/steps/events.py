"""What happens while steps run, as values; and how ansible-runner's events become them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from airlock_installer.masking import Mask

OK, CHANGED, FAILED, UNREACHABLE, SKIPPED, IGNORED = "ok", "changed", "failed", "unreachable", "skipped", "ignored"
COUNTS = ("ok", "changed", "dark", "failures", "skipped", "rescued", "ignored")
"""Ansible's own names; ``dark`` is unreachable."""

_RESULTS = {"runner_on_ok": OK, "runner_on_failed": FAILED, "runner_on_unreachable": UNREACHABLE}
_TASKS = ("playbook_on_task_start", "playbook_on_handler_task_start")


@dataclass(frozen=True)
class Planned:
    """What is about to be run.

    Args:
        steps: in order, each with its title, what it may disturb, and the seconds that it usually takes.
        is_dry: whether it only tells what it would change.
    """

    command: str
    steps: Sequence[tuple[str, str, str, float]]
    is_dry: bool = False


@dataclass(frozen=True)
class StepBegun:
    """A step begins; ``run`` is its number in the ledger, None where only its gate is looked at."""

    step: str
    run: int | None


@dataclass(frozen=True)
class Note:
    """Something about a step that people should know."""

    step: str
    text: str


@dataclass(frozen=True)
class GateBegun:
    """A step's gate begins to look."""

    step: str


@dataclass(frozen=True)
class StepEnded:
    """A step came to its end: ``how`` is ``done``, ``skipped``, ``told`` (a dry run), ``failed`` or ``interrupted``."""

    step: str
    how: str
    seconds: float
    text: str = ""


@dataclass(frozen=True)
class TaskBegun:
    """A task begins on all nodes that it is for."""

    name: str


@dataclass(frozen=True)
class NodeBegun:
    """A task begins on a node."""

    node: str


@dataclass(frozen=True)
class NodeTold:
    """What a task came to on a node.

    Args:
        result: ok, changed, failed, unreachable, skipped or ignored.
        why: what a failed one said.
    """

    node: str
    task: str
    result: str
    why: str = ""


@dataclass(frozen=True)
class Printed:
    """Lines that Ansible prints; of one node where they are about one."""

    lines: Sequence[str]
    node: str = ""


@dataclass(frozen=True)
class Recap:
    """A playbook's end: Ansible's counts by node, and its own lines of them."""

    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    lines: Sequence[str] = ()


@dataclass(frozen=True)
class Found:
    """The fact that a gate's playbook left on a node: as it is, to be judged, not to be shown."""

    node: str
    evidence: Mapping[str, Any]


Event = Planned | StepBegun | Note | GateBegun | StepEnded | TaskBegun | NodeBegun | NodeTold | Printed | Recap | Found


class Watch(Protocol):
    """Where events are told."""

    def __call__(self, event: Event, /) -> None: ...


def unwatched(event: Event) -> None:
    """Tells nobody."""


def read(raw: Mapping[str, Any], fact: str, mask: Mask) -> Iterator[Event]:
    """Our events of one of ansible-runner's.

    Args:
        fact: the name of the fact that is a gate's evidence.
        mask: takes secrets out of all that is said; nodes have their names, and evidence is as it is.
    """
    data = raw.get("event_data") or {}
    kind, node = str(raw.get("event") or ""), str(data.get("host") or "")
    lines = mask.text(str(raw.get("stdout") or "")).splitlines()
    if kind == "playbook_on_stats":
        yield Recap(counts(data), lines)
        return
    if lines:
        yield Printed(lines, node)
    if kind in _TASKS:
        yield TaskBegun(mask.text(str(data.get("task") or data.get("name") or "")))
    elif kind == "runner_on_start":
        yield NodeBegun(node)
    elif kind == "runner_on_skipped":
        yield NodeTold(node, _task(data, mask), SKIPPED)
    elif kind in _RESULTS:
        yield from _told(kind, node, data, fact, mask)


def counts(data: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Ansible's counts by node."""
    nodes = {node for name in COUNTS for node in data.get(name) or {}}
    return {node: {name: int((data.get(name) or {}).get(node, 0)) for name in COUNTS} for node in sorted(nodes)}


def _told(kind: str, node: str, data: Mapping[str, Any], fact: str, mask: Mask) -> Iterator[Event]:
    result, task = data.get("res") or {}, _task(data, mask)
    if kind != "runner_on_ok":
        outcome = IGNORED if data.get("ignore_errors") and kind == "runner_on_failed" else _RESULTS[kind]
        yield NodeTold(node, task, outcome, _said(result, mask))
        return
    yield NodeTold(node, task, CHANGED if result.get("changed") else OK)
    facts = result.get("ansible_facts") or {}
    if fact in facts:
        yield Found(node, facts[fact])


def _task(data: Mapping[str, Any], mask: Mask) -> str:
    return mask.text(str(data.get("task") or "?"))


def _said(result: Mapping[str, Any], mask: Mask) -> str:
    """What a failed task said: of a loop, its failed items alone."""
    failed = [item for item in result.get("results") or [] if isinstance(item, Mapping) and item.get("failed")]
    return "; ".join(_words(each, mask) for each in failed or [result])


def _words(result: Mapping[str, Any], mask: Mask) -> str:
    """A command that failed says on standard error why; all else in ``msg``."""
    # As values first: what Python makes of a list or a mapping may write a secret in another way.
    said = [str(mask.data(result.get(key) or "")).strip() for key in ("msg", "stderr")]
    told = [each for each in dict.fromkeys(said) if each]
    return ": ".join(told) or "failed"
