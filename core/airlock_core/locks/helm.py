"""Helm's own ``Chart.lock``: versions without digests, read to look at and to compare, and written as Helm reads it.

Source: Helm's ``chart.Lock`` (``dependencies``, ``digest``, ``generated``). ``digest`` is no chart's: it is the SHA-256
of the dependencies of Chart.yaml and of the lock as JSON, by which ``helm dependency build`` sees that the two belong
together.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from airlock_core.digest import Digest
from airlock_core.locks.reader import Reader

NAME = "Chart.lock"


@dataclass(frozen=True, order=True)
class HelmDependency:
    """One chart by name, version and repository."""

    name: str
    repository: str
    version: str


@dataclass(frozen=True)
class HelmLock:
    """The whole lock; ``digest`` and ``generated`` as they stand in it."""

    dependencies: tuple[HelmDependency, ...] = ()
    digest: str = ""
    generated: str = ""

    def to_data(self) -> dict[str, Any]:
        """The lock as plain data, in Helm's order of keys; the dependencies keep theirs, which the digest covers."""
        return {
            "dependencies": [_data(dependency) for dependency in self.dependencies],
            "digest": self.digest,
            "generated": self.generated,
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any], *, where: str = NAME) -> HelmLock:
        """Read plain data.

        Raises:
            InputError, Faults: unknown or missing keys.
        """
        reader = Reader(data, where)
        dependencies = reader.each("dependencies", _read)
        lock = cls(dependencies, reader.text("digest", ""), reader.text("generated", ""))
        reader.done(where)
        return lock


def agreement(dependencies: Sequence[HelmDependency]) -> str:
    """The digest of a lock whose Chart.yaml asks for just these versions (Helm's ``resolver.HashReq``)."""
    listed = [_data(dependency) for dependency in dependencies]
    return agreement_of(listed, listed)


def agreement_of(asked: Iterable[Mapping[str, Any]], locked: Iterable[Mapping[str, Any]]) -> str:
    """The digest that a Chart.lock must have.

    Args:
        asked: the dependencies of Chart.yaml.
        locked: those of the lock.
    """
    both = [[_as_go_has_it(one) for one in dependencies] for dependencies in (asked, locked)]
    return str(Digest.sha256(_go_json(both).encode()))


def agreement_of_v1(asked: Iterable[Mapping[str, Any]]) -> str:
    """The digest that Helm 2 wrote into requirements.lock, of what was asked for alone (``resolver.HashV2Req``)."""
    return str(Digest.sha256(_go_json({"dependencies": [_as_go_has_it(one) for one in asked]}).encode()))


_KEYS = ("name", "version", "repository", "condition", "tags", "enabled", "import-values", "alias")
"""Of Helm's ``chart.Dependency``, in its order; of these name and repository are written even where they are empty."""


def _as_go_has_it(one: Mapping[str, Any]) -> dict[str, Any]:
    whole = {"name": "", "repository": "", **one}
    return {key: _sorted(whole[key]) for key in _KEYS if key in ("name", "repository") or whole.get(key)}


def _sorted(value: Any) -> Any:
    """Go writes a map's keys sorted."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value)}
    return [_sorted(one) for one in value] if isinstance(value, list) else value


def _go_json(data: Any) -> str:
    """JSON as Go's encoder writes it: no blanks, and what HTML knows escaped."""
    text = json.dumps(data, separators=(",", ":"), ensure_ascii=False)
    for letter in "<>&\u2028\u2029":
        text = text.replace(letter, f"\\u{ord(letter):04x}")
    return text


def _data(dependency: HelmDependency) -> dict[str, str]:
    data = {"name": dependency.name, "repository": dependency.repository, "version": dependency.version}
    return {key: value for key, value in data.items() if value}


def _read(reader: Reader) -> HelmDependency:
    return HelmDependency(reader.text("name"), reader.text("repository", ""), reader.text("version"))
