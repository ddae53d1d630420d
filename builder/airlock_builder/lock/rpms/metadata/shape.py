"""primary.xml and filelists.xml looked at before libsolv gets them: what it would take, and be long or large over.

libsolv cannot be asked to stop while it reads: a few bytes of text can be a hundred of memory there, and lists that it
searches from their beginning can take hours. So their proportions are looked at first, with no parser.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import BinaryIO
from xml.parsers import expat

from airlock_builder.safexml import refused, strict_parser

MAX_ENTRIES = 100_000
"""Provides, requires and the like of one package; a kernel has 21,000."""
MAX_FOLDERS = 2_000_000
_MIN_PACKAGE = 120
"""Bytes of a package's entry at the least: without files it has 150 in filelists.xml; in primary.xml real ones, 990."""
_FEW_FILES = 50_000
"""So many files can do no harm, whatever their folders."""
_MAX_STEPS = 2_000_000_000
"""libsolv goes through the folders of a folder one by one for each that is new: 40,000 in one are 800 million steps."""
_FOLDER = re.compile(rb"<file(?:\s[^<>]*)?>([^<]*/)?")
_NUMBERED_SLASH = re.compile(rb"&#(?:0*47|x0*2[fF]);")
_SLACK = 1 << 20


_PROSE = re.compile(
    rb"<summary(?:/>|>[^<]*</summary>)\s*<description(?:/>|>[^<]*</description>)\s*"
    rb"<packager(?:/>|>[^<]*</packager>)\s*<url(?:/>|>[^<]*</url>)\s*(?=<time )"
)
"""What people read of a package, where createrepo_c writes it: an eighth of primary.xml, which no lock needs."""
_NO_ERROR = bytes({*b"\t\n\r", *range(0x20, 0x7F)} - {*b"&"})
"""Bytes that can be no error of encoding, and no reference to what nothing declares."""


class _RootSeen(Exception):
    pass


def check_head(head: bytes, root: str, *, where: str) -> dict[str, str]:
    """Look at a document's beginning up to its root element.

    A document type can stand nowhere else, and without one nothing in it can grow.

    Args:
        head: enough of it that the root element must stand there.
        root: the name that the root element must have, without prefix.

    Returns:
        the root element's attributes.

    Raises:
        VerificationError: another root, not well-formed, of another encoding, or with a document type.
    """
    if b"\0" in head[:64]:
        raise refused("its encoding is not UTF-8", where)
    found: list[tuple[str, dict[str, str]]] = []
    parser = strict_parser(doctype=False)

    def started(name: str, attributes: dict[str, str]) -> None:
        found.append((name, attributes))
        raise _RootSeen

    parser.StartElementHandler = started
    try:
        parser.Parse(head, False)  # noqa: FBT003 - the parser's own signature
    except _RootSeen:
        pass
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise refused(str(error), where) from error
    if not found or found[0][0].rpartition(":")[2] != root:
        raise refused(f"its root element is not <{root}>", where)
    return found[0][1]


def _unless_odd(prose: re.Match[bytes]) -> bytes:
    """Nothing in place of prose; the parser still gets what could be wrong."""
    return prose[0] if prose[0].translate(None, _NO_ERROR) else b""


class Checked:
    """Hands a document on as it is written, each piece when it was looked at, without most of what people would read.

    Raises, from both methods:
        VerificationError: out of all proportion; what came before was handed on.

    Args:
        target: who gets it.
        where: the document's URL, for errors.
    """

    def __init__(self, target: BinaryIO, *, where: str) -> None:
        self._target = target
        self._where = where
        self._rest = b""
        self._size = self._packages = self._files = self._entries = self._steps = 0
        self._folders: set[bytes] = set()
        self._beside: Counter[bytes] = Counter()

    def write(self, data: bytes) -> int:
        """Take what comes next."""
        joined = self._rest + data
        cut = joined.rfind(b"<")  # no tag and no path is cut, unless there is nothing else
        piece, self._rest = (joined[:cut], joined[cut:]) if cut > 0 else (joined, b"")
        self._hand_on(piece)
        return len(data)

    def finish(self) -> None:
        """That was all."""
        self._hand_on(self._rest)
        self._rest = b""

    def _hand_on(self, piece: bytes) -> None:
        self._size += len(piece)
        self._check_packages(piece)
        self._check_entries(piece)
        self._files += piece.count(b"<file")
        if self._files > _FEW_FILES:
            self._check_folders(piece)
        self._target.write(_PROSE.sub(_unless_odd, piece))

    def _check_packages(self, piece: bytes) -> None:
        self._packages += piece.count(b"<package")
        if self._packages * _MIN_PACKAGE > self._size + _SLACK:
            raise refused(f"{self._packages} packages in {self._size} bytes", self._where)

    def _check_entries(self, piece: bytes) -> None:
        """Of the package that goes on in this piece, and of the one that goes on behind it; between is no room."""
        first, last = piece.find(b"</package>"), piece.rfind(b"</package>")
        self._entries += piece.count(b"<rpm:entry", 0, first if first >= 0 else None)
        if self._entries > MAX_ENTRIES:
            raise refused(f"more than {MAX_ENTRIES} entries of one package", self._where)
        self._entries = self._entries if first < 0 else piece.count(b"<rpm:entry", last)

    def _check_folders(self, piece: bytes) -> None:
        new = set(_FOLDER.findall(piece)) - self._folders
        if b"" in new or any(_NUMBERED_SLASH.search(folder) for folder in new):
            raise refused("a path without a slash, or with one that is written as a number", self._where)
        for folder in new:
            self._place(folder)
        if self._steps > _MAX_STEPS or len(self._folders) > MAX_FOLDERS:
            most, all_ = max(self._beside.values()), len(self._folders)
            raise refused(f"{most} folders in one folder, {all_} in all", self._where)

    def _place(self, folder: bytes) -> None:
        """Note a folder, written with a slash behind it, and those above it."""
        while folder and folder not in self._folders:
            self._folders.add(folder)
            folder = folder[: folder.rfind(b"/", 0, -1) + 1]
            self._steps += self._beside[folder]
            self._beside[folder] += 1
