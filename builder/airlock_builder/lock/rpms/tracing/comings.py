"""Why packages came into a lock, and why others left it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from airlock_builder.lock.rpms.tracing.graph import REQUIRES, Asked, Need
from airlock_builder.lock.rpms.tracing.pressures import Pressures
from airlock_builder.lock.rpms.tracing.sides import Side, Sides
from airlock_core.compare import Cause, Reason

Place = Callable[[str], str]
"""From a path in the manifest to the file and line where a person wrote it."""


def came(sides: Sides, pressures: Pressures, place: Place) -> dict[int, Reason]:
    """Why each package came that had no build in the older lock, by its id; none where that cannot be told."""
    old, new = sides.before, sides.after
    fresh = new.locked.packages.keys() - old.locked.packages.keys() - pressures.predecessor.keys()
    roots: dict[int, Reason] = {}
    for number in sorted(fresh):
        reason = _asked(number, sides, place) or _newly_required(number, sides, pressures, fresh)
        if reason:
            roots[number] = reason

    def onwards(need: Need, reason: Reason) -> Reason:
        return Reason(reason.cause, reason.text, f"{new.label(need.by)} {need.kind} {need.text}")

    return _spread(roots, new, fresh, onwards)


def left(sides: Sides, pressures: Pressures, place: Place) -> dict[int, Reason]:
    """Why each package left that has no build in the new lock, by its id; none where that cannot be told."""
    old, new = sides.before, sides.after
    gone = old.locked.packages.keys() - new.locked.packages.keys() - pressures.successor.keys()
    roots: dict[int, Reason] = {}
    for number in sorted(gone):
        reason = _not_asked(number, sides, place) or _not_required(number, sides, pressures, gone)
        if reason:
            roots[number] = reason

    def onwards(need: Need, reason: Reason) -> Reason:
        return Reason(reason.cause, reason.text, f"{old.label(need.by)} required it")

    return _spread(roots, old, gone, onwards)


def _spread(
    roots: Mapping[int, Reason], side: Side, among: set[int], onwards: Callable[[Need, Reason], Reason]
) -> dict[int, Reason]:
    """What came, or left, for a reason of its own hands it on to what it alone needs."""
    found = dict(roots)
    layer = list(roots)
    while layer:
        arrows = [need for one in layer for need in side.graph.needs.get(one, ()) if need.of in among]
        layer = []
        for need in sorted(arrows, key=lambda need: (need.kind != REQUIRES, need.others > 0, need.of, need.by)):
            if need.of not in found:
                found[need.of] = onwards(need, found[need.by])
                layer.append(need.of)
    return found


def _asked(number: int, sides: Sides, place: Place) -> Reason | None:
    asked = sides.after.graph.asked.get(number)
    if not asked:
        return None
    fresh = [one for one in asked if one.text not in sides.before.requests]
    if fresh:
        return Reason(Cause.ASKED, "the manifest asks for it now", spoken(min(fresh), place))
    return Reason(Cause.ASKED, "what the manifest asks for means it now", spoken(min(asked), place))


def _newly_required(number: int, sides: Sides, pressures: Pressures, fresh: set[int]) -> Reason | None:
    """By what was there before, and did not require it or had it from another."""
    old, new = sides.before, sides.after
    for need in new.graph.needed_by(number):
        if need.by in fresh:
            continue
        before = old.needs_of.get(pressures.predecessor.get(need.by, need.by), {}).get(need.text, set())
        if before & new.locked.packages.keys():
            continue  # what met it before still does
        words = f"{new.label(need.by)} {need.kind} {need.text}"
        if before:
            return Reason(Cause.REPLACED, "it provides what another did", f"{words}, before from {_first(old, before)}")
        if pressures.named is not None:
            return Reason(Cause.FORCED, f"forced by {new.label(pressures.root(need.by))}", words)
        return Reason(Cause.REQUIRED, "a new build requires it", words)
    return None


def _not_asked(number: int, sides: Sides, place: Place) -> Reason | None:
    """Of what requests of the manifest still mean, or what nothing required."""
    old = sides.before
    asked = old.graph.asked.get(number, ())
    for request in asked:
        others = [one for one, those in sides.after.graph.asked.items() if any(request.text == r.text for r in those)]
        if others:
            words = f"{_first(sides.after, others)} is what {spoken(request, place)} means now"
            return Reason(Cause.REPLACED, "another takes its place", words)
    package = old.locked.packages[number]
    if asked and not sides.lists(package.name):
        return Reason(Cause.GONE, f"upstream has it no more: repo {package.repoid}")
    if asked or any(old.requirements(number)):
        return None
    weak = next(iter(old.graph.needed_by(number)), None)
    if weak:
        words = f"{old.label(weak.by)} {weak.kind} {weak.text}"
        return Reason(Cause.UNREQUIRED, "nothing asks for it or requires it any more", words)
    return Reason(Cause.UNASKED, "the manifest no longer asks for it")


def _not_required(number: int, sides: Sides, pressures: Pressures, gone: set[int]) -> Reason | None:
    old, new = sides.before, sides.after
    dropped = None
    for need in old.requirements(number):
        if need.by in gone:
            continue
        by = pressures.successor.get(need.by, need.by)
        now = new.needs_of.get(by, {}).get(need.text)
        if now:
            words = f"{new.label(by)} requires {need.text}, now from {_first(new, now)}"
            return Reason(Cause.REPLACED, "another provides what was required of it", words)
        if by != need.by:
            dropped = dropped or f"{new.label(by)} does not require {need.text}"
    return Reason(Cause.UNREQUIRED, "nothing requires it any more", dropped) if dropped else None


def _first(side: Side, numbers: set[int] | list[int]) -> str:
    return min(side.label(one) for one in numbers)


def spoken(asked: Asked, place: Place) -> str:
    """A request with its place, as people know them."""
    where, colon, through = place(asked.where).partition(f": {asked.text}")
    option = f"option {asked.option}: " if asked.option else ""
    return f"{option}{asked.text} in {where}{through if colon else ''}"
