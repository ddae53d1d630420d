"""modules.yaml of the medium: the streams that its packages come from, each the default of its module.

Source: modulemd documents, ``modulemd-defaults`` version 1 and ``modulemd-obsoletes`` version 1, as libmodulemd reads
them. A stream that is nobody's default would hide its own packages from dnf until someone enables it; on the medium
there is no other.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import yaml

from airlock_core import strict_yaml
from airlock_core.errors import VerificationError
from airlock_core.locks.rpms import LockedRpm

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

_END = re.compile(r"^\.\.\.[ \t]*$", re.MULTILINE)
_BEGIN = re.compile(r"^---[ \t]*$", re.MULTILINE)
_IDENTITY = ("name", "stream", "version", "context", "arch")
_USUAL_PROFILES = ("default", "common", "minimal")
_SOURCES = (".src", ".nosrc")
_FORMAT = "(version of the document)"
_COPIED = ("summary", "description", "license", "dependencies", "static_context", "profiles", "demodularized")


@dataclass
class _Kept:
    """What of the repositories' documents goes onto the medium: texts as they are, and what they say."""

    streams: dict[str, dict[str, Any]] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    defaults: list[dict[str, Any]] = field(default_factory=list)
    obsoletes: list[str] = field(default_factory=list)


def restricted(
    documents: Iterable[tuple[str, bytes]], packages: Iterable[LockedRpm], required: Iterable[str] = ()
) -> bytes:
    """The documents of the streams that packages are of, with defaults that name them; nothing where there are none.

    Args:
        documents: URL and content of each repo's modules.yaml.
        packages: what the medium carries.
        required: streams that others require and no package is of, as in ``LockedRpm.module``.

    Raises:
        VerificationError: a file that holds no modulemd documents, or a stream that none describes.
    """
    carried = list(packages)
    streams = {*required, *(package.module for package in carried if package.module)}
    kept = _kept(documents, streams)
    missing = sorted(streams - kept.streams.keys())
    if missing:
        raise VerificationError("no modules.yaml describes a locked stream", where=", ".join(missing))
    texts = [kept.texts[identity] for identity in sorted(kept.texts)]
    texts += [strict_yaml.dumps(data) for data in _added(kept.streams, carried)]
    texts += sorted(set(kept.obsoletes))
    texts += [strict_yaml.dumps(data) for data in _defaults(kept)]
    return "".join(f"---\n{text.strip()}\n...\n" for text in texts).encode()


def _kept(documents: Iterable[tuple[str, bytes]], streams: Collection[str]) -> _Kept:
    kept = _Kept()
    parts = [identity.split(":") for identity in streams]
    carried = {name for name, *_ in parts}
    ends = {(name, stream) for name, stream, *_ in parts} | {(one[0], one[1], one[3]) for one in parts}
    for url, raw in documents:
        for text in _split(url, raw):
            data = _load(url, text)
            kind, inner = data.get("document"), data.get("data")
            if not isinstance(inner, dict):
                continue
            if kind == "modulemd" and (identity := ":".join(str(inner.get(key, "")) for key in _IDENTITY)) in streams:
                kept.streams.setdefault(identity, {**inner, _FORMAT: int(data.get("version") or 2)})
                kept.texts.setdefault(identity, text)
            elif kind == "modulemd-defaults" and inner.get("module") in carried:
                kept.defaults.append(inner)
            elif kind == "modulemd-obsoletes" and _ended(inner) in ends:
                kept.obsoletes.append(text)
    return kept


def _ended(data: Mapping[str, Any]) -> tuple[str, ...]:
    """The stream that a modulemd-obsoletes document speaks of, and its context where it names one."""
    context = data.get("context")
    return (str(data.get("module")), str(data.get("stream")), *([str(context)] if context else []))


def _split(url: str, raw: bytes) -> list[str]:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise VerificationError("a modules.yaml that is not UTF-8", where=url, why=str(error)) from error
    parts = (_END.sub("", part) for part in _BEGIN.split(text))
    return [part for part in parts if part.strip()]


def _load(url: str, text: str) -> dict[str, Any]:
    """One document; every scalar as text, since a stream may be called 2.10."""
    try:
        data = yaml.load(text, _Loader)  # noqa: S506 - makes nothing but texts, lists and mappings
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise VerificationError("a modules.yaml that cannot be read", where=url, why=str(error)) from error
    return data if isinstance(data, dict) else {}


def _added(streams: Mapping[str, Mapping[str, Any]], packages: Sequence[LockedRpm]) -> Iterator[dict[str, Any]]:
    """Further builds of streams, for packages of them that their documents do not list.

    One build may stand in two repositories with other packages. And packages of a repository with ``module_hotfixes``
    bear names that streams own: on the medium, which has no such word, their streams would hide them.
    """
    listed = {label for data in streams.values() for label in _artifacts(data)}
    owners = {name: identity for identity, data in sorted(streams.items()) for name in _names(data)}
    found: dict[str, list[str]] = {}
    for package in packages:
        owner = package.module or owners.get(package.name)
        if owner and (label := _label(package)) not in listed:
            found.setdefault(owner, []).append(label)
    for identity, labels in sorted(found.items()):
        yield _build(streams, identity, labels)


def _build(streams: Mapping[str, Mapping[str, Any]], identity: str, labels: Iterable[str]) -> dict[str, Any]:
    """A build beside another of the same context: libdnf takes all builds of a context for active."""
    data = streams[identity]
    name, stream, _, context, arch = identity.split(":")
    versions = {int(one.split(":")[2]) for one in streams if one.split(":")[:2] == [name, stream]}
    version = min(versions) - 1 if min(versions) > 1 else max(versions) + 1  # libmodulemd takes 0 for any
    content = {"name": name, "stream": stream, "version": version, "context": context, "arch": arch}
    content |= {key: data[key] for key in _COPIED if key in data}
    content["artifacts"] = {"rpms": sorted(set(labels))}
    return {"document": "modulemd", "version": data[_FORMAT], "data": content}


def _artifacts(data: Mapping[str, Any]) -> list[str]:
    return [str(one) for one in ((data.get("artifacts") or {}).get("rpms") or ())]


def _names(data: Mapping[str, Any]) -> set[str]:
    left = (data.get("demodularized") or {}).get("rpms") or ()
    return {label.rsplit("-", 2)[0] for label in _artifacts(data) if not label.endswith(_SOURCES)} - set(left)


def _label(package: LockedRpm) -> str:
    epoch, _, rest = package.evr.rpartition(":")
    return f"{package.name}-{epoch or 0}:{rest}.{package.arch}"


def _defaults(kept: _Kept) -> Iterator[dict[str, Any]]:
    """Defaults of each module: the one stream that the medium carries, or the upstream's choice among several."""
    carried: dict[str, dict[str, list[str]]] = {}
    for data in kept.streams.values():
        profiles = carried.setdefault(str(data["name"]), {}).setdefault(str(data["stream"]), [])
        profiles += sorted(data.get("profiles") or {})
    for module, streams in sorted(carried.items()):
        told = [one for one in kept.defaults if one.get("module") == module]
        content: dict[str, Any] = {"module": module}
        named = next((one["stream"] for one in _newest_first(told) if one.get("stream")), "")
        if len(streams) == 1 or named in streams:
            content["stream"] = named if named in streams else next(iter(streams))
        chosen = {stream: _profiles(stream, known, told) for stream, known in sorted(streams.items())}
        content["profiles"] = {stream: names for stream, names in chosen.items() if names}
        yield {"document": "modulemd-defaults", "version": 1, "data": content}


def _profiles(stream: str, known: Collection[str], told: Iterable[Mapping[str, Any]]) -> list[str]:
    """A stream's default profiles: as its repository says, else one by a usual name."""
    for one in _newest_first(told):
        if stream in (one.get("profiles") or {}):
            return sorted(one["profiles"][stream] or ())
    return [name for name in _USUAL_PROFILES if name in known][:1]


def _newest_first(told: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    return sorted(told, key=lambda one: int(one.get("modified") or 0), reverse=True)
