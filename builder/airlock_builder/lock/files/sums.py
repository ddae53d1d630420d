"""Checksum files: which digests they give to which names.

Formats: those of coreutils' ``sha256sum`` (``HEX  NAME``, ``HEX *NAME``), its ``--tag`` and BSD's (``SHA256 (NAME) =
HEX``), openssl's (``SHA2-256(NAME)= HEX``), and a digest alone, as many projects put it beside a file. What is no such
line, and digests that prove nothing (MD5, SHA-1), say nothing.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from airlock_core.digest import Digest
from airlock_core.errors import VerificationError

_PLAIN = re.compile(r"\\?(?P<hex>[0-9a-fA-F]{32,128})(?:[ \t]+\*?(?P<name>\S.*))?")
_TAGGED = re.compile(r"(?P<kind>[A-Z0-9-]+) ?\((?P<name>.+)\) ?= ?(?P<hex>[0-9a-fA-F]{32,128})")
_BY_LENGTH = {64: "sha256", 96: "sha384", 128: "sha512"}
_BY_TAG = {"SHA2-256": "sha256", "SHA2-384": "sha384", "SHA2-512": "sha512"}
_BY_TAG |= {name.upper(): name for name in _BY_LENGTH.values()}
_FEW = 5


@dataclass(frozen=True)
class _Line:
    """One line: a digest, None where it proves nothing, and the name that it is of; empty where it has none."""

    name: str
    digest: Digest | None


@dataclass(frozen=True)
class Sums:
    """A checksum file that was read.

    Args:
        url: where it is.
        lines: those that give digests.
    """

    url: str
    lines: tuple[_Line, ...]

    @classmethod
    def parse(cls, text: str, url: str) -> Sums:
        """Read a checksum file.

        Raises:
            VerificationError: no line of it gives a digest.
        """
        lines = tuple(found for line in text.splitlines() if (found := _line(line.strip())))
        if not lines:
            todo = "correct its URL: what came may be a page that says that there is none"
            raise VerificationError("is no checksum file: no line of it gives a digest", where=url, todo=todo)
        return cls(url, lines)

    def of(self, file: str) -> Digest:
        """The digest of a file; of several that of SHA-256, which need not be computed anew.

        Args:
            file: its URL. A line means it that has its path from the checksum file, else its name in any folder.

        Raises:
            VerificationError: it says nothing of the file, nothing that proves anything, or several things.
        """
        name = _name(file)
        found = self._meant(file)
        if not found:
            todo = "correct `checksums`, or give the digest itself as `checksum`"
            raise VerificationError(f"says nothing of {name}", where=self.url, why=self._listed(name), todo=todo)
        digests = sorted({line.digest for line in found if line.digest}, key=lambda one: (len(one.hex), one))
        if not digests:
            why = "MD5, SHA-1 and SHA-224 do not count"
            todo = "ask its maker for SHA-256, or give the digest itself as `checksum`"
            raise VerificationError(f"has no digest of {name} that proves anything", where=self.url, why=why, todo=todo)
        same = [one for one in digests if one.algorithm == digests[0].algorithm]
        if len(same) > 1:
            why = " and ".join(map(str, same))
            todo = "ask its maker which is meant"
            raise VerificationError(f"gives several digests for {name}", where=self.url, why=why, todo=todo)
        return digests[0]

    def _meant(self, file: str) -> list[_Line]:
        folder = _path(self.url).rpartition("/")[0]
        path = _path(file).removeprefix(f"{folder}/")
        exact = [line for line in self.lines if line.name == path]
        named = [line for line in self.lines if line.name and _last(line.name) == _name(file)]
        return exact or named or [line for line in self.lines if len(self.lines) == 1 and not line.name]

    def _listed(self, name: str) -> str:
        names = list(dict.fromkeys(line.name for line in self.lines if line.name))
        close = difflib.get_close_matches(name, names, _FEW, 0) if len(names) > _FEW else names
        more = f" and {len(names) - len(close)} more" if len(names) > len(close) else ""
        return f"it lists {_and(close)}{more}" if names else f"it has {len(self.lines)} digests and no names"


def _line(text: str) -> _Line | None:
    tagged = _TAGGED.fullmatch(text)
    if tagged:
        algorithm = _BY_TAG.get(tagged["kind"], "")
        return _Line(_plain(tagged["name"]), _digest(algorithm, tagged["hex"]))
    plain = _PLAIN.fullmatch(text)
    if plain is None:
        return None
    return _Line(_plain(plain["name"] or ""), _digest(_BY_LENGTH.get(len(plain["hex"]), ""), plain["hex"]))


def _digest(algorithm: str, text: str) -> Digest | None:
    fits = _BY_LENGTH.get(len(text)) == algorithm
    return Digest(algorithm, text.lower()) if algorithm and fits else None


def _plain(name: str) -> str:
    return name.removeprefix("./")


def _path(url: str) -> str:
    return unquote(urlsplit(url).path)


def _name(url: str) -> str:
    return _last(_path(url))


def _last(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _and(names: Iterable[str]) -> str:
    return ", ".join(names)
