"""Which module streams are active, and what that hides: as libdnf's module container does it, for the common cases.

Streams and their requirements are solved by libsolv in a pool of their own: what the manifest enables must hold,
default streams hold where nothing stands against them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import solv

from airlock_builder.lock.rpms.modulemd import ModuleIndex, Stream
from airlock_builder.lock.rpms.nearest import nearest
from airlock_core.errors import AirlockError, InputError, raise_all

_WHERE = "rpms.modules"


@dataclass(frozen=True)
class Active:
    """The streams that are on, and all that were looked at."""

    streams: tuple[Stream, ...] = ()
    others: tuple[Stream, ...] = ()

    def find(self, name: str, stream: str = "") -> Stream | None:
        """The active stream of a module."""
        return next((found for found in self.streams if found.name == name and stream in ("", found.stream)), None)

    def artifacts(self) -> dict[str, Stream]:
        """The stream of each package of active streams, by ``name-epoch:version-release.arch``."""
        return {nevra: stream for stream in self.streams for nevra in stream.artifacts}

    def hidden(self) -> frozenset[str]:
        """Packages of streams that are not active and of no active one either."""
        return frozenset(nevra for stream in self.others for nevra in stream.artifacts) - self.artifacts().keys()

    def names(self) -> frozenset[str]:
        """Names that active streams own: packages of that name from elsewhere are hidden."""
        return frozenset(
            nevra.rsplit("-", 2)[0] for nevra in self.artifacts() if not nevra.endswith((".src", ".nosrc"))
        )


def activate(index: ModuleIndex, enable: Iterable[str], disable: Iterable[str], *, major: int, arch: str) -> Active:
    """Find the active streams.

    Args:
        index: all streams of all repositories.
        enable: ``name:stream``, from the manifest and from requests for a module.
        disable: ``name`` or ``name:stream``; default streams of these are off.
        major: the platform's major release, which streams require as ``platform:el8``.

    Raises:
        InputError, Faults: a stream to enable that does not exist, or streams that contradict each other.
    """
    wanted, off = sorted(set(enable)), {name.partition(":")[0] for name in disable}
    latest = _latest(index.streams, arch)
    _check_known(wanted, latest)
    enabled = {name.partition(":")[0] for name in wanted}
    weak = [f"{name}:{stream}" for name, stream in sorted(index.defaults.items()) if name not in off | enabled]
    solved = _solve(latest, wanted, weak, major)
    return Active(tuple(solved), tuple(stream for stream in index.streams if stream not in set(solved)))


def _latest(streams: Sequence[Stream], arch: str) -> list[Stream]:
    """Of each stream and context the highest version."""
    found: dict[tuple[str, str, str], Stream] = {}
    for stream in sorted(streams, key=lambda stream: stream.version):
        if stream.arch in ("", "noarch", arch):
            found[stream.name, stream.stream, stream.context] = stream
    return sorted(found.values())


def _check_known(wanted: Sequence[str], streams: Sequence[Stream]) -> None:
    known = {f"{stream.name}:{stream.stream}" for stream in streams}
    faults: list[AirlockError] = []
    for name in wanted:
        if name not in known:
            close = nearest(name, known)
            todo = f"the nearest: {', '.join(close)}" if close else "no repository has module metadata that knows it"
            faults.append(InputError(f"there is no module stream {name!r}", where=_WHERE, todo=todo))
    raise_all(f"{len(faults)} module streams do not exist", faults)


def _solve(streams: Sequence[Stream], wanted: Sequence[str], weak: Sequence[str], major: int) -> list[Stream]:
    pool = solv.Pool()
    pool.setarch("noarch")
    repo = pool.add_repo("modules")
    _platform(repo, major)
    by_id = {_solvable(repo, stream).id: stream for stream in streams}
    repo.internalize()
    pool.createwhatprovides()
    # which context of an active stream: the others' requirements decide, and the one that needs least where they do not
    jobs = [_job(pool, name, solv.Job.SOLVER_INSTALL) for name in wanted]
    jobs += [_job(pool, name, solv.Job.SOLVER_INSTALL | solv.Job.SOLVER_WEAK) for name in weak]
    solver = pool.Solver()
    problems = solver.solve(jobs)
    if problems:
        raise_all("the module streams contradict one another", [_contradiction(problem) for problem in problems])
    chosen = [solvable.id for solvable in solver.transaction().newsolvables()]
    return sorted(by_id[number] for number in chosen if number in by_id)


def _contradiction(problem: Any) -> InputError:
    reasons = sorted({info.problemstr() for rule in problem.findallproblemrules() for info in rule.allinfos()})
    todo = "enable one of them, or disable the other module"
    return InputError("module streams cannot be active together", where=_WHERE, why="; ".join(reasons), todo=todo)


def _job(pool: Any, name: str, action: int) -> Any:
    return pool.Job(action | solv.Job.SOLVER_SOLVABLE_PROVIDES, pool.str2id(f"module({name})"))


def _platform(repo: Any, major: int) -> None:
    solvable = repo.add_solvable()
    solvable.name, solvable.evr, solvable.arch = "platform", "0", "noarch"
    for name in ("module(platform)", f"module(platform:el{major})"):
        solvable.add_provides(repo.pool.Dep(name))


def _solvable(repo: Any, stream: Stream) -> Any:
    pool = repo.pool
    solvable = repo.add_solvable()
    solvable.name, solvable.evr, solvable.arch = f"{stream.name}:{stream.stream}", str(stream.version), "noarch"
    # one stream of a module at most; libsolv lets a solvable pass its own conflict
    solvable.add_conflicts(pool.Dep(f"module({stream.name})"))
    for name in (f"module({stream.name})", f"module({stream.name}:{stream.stream})"):
        solvable.add_provides(pool.Dep(name))
    for text in _requirements(stream):
        solvable.add_requires(pool.parserpmrichdep(text) if text.startswith("(") else pool.Dep(text))
    return solvable


def _requirements(stream: Stream) -> list[str]:
    if len(stream.requires) == 1:
        return [
            _any_of([_module(name, one) for one in streams] or [_module(name)]) for name, streams in stream.requires[0]
        ]
    alternatives = [
        _all_of([_any_of([_module(name, one) for one in streams] or [_module(name)]) for name, streams in entry])
        for entry in stream.requires
        if entry
    ]
    return [_any_of(alternatives)] if alternatives else []


def _module(name: str, stream: str = "") -> str:
    # the parser of rich dependencies takes "module(a:b)" for one word: parentheses within words are balanced
    return f"module({name}:{stream})" if stream else f"module({name})"


def _any_of(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"({' or '.join(texts)})"


def _all_of(texts: Sequence[str]) -> str:
    return texts[0] if len(texts) == 1 else f"({' and '.join(texts)})"
