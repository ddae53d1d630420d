"""What `airlock why` says of Python wheels."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from airlock_core.sizes import human

if TYPE_CHECKING:
    from airlock_builder.lock.requirements import Requirement
    from airlock_builder.lock.wheels.graph import Arrow
    from airlock_builder.lock.wheels.why import WheelReason

_FEW = 5


def lines(reason: WheelReason, *, everything: bool) -> Iterator[str]:
    """One wheel, for people.

    Args:
        everything: each line of a list, however many there are.
    """
    from airlock_builder.lock.wheels.why import label

    yield f"wheel {label(reason.wheel)}  {reason.wheel.filename}"
    if reason.asked:
        yield f"  {_request(reason.asked)}"
        for depth, arrow in enumerate(reason.chain):
            blank = "  " * (depth + 2)
            yield f"{blank}{label(arrow.by)} requires {arrow.text}"
            yield f"{blank}→ {label(arrow.of)}"
    else:
        yield "  no requirement leads to it" + (
            ", as far as they are known" if reason.unread else " for the site's Python"
        )
    direct = [_request(one) for one in reason.requests if one != reason.asked or reason.chain]
    yield from _listed("asked for by itself too", direct, everything=everything)
    others = [f"{label(one.by)} requires {one.text}" for one in reason.needed_by if one not in reason.chain]
    yield from _listed("needed by others too", others, everything=everything)
    if reason.brings is not None:
        yield from _brought(reason)
    if reason.unread:
        heading = "what these wheels require is not known; `airlock fetch` brings those that are not in the store"
        told = [f"{wheel.filename} {why}" for wheel, why in reason.unread]
        yield from _listed(heading, told, everything=everything)
    yield f"  locked as {reason.wheel.checksum}"


def to_json(reason: WheelReason) -> dict[str, object]:
    """The same for programs."""
    data: dict[str, object] = {
        "wheel": reason.wheel.filename,
        "asked": _request_json(reason.asked) if reason.asked else None,
        "chain": [_arrow_json(arrow) for arrow in reason.chain],
        "requests": [_request_json(one) for one in reason.requests],
        "needed_by": [_arrow_json(arrow) for arrow in reason.needed_by],
        "unread": {wheel.filename: why for wheel, why in reason.unread},
        "digest": str(reason.wheel.checksum),
    }
    if reason.brings is None:
        return data
    dropped = [_request_json(one) for one in reason.dropped]
    return {**data, "brings": [wheel.filename for wheel in reason.brings], "dropped": dropped}


def _brought(reason: WheelReason) -> Iterator[str]:
    from airlock_builder.lock.wheels.why import label

    brought = reason.brings or ()
    size = human(sum(wheel.size for wheel in brought))
    told = f"{len(brought)} {'wheel' if len(brought) == 1 else 'wheels'}, {size}"
    if reason.dropped:
        texts = ", ".join(dict.fromkeys(one.text for one in reason.dropped))
        yield f"  without {texts} these would leave: {told}"
    else:
        yield f"  nobody asks for it by name; through it alone came: {told}"
    yield from (f"    {label(wheel)}" for wheel in brought)


def _listed(heading: str, told: list[str], *, everything: bool) -> Iterator[str]:
    if told:
        yield f"  {heading}: {len(told)}"
        yield from (f"    {line}" for line in (told if everything else told[:_FEW]))
        if len(told) > _FEW and not everything:
            yield f"    and {len(told) - _FEW} more: -v lists them"


def _request(line: Requirement) -> str:
    option = f"option {line.option}: " if line.option else ""
    return f"{option}asked for as {line.text} in {line.where}"


def _request_json(line: Requirement) -> dict[str, str]:
    return {"request": line.text, "where": line.where, "option": line.option}


def _arrow_json(arrow: Arrow) -> dict[str, str]:
    return {"by": arrow.by.filename, "needs": arrow.text, "of": arrow.of.filename}
