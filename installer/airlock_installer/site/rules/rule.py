"""What a rule is: a sentence that must be true of a site, and who judges it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from airlock_installer.site.facts import Facts
from airlock_installer.site.model.site import Site
from airlock_installer.site.places import Fault


@dataclass(frozen=True)
class Rule:
    """A rule about what the files say.

    Args:
        title: what must be true.
        judge: all that is not so.
        step: what breaks it must be mended before this step, not at once: it is what a fresh sample leaves open.
        hosts: whether it needs the inventory.
    """

    title: str
    judge: Callable[[Site], Iterable[Fault]]
    step: str = ""
    hosts: bool = True


@dataclass(frozen=True)
class FactsRule:
    """A rule about what the nodes are.

    Args:
        title: what must be true.
        nodes: whose facts it needs; none where it does not apply.
        judge: all that is not so, by the facts of those of the nodes that could be looked at.
    """

    title: str
    nodes: Callable[[Site], tuple[str, ...]]
    judge: Callable[[Site, Mapping[str, Facts]], Iterable[Fault]]
