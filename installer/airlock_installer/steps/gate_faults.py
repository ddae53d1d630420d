"""What the gates of several steps judge alike: nodes that could not be looked at, and states of units."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from airlock_core.errors import AirlockError, GateError


def lost(nodes: Iterable[str]) -> list[AirlockError]:
    """A fault for each node of which nothing was found."""
    todo = "can it be reached by ssh?"
    return [GateError("the node could not be looked at", where=node, todo=todo) for node in nodes]


def idle(node: str, units: Mapping[str, str], rerun: str) -> Iterator[AirlockError]:
    """A fault for each unit of a node that is not active.

    Args:
        units: their states, by name.
        rerun: what to do about it after having looked at its journal.
    """
    for unit, state in units.items():
        if state != "active":
            todo = f"on {node}: systemctl status {unit}; journalctl -u {unit}; {rerun}"
            yield GateError(f"{unit}: expected active, found {state}", where=node, todo=todo)
