"""Module streams solved as packages: what must be active, what may be, and why something cannot.

Source: libdnf 0.69, ``ModulePackage`` (what a stream is to the solver), ``addVersion2Modules`` (contexts) and
``moduleSolve`` (three runs: all streams at their best; default streams given up where they must; older versions too).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

import solv

from airlock_builder.lock.rpms.modules.modulemd import Stream
from airlock_core.errors import InputError, raise_all
from airlock_core.values import Value

_FLAGS = (
    solv.Solver.SOLVER_FLAG_ALLOW_VENDORCHANGE,
    solv.Solver.SOLVER_FLAG_KEEP_ORPHANS,
    solv.Solver.SOLVER_FLAG_BEST_OBEY_POLICY,
    solv.Solver.SOLVER_FLAG_YUM_OBSOLETES,
)
_MODULE = re.compile(r"module\(([^()]*)\)")


class Enabled(Value):
    """The stream of a module that must be active, and who wants it."""

    stream: str
    where: str


class Solved(Value):
    """Contexts that are active, as :func:`contexts` names them, and why some default streams are not."""

    active: frozenset[str]
    asleep: Mapping[str, str] = field(default_factory=dict)


def contexts(streams: Sequence[Stream]) -> list[str]:
    """The name under which each stream is solved: ``name:stream:context``.

    A context that nobody gave by hand is what the stream requires, so that builds of several years are one context;
    where a context given by hand requires the same, it is that one.
    """
    given: dict[tuple[str, str], str] = {}
    for stream in streams:
        if stream.static:
            given.setdefault((stream.spec, _needs(stream)), stream.context)
    names = []
    for stream in streams:
        needs = _needs(stream)
        context = stream.context if stream.static else given.get((stream.spec, needs), needs or "NoRequires")
        names.append(f"{stream.spec}:{context}")
    return names


def solve(
    streams: Sequence[Stream],
    enabled: Mapping[str, Enabled],
    defaults: Mapping[str, str],
    *,
    disabled: Mapping[str, str],
    major: int,
    arch: str,
) -> Solved:
    """Find the active contexts.

    Args:
        enabled: what must be active, by module.
        defaults: what is active where it can be, stream by module; of modules that are neither enabled nor disabled.
        disabled: modules that cannot be active, each with who says so.
        major: the platform's major release.
        arch: the platform's architecture.

    Raises:
        InputError, Faults: enabled streams contradict one another.
    """
    problem = _Problem(streams, disabled, major, arch)
    wanted = _wanted(streams, enabled, defaults)
    asleep: dict[str, str] = {}
    active, problems = problem.run([(spec, 0) for spec, _ in wanted], solv.Job.SOLVER_FORCEBEST)
    if problems:
        reasons = [problem.reasons(one) for one in problems]
        weak = [(spec, 0 if where else solv.Job.SOLVER_WEAK) for spec, where in wanted]
        active, problems = problem.run(weak, solv.Job.SOLVER_FORCEBEST)
        if problems:
            active, problems = problem.run(weak, 0)
        if problems:
            raise_all("module streams contradict one another", [problem.error(one, dict(wanted)) for one in problems])
        awake = {name.rpartition(":")[0] for name in active}
        asleep = {spec: _why(spec, reasons) for spec, where in dict(wanted).items() if not where and spec not in awake}
    return Solved(active, asleep)


def _wanted(
    streams: Sequence[Stream], enabled: Mapping[str, Enabled], defaults: Mapping[str, str]
) -> list[tuple[str, str | None]]:
    """What is to be active, as ``name:stream``, with who wants it; None for defaults.

    Once for each build of the stream, as in libdnf: what is given up first hangs on it.
    """
    found: list[tuple[str, str | None]] = []
    for stream in streams:
        if stream.name in enabled and enabled[stream.name].stream == stream.stream:
            found.append((stream.spec, enabled[stream.name].where))
        elif defaults.get(stream.name) == stream.stream:
            found.append((stream.spec, None))
    return found


def _needs(stream: Stream) -> str:
    """What a stream requires beside the platform, as one text."""
    texts = [
        f"{module}:[{','.join(sorted(streams))}]" if streams else module
        for module, streams in stream.requires
        if module != "platform"
    ]
    return ";".join(sorted(texts))


def _why(spec: str, reasons: Iterable[Sequence[str]]) -> str:
    """The reasons of the problem that speaks of this stream."""
    return next(("; ".join(texts) for texts in reasons if any(spec in text for text in texts)), "")


class _Problem:
    """A pool of streams."""

    def __init__(self, streams: Sequence[Stream], disabled: Mapping[str, str], major: int, arch: str) -> None:
        self.pool: Any = solv.Pool()
        self.pool.setdisttype(solv.Pool.DISTTYPE_RPM)
        self.pool.setarch(arch)
        self.platform, self.disabled = f"el{major}", disabled
        self.streams: dict[int, Stream] = {}
        self.names: dict[int, str] = {}
        self._solvers: list[Any] = []  # a problem of libsolv's is read from its solver
        self._install_platform()
        repo = self.pool.add_repo("available")
        for stream, name in zip(streams, contexts(streams), strict=True):
            self._add(repo, stream, name)
        repo.internalize()
        # as in libdnf: what is disabled still provides, but is not there to be chosen
        self.pool.set_flag(solv.Pool.POOL_FLAG_WHATPROVIDESWITHDISABLED, 1)
        self.pool.set_disabled_list([number for number, one in self.streams.items() if one.name in disabled])
        self.pool.createwhatprovides()

    def run(self, specs: Sequence[tuple[str, int]], force: int) -> tuple[frozenset[str], list[Any]]:
        """Solve; the names that are active, and what stands against it.

        Args:
            specs: ``name:stream`` of what is to be installed, each with the flags of its job.
        """
        how = solv.Job.SOLVER_INSTALL | solv.Job.SOLVER_SOLVABLE_PROVIDES | force
        jobs = [self.pool.Job(how | flags, self._id(spec)) for spec, flags in specs]
        solver = self.pool.Solver()
        self._solvers.append(solver)
        for flag in _FLAGS:
            solver.set_flag(flag, 1)
        problems = solver.solve(jobs)
        if problems:
            return frozenset(), problems
        new = solver.transaction().newsolvables()
        return frozenset(self.names[solvable.id] for solvable in new), []

    def reasons(self, problem: Any) -> list[str]:
        """Why it is a problem, in words."""
        infos = [info for rule in problem.findallproblemrules() for info in rule.allinfos()]
        return sorted({words for info in infos if (words := self._words(info))})

    def error(self, problem: Any, wanted: Mapping[str, str | None]) -> InputError:
        """A problem between enabled streams, with who enables them."""
        reasons = self.reasons(problem)
        text = "; ".join(reasons)
        about = {
            spec: where for spec, where in wanted.items() if where and re.search(rf"{re.escape(spec)}(?!\S)", text)
        }
        who = [f"{where} enables {spec}" for spec, where in sorted(about.items())]
        return InputError(
            f"module streams cannot be active: {', '.join(sorted(about)) or 'those that are enabled'}",
            where=", ".join(sorted(set(filter(None, about.values())))) or "rpms.modules",
            why="; ".join([*who, *reasons]),
            todo="enable streams that go together; a module's other streams stand in its repository's modules.yaml",
        )

    def _words(self, info: Any) -> str:
        one, other, solver = self._spec(info.solvable), self._spec(info.othersolvable), solv.Solver
        need = _MODULE.sub(r"\1", str(info.dep)) if info.dep_id else ""
        if info.type == solver.SOLVER_RULE_PKG_REQUIRES:
            return f"{one} requires {need}"
        if info.type == solver.SOLVER_RULE_PKG_NOTHING_PROVIDES_DEP:
            return f"{one} requires {need}, {self._missing(need)}"
        if info.type == solver.SOLVER_RULE_JOB_NOTHING_PROVIDES_DEP:
            return f"{need} is there for another architecture alone"
        if info.type == solver.SOLVER_RULE_PKG_NOT_INSTALLABLE:
            disabled = self.disabled.get(one.partition(":")[0])
            return f"{one} is disabled by {disabled}" if disabled else f"{one} is for another architecture"
        if info.type == solver.SOLVER_RULE_PKG_CONFLICTS:
            if one.partition(":")[0] == other.partition(":")[0]:
                first, second = sorted((one, other))
                return f"{first} and {second} are streams of one module" if one != other else ""
            return f"{one} refuses to be active with {other}"
        return ""

    def _missing(self, need: str) -> str:
        if need.partition(":")[0] == "platform":
            return f"and this platform is {self.platform}"
        return "which no repository has"

    def _spec(self, solvable: Any) -> str:
        if solvable is None:
            return ""
        stream = self.streams.get(solvable.id)
        return stream.spec if stream else f"platform:{self.platform}"

    def _install_platform(self) -> None:
        repo = self.pool.add_repo("@System")
        solvable = repo.add_solvable()
        solvable.name, solvable.evr, solvable.arch = f"platform:{self.platform}:00000000", "0", "noarch"
        for text in ("platform", f"platform:{self.platform}"):
            solvable.add_provides(self._dep(text))
        repo.internalize()
        self.pool.installed = repo

    def _add(self, repo: Any, stream: Stream, name: str) -> None:
        solvable = repo.add_solvable()
        solvable.name, solvable.evr, solvable.arch = name, str(stream.version), stream.arch or "noarch"
        self.streams[solvable.id], self.names[solvable.id] = stream, name
        # one stream of a module at most; libsolv lets a solvable pass its own conflict
        solvable.add_conflicts(self._dep(stream.name))
        for text in (stream.name, stream.spec):
            solvable.add_provides(self._dep(text))
        for module, streams in stream.requires:
            # libdnf takes any stream with a dash in it for one that is refused, and so leaves out its first letter
            refused, wanted = [one for one in streams if "-" in one], [one for one in streams if "-" not in one]
            for one in refused:
                solvable.add_conflicts(self._dep(f"{module}:{one[1:]}"))
            solvable.add_requires(self._any_of([f"{module}:{one}" for one in wanted] or [module]))

    def _any_of(self, specs: Sequence[str]) -> Any:
        found = self._dep(specs[0])
        for spec in specs[1:]:
            found = found.Rel(solv.REL_OR, self._dep(spec))
        return found

    def _dep(self, spec: str) -> Any:
        return self.pool.Dep(f"module({spec})")

    def _id(self, spec: str) -> int:
        return int(self.pool.str2id(f"module({spec})"))
