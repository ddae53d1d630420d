"""Differences as people read them: counts first, then one group after another, aligned and wrapped."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby

from airlock_core.compare import Difference, Kind, counts
from airlock_core.compare.advisories import SECURITY, SEVERITIES, AdvisoryChange, Judged

WIDTH = 80
_LABEL = 38
"""Columns that names may take before a group's versions stand on lines of their own."""
_SHARED = 3
"""Entries of one reason that have the same detail, from which on it is told once."""
_SETTLED = (Kind.ADDED, Kind.REMOVED)


def summary(differences: Sequence[Difference], *, width: int = WIDTH) -> list[str]:
    """How many of what: one line for each part."""
    found = counts(differences)
    most = max((len(part) for part in found), default=0)
    lines = []
    for part, kinds in found.items():
        told = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
        lines += _wrapped(f"{part:<{most}}  ", told, width)
    return lines


def unknown(reasons: Sequence[str]) -> list[str]:
    """What is not known of the advisories."""
    return [line for reason in reasons for line in _wrapped("advisories  incomplete: ", reason)]


def counts_json(differences: Sequence[Difference]) -> dict[str, dict[str, int]]:
    """The same for programs."""
    return {
        part: {kind.name.lower(): count for kind, count in kinds.items()} for part, kinds in counts(differences).items()
    }


def groups(differences: Sequence[Difference], *, width: int = WIDTH, most: int | None = None) -> list[str]:
    """Every difference, below a heading for each part and kind, and below its reason where that is known.

    Args:
        width: columns that there are.
        most: how many entries of one reason are told, and how many reasons of one kind; the others are counted.
    """
    everywhere = {arch for difference in differences for arch in difference.on}
    lines: list[str] = []
    for (part, kind), found in groupby(differences, key=lambda difference: (difference.part, difference.kind)):
        listed = list(found)
        lines += ["", f"{part} {kind}: {len(listed)}", *_by_reason(listed, everywhere, width, most)]
    return lines


def _by_reason(found: Sequence[Difference], everywhere: set[str], width: int, most: int | None) -> Iterator[str]:
    """What has one reason, together; what has the most, first."""
    sorted_out: dict[str, list[Difference]] = {}
    for one in found:
        sorted_out.setdefault(one.reason.text if one.reason else "", []).append(one)
    ordered = sorted(sorted_out.items(), key=lambda item: -len(item[1]))
    for text, listed in ordered[:most]:
        details = {_detail(one) for one in listed}
        common = details.pop() if len(listed) > 1 and len(details) == 1 else ""
        if text:
            yield from _wrapped("  ", f"{text}: {common}:" if common else f"{text}:", width)
        blank = "    " if text else "  "
        shown = [_without_detail(one) for one in listed[:most]] if common else listed[:most]
        yield from _by_detail(shown, everywhere, blank, width)
        yield from _left_out(blank, len(listed), most, "")
    others = sum(len(listed) for _, listed in ordered[most:]) if most is not None else 0
    yield from _left_out("  ", len(ordered), most, f" reasons, for {others} entries")


def _by_detail(found: Sequence[Difference], everywhere: set[str], blank: str, width: int) -> Iterator[str]:
    """What many have in common once, and below it those; then the others, each with its own."""
    counted = Counter(_detail(one) for one in found)
    shared = [detail for detail, count in counted.items() if detail and count >= _SHARED]
    for detail in shared:
        yield from _wrapped(blank, f"{detail}:", width)
        yield from _rows(
            [_without_detail(one) for one in found if _detail(one) == detail], everywhere, f"{blank}  ", width
        )
    others = [one for one in found if _detail(one) not in shared]
    yield from _rows(others, everywhere, blank, width) if others else ()


def _detail(one: Difference) -> str:
    return one.reason.detail if one.reason else ""


def _without_detail(one: Difference) -> Difference:
    return replace(one, reason=replace(one.reason, detail="")) if one.reason else one


def _left_out(blank: str, count: int, most: int | None, of_what: str) -> Iterator[str]:
    if most is not None and count > most:
        yield f"{blank}and {count - most:,} more{of_what}: -v lists them"


def advisory_summary(change: AdvisoryChange) -> list[str]:
    """How many advisories and CVEs were gained and lost, and how many stand."""
    told = [
        f"{len(change.gained)} gained{_severities(change.gained)}",
        f"{len(change.lost)} lost{_severities(change.lost)}",
    ]
    if change.standing:
        told.append(f"{len(change.standing)} open in both{_severities(change.standing)}")
    lines = _wrapped("advisories  ", ", ".join(told))
    if change.cves_gained or change.cves_lost:
        lines.append(f"CVEs        {len(change.cves_gained)} gained, {len(change.cves_lost)} lost")
    return lines


def advisory_groups(change: AdvisoryChange, *, everything: bool) -> list[str]:
    """The advisories themselves, the worst first.

    Args:
        everything: those that are about no security too.
    """
    lines: list[str] = []
    for heading, found in (
        ("gained", change.gained),
        ("lost", change.lost),
        ("open in both", change.standing if everything else ()),
    ):
        shown = [one for one in found if everything or one.advisory.kind == SECURITY]
        others = Counter(one.advisory.kind for one in found if one not in shown)
        if found:
            lines += ["", f"advisories {heading}: {len(found)}", *(line for one in shown for line in _advisory(one))]
        if others:
            told = ", ".join(f"{count} {kind}" for kind, count in sorted(others.items()))
            lines.append(f"  {'and ' if shown else ''}{told}: -v lists them")
    return lines


def _rows(found: Sequence[Difference], everywhere: set[str], blank: str, most: int) -> Iterator[str]:
    width = min(max(len(difference.label) for difference in found), _LABEL)
    notes = ["  ".join(filter(None, (one.note, _on(one, everywhere)))) for one in found]
    both = list(zip(found, notes, strict=True))
    room = most - len(blank)
    short = [one for one, note in both if len(_one_line(one, width, 0, note)) <= room]
    olds = max((len(one.old or one.new) for one in short), default=0)
    for one, note in both:
        row = _one_line(one, width, olds, note)
        rows = [row] if len(row) <= room or one.kind in _SETTLED else list(_stacked(one, note))
        detail = _detail(one)
        if detail and len(rows) == 1 and len(rows[0]) + 2 + len(detail) <= room:
            rows = [f"{rows[0]}  {detail}"]
            detail = ""
        yield from (f"{blank}{line}" for line in rows)
        yield from _wrapped(f"{blank}    ", detail, most)


def _one_line(one: Difference, width: int, olds: int, note: str) -> str:
    if one.kind in _SETTLED:
        version = f"  {one.old or one.new:<{olds}}" if one.old or one.new else ""
        return f"{one.label:<{width}}{version}  {note}".rstrip()
    return f"{one.label:<{width}}  {one.old:<{olds}} → {one.new}  {note}".rstrip()


def _stacked(one: Difference, note: str) -> Iterator[str]:
    yield f"{one.label}  {note}".rstrip()
    yield f"    {one.old or '-'}"
    yield f"  → {one.new or '-'}"


def _on(one: Difference, everywhere: set[str]) -> str:
    return f"on {' '.join(one.on)}" if one.on and set(one.on) != everywhere else ""


def _advisory(judged: Judged) -> Iterator[str]:
    one = judged.advisory
    severity = one.severity if one.severity != SEVERITIES[-1] else "no severity"
    kind = "" if one.kind == SECURITY else f" {one.kind}"
    yield f"  {severity:<11}  {one.id}{kind}"
    yield from _wrapped(" " * 15, one.title)
    yield from _wrapped(" " * 15, ", ".join(one.cves))
    for (name, old, new, fixed), courses in groupby(
        judged.courses, key=lambda course: (course.name, course.old, course.new, course.fixed)
    ):
        arches = ",".join(course.arch for course in courses)
        mends = "" if new == fixed else f"  (mended in {fixed})"
        yield from _wrapped(" " * 15, f"{name}.{arches}  {old or 'not there'} → {new or 'gone'}{mends}")


def _severities(found: Iterable[Judged]) -> str:
    counted = Counter(one.advisory.severity for one in found if one.advisory.kind == SECURITY)
    told = [f"{counted[severity]} {severity}" for severity in SEVERITIES[:-1] if counted[severity]]
    return f" (security: {', '.join(told)})" if told else ""


def _wrapped(head: str, text: str, width: int = WIDTH) -> list[str]:
    if not text:
        return []
    blank = " " * len(head)
    return textwrap.wrap(
        text, width, initial_indent=head, subsequent_indent=blank, break_long_words=False, break_on_hyphens=False
    )
