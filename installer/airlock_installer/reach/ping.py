"""``ping``: what is wrong with a node that was asked, as far as the steps would stumble over it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from airlock_core.errors import AirlockError, StepError
from airlock_installer.reach.nodes import Reached

MAX_OFFSET = 60.0
"""Seconds that a node's clock may differ by before the steps: chrony steps it then, TLS and packages bear it."""


def faults(reached: Iterable[Reached]) -> list[AirlockError]:
    """Every fault of every node, by node."""
    return [fault for one in reached for fault in _of(one)]


def warnings(reached: Iterable[Reached]) -> list[str]:
    """What is odd, and no step stumbles over it yet."""
    return [
        f"{one.login.node}: its clock is {one.offset:+.0f} s from ours; preflight sets it by chrony"
        for one in reached
        if abs(one.offset) > MAX_OFFSET
    ]


def _of(one: Reached) -> Iterator[StepError]:
    login, answer = one.login, one.answer
    if answer is None:
        why, todo = (one.reason.why, one.reason.todo) if one.reason else ("", "")
        yield StepError("cannot be reached", where=login.node, why=why, todo=todo)
        return
    if answer.sudo.startswith("no"):
        why = answer.sudo.removeprefix("no").strip() or "sudo does not take the password"
        todo = f"on {login.node}: let {answer.user} use sudo (group wheel), or `airlock-site vault sudo`"
        yield StepError(f"{answer.user} may not use sudo", where=login.node, why=why, todo=todo)
    if not answer.python:
        wanted = login.python or "Python 3.6 or newer"
        todo = f"on {login.node}: dnf install python3, from the local repo"
        yield StepError(f"there is no {wanted}", where=login.node, todo=todo)
