"""``release/MANIFEST``: SHA-256, size and path of every file on the medium, and its comparison with what is there.

A line is ``<64 hex> <size> <path>``, the file sorted by path as bytes, UTF-8, LF; the path is last because it may
hold blanks (the order of ``sha256sum``, with the size between). A line feed or backslash in a path is refused.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, InputError, VerificationError
from airlock_core.media import safe_relative


@dataclass(frozen=True)
class Entry:
    """What one file is, or must be."""

    path: PurePosixPath
    digest: Digest
    size: int


def dumps(entries: Iterable[Entry]) -> str:
    """The MANIFEST's text.

    Raises:
        InputError: a path cannot be written on one line.
    """
    ordered = sorted(entries, key=lambda entry: str(entry.path).encode())
    for entry in ordered:
        if "\n" in str(entry.path) or "\\" in str(entry.path):
            raise InputError("a file name with a line feed or a backslash", where=repr(str(entry.path)))
    return "".join(f"{entry.digest.hex} {entry.size} {entry.path}\n" for entry in ordered)


def loads(text: str, *, where: str) -> tuple[Entry, ...]:
    """Read a MANIFEST.

    Raises:
        VerificationError: a line of another shape, or a path twice.
    """
    entries: dict[PurePosixPath, Entry] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        entry = _entry(line, f"{where}:{number}")
        if entry.path in entries:
            raise VerificationError(f"{entry.path} is listed twice", where=f"{where}:{number}")
        entries[entry.path] = entry
    return tuple(entries.values())


def _entry(line: str, where: str) -> Entry:
    try:
        hexes, size, path = line.split(" ", 2)
        return Entry(safe_relative(path), Digest.parse(f"sha256:{hexes}"), int(size))
    except (ValueError, InputError) as error:
        raise VerificationError("not a line of a MANIFEST", where=where, why=repr(line[:200])) from error


def compare(listed: Iterable[Entry], found: Iterable[Entry]) -> list[AirlockError]:
    """Every difference: missing, altered and unlisted files, each by name; nothing where all agree.

    Args:
        listed: what MANIFEST says.
        found: what is on the medium, without the files that MANIFEST leaves out (:func:`media.is_listed`).
    """
    want = {entry.path: entry for entry in listed}
    have = {entry.path: entry for entry in found}
    faults: list[AirlockError] = []
    for path in sorted(want.keys() | have.keys()):
        expected, actual = want.get(path), have.get(path)
        if expected is None:
            faults.append(VerificationError("unlisted: on the medium, not in MANIFEST", where=str(path)))
        elif actual is None:
            faults.append(VerificationError("missing: in MANIFEST, not on the medium", where=str(path)))
        elif (expected.digest, expected.size) != (actual.digest, actual.size):
            faults.append(VerificationError("altered", where=str(path), why=_difference(expected, actual)))
    return faults


def _difference(expected: Entry, actual: Entry) -> str:
    if expected.size != actual.size:
        return f"expected {expected.size} bytes, found {actual.size}"
    return f"expected {expected.digest}, found {actual.digest}"
