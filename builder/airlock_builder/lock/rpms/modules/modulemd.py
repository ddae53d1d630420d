"""modules.yaml: streams of modules with their packages and profiles, defaults, and obsoletes.

Source: libmodulemd's documents ``modulemd`` versions 1 and 2, ``modulemd-defaults`` version 1 and
``modulemd-obsoletes`` version 1. ``modulemd-packager`` is for build systems and ``modulemd-translations`` for texts:
both are passed over, as libmodulemd's index does with the one and dnf's choice of packages with the other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import yaml

from airlock_builder.lock.rpms.modules import safeyaml
from airlock_core.errors import VerificationError
from airlock_core.values import Value

Requires = tuple[tuple[str, tuple[str, ...]], ...]
"""Modules by name, each with the streams that will do; any stream where there is none, none of ``-stream``."""
_ARTIFACT = re.compile(r"[^:(/=<> ]+-\d+:[^-:(/=<> ]+-[^-:(/=<> ]+\.[^-:.(/=<> ]+")
_STREAM_VERSIONS = ("1", "2")


@dataclass(frozen=True, order=True)
class Stream:
    """One build of one stream of a module.

    Args:
        name, stream, version, context, arch: its identity.
        artifacts: its packages as ``name-epoch:version-release.arch``.
        requires: modules that must be active with it; of what stands twice, each.
        profiles: package names by profile.
        static: its context was given by hand and means something; else one is derived from what it requires.
        demodularized: names that have left the module: packages of these names from elsewhere are not hidden by it.
        repoid: the repository whose metadata describes it.
    """

    name: str
    stream: str
    version: int
    context: str
    arch: str
    artifacts: frozenset[str] = field(default=frozenset(), compare=False)
    requires: Requires = ()
    profiles: Mapping[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    static: bool = field(default=False, compare=False)
    demodularized: frozenset[str] = field(default=frozenset(), compare=False)
    repoid: str = field(default="", compare=False)

    def __str__(self) -> str:
        return f"{self.name}:{self.stream}:{self.version}:{self.context}:{self.arch}"

    @property
    def spec(self) -> str:
        """``name:stream``."""
        return f"{self.name}:{self.stream}"


class Defaults(Value):
    """What a repository says for a module where nobody chose: its stream, and profiles by stream."""

    module: str
    stream: str | None
    profiles: Mapping[str, tuple[str, ...]]
    modified: int = 0


class Obsoletes(Value):
    """The end of a stream, from ``eol`` on where that is given.

    Args:
        context: of that context alone, where given.
        by: module and stream that take its place; None where nothing does.
        reset: takes older obsoletes of the stream back.
    """

    module: str
    stream: str
    context: str | None
    modified: datetime
    eol: datetime | None
    by: tuple[str, str] | None
    reset: bool


class ModuleDocuments(Value):
    """The documents of one repository, in their order."""

    streams: tuple[Stream, ...] = ()
    defaults: tuple[Defaults, ...] = ()
    obsoletes: tuple[Obsoletes, ...] = ()


def parse(data: bytes, *, where: str, repoid: str = "") -> ModuleDocuments:
    """Read modules.yaml.

    Args:
        where: its URL, for errors.
        repoid: the repository that it is of.

    Raises:
        VerificationError: not YAML, with aliases or duplicate keys, or a document that libmodulemd would refuse.
    """
    streams: dict[tuple[str, str, int, str, str], Stream] = {}
    defaults: list[Defaults] = []
    obsoletes: list[Obsoletes] = []
    try:
        for document in safeyaml.documents(data):
            kind, content = document.get("document"), document.get("data") or {}
            if kind == "modulemd":
                one = _stream(content, document.get("version") or "2", repoid)
                # of two with one identity in one file the first counts (libmodulemd refuses the second)
                streams.setdefault((one.name, one.stream, one.version, one.context, one.arch), one)
            elif kind == "modulemd-defaults":
                defaults.append(_defaults(content))
            elif kind == "modulemd-obsoletes":
                obsoletes.append(_obsoletes(content))
    except (yaml.YAMLError, ValueError, KeyError, TypeError, AttributeError) as error:
        why = f"{type(error).__name__}: {error}"
        raise VerificationError("its module metadata cannot be read", where=where, why=why) from error
    return ModuleDocuments(tuple(streams.values()), tuple(defaults), tuple(obsoletes))


def _stream(data: Mapping[str, Any], version: str, repoid: str) -> Stream:
    if version not in _STREAM_VERSIONS:
        raise ValueError(f"a modulemd document of version {version}")
    artifacts = frozenset(_texts((data.get("artifacts") or {}).get("rpms")))
    strange = sorted(artifact for artifact in artifacts if not _ARTIFACT.fullmatch(artifact))
    if strange:
        raise ValueError(f"the artifact {strange[0]} is not name-epoch:version-release.arch")
    return Stream(
        name=_text(data["name"]),
        stream=_text(data["stream"]),
        version=int(data.get("version") or 0),
        context=_optional(data.get("context")) or "",
        arch=_optional(data.get("arch")) or "",
        artifacts=artifacts,
        requires=_requires_v1(data) if version == "1" else _requires(data),
        profiles={name: _texts((one or {}).get("rpms")) for name, one in (data.get("profiles") or {}).items()},
        static=_flag(data.get("static_context")),
        demodularized=frozenset(_texts((data.get("demodularized") or {}).get("rpms"))),
        repoid=repoid,
    )


def _requires(data: Mapping[str, Any]) -> Requires:
    """All blocks of dependencies at once: libdnf wants every one (``ModulePackage::createDependencies``)."""
    entries = [entry.get("requires") or {} for entry in data.get("dependencies") or ()]
    found = tuple(sorted((module, _texts(streams)) for entry in entries for module, streams in entry.items()))
    for module, streams in found:
        if len({one.startswith("-") for one in streams}) > 1:
            raise ValueError(f"it requires some streams of {module} and refuses others at once")
    return found


def _requires_v1(data: Mapping[str, Any]) -> Requires:
    entry = (data.get("dependencies") or {}).get("requires") or {}
    return tuple(sorted((module, (_text(stream),)) for module, stream in entry.items()))


def _defaults(data: Mapping[str, Any]) -> Defaults:
    profiles = {stream: _texts(names) for stream, names in (data.get("profiles") or {}).items()}
    return Defaults(_text(data["module"]), _optional(data.get("stream")), profiles, int(data.get("modified") or 0))


def _obsoletes(data: Mapping[str, Any]) -> Obsoletes:
    by = data.get("obsoleted_by")
    return Obsoletes(
        module=_text(data["module"]),
        stream=_text(data["stream"]),
        context=_optional(data.get("context")),
        modified=_date(data["modified"]),
        eol=_date(data["eol_date"]) if data.get("eol_date") else None,
        by=(_text(by["module"]), _text(by["stream"])) if by else None,
        reset=_flag(data.get("reset")),
    )


def _date(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)


def _flag(value: Any) -> bool:
    return str(value).lower() in ("true", "yes", "on")


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(f"{value!r} where a text must stand")
    return value


def _optional(value: Any) -> str | None:
    return None if value is None else _text(value)


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list | None):
        raise TypeError(f"{value!r} where a list must stand")
    return tuple(_text(item) for item in value or ())
