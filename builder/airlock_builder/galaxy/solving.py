"""Which versions of collections go together: of each the newest, as far as all that ask for it agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

from airlock_builder.galaxy.ranges import Range, fits
from airlock_core.errors import InputError

_MOST_TRIES = 2000
_FEW = 8


@dataclass(frozen=True)
class Demand:
    """A range that is asked for.

    Args:
        by: who asks, in words: ``the manifest asks for``, ``a.b 1.0.0 requires``.
        where: the place in the manifest that it comes from.
    """

    range: Range
    by: str
    where: str

    def __str__(self) -> str:
        return f"{self.by} {self.range.text}"


Demands = Mapping[str, tuple[Demand, ...]]
"""What is asked for, by collection."""


class Catalog(Protocol):
    """What there is."""

    def versions(self, name: str) -> Iterable[str]:
        """The versions of a collection, those to try first in front.

        Raises:
            InputError, UpstreamError: there is no such collection, or its server cannot be asked.
        """

    def requires(self, name: str, version: str) -> Mapping[str, str]:
        """What one requires: ranges by name."""


def solve(demands: Demands, catalog: Catalog) -> dict[str, str]:
    """The versions of all that is asked for, and of what those require in turn.

    Raises:
        InputError: no versions agree; who asks for what is told.
        InputError, UpstreamError: of the catalog.
    """
    search = _Search(catalog)
    found = search.from_(dict(demands), {})
    if found is None:
        raise search.failure
    return found


class _Search:
    """Depth first: of one collection after another each version that fits, until what those require fits too."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._tries = 0
        self._failure: InputError | None = None

    @property
    def failure(self) -> InputError:
        """The first dead end: that of the versions that were wanted most."""
        return self._failure or InputError("the collections cannot be resolved")

    def from_(self, demands: Demands, chosen: Mapping[str, str]) -> dict[str, str] | None:
        name = next((name for name in demands if name not in chosen), None)
        if name is None:
            return dict(chosen)
        seen = []
        for version in self._catalog.versions(name):
            seen.append(version)
            if not _fit(version, demands[name]):
                continue
            self._count(demands[name])
            wider = self._wider(demands, chosen, name, version)
            if wider and (found := self.from_(wider, {**chosen, name: version})):
                return found
        self._failure = self._failure or _dead_end(name, demands[name], seen)
        return None

    def _wider(self, demands: Demands, chosen: Mapping[str, str], name: str, version: str) -> Demands | None:
        """The demands with those of one version; None where they stand against what is chosen."""
        wider = dict(demands)
        for other, text in self._catalog.requires(name, version).items():
            wanted = Range.parse(text)
            where = demands[name][0].where
            if wanted is None:
                what = f"{name} {version} requires {other} {text}, which is no range"
                raise InputError(what, where=where, todo="ask for another version of it")
            wider[other] = (*wider.get(other, ()), Demand(wanted, f"{name} {version} requires", where))
            now = version if other == name else chosen.get(other)
            if now and not _fit(now, wider[other]):
                self._failure = self._failure or _dead_end(other, wider[other], [now])
                return None
        return wider

    def _count(self, demands: Iterable[Demand]) -> None:
        self._tries += 1
        if self._tries > _MOST_TRIES:
            where = next(iter(demands)).where
            todo = "ask for exact versions of some of them"
            raise InputError(f"no versions that agree were found in {_MOST_TRIES} tries", where=where, todo=todo)


def _fit(text: str, demands: Iterable[Demand]) -> bool:
    return fits(text, (demand.range for demand in demands))


def _dead_end(name: str, demands: tuple[Demand, ...], versions: list[str]) -> InputError:
    told = "; ".join(dict.fromkeys(map(str, demands)))
    shown = ", ".join(versions[:_FEW]) or "none"
    more = f" and {len(versions) - _FEW} more" if len(versions) > _FEW else ""
    what = f"no version of {name} fits all that ask for it" if len(demands) > 1 else f"no version of {name} fits"
    todo = "correct the version, or that of what requires it"
    return InputError(what, where=demands[0].where, why=f"{told}; looked at: {shown}{more}", todo=todo)


def reached(roots: Iterable[str], requires: Mapping[str, Iterable[str]]) -> Iterator[str]:
    """Some collections, and all that they lead to."""
    waiting, seen = list(roots), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            yield name
            waiting += requires.get(name, ())
