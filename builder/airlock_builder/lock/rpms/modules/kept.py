"""A repository's module documents: as an earlier run kept them, else from its modules.yaml."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from airlock_builder.lock.rpms.metadata.repodata import Metadata
from airlock_builder.lock.rpms.metadata.state import RepoState
from airlock_builder.lock.rpms.modules import modulemd
from airlock_builder.lock.rpms.modules.modulemd import Defaults, ModuleDocuments, Obsoletes, Stream


def documents_of(metadata: Metadata, state: RepoState) -> ModuleDocuments:
    """The module documents of a repository; none where it has no modules.

    Raises:
        VerificationError, UpstreamError: metadata that cannot be had or read.
    """
    record, repoid = state.repomd.first("modules"), state.config.id
    if record is None:
        return ModuleDocuments()
    kept = metadata.modulefiles.find([record.digest])
    if kept:
        return _loaded(kept.read_bytes(), repoid)
    found = modulemd.parse(metadata.small(state, record), where=state.url(record), repoid=repoid)
    metadata.modulefiles.keep([record.digest], lambda path: path.write_bytes(_dumped(found)))
    return found


def _dumped(documents: ModuleDocuments) -> bytes:
    """As JSON, without the repository: others may have the same documents under other names."""
    streams = [{key: value for key, value in vars(one).items() if key != "repoid"} for one in documents.streams]
    parts = {"streams": streams, "defaults": documents.defaults, "obsoletes": documents.obsoletes}
    return json.dumps(parts, default=_plain).encode()


def _plain(value: Any) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, datetime) else vars(value)


def _loaded(data: bytes, repoid: str) -> ModuleDocuments:
    parts = json.loads(data)
    return ModuleDocuments(
        streams=tuple(_stream(one, repoid) for one in parts["streams"]),
        defaults=tuple(Defaults(**{**one, "profiles": _tuples(one["profiles"])}) for one in parts["defaults"]),
        obsoletes=tuple(map(_obsoletes, parts["obsoletes"])),
    )


def _stream(data: dict[str, Any], repoid: str) -> Stream:
    data["artifacts"] = frozenset(data["artifacts"])
    data["requires"] = tuple((module, tuple(streams)) for module, streams in data["requires"])
    data["profiles"] = _tuples(data["profiles"])
    data["demodularized"] = frozenset(data["demodularized"])
    return Stream(**data, repoid=repoid)


def _obsoletes(data: dict[str, Any]) -> Obsoletes:
    data["modified"] = datetime.fromisoformat(data["modified"])
    data["eol"] = data["eol"] and datetime.fromisoformat(data["eol"])
    data["by"] = data["by"] and tuple(data["by"])
    return Obsoletes(**data)


def _tuples(lists: Mapping[str, list[str]]) -> dict[str, tuple[str, ...]]:
    return {key: tuple(values) for key, values in lists.items()}
