"""The modules of all repositories together: their streams, and one word on what is default."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from datetime import datetime

from airlock_builder.lock.rpms.modules.modulemd import Defaults, ModuleDocuments, Obsoletes, Stream
from airlock_core.values import Value

Profiles = Mapping[tuple[str, str], tuple[str, ...]]


class ModuleIndex(Value):
    """All streams, default streams by module, and default profiles by module and stream.

    Args:
        streams: what stands in two repositories stands here twice.
        contradiction: why there are no defaults at all, where repositories contradict one another.
    """

    streams: tuple[Stream, ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    profiles: Profiles = field(default_factory=dict)
    obsoletes: tuple[Obsoletes, ...] = ()
    contradiction: str = ""

    @classmethod
    def merge(cls, parts: Iterable[ModuleDocuments]) -> ModuleIndex:
        """The documents of several repositories, as libmodulemd merges them (``modulemd_defaults_v1_merge``).

        Of two default streams the one modified later counts, and neither where both are of one age. Default profiles
        that differ at one age leave libmodulemd without an answer, and dnf without any default.
        """
        parts = tuple(parts)
        merged: dict[str, _Merged] = {}
        for one in (one for part in parts for one in part.defaults):
            merged.setdefault(one.module, _Merged()).add(one)
        at_odds = sorted({f"{module}:{stream}" for module, one in merged.items() for stream in one.at_odds})
        streams = tuple(_in_order(parts))
        obsoletes = tuple(one for part in parts for one in part.obsoletes)
        if at_odds:
            why = f"repositories name different default profiles for {', '.join(at_odds)}, so that no default counts"
            return cls(streams, {}, {}, obsoletes, why)
        defaults = {module: one.stream for module, one in merged.items() if one.stream}
        profiles = {(module, stream): names for module, one in merged.items() for stream, names in one.profiles.items()}
        return cls(streams, defaults, profiles, obsoletes)

    def successor(self, stream: Stream, now: datetime) -> Obsoletes | None:
        """The word that ends a stream: the newest that counts now, unless it takes back what was said before."""
        found = [
            one
            for one in self.obsoletes
            if (one.module, one.stream) == (stream.name, stream.stream)
            and one.context in (None, stream.context)
            and (one.eol is None or one.eol <= now)
        ]
        newest = max(found, key=lambda one: one.modified, default=None)
        return None if newest is None or newest.reset else newest


def _in_order(parts: Iterable[ModuleDocuments]) -> Iterator[Stream]:
    """The streams in libdnf's order, since of equals the first is chosen: contexts given by hand before the others."""
    found = [stream for part in parts for stream in sorted(part.streams, key=lambda one: one.name)]
    yield from sorted(found, key=lambda one: not one.static)


class _Merged:
    """The defaults of one module, repository by repository."""

    def __init__(self) -> None:
        self.stream: str | None = None
        self.profiles: dict[str, tuple[str, ...]] = {}
        self.at_odds: set[str] = set()
        self._modified = 0
        self._torn = False

    def add(self, one: Defaults) -> None:
        newer = one.modified > self._modified
        if one.stream and not self._torn and one.stream != self.stream:
            if self.stream is None or newer:
                self.stream = one.stream
            elif one.modified == self._modified:
                self.stream, self._torn = None, True
        for stream, names in one.profiles.items():
            known = self.profiles.setdefault(stream, names)
            if set(known) != set(names) and newer:
                self.profiles[stream] = names
            elif set(known) != set(names) and one.modified == self._modified:
                self.at_odds.add(stream)
        self._modified = max(self._modified, one.modified)
