"""``registry.tar`` from front to end: an OCI image layout in a tar archive, read as a stranger's.

Sources: POSIX.1-2017 pax, "ustar Interchange Format" and "pax Extended Header"; OCI image layout specification 1.1.
Of tar this takes what an image layout needs and refuses all else by name: regular files and the layout's own folders,
each once, every length held against the file's own before anything is read. No name in it ever becomes a path.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import re
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from airlock_core.archives import ustar
from airlock_core.archives.ustar import BLOCK
from airlock_core.digest import Digest
from airlock_core.errors import InputError, MachineError, VerificationError

INDEX = "index.json"
LAYOUT = "oci-layout"
_AHEAD = 4 << 20
"""Bytes that the system is asked for before they are read: a slow medium reads so many in a row, also where several
members are read side by side."""
_FOLDERS = ("", ".", "blobs", "blobs/sha256", "blobs/sha384", "blobs/sha512")
_BLOB = re.compile(r"blobs/(sha256|sha384|sha512)/([0-9a-f]+)")
_ODD = "an extended header that no tar writes"
_PAX_KEPT = ("path", "size")
_PAX_IGNORED = ("atime", "comment", "ctime", "gid", "gname", "mtime", "uid", "uname")


@dataclass(frozen=True)
class Member:
    """A regular file of the archive.

    Args:
        name: its path in the layout.
        offset: of its first byte in the archive.
        size: its length in bytes; the archive is long enough for it.
        digest: what a blob's name says that it holds; None for the layout's own two files.
    """

    name: str
    offset: int
    size: int
    digest: Digest | None


@dataclass(frozen=True)
class _Header:
    name: str
    kind: bytes
    offset: int
    size: int


class Archive:
    """An open archive; its members may be read by several threads."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self.path = path
        self._descriptor = descriptor
        self._length = os.fstat(descriptor).st_size

    @classmethod
    @contextlib.contextmanager
    def opened(cls, path: Path) -> Iterator[Archive]:
        """The archive while the block runs.

        Raises:
            MachineError: it cannot be opened.
        """
        try:
            descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        except OSError as error:
            raise _unreadable(str(path), error) from error
        try:
            yield cls(path, descriptor)
        finally:
            os.close(descriptor)

    def members(self) -> Iterator[Member]:
        """All regular files in the order in which they stand.

        Raises:
            VerificationError: the archive is cut, damaged, or holds what no image layout has; where is said.
            MachineError: it cannot be read.
        """
        seen: set[str] = set()
        at = 0
        while header := self._header(at):
            if header.name in seen:
                self._refuse(f"{header.name!r} stands twice in it", at)
            seen.add(header.name)
            if header.kind == tarfile.DIRTYPE:
                self._check_folder(header, at)
            else:
                yield self._member(header, at)
            at = header.offset + header.size + -header.size % BLOCK

    def pieces(self, member: Member, *buffers: memoryview) -> Iterator[memoryview]:
        """The bytes of a member, a full buffer at a time but for the last; the buffers take turns in being filled.

        Raises:
            VerificationError: the archive became shorter meanwhile.
            MachineError: it cannot be read.
        """
        at, end, turns = member.offset, member.offset + member.size, itertools.cycle(buffers)
        self._expect(at, min(_AHEAD, member.size))
        while at < end:
            piece = next(turns)[: end - at]
            if at + _AHEAD < end:
                self._expect(at + _AHEAD, len(piece))
            self._fill(piece, at, member.name)
            yield piece
            at += len(piece)

    def read(self, member: Member, most: int) -> bytes:
        """A small member whole.

        Args:
            most: bytes that it may have.

        Raises:
            VerificationError, MachineError: as :meth:`pieces`; it is longer.
        """
        if member.size > most:
            self._refuse(f"{member.name} has {member.size} bytes, and at most {most} are sensible", member.offset)
        raw = bytearray(member.size)
        self._fill(memoryview(raw), member.offset, member.name)
        return bytes(raw)

    def place(self, offset: int) -> str:
        """A place in the archive, for people."""
        return f"{self.path}: byte {offset}"

    def _header(self, at: int) -> _Header | None:
        """The header at an offset, with what a pax header before it says; None at the end mark."""
        raw = self._block(at)
        if not any(raw):
            return None
        header = self._parse(raw, at)
        if header.kind != tarfile.XHDTYPE:
            return header
        extended = self._extended(header, at)
        at = header.offset + header.size + -header.size % BLOCK
        header = self._parse(self._block(at), at)
        try:
            name, size = extended.get("path", header.name.encode()).decode(), ustar.size_of(extended, header.size)
        except ValueError:
            self._refuse(_ODD, at)
        if header.kind == tarfile.XHDTYPE:
            self._refuse(_ODD, at)
        return self._fitting(_Header(name, header.kind, header.offset, size), at)

    def _parse(self, raw: bytes, at: int) -> _Header:
        try:
            entry = ustar.entry(raw)
        except ValueError as error:
            self._refuse("not a tar archive from here on", at, str(error))
        name = entry.name.removeprefix("./").rstrip("/")
        return self._fitting(_Header(name, entry.kind, at + BLOCK, entry.size), at)

    def _fitting(self, header: _Header, at: int) -> _Header:
        if not 0 <= header.size <= self._length - header.offset:
            have = self._length - header.offset
            self._refuse(f"{header.name!r} says that it has {header.size} bytes, and {have} are left", at, "it is cut")
        return header

    def _extended(self, header: _Header, at: int) -> dict[str, bytes]:
        if header.size > ustar.MAX_EXTENDED:
            self._refuse(f"an extended header of {header.size} bytes", at)
        raw = self.read(Member("an extended header", header.offset, header.size, None), ustar.MAX_EXTENDED)
        try:
            found = ustar.records(raw)
        except ValueError:
            self._refuse(_ODD, at)
        for key in found:
            if key not in (*_PAX_KEPT, *_PAX_IGNORED):
                self._refuse(f"an extended header with {key!r}, which no image layout needs", at)
        return {key: value for key, value in found.items() if key in _PAX_KEPT}

    def _check_folder(self, header: _Header, at: int) -> None:
        if header.name not in _FOLDERS:
            self._refuse(f"it holds the folder {header.name!r}, which no image layout has", at)

    def _member(self, header: _Header, at: int) -> Member:
        blob = _BLOB.fullmatch(header.name)
        if header.kind != tarfile.REGTYPE or not (blob or header.name in (INDEX, LAYOUT)):
            self._refuse(f"it holds {_kind(header.kind)} {header.name!r}, which no image layout has", at)
        try:
            digest = Digest.parse(f"{blob[1]}:{blob[2]}") if blob else None
        except InputError:
            self._refuse(f"it holds {header.name!r}, which is no name of a blob", at)
        return Member(header.name, header.offset, header.size, digest)

    def _block(self, at: int) -> bytes:
        raw = bytearray(BLOCK)
        if self._read_into(memoryview(raw), at, "a header") != BLOCK:
            self._refuse("it ends without the mark of its end", at, "it is cut")
        return bytes(raw)

    def _expect(self, at: int, size: int) -> None:
        """Have the system read ahead."""
        os.posix_fadvise(self._descriptor, at, size, os.POSIX_FADV_WILLNEED)

    def _fill(self, piece: memoryview, at: int, name: str) -> None:
        while piece:
            count = self._read_into(piece, at, name)
            if not count:
                self._refuse(f"it ends in {name}", at)
            piece, at = piece[count:], at + count

    def _read_into(self, piece: memoryview, at: int, what: str) -> int:
        try:
            return os.preadv(self._descriptor, [piece], at)
        except OSError as error:
            raise _unreadable(f"{self.place(at)}, in {what}", error) from error

    def _refuse(self, what: str, at: int, why: str = "") -> NoReturn:
        todo = "check the medium: `airlock-site media verify`"
        raise VerificationError(what, where=self.place(at), why=why, todo=todo)


def _kind(kind: bytes) -> str:
    names = {tarfile.SYMTYPE: "the symbolic link", tarfile.LNKTYPE: "the hard link", tarfile.REGTYPE: "the file"}
    return names.get(kind, f"an entry of the kind {kind!r},")


def _unreadable(where: str, error: OSError) -> MachineError:
    why = error.strerror or str(error)
    todo = "is the medium still in? see `airlock-site media status`"
    return MachineError("the medium cannot be read", where=where, why=why, todo=todo)
