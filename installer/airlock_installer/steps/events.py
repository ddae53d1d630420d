"""What happens while steps run, as values; and how ansible-runner's events become them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

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
    """The fact that a gate's playbook left on a node."""

    node: str
    evidence: Mapping[str, Any]


Event = Planned | StepBegun | Note | GateBegun | StepEnded | TaskBegun | NodeBegun | NodeTold | Printed | Recap | Found


class Watch(Protocol):
    """Where events are told."""

    def __call__(self, event: Event, /) -> None: ...


def unwatched(event: Event) -> None:
    """Tells nobody."""


def read(raw: Mapping[str, Any], fact: str) -> Iterator[Event]:
    """Our events of one of ansible-runner's.

    Args:
        fact: the name of the fact that is a gate's evidence.
    """
    data = raw.get("event_data") or {}
    kind, node = str(raw.get("event") or ""), str(data.get("host") or "")
    lines = str(raw.get("stdout") or "").splitlines()
    if kind == "playbook_on_stats":
        yield Recap(counts(data), lines)
        return
    if lines:
        yield Printed(lines, node)
    if kind in _TASKS:
        yield TaskBegun(str(data.get("task") or data.get("name") or ""))
    elif kind == "runner_on_start":
        yield NodeBegun(node)
    elif kind == "runner_on_skipped":
        yield NodeTold(node, _task(data), SKIPPED)
    elif kind in _RESULTS:
        yield from _told(kind, node, data, fact)


def counts(data: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Ansible's counts by node."""
    nodes = {node for name in COUNTS for node in data.get(name) or {}}
    return {node: {name: int((data.get(name) or {}).get(node, 0)) for name in COUNTS} for node in sorted(nodes)}


def _told(kind: str, node: str, data: Mapping[str, Any], fact: str) -> Iterator[Event]:
    result = data.get("res") or {}
    if kind != "runner_on_ok":
        outcome = IGNORED if data.get("ignore_errors") and kind == "runner_on_failed" else _RESULTS[kind]
        yield NodeTold(node, _task(data), outcome, _said(result))
        return
    yield NodeTold(node, _task(data), CHANGED if result.get("changed") else OK)
    facts = result.get("ansible_facts") or {}
    if fact in facts:
        yield Found(node, facts[fact])


def _task(data: Mapping[str, Any]) -> str:
    return str(data.get("task") or "?")


def _said(result: Mapping[str, Any]) -> str:
    """What a failed task said: of a loop, its failed items alone."""
    failed = [item for item in result.get("results") or [] if isinstance(item, Mapping) and item.get("failed")]
    return "; ".join(_words(each) for each in failed or [result])


def _words(result: Mapping[str, Any]) -> str:
    """A command that failed says on standard error why; all else in ``msg``."""
    said = [str(result.get(key) or "").strip() for key in ("msg", "stderr")]
    told = [each for each in dict.fromkeys(said) if each]
    return ": ".join(told) or "failed"
