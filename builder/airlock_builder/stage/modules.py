"""modules.yaml of the medium: the streams that its packages come from, each the default of its module.

Source: modulemd documents version 2 and ``modulemd-defaults`` version 1, as libmodulemd reads them. A stream that is
nobody's default would hide its own packages from dnf until someone enables it; on the medium there is no other.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable
from typing import Any

import yaml

from airlock_core import strict_yaml
from airlock_core.errors import VerificationError

_Loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)

_END = re.compile(r"^\.\.\.[ \t]*$", re.MULTILINE)
_BEGIN = re.compile(r"^---[ \t]*$", re.MULTILINE)


def restricted(documents: Iterable[tuple[str, bytes]], streams: Collection[str]) -> bytes:
    """The documents of the given streams, and defaults that name them; nothing where there are none.

    Args:
        documents: URL and content of each repo's modules.yaml.
        streams: ``name:stream:version:context:arch`` of what the medium carries.

    Raises:
        VerificationError: a file that holds no modulemd documents, or a stream that none describes.
    """
    kept: dict[str, str] = {}
    defaults: dict[str, dict[str, Any]] = defaultdict(dict)
    for url, raw in documents:
        for text in _split(url, raw):
            data = _load(url, text)
            identity = _identity(data)
            if identity in streams:
                kept.setdefault(identity, text)
                module, stream = identity.split(":")[:2]
                defaults[module].setdefault(stream, sorted((data.get("data") or {}).get("profiles") or {}))
    missing = sorted(set(streams) - set(kept))
    if missing:
        raise VerificationError("no modules.yaml describes a locked stream", where=", ".join(missing))
    texts = [kept[identity] for identity in sorted(kept)]
    texts += [_defaults(module, defaults[module]) for module in sorted(defaults)]
    return "".join(f"---\n{text.strip()}\n...\n" for text in texts).encode()


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


def _identity(data: dict[str, Any]) -> str:
    inner = data.get("data")
    if data.get("document") != "modulemd" or not isinstance(inner, dict):
        return ""
    keys = ("name", "stream", "version", "context", "arch")
    return ":".join(str(inner.get(key, "")) for key in keys)


def _defaults(module: str, streams: dict[str, Any]) -> str:
    """Defaults of a module; no default stream where the medium carries several, since only one can be active."""
    data: dict[str, Any] = {"module": module}
    if len(streams) == 1:
        stream, profiles = next(iter(streams.items()))
        data["stream"] = stream
        default = [name for name in ("default", "common", "minimal") if name in profiles][:1]
        data["profiles"] = {stream: default}
    return strict_yaml.dumps({"document": "modulemd-defaults", "version": 1, "data": data})
