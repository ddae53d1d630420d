"""Python wheels locked: what the requirements of each environment come to on the site's platform."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from airlock_builder.lock.files.answers import Answers
from airlock_builder.lock.files.taking import Taking
from airlock_builder.lock.files.vouching import Voucher
from airlock_builder.lock.gather import gather
from airlock_builder.lock.keeping import Keeping
from airlock_builder.lock.requirements import hashes_of, lines_of, project_of, refused
from airlock_builder.lock.wheelpins import resolved_around
from airlock_builder.manifest.environments import Environment, environments
from airlock_builder.manifest.model import Manifest, Platform
from airlock_builder.remote.index import Target, Wheel
from airlock_core.errors import AirlockError, InputError, VerificationError, raise_all
from airlock_core.locks import LockedFile

JOBS = 8
Resolved = Mapping[Environment, Sequence[Wheel]]
_Ask = Callable[[Sequence[str]], list[Wheel]]
"""Resolves requirements under constraints."""


def lock_wheels(manifest: Manifest, index: Answers, keeping: Keeping, taking: Taking) -> Sequence[LockedFile]:
    """The wheels of all environments.

    What an option adds to the site's environment goes with the wheels that are there without it.

    Raises:
        InputError: a requirement has no wheel, contradicts another, or asks for what is none; two options do not go
            together.
        UpstreamError: an index cannot be reached.
        VerificationError: a wheel is not what a requirement's hash says.
        Faults: several of these.
    """
    asked = list(dict.fromkeys(environments(manifest)))
    lists = dict.fromkeys(path for one in asked for path in one.paths)
    raise_all("requirements ask for what is no wheel", [fault for path in lists for fault in refused(path)])
    work = _Resolving(manifest.platform, index, keeping)
    resolved: Resolved = {}
    for some in ([one for one in asked if not one.option], [one for one in asked if one.option]):
        ask = partial(work.resolve, known=resolved)
        found = gather(ask, some, jobs=2, what="requirements could not be resolved")
        resolved = {**resolved, **dict(zip(some, found, strict=True))}
    raise_all("wheels cannot be together", list(_contradictions(resolved)))
    uses = _uses(resolved)
    return gather(
        lambda wheel: _locked(wheel, uses[wheel], keeping, taking),
        sorted(uses),
        jobs=JOBS,
        what="wheels could not be locked",
        interrupt=taking.http.cancel,
    )


@dataclass(frozen=True)
class _Resolving:
    platform: Platform
    index: Answers
    keeping: Keeping

    def resolve(self, one: Environment, known: Resolved) -> list[Wheel]:
        """The wheels of an environment.

        Args:
            known: those of environments that were resolved before.
        """
        target = Target(one.python, self.platform.major, self.platform.arch)
        base = [] if one.base == one else [project_of(wheel.filename) for wheel in known.get(one.base, ())]
        pins = [f"{name}=={version}" for name, version in base]

        def ask(constraints: Sequence[str]) -> list[Wheel]:
            return self.index.resolve(one.paths, target, one.index, (*pins, *constraints))

        stay = {name: found for name, found in self.keeping.wheels().items() if name not in dict(base)}
        wheels = self._around(stay, one, ask) if stay else ask(())
        raise_all("wheels are not what their hashes say", list(_altered(one, wheels)))
        return wheels

    def _around(self, stay: Mapping[str, Sequence[str]], one: Environment, ask: _Ask) -> list[Wheel]:
        lines = (line for path in one.paths for line in lines_of(path))
        named = {line.name for line in lines if self.keeping.project_moves(line.name)}
        moves = dict(project_of(wheel.filename) for wheel in ask(())) if named else {}
        return resolved_around(stay, {name: moves[name] for name in named & moves.keys()}, ask)


@dataclass
class _Use:
    """Who a wheel is for.

    Args:
        options: those that have it; empty texts for the release itself.
    """

    environments: set[str] = field(default_factory=set)
    options: set[str] = field(default_factory=set)


def _uses(resolved: Resolved) -> dict[Wheel, _Use]:
    found: dict[Wheel, _Use] = defaultdict(_Use)
    for environment, wheels in resolved.items():
        for wheel in wheels:
            found[wheel].environments.add(environment.name)
            found[wheel].options.add(environment.option)
    return found


def _locked(wheel: Wheel, use: _Use, keeping: Keeping, taking: Taking) -> LockedFile:
    kept = keeping.file("wheel", wheel.url)
    voucher = Voucher((wheel.digest,), "index") if wheel.digest else Voucher()
    if kept and wheel.digest == kept.checksum:
        digest, size = kept.checksum, kept.size
    else:
        digest, size = taking.measured(wheel.url, voucher)
    return LockedFile(
        wheel.filename,
        wheel.url,
        digest,
        size,
        "wheel",
        () if "" in use.options else tuple(sorted(use.options)),
        source=voucher.source,
        environments=tuple(sorted(use.environments)),
    )


def _altered(one: Environment, wheels: Iterable[Wheel]) -> Iterator[AirlockError]:
    """Wheels whose digest in the index is none of those that the requirements give."""
    for path in one.paths:
        given = hashes_of(path)
        for wheel in wheels:
            hashes = given.get(project_of(wheel.filename)[0])
            if hashes and wheel.digest and wheel.digest.hex not in hashes:
                yield VerificationError(
                    f"other bytes of {wheel.filename} than its hash says: found {wheel.digest}",
                    where=str(path),
                    why=f"the list gives {', '.join(f'sha256:{text}' for text in sorted(hashes))}",
                    todo="compare with its maker: the index, or the list, is wrong",
                )


def _contradictions(resolved: Resolved) -> Iterator[InputError]:
    """Projects of which one environment would have several versions, were all options chosen."""
    versions: dict[tuple[str, str], dict[str, Environment]] = defaultdict(dict)
    for environment, wheels in resolved.items():
        for wheel in wheels:
            project, version = project_of(wheel.filename)
            versions[environment.name, project].setdefault(version, environment)
    for (name, project), several in sorted(versions.items()):
        if len(several) > 1:
            told = "; ".join(f"{version} by {_words(one)}" for version, one in several.items())
            yield InputError(
                f"the Python environment {name} would have several versions of {project}",
                where="python",
                why=told,
                todo="have the lists ask for one version",
            )


def _words(one: Environment) -> str:
    lists = " and ".join(str(path) for whose, path in one.files if whose == one.option)
    return f"{lists} of the option {one.option}" if one.option else lists
