"""Collections' archives, read as strangers' files, and held against what they say of themselves.

Source: ansible-core's documentation, "Collection structure", and ``MANIFEST.json`` of format 1: it names FILES.json by
its SHA-256, and that all other files by theirs. ansible-galaxy checks the same when it installs, at the site.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from airlock_builder.charts.versions import Version
from airlock_core import compression
from airlock_core.archives import tree
from airlock_core.archives.tree import Tree
from airlock_core.errors import VerificationError

MAX_UNPACKED = 2 << 30
_MAX_DOCUMENT = 32 << 20
"""Bytes of MANIFEST.json and FILES.json; those of the longest collections have three million."""
_NAME = re.compile(r"[a-z0-9_]+\.[a-z0-9_]+")
_TODO = "ask its maker for another: `ansible-galaxy collection build` writes what is right"


@dataclass(frozen=True)
class Collection:
    """What an archive says that it is.

    Args:
        name: ``namespace.name``.
        requires: ranges of other collections, by their names.
    """

    name: str
    version: str
    requires: Mapping[str, str] = field(default_factory=dict)

    @property
    def filename(self) -> str:
        """The archive's usual name."""
        return f"{self.name.replace('.', '-')}-{self.version}.tar.gz"


def read(path: Path, *, where: str) -> Collection:
    """Read an archive.

    Args:
        where: how errors name it.

    Raises:
        VerificationError: it is no collection, damaged, holds what no archive may, or other files than it says.
    """
    with tempfile.TemporaryFile() as plain:
        compression.unpack_file(path, plain, limit=MAX_UNPACKED, where=where)
        found = tree.read(plain, where=where)
        try:
            return _Reader(plain, found, where).collection()
        except VerificationError as fault:
            fault.todo = fault.todo or _TODO
            raise


@dataclass(frozen=True)
class _Reader:
    archive: BinaryIO
    tree: Tree
    where: str

    def collection(self) -> Collection:
        manifest = self._document("MANIFEST.json")
        listed = _mapping(manifest.get("file_manifest_file"))
        self._compare("FILES.json", str(listed.get("chksum_sha256", "")))
        for name, expected in self._files():
            self._compare(name, expected)
        info = _mapping(manifest.get("collection_info"))
        name = f"{info.get('namespace')}.{info.get('name')}"
        version = Version.parse(str(info.get("version", "")))
        requires = _mapping(info.get("dependencies") or {})
        if version is None or not _NAME.fullmatch(name):
            raise VerificationError("has no name or no version", where=f"{self.where}: MANIFEST.json")
        return Collection(name, version.text, {str(key): str(value or "*") for key, value in requires.items()})

    def _files(self) -> Iterator[tuple[str, str]]:
        """The files that FILES.json lists with their SHA-256; its folders must have entries of their own."""
        listed = self._document("FILES.json").get("files")
        for entry in map(_mapping, listed if isinstance(listed, list) else []):
            name = str(entry.get("name"))
            if entry.get("ftype") == "file":
                yield name, str(entry.get("chksum_sha256", ""))
            elif name != "." and name not in self.tree.folders:
                raise VerificationError(
                    f"is no collection, or not all of one: it has no folder {name}", where=self.where
                )

    def _compare(self, name: str, expected: str) -> None:
        found = hashlib.sha256(self._content(name)).hexdigest()
        if found != expected:
            what = f"has other bytes in {name} than it says: expected sha256:{expected}, found sha256:{found}"
            raise VerificationError(what, where=self.where)

    def _document(self, name: str) -> Mapping[str, Any]:
        raw = self._content(name)
        if len(raw) > _MAX_DOCUMENT:
            raise VerificationError(f"has {len(raw)} bytes of {name}", where=self.where)
        try:
            return _mapping(json.loads(raw))
        except (ValueError, RecursionError) as error:
            raise VerificationError(f"has a {name} that is no JSON", where=self.where, why=str(error)) from error

    def _content(self, name: str) -> bytes:
        member = self.tree.file(name)
        if member is None:
            raise VerificationError(f"is no collection, or not all of one: it has no {name}", where=self.where)
        self.archive.seek(member.offset)
        return self.archive.read(member.size)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
