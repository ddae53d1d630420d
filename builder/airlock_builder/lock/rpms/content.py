"""What each part of a release asks for, in one shape: the release itself first, then each option."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from airlock_builder.lock.rpms.requests import Request
from airlock_builder.manifest.model import Repo, Rpms, Unsigned


@dataclass(frozen=True)
class Ask:
    """One part's wishes.

    Args:
        option: its name; None for the release itself.
        requests: what it wants.
        repos: the repositories that it may take from; an option has its own beside the release's.
        exclude, enable, disable, assume, unsigned: likewise with the release's.
        weak_deps: recommended packages too.
    """

    option: str | None
    requests: tuple[Request, ...]
    repos: tuple[Repo, ...]
    exclude: tuple[str, ...]
    enable: tuple[str, ...]
    disable: tuple[str, ...]
    assume: tuple[str, ...]
    unsigned: tuple[Unsigned, ...]
    weak_deps: bool


def asks(
    content: Iterable[tuple[str | None, Rpms]],
    kickstart_packages: Sequence[str],
    requests: Sequence[str] | None = None,
) -> list[Ask]:
    """The release's part, then its options' by name; empty where nobody asks for anything.

    Args:
        kickstart_packages: added to the release's own requests.
        requests: take the place of all of these.
    """
    parts = dict(content)
    base = parts.pop(None, Rpms())
    extra = [Request(text, "kickstart: %packages") for text in kickstart_packages]
    if requests is not None:
        own = tuple(Request(text, "the command line") for text in requests)
        return [_ask(None, base, base, own)] if own else []
    found = [_ask(None, base, base, (*_requests(None, base), *extra))]
    found += [_ask(option, base, part, _requests(option, part)) for option, part in sorted(parts.items(), key=str)]
    return found if any(ask.requests for ask in found) else []


def _requests(option: str | None, part: Rpms) -> tuple[Request, ...]:
    where = f"options.{option}.rpms.packages" if option else "rpms.packages"
    texts = [entry if isinstance(entry, str) else entry.name for entry in part.packages]
    return tuple(Request(text, f"{where}[{index}]") for index, text in enumerate(texts))


def _ask(option: str | None, base: Rpms, part: Rpms, requests: tuple[Request, ...]) -> Ask:
    both = (base,) if part is base else (base, part)
    return Ask(
        option=option,
        requests=requests,
        repos=tuple(repo for one in both for repo in one.repos),
        exclude=tuple(pattern for one in both for pattern in one.exclude),
        enable=tuple(stream for one in both for stream in one.modules.enable),
        disable=tuple(name for one in both for name in one.modules.disable),
        assume=tuple(pattern for one in both for pattern in one.assume),
        unsigned=tuple(entry for one in both for entry in one.unsigned),
        weak_deps=any(one.weak_deps for one in both),
    )
