"""``files.lock``: the shape of the generic ``artifacts.lock.yaml``, with size, kind and options of our own.

Source: hermeto's generic fetcher (``metadata: {version: "1.0"}``, ``artifacts: [{download_url, checksum, filename}]``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airlock_core.digest import Digest
from airlock_core.errors import InputError
from airlock_core.locks.reader import Reader
from airlock_core.media import safe_relative

KINDS = ("base", "file", "wheel", "collection", "playbook")
"""What a locked file is: base ISO, plain file, Python wheel, Ansible collection, foreign playbook project."""
UNKNOWN = -1
"""The size of a file in a lock of other tools, which have none."""


@dataclass(frozen=True, order=True)
class LockedFile:
    """One file by URL.

    Args:
        filename: its path below the folder of its kind on the medium: ``<host>/<path>`` for a plain file (as
            kubespray-style playbooks expect), the bare name for all else.
        download_url: where it was seen.
        checksum: digest of its bytes.
        size: bytes; :data:`UNKNOWN` in what other tools locked.
        kind: one of :data:`KINDS`.
        options: options of the manifest that ask for it.
    """

    filename: str
    download_url: str
    checksum: Digest
    size: int
    kind: str = "file"
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class FilesLock:
    """The whole lock."""

    files: tuple[LockedFile, ...] = ()

    def of_kind(self, kind: str) -> tuple[LockedFile, ...]:
        """The entries of one kind."""
        return tuple(file for file in self.files if file.kind == kind)

    def to_data(self) -> dict[str, Any]:
        """The lock as plain data, sorted by kind and name."""
        ordered = sorted(self.files, key=lambda file: (KINDS.index(file.kind), file))
        return {"metadata": {"version": "1.0"}, "artifacts": [_file_data(file) for file in ordered]}

    @classmethod
    def from_data(cls, data: Mapping[str, Any], *, where: str = "files.lock") -> FilesLock:
        """Read plain data; that of other tools lacks size and kind.

        Raises:
            InputError, Faults: unknown or missing keys, an unknown kind, a file name that leaves its folder.
        """
        reader = Reader(data, where)
        reader.mapping("metadata")
        lock = cls(reader.each("artifacts", _read_file))
        reader.done(where)
        return lock


def _file_data(file: LockedFile) -> dict[str, Any]:
    data: dict[str, Any] = {
        "download_url": file.download_url,
        "checksum": str(file.checksum),
        "filename": file.filename,
    }
    ours = {"size": file.size, "kind": file.kind, **({"options": sorted(file.options)} if file.options else {})}
    return data if file.size == UNKNOWN else {**data, **ours}


def _read_file(reader: Reader) -> LockedFile:
    url = reader.text("download_url")
    file = LockedFile(
        filename=reader.text("filename", url.rsplit("/", 1)[-1]),
        download_url=url,
        checksum=reader.digest("checksum"),
        size=reader.number("size", UNKNOWN),
        kind=reader.text("kind", "file"),
        options=reader.texts("options"),
    )
    if file.kind not in KINDS:
        reader.fault("kind", f"{file.kind!r} is none of {', '.join(KINDS)}")
    try:
        safe_relative(file.filename)
    except InputError as error:
        reader.fault("filename", error.what)
    return file
