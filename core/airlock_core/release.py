"""``release/release.json``: the root document of a medium. It pins MANIFEST and every lock by digest."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airlock_core import strict_yaml
from airlock_core.digest import Digest
from airlock_core.errors import InputError

FORMAT = "airlock/release/v1"
DEFAULT_EPOCH = 1704067200
"""2024-01-01T00:00:00Z."""


@dataclass(frozen=True)
class Release:
    """What a medium is.

    Args:
        name, version: of the release, from the manifest's metadata.
        number: only ever goes up from one release to the next.
        os, os_release, arch: the platform, such as ``rocky``, ``8.10``, ``x86_64``.
        label: the volume label.
        epoch: the release's time in seconds since 1970-01-01 UTC, as all files on the medium carry it.
        manifest: digest of ``release/MANIFEST``.
        locks: digest of each lock, by file name.
        options: the options that this medium was built with.
        counts: how many of each kind it carries.
    """

    name: str
    version: str
    number: int
    os: str
    os_release: str
    arch: str
    label: str
    epoch: int
    manifest: Digest
    locks: Mapping[str, Digest]
    options: tuple[str, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    def dumps(self) -> str:
        """The document's text: JSON, sorted, LF."""
        return strict_yaml.dump_json(
            {
                "format": FORMAT,
                "name": self.name,
                "version": self.version,
                "number": self.number,
                "platform": {"os": self.os, "release": self.os_release, "arch": self.arch},
                "label": self.label,
                "epoch": self.epoch,
                "manifest": str(self.manifest),
                "locks": {name: str(digest) for name, digest in self.locks.items()},
                "options": sorted(self.options),
                "counts": dict(self.counts),
            }
        )

    @classmethod
    def loads(cls, text: str | bytes, *, where: str) -> Release:
        """Read the document.

        Raises:
            InputError: no JSON, another format, or a key missing.
        """
        try:
            data: Mapping[str, Any] = json.loads(text)
            if data["format"] != FORMAT:
                raise InputError(f"of another format: {data['format']!r}, not {FORMAT!r}", where=where)
            return cls._of(data, where)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise InputError("not a release document", where=where, why=str(error)) from error

    @classmethod
    def _of(cls, data: Mapping[str, Any], where: str) -> Release:
        platform = data["platform"]
        return cls(
            name=str(data["name"]),
            version=str(data["version"]),
            number=int(data["number"]),
            os=str(platform["os"]),
            os_release=str(platform["release"]),
            arch=str(platform["arch"]),
            label=str(data["label"]),
            epoch=int(data["epoch"]),
            manifest=Digest.parse(data["manifest"], where=where),
            locks={name: Digest.parse(digest, where=where) for name, digest in data["locks"].items()},
            options=tuple(data["options"]),
            counts={str(kind): int(count) for kind, count in data["counts"].items()},
        )


def release_epoch() -> int:
    """The time that a release carries, in seconds since 1970-01-01 UTC: ``SOURCE_DATE_EPOCH``, else a constant (ADR 3).

    Raises:
        InputError: the variable is no time that a medium can carry.
    """
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    if not text:
        return DEFAULT_EPOCH
    # FAT, inside the EFI image, knows no time before 1980; 32 bits end in 2106
    if not text.isdigit() or not 315532800 <= int(text) < 1 << 32:
        raise InputError(
            f"SOURCE_DATE_EPOCH is no time after 1980: {text!r}", todo="give seconds since 1970-01-01, or unset it"
        )
    return int(text)
