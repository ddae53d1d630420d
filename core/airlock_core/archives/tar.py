"""Where the regular files of a stranger's tar archive stand. No name in it ever becomes a path of this machine.

Source: POSIX.1-2017, pax ("ustar Interchange Format", "pax Extended Header"), and GNU tar's long names. Symbolic and
hard links are names of other files within the archive, as ``docker save`` and skopeo write them for layers that images
share; a link that leads out of it is refused, as is all that is neither file, folder nor link.
"""

from __future__ import annotations

import posixpath
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import BinaryIO, NoReturn

from airlock_core.archives import ustar
from airlock_core.archives.ustar import BLOCK
from airlock_core.errors import VerificationError

MAX_MEMBERS = 20_000
"""More than `docker save` writes of three hundred images of fifteen layers each."""
_KEPT = ("path", "linkpath", "size")
_LINKS = (tarfile.SYMTYPE, tarfile.LNKTYPE)
_EXTENDED = (tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK)


@dataclass(frozen=True)
class Member:
    """A regular file of an archive: where its bytes begin, how many they are, whether its owner may run it."""

    offset: int
    size: int
    executable: bool = False


@dataclass(frozen=True)
class Header:
    """An entry: what it is, and where its bytes begin; of a link, what it names."""

    name: str
    target: str
    kind: bytes
    offset: int
    size: int
    executable: bool = False

    @property
    def member(self) -> Member:
        """The regular file that it is."""
        return Member(self.offset, self.size, self.executable)

    @property
    def end(self) -> int:
        return self.offset + self.size + -self.size % BLOCK


def members(archive: BinaryIO, *, where: str) -> dict[str, Member]:
    """The regular files of an unpacked archive by name, those too that links within it name.

    Args:
        archive: can seek; what files hold is not read.
        where: the archive, for errors.

    Raises:
        VerificationError: it is cut or damaged, holds what no image archive has, or too much.
    """
    return _Index(archive, where).read()


def headers(archive: BinaryIO, *, where: str) -> Iterator[Header]:
    """The entries of an unpacked archive as they stand there; whether their names lead out of it is not looked at.

    Args, Raises:
        as :func:`members`.
    """
    return _Index(archive, where).headers()


class _Index:
    def __init__(self, archive: BinaryIO, where: str) -> None:
        self._archive = archive
        self._where = where
        self._length = archive.seek(0, 2)

    def read(self) -> dict[str, Member]:
        found: dict[str, Member] = {}
        links: dict[str, str] = {}
        for header in self.headers():
            name = self._inside(header.name, header.name)
            if header.kind == tarfile.DIRTYPE:
                continue
            if name in found or name in links:
                self._refuse(f"holds {name} twice")
            if header.kind in _LINKS:
                folder = posixpath.dirname(name) if header.kind == tarfile.SYMTYPE else ""
                links[name] = self._inside(posixpath.join(folder, header.target), name)
            elif header.kind == tarfile.REGTYPE:
                found[name] = header.member
            else:
                self._refuse(f"holds {name}, which is neither a file, a folder nor a link within it")
        return found | {name: found[target] for name, target in links.items() if target in found}

    def headers(self) -> Iterator[Header]:
        """The entries, each with what extended headers before it say."""
        at, told, count = 0, dict[str, bytes](), 0
        while block := self._block(at):
            count += 1
            if count > MAX_MEMBERS:
                self._refuse(f"holds more than {MAX_MEMBERS} entries")
            header = self._parse(block, at)
            if header.kind in _EXTENDED:
                told |= self._told(header)
            else:
                header = self._amended(header, told)
                told = {}
                yield header
            at = header.end

    def _block(self, at: int) -> bytes:
        """The header at an offset; nothing at the end."""
        self._archive.seek(at)
        block = self._archive.read(BLOCK)
        if at and len(block) < BLOCK:
            self._refuse("ends without the mark of its end", "it is cut")
        return block if any(block) or not at else b""

    def _parse(self, block: bytes, at: int) -> Header:
        try:
            found = ustar.entry(block)
        except ValueError as error:
            self._refuse("is no tar archive" if at == 0 else f"is no tar archive from byte {at} on", str(error))
        header = Header(found.name, found.target, found.kind, at + BLOCK, found.size, found.executable)
        return self._fitting(header)

    def _amended(self, header: Header, told: Mapping[str, bytes]) -> Header:
        try:
            size = ustar.size_of(told, header.size)
        except ValueError as error:
            self._refuse(f"says that {header.name} has {error}")
        name, target = (
            self._text(told[key]) if key in told else otherwise
            for key, otherwise in (("path", header.name), ("linkpath", header.target))
        )
        real = size if header.kind == tarfile.REGTYPE else header.size
        return self._fitting(replace(header, name=name, target=target, size=real))

    def _fitting(self, header: Header) -> Header:
        left = self._length - header.offset
        if not 0 <= header.size <= left:
            self._refuse(f"says that {header.name!r} has {header.size} bytes, and {left} are left", "it is cut")
        return header

    def _told(self, header: Header) -> dict[str, bytes]:
        if header.size > ustar.MAX_EXTENDED:
            self._refuse(f"has an extended header of {header.size} bytes")
        self._archive.seek(header.offset)
        raw = self._archive.read(header.size)
        if header.kind == tarfile.GNUTYPE_LONGNAME:
            return {"path": raw.rstrip(b"\0")}
        if header.kind == tarfile.GNUTYPE_LONGLINK:
            return {"linkpath": raw.rstrip(b"\0")}
        found = self._records(raw)
        if header.kind == tarfile.XGLTYPE and found:
            self._refuse(f"has a header that sets {', '.join(found)} of all its files")
        return found

    def _records(self, raw: bytes) -> dict[str, bytes]:
        """The records that matter here."""
        try:
            found = ustar.records(raw)
        except ValueError as error:
            self._refuse(f"has {error}")
        if any(key.startswith("GNU.sparse") for key in found):
            self._refuse("holds a sparse file")
        return {key: found[key] for key in _KEPT if key in found}

    def _text(self, raw: bytes) -> str:
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            self._refuse("has a name that is no UTF-8", str(error))

    def _inside(self, path: str, name: str) -> str:
        """A name without ``.`` and ``..``, of what stands below the archive's root."""
        normal = posixpath.normpath(path)
        outside = path.startswith("/") or normal == ".." or normal.startswith("../")
        if outside or not path or any(ord(letter) < 32 for letter in path):
            self._refuse(f"holds {name!r}, which leads out of it")
        return normal

    def _refuse(self, what: str, why: str = "") -> NoReturn:
        todo = "ask whoever made the archive for another"
        raise VerificationError(what, where=self._where, why=why, todo=todo)
