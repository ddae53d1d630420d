"""An open image archive: the images in it by name, and their blobs by digest.

Two shapes are read, told apart by what is there. An OCI archive (OCI image layout 1.1) has its images' own digests. A
docker-archive (moby's image specification 1.2, "Combined Image JSON + Filesystem Changeset Format") has none: its
manifests are written here (docker.py), the same for the same archive everywhere.
"""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from airlock_core import atomic, compression, oci
from airlock_core.archives.tar import Member, members
from airlock_core.digest import CHUNK, Digest, of_chunks
from airlock_core.errors import InputError, VerificationError
from airlock_core.imageref import ImageRef

MAX_UNPACKED = 256 << 30
"""Bytes that no archive exceeds when unpacked; the proportion to its packed size is bounded beside (compression)."""
_CONTAINERD_NAME = "io.containerd.image.name"
"""The whole reference, as containerd and Docker since 25 write it; ``ref.name`` is the tag alone there."""


@dataclass(frozen=True)
class Found:
    """An image of an archive.

    Args:
        digest: of its manifest or index.
        names: references that the archive gives it; none where it says no more than a tag.
    """

    digest: Digest
    names: tuple[str, ...]


class Archive:
    """An open archive whose files are at hand; many threads may read it.

    Args:
        file: the unpacked tar archive.
        where: the archive, for errors.

    Raises:
        VerificationError: it is damaged, hostile, or no archive of images.
    """

    def __init__(self, file: BinaryIO, *, where: str) -> None:
        self.where = where
        self._file = file
        self._reading = threading.Lock()
        self._members = members(file, where=where)
        self._documents: dict[Digest, bytes] = {}
        self._blobs: dict[Digest, Member] = {}
        self._checked: set[Digest] = set()
        self.images = self._images()

    def raw(self, ref: ImageRef) -> bytes:
        """The manifest or index that a reference pins; the name in it does not matter here."""
        return self.small(ref.pinned)

    def blob(self, ref: ImageRef, digest: Digest) -> bytes:
        """A configuration."""
        return self.small(digest)

    def small(self, digest: Digest) -> bytes:
        """A manifest, index or configuration by its digest.

        Raises:
            VerificationError: it is not there, longer than such are, or of other bytes.
        """
        if digest not in self._documents:
            raw = self._whole(self._member(digest), str(digest))
            if of_chunks([raw], digest.algorithm)[0] != digest:
                raise self._altered(digest)
            self._documents[digest] = raw
        return self._documents[digest]

    def check(self, digest: Digest, size: int) -> None:
        """See that a blob is there, whole; it is read once.

        Raises:
            VerificationError: it is not, has another size, or other bytes.
        """
        if digest in self._documents:
            return
        member = self._member(digest)
        if member.size != size:
            what = f"its blob {digest} has {member.size} bytes, and {size} by its manifest"
            raise VerificationError(what, where=self.where)
        if digest not in self._checked:
            if self._hashed(member, digest.algorithm) != digest:
                raise self._altered(digest)
            self._checked.add(digest)

    def content(self, digest: Digest) -> Iterator[bytes]:
        """The bytes of a blob as they stand there, a piece at a time."""
        if digest in self._documents:
            yield self._documents[digest]
        else:
            yield from self.pieces(self._member(digest))

    def _images(self) -> tuple[Found, ...]:
        if "index.json" in self._members:
            entries = self.document("index.json", dict).get("manifests") or ()
            if entries:  # Docker leaves the list empty for images that have no name
                return tuple(self._listed(entry) for entry in entries)
        if "manifest.json" in self._members:
            from airlock_builder.archives.docker import images

            return images(self)
        what = "is no archive of images: it has neither images in index.json nor manifest.json"
        raise VerificationError(what, where=self.where, todo="give what `docker save` or `skopeo copy` wrote")

    def _listed(self, entry: Mapping[str, Any]) -> Found:
        try:
            notes = entry.get("annotations") or {}
            name = str(notes.get(_CONTAINERD_NAME) or notes.get(oci.REF_NAME) or "")
            # a word without colon or slash is a tag alone, which names nothing
            return Found(Digest.parse(str(entry["digest"])), (name,) if "/" in name or ":" in name else ())
        except (KeyError, AttributeError, InputError) as error:
            raise VerificationError("index.json names no images", where=self.where, why=str(error)) from error

    def document(self, name: str, kind: type) -> Any:
        """A small JSON file by its name in the archive.

        Args:
            kind: what JSON must be in it: ``dict`` or ``list``.
        """
        try:
            data = json.loads(self.file(name))
        except (ValueError, RecursionError) as error:
            raise VerificationError(f"its {name} is no JSON", where=self.where, why=str(error)) from error
        if not isinstance(data, kind):
            raise VerificationError(f"its {name} is not what such archives have", where=self.where)
        return data

    def file(self, name: str) -> bytes:
        """A small file by its name in the archive."""
        return self._whole(self.named(name), name)

    def named(self, name: str) -> Member:
        """Where a file stands.

        Raises:
            VerificationError: there is none of that name.
        """
        member = self._members.get(name.removeprefix("./"))
        if member is None:
            raise VerificationError(f"lacks {name!r}, which it names", where=self.where, todo="write it anew")
        return member

    def keep(self, raw: bytes) -> Digest:
        """Have a document that was made of the archive, as if it stood in it."""
        digest = Digest.sha256(raw)
        self._documents[digest] = raw
        return digest

    def place(self, member: Member) -> Digest:
        """Know a file by its digest, too; it is read for that."""
        digest = self._hashed(member, "sha256")
        self._blobs[digest] = member
        self._checked.add(digest)
        return digest

    def pieces(self, member: Member) -> Iterator[bytes]:
        """The bytes of a file as they stand there, a piece at a time."""
        at, end = member.offset, member.offset + member.size
        while at < end:
            with self._reading:
                self._file.seek(at)
                piece = self._file.read(min(CHUNK, end - at))
            if not piece:
                raise VerificationError("became shorter while it was read", where=self.where)
            yield piece
            at += len(piece)

    def _member(self, digest: Digest) -> Member:
        known = self._blobs.get(digest) or self._members.get(f"blobs/{digest.algorithm}/{digest.hex}")
        if known is None:
            raise VerificationError(f"lacks the blob {digest}", where=self.where, todo="have it written anew, whole")
        return known

    def _whole(self, member: Member, name: str) -> bytes:
        if member.size > oci.MAX_DOCUMENT:
            raise VerificationError(f"its {name} has {member.size} bytes, more than any has", where=self.where)
        return b"".join(self.pieces(member))

    def _hashed(self, member: Member, algorithm: str) -> Digest:
        return of_chunks(self.pieces(member), algorithm)[0]

    def _altered(self, digest: Digest) -> VerificationError:
        what = f"its blob {digest} has other bytes"
        return VerificationError(what, where=self.where, todo="have the archive sent again")


@contextlib.contextmanager
def opened(path: Path, scratch: Path, *, where: str) -> Iterator[Archive]:
    """An archive while the block runs; one that is packed as a whole (gzip, bzip2, xz, zstd) is unpacked first.

    Args:
        scratch: a folder of one's own to unpack to.
        where: the archive as people know it, for errors.

    Raises:
        InputError: it cannot be read.
        VerificationError: as :class:`Archive`; it unpacks to more than it may.
        MachineError: no space to unpack it.
    """
    with _opened(path, where) as file:
        if not compression.is_packed(file):
            yield Archive(file, where=where)
            return
        unpacked = scratch / "unpacked.tar"
        with unpacked.open("w+b") as plain:
            with atomic.disk_errors(unpacked):
                compression.unpack(file, plain, limit=MAX_UNPACKED, where=where)
                plain.flush()
                unpacked.unlink()
            yield Archive(plain, where=where)


@contextlib.contextmanager
def _opened(path: Path, where: str) -> Iterator[BinaryIO]:
    try:
        file = path.open("rb")
    except OSError as error:
        todo = "bring the archive back, or correct images.archives and run `airlock lock`"
        raise InputError("cannot be read", where=where, why=error.strerror or str(error), todo=todo) from error
    with file:
        yield file
