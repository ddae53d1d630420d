"""Groups that were asked for and give nothing, which dnf takes without a word: told, since an empty set looks alike."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from airlock_builder.lock.rpms.metadata.comps import Comps, Group, Member
from airlock_builder.lock.rpms.modules import spec as modulespec
from airlock_builder.lock.rpms.solving.requests import Known, Request, module_of
from airlock_core.errors import InputError

_FEW = 5


def notes(requests: Iterable[Request], known: Known, chosen: Collection[str]) -> Iterator[str]:
    """A line for each group or environment that gives nothing, with the reason.

    Args:
        chosen: names of all packages that come, and of those in whose place they do.
    """
    for request in sorted(set(requests)):
        text = module_of(request)
        if request.text.startswith("@") and not (text and modulespec.find(text, known.index.streams)):
            why = _why(request.text[1:], known.comps, chosen)
            if why:
                yield f"{request.where}: {request.text} gives nothing: {why}"


def _why(text: str, comps: Comps, chosen: Collection[str]) -> str:
    """Why a group gives nothing; empty where it gives something, or does not exist."""
    name, slash, listed = text.partition("/")
    try:
        groups = comps.groups_of(name, where="")
    except InputError:
        return ""  # told as a fault, where nobody said that it may be absent
    wanted = [member for group in groups for member in (group.members(listed.split(",")) if slash else group.members())]
    if any(member.name in chosen for member in wanted):
        return ""
    if wanted:
        return f"none of its packages is there or may be chosen: {_few(_words(member) for member in wanted)}"
    return _unlisted(name, groups, listed)


def _unlisted(name: str, groups: Collection[Group], listed: str) -> str:
    others = [member for group in groups for member in group.packages]
    if not groups:
        return "no repository has any of its groups"
    if not others:
        return "it lists no packages for this architecture"
    kinds = ",".join(sorted({member.kind for member in others}))
    names = _few(member.name for member in others)
    return f"it has no {listed or 'packages but optional ones'} ({names}): ask for @{name}/{kinds}, or for some by name"


def _words(member: Member) -> str:
    return f"{member.name} (with {member.requires})" if member.requires else member.name


def _few(texts: Iterable[str]) -> str:
    found = sorted(set(texts))
    more = f" and {len(found) - _FEW} more" if len(found) > _FEW else ""
    return f"{', '.join(found[:_FEW])}{more}"
