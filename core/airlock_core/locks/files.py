"""``files.lock``: the shape of the generic ``artifacts.lock.yaml``, with keys of our own behind it.

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
SOURCES = ("manifest", "checksums", "index", "taken")
"""Who gave a digest: the manifest, a checksum file, a package index or Galaxy server; or nobody: it was taken from what
came on the day of the lock."""
SITE = "site"
"""The Python environment of the site's own program; the others are named like their playbook projects."""
UNKNOWN = -1
"""The size of a file in a lock of other tools, which have none."""


@dataclass(frozen=True, order=True)
class LockedFile:
    """One file by URL.

    Args:
        filename: its path below the folder of its kind on the medium: ``<host>/<path>`` for a plain file (as
            kubespray-style playbooks expect), ``<name>/<file>`` for a playbook project, the bare name for all else.
        download_url: where it was seen; of a file of the manifest's machine its path from the manifest's folder.
        checksum: digest of its bytes.
        size: bytes; :data:`UNKNOWN` in what other tools locked.
        kind: one of :data:`KINDS`.
        options: options of the manifest that ask for it.
        source: who gave the digest, one of :data:`SOURCES`; empty where a lock does not say.
        checksums: URL of the checksum file that gave it.
        signer: full fingerprint of the key that signed the checksum file; empty where no key was given.
        environments: Python environments that a wheel is for.
        requires: what a collection requires of others: ``namespace.name range``.
    """

    filename: str
    download_url: str
    checksum: Digest
    size: int
    kind: str = "file"
    options: tuple[str, ...] = ()
    source: str = ""
    checksums: str = ""
    signer: str = ""
    environments: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()

    @property
    def local(self) -> str:
        """The path from the manifest's folder, as a URL spells it; empty of what has a URL."""
        return "" if "://" in self.download_url else self.download_url

    @property
    def origin(self) -> str:
        """Who vouches for the digest, in words."""
        if self.source == "taken":
            return "the day of the lock: nobody vouches for it"
        if self.source == "checksums":
            return f"{self.checksums}, {f'signed by {self.signer}' if self.signer else 'which nobody signed'}"
        return {"manifest": "the manifest", "index": "the index that has it"}.get(self.source, "")


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
    ours = {
        "options": sorted(file.options),
        "checksum_from": file.source,
        "checksums": file.checksums,
        "signer": file.signer,
        "environments": sorted(file.environments),
        "requires": sorted(file.requires),
    }
    told = {key: value for key, value in ours.items() if value}
    return data if file.size == UNKNOWN else {**data, "size": file.size, "kind": file.kind, **told}


def _read_file(reader: Reader) -> LockedFile:
    url = reader.text("download_url")
    file = LockedFile(
        filename=reader.text("filename", url.rsplit("/", 1)[-1]),
        download_url=url,
        checksum=reader.digest("checksum"),
        size=reader.number("size", UNKNOWN),
        kind=reader.text("kind", "file"),
        options=reader.texts("options"),
        source=reader.text("checksum_from", ""),
        checksums=reader.text("checksums", ""),
        signer=reader.text("signer", ""),
        environments=reader.texts("environments"),
        requires=reader.texts("requires"),
    )
    if file.kind not in KINDS:
        reader.fault("kind", f"{file.kind!r} is none of {', '.join(KINDS)}")
    if file.source not in ("", *SOURCES):
        reader.fault("checksum_from", f"{file.source!r} is none of {', '.join(SOURCES)}")
    try:
        safe_relative(file.filename)
    except InputError as error:
        reader.fault("filename", error.what)
    return file


def collection_of(filename: str) -> tuple[str, str]:
    """Name and version of a collection by the rules for its archive's name; no version where it breaks them."""
    parts = filename.removesuffix(".tar.gz").split("-", 2)
    return (f"{parts[0]}.{parts[1]}", parts[2]) if len(parts) == 3 else (filename, "")
