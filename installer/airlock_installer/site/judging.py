"""The site held against all rules, with the nodes that could be looked at: what is wrong, and what nobody could say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from airlock_core.errors import AirlockError
from airlock_installer.site.facts import Facts
from airlock_installer.site.places import Fault
from airlock_installer.site.rules import FACTS_RULES
from airlock_installer.site.site import Draft

_FIRST = ("/hosts", "/vars.yml")


@dataclass(frozen=True)
class Waiting:
    """A rule that could not be asked, or not for all nodes.

    Args:
        title: what must be true.
        nodes: the nodes whose facts lack; none where ``hosts`` itself cannot be read.
    """

    title: str
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What is wrong with a site, at once or before a later step, and what waits."""

    faults: tuple[AirlockError, ...]
    waiting: tuple[Waiting, ...]


def judge(draft: Draft, facts: Mapping[str, Facts]) -> Verdict:
    """All rules about files and nodes.

    Args:
        facts: of the nodes that could be looked at.
    """
    faults: list[AirlockError] = [*draft.faults, *(_until(step, fault) for step, fault in draft.later)]
    waiting = [Waiting(title) for title in draft.waiting]
    for rule in FACTS_RULES:
        nodes = rule.nodes(draft.site)
        if draft.waiting:
            waiting.append(Waiting(rule.title))
            continue
        lacking = tuple(node for node in nodes if node not in facts)
        if lacking:
            waiting.append(Waiting(rule.title, lacking))
        known = {node: facts[node] for node in nodes if node in facts}
        found = rule.judge(draft.site, known) if known else ()
        faults += [fault for fault in found if (fault.file, fault.key) not in draft.unread]
    return Verdict(tuple(_in_order(faults)), tuple(waiting))


def _until(step: str, fault: Fault) -> Fault:
    fault.why = fault.why or f"the step {step} needs it"
    return fault


def _in_order(faults: Iterable[AirlockError]) -> list[AirlockError]:
    """``hosts``, ``vars.yml``, the backends' files; in each by line."""
    return sorted(faults, key=lambda fault: (*_file(fault), getattr(fault, "line", 0)))


def _file(fault: AirlockError) -> tuple[int, str]:
    name = str(fault.file) if isinstance(fault, Fault) else fault.where
    return next((rank for rank, first in enumerate(_FIRST) if name.endswith(first)), len(_FIRST)), name
