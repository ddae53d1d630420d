"""The lines of the live view, each made to fit its terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from airlock_installer.steps.progress import AT_WORK, RUNNING, WAITING, Progress, StepState

_GOOD, _BAD, _DIM, _BOLD = "green", "bold red", "dim", "bold"
_MARKS = {WAITING: " ", RUNNING: "▸", "done": "✓", "told": "✓", "skipped": "✓", "failed": "✗", "interrupted": "✗"}
_PLAIN_MARKS = {WAITING: " ", RUNNING: ">", "done": "+", "told": "+", "skipped": "+", "failed": "!", "interrupted": "!"}
_STYLES = {WAITING: _DIM, RUNNING: _BOLD, "failed": _BAD, "interrupted": _BAD}


@dataclass(frozen=True)
class Line:
    """A line and its style, as rich has them."""

    text: str
    style: str = ""


def lines(progress: Progress, width: int, height: int, now: float, *, plain: bool = False) -> list[Line]:
    """The frame: how far all is, the steps, and below the current one what it is at.

    Args:
        width, height: of the terminal; where steps do not fit, those that have ended go first, then those to come.
        plain: marks of ASCII alone.
    """
    head = f"{progress.command}  {progress.ended} of {len(progress.steps)} steps  {clock(now - progress.began)}"
    steps = list(progress.steps.values())
    names = max((len(step.name) for step in steps), default=0)
    detail = _detail(progress, width, now) if progress.current else []
    shown = _fitting(steps, max(1, height - 2 - len(detail)))
    found = [Line(head, _BOLD)]
    for step in shown:
        found.append(Line(_row(step, progress, names, width, now, plain=plain), _STYLES.get(step.state, _GOOD)))
        if step.state == RUNNING:
            found += detail
    return [Line(line.text[:width], line.style) for line in found[: max(1, height - 1)]]


def clock(seconds: float) -> str:
    """A duration: ``0:07``, ``1:58``, ``1:02:03``."""
    whole = max(0, int(seconds))
    hours, rest = divmod(whole, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def _row(step: StepState, progress: Progress, names: int, width: int, now: float, *, plain: bool) -> str:
    mark = (_PLAIN_MARKS if plain else _MARKS).get(step.state, " ")
    left, right = f"{mark} {step.name:<{names}}  {step.title}", _time(step, progress, now)
    room = width - len(right) - 2
    return f"{left[:room]:<{room}}  {right}" if room > names + 2 else left[:width]


def _time(step: StepState, progress: Progress, now: float) -> str:
    if step.state == WAITING:
        return f"about {clock(step.typical)}"
    if step.state == RUNNING:
        return f"{clock(progress.elapsed(now))} of about {clock(step.typical)}"
    return f"{step.state}  {clock(step.seconds)}"


def _detail(progress: Progress, width: int, now: float) -> list[Line]:
    """What the current step is at: task, nodes, last change."""
    task = progress.task
    what = task.name or ("the gate looks" if progress.in_gate else "Ansible starts")
    gate = "gate: " if progress.in_gate and task.name else ""
    number = f"task {task.number}, " if task.number else ""
    far = f"  ({number}{clock(now - task.since)})"
    found = [Line(f"    {gate}{what}"[: max(0, width - len(far))] + far)]
    if task.nodes:
        found.append(Line(f"    {_nodes(progress)}"))
    if progress.last_change:
        node, name, at = progress.last_change
        found.append(Line(f"    last change {clock(now - at)} ago  {node}: {name}", _DIM))
    return found


def _nodes(progress: Progress) -> str:
    """How many nodes came to what, and by name those that are not yet there: they are who is waited for."""
    counts = [f"{count} {result}" for result, count in sorted(progress.results.items()) if result != AT_WORK]
    waited = progress.at_work
    return "  ".join([*counts, *([f"{AT_WORK}: {', '.join(waited)}"] if waited else [])])


def _fitting(steps: Sequence[StepState], room: int) -> list[StepState]:
    """As many steps as there is room for, the current one among them."""
    shown = list(steps)
    while len(shown) > room:
        ended = [step for step in shown if step.state not in (WAITING, RUNNING)]
        shown.remove(ended[0] if ended else shown[-1])
    return shown
