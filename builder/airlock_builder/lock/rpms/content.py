"""What each part of a release asks for, in one shape: the release itself, then its kickstarts, then its options."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from airlock_builder.lock.rpms.modules.streams import Wish
from airlock_builder.lock.rpms.solving.requests import Request
from airlock_builder.manifest.kspackages import Item, KickstartPackages
from airlock_builder.manifest.model import NoSource, Repo, Rpms, Unsigned
from airlock_core.values import Value


class Part(Value):
    """Requests, and what is left out of their groups: names, globs on names, and ``@group``."""

    requests: tuple[Request, ...] = ()
    without: tuple[Request, ...] = ()


class Ask(Value):
    """One transaction's wishes.

    Args:
        option: whose they are; None for the release itself.
        parts: what it wants.
        repos: the repositories that it may take from; an option has its own beside the release's.
        exclude, enable, disable, assume, unsigned, no_source: likewise with the release's.
        sources: the source RPMs too.
        without: names that may not be chosen at all.
        obsoletes: enabled streams that are obsolete give way to what takes their place.
        weak_deps: recommended packages too.
        kickstart: the kickstart that these are of, where it is one that installs by itself.
    """

    option: str | None
    parts: tuple[Part, ...]
    repos: tuple[Repo, ...]
    exclude: tuple[str, ...] = ()
    without: tuple[Request, ...] = ()
    enable: tuple[Wish, ...] = ()
    disable: tuple[Wish, ...] = ()
    obsoletes: bool = False
    assume: tuple[str, ...] = ()
    unsigned: tuple[Unsigned, ...] = ()
    no_source: tuple[NoSource, ...] = ()
    sources: bool = False
    weak_deps: bool = False
    kickstart: str = ""

    @property
    def requests(self) -> tuple[Request, ...]:
        """The requests of all parts."""
        return tuple(request for part in self.parts for request in part.requests)


def asks(
    content: Iterable[tuple[str | None, Rpms]],
    kickstarts: Sequence[KickstartPackages] = (),
    requests: Sequence[str] | None = None,
) -> list[Ask]:
    """The release's wishes, its kickstarts', then its options' by name; empty where nobody asks for anything.

    The release holds what its kickstarts install. A kickstart that leaves packages out is an install of its own too,
    since without them something else may be needed.

    Args:
        kickstarts: what each of them installs.
        requests: take the place of all of these.
    """
    parts = dict(content)
    base = parts.pop(None, Rpms())
    if requests is not None:
        own = Part(tuple(Request(text, "the command line") for text in requests))
        return [replace(_ask(None, base, base, (own,)), sources=False)] if requests else []
    extra = [_kickstart_part(one) for one in kickstarts]
    found = [_ask(None, base, base, (_part(None, base), *extra), kickstarts)]
    found += [
        _ask(None, base, base, (part,), kickstarts, kickstart=one.name)
        for one, part in zip(kickstarts, extra, strict=True)
        if part.without
    ]
    found += [_ask(option, base, part, (_part(option, part),)) for option, part in sorted(parts.items(), key=str)]
    return found if any(ask.requests for ask in found) else []


def _part(option: str | None, rpms: Rpms) -> Part:
    where = f"{_prefix(option)}rpms.packages"
    texts = [entry if isinstance(entry, str) else entry.name for entry in rpms.packages]
    return _parted([Request(text, f"{where}[{index}]") for index, text in enumerate(texts)])


def _parted(requests: Iterable[Request]) -> Part:
    listed = list(requests)
    out = (Request(one.text[1:], one.where) for one in listed if one.text.startswith("-"))
    return Part(tuple(one for one in listed if not one.text.startswith("-")), tuple(out))


def _kickstart_part(kickstart: KickstartPackages) -> Part:
    wanted = [
        Request(item.text, item.where, optional=item.optional, every_arch=kickstart.every_arch)
        for item in kickstart.requests
    ]
    return Part(tuple(wanted), tuple(Request(item.text, item.where) for item in kickstart.without))


def _ask(
    option: str | None,
    base: Rpms,
    rpms: Rpms,
    parts: tuple[Part, ...],
    kickstarts: Sequence[KickstartPackages] = (),
    kickstart: str = "",
) -> Ask:
    both = [(None, base)] if rpms is base else [(None, base), (option, rpms)]
    return Ask(
        option=option,
        parts=parts,
        repos=tuple(repo for _, one in both for repo in one.repos),
        exclude=tuple(pattern for _, one in both for pattern in one.exclude),
        without=tuple(one for one in parts[0].without if not one.text.startswith("@")),
        enable=(*_wishes(both, "enable"), *_items(item for one in kickstarts for item in one.enable)),
        disable=(*_wishes(both, "disable"), *_items(item for one in kickstarts for item in one.disable)),
        obsoletes=any(one.modules.obsoletes for _, one in both),
        assume=tuple(pattern for _, one in both for pattern in one.assume),
        unsigned=tuple(entry for _, one in both for entry in one.unsigned),
        no_source=tuple(entry for _, one in both for entry in one.no_source),
        sources=any(one.sources for _, one in both),
        weak_deps=any(one.weak_deps for _, one in both),
        kickstart=kickstart,
    )


def _wishes(both: Iterable[tuple[str | None, Rpms]], key: str) -> list[Wish]:
    return [
        Wish(text, f"{_prefix(option)}rpms.modules.{key}[{index}]")
        for option, one in both
        for index, text in enumerate(getattr(one.modules, key))
    ]


def _items(items: Iterable[Item]) -> list[Wish]:
    return [Wish(item.text, item.where) for item in items]


def _prefix(option: str | None) -> str:
    return f"options.{option}." if option else ""
