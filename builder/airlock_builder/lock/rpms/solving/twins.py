"""Packages that a repository lists twice with other bytes each time: nobody can tell which of them is meant.

Twice with the same digest is harmless, and some vendors do it. Two digests were seen in no distribution's metadata: a
mirror in the middle of a change, a package rebuilt under its old version, or worse. dnf takes either without a word.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from airlock_builder.lock.rpms.package import Package
from airlock_builder.lock.rpms.solving.universe import Universe
from airlock_core.errors import AirlockError, VerificationError, raise_all

_TODO = (
    "nobody can tell which is meant: take another mirror, tell those who run the repo, or exclude it there and take it "
    "from another repo"
)


def check(universe: Universe, packages: Mapping[int, Package]) -> None:
    """Refuse packages that stand in their repository with several digests, and files that several packages name.

    Args:
        packages: what is to be locked, by its ids.

    Raises:
        VerificationError, Faults: all of them, each with every place and digest.
    """
    faults = [*_builds(universe, packages), *_files(universe, packages.values())]
    raise_all(f"{len(faults)} packages are listed with several digests", faults)


def _builds(universe: Universe, packages: Mapping[int, Package]) -> Iterator[AirlockError]:
    for number, package in packages.items():
        one = universe.pool.id2solvable(number)
        name, evr, arch = one.nameid, one.evrid, one.archid
        providers = universe.pool.whatprovides(name)
        if len(providers) == 1:
            continue
        same = [other for other in providers if other.evrid == evr and other.nameid == name]
        others = [other.id for other in same if other.archid == arch and other.repo.name == one.repo.name]
        found = [universe.package(other) for other in others] if len(others) > 1 else []
        if len({other.checksum for other in found}) > 1:
            yield _fault(f"lists {package.nevra} {len(found)} times, each with other bytes", universe, found)


def _files(universe: Universe, packages: Iterable[Package]) -> Iterator[AirlockError]:
    places: dict[tuple[str, str], list[Package]] = {}
    for package in packages:
        places.setdefault((package.repoid, package.href), []).append(package)
    for found in places.values():
        if len({package.checksum for package in found}) > 1:
            names = " and ".join(sorted(str(package.nevra) for package in found))
            yield _fault(f"has one file for {names}", universe, found)


def _fault(what: str, universe: Universe, found: Sequence[Package]) -> VerificationError:
    why = "; ".join(sorted(f"{package.href} is {package.checksum}" for package in found))
    return VerificationError(what, where=universe.urls[found[0].repoid], why=why, todo=_TODO)
