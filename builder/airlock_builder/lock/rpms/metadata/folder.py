"""Plain folders of RPMs: their own repodata held against what stands there, or repodata made for them.

What is made hangs on the files' names and bytes alone, not on their dates or on where the folder is. Vendors ship
archives of RPMs, some with the repodata of another state of them: then packages would be missed in silence, and so a
file that the repodata does not list is an error.
"""

from __future__ import annotations

import html
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from airlock_builder.lock.rpms.metadata import repomd
from airlock_builder.lock.rpms.metadata.described import Described, describe
from airlock_builder.lock.rpms.metadata.document import Document
from airlock_builder.lock.rpms.metadata.repomd import Record
from airlock_builder.lock.rpms.metadata.state import RepoState
from airlock_builder.lock.rpms.package import Package
from airlock_builder.remote.folderfiles import reference
from airlock_core import atomic
from airlock_core.digest import Digest, of_file
from airlock_core.errors import AirlockError, InputError, VerificationError, raise_all

REPODATA = "repodata"
MAX_FILES = 100_000
_LOCATION = re.compile(rb'<location\b[^>]*\shref="([^"]*)"')
_XMLNS = 'xmlns="http://linux.duke.edu/metadata/{}" xmlns:rpm="http://linux.duke.edu/metadata/rpm"'
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


def repodata_of(folder: Path, cache: Path) -> Path:
    """The folder that holds the repodata of a folder of RPMs: itself, else one in the cache where it is made.

    Args:
        cache: folder for repository metadata; what is known of files is kept there by their digests.

    Raises:
        InputError, VerificationError, Faults: files that are no RPMs, are cut short, or are not listed; all of them.
    """
    files = list(_rpms(folder))
    if (folder / REPODATA / "repomd.xml").is_file():
        _check_listed(folder, files)
        return folder
    if not files:
        raise InputError("holds no RPM", where=str(folder), todo="correct the path, or put the RPMs there")
    return _made(folder, files, cache)


def check_files(packages: Iterable[Package], states: Mapping[str, RepoState]) -> None:
    """Hold packages of folders against what their repodata says, byte by byte: they are here, and cheap to read.

    Raises:
        VerificationError, Faults: files that have other bytes; all of them.
    """
    faults: list[AirlockError] = []
    for package in packages:
        folder = states[package.repoid].config.folder
        path = folder / unquote(package.href) if folder else None
        if path and path.is_file() and of_file(path, package.checksum.algorithm) != package.checksum:
            what = f"has other bytes than the repodata of repo {package.repoid} says"
            todo = "copy the folder again, or run createrepo_c on it"
            faults.append(VerificationError(what, where=str(path), todo=todo))
    raise_all(f"{len(faults)} packages are not what their repodata says", faults)


def _rpms(folder: Path) -> Iterator[Path]:
    """All RPMs below a folder, by their paths in it, sorted; what is hidden and repodata are left out."""
    found: list[str] = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".") and name != REPODATA]
        found += [os.path.join(place, name) for name in files if name.endswith(".rpm") and not name.startswith(".")]  # noqa: PTH118
        if len(found) > MAX_FILES:
            raise InputError(f"holds more than {MAX_FILES} RPMs", where=str(folder), todo="give a smaller folder")
    return map(Path, sorted(found))


def _check_listed(folder: Path, files: Sequence[Path]) -> None:
    where = str(folder / REPODATA / "repomd.xml")
    primary = repomd.parse((folder / REPODATA / "repomd.xml").read_bytes(), where=where).records["primary"]
    listed = _Hrefs()
    Document(folder / unquote(primary.href), where, primary.open_size).write(listed)  # type: ignore[arg-type]
    listed.finish()
    missing = [file for file in files if str(file.relative_to(folder)) not in listed.found]
    todo = "run createrepo_c on the folder, or take its repodata away: then the RPMs themselves are read"
    raise_all(
        f"{len(missing)} RPMs are not in the folder's repodata",
        [InputError("is not listed in the folder's own repodata", where=str(file), todo=todo) for file in missing],
    )


class _Hrefs:
    """Takes primary.xml, and finds the places of packages in it."""

    def __init__(self) -> None:
        self.found: set[str] = set()
        self._rest = b""

    def write(self, data: bytes) -> int:
        """Take what comes next."""
        joined = self._rest + data
        cut = joined.rfind(b"<location")
        cut = cut if cut > 0 else len(joined)
        self._look(joined[:cut])
        self._rest = joined[cut:]
        return len(data)

    def finish(self) -> None:
        """That was all."""
        self._look(self._rest)

    def _look(self, data: bytes) -> None:
        texts = (html.unescape(href.decode("utf-8", errors="replace")) for href in _LOCATION.findall(data))
        self.found |= {unquote(text) for text in texts}


@dataclass(frozen=True)
class _Entry:
    """One file of a folder, and what its header says."""

    path: Path
    href: str
    about: Described


def _made(folder: Path, files: Sequence[Path], cache: Path) -> Path:
    entries = _unique(_entries(folder, files, cache / "folders"))
    identity = "\n".join(f"{entry.about.digest} {entry.href}" for entry in entries)
    target = cache / "folders" / Digest.sha256(identity.encode()).hex
    records = [
        _written(target, "primary", "common", "metadata", [entry.about.primary_at(entry.href) for entry in entries]),
        _written(target, "filelists", "filelists", "filelists", [entry.about.filelists for entry in entries]),
    ]
    text = f"{_DECLARATION}<repomd {_XMLNS.format('repo')}>\n{''.join(map(_record, records))}</repomd>\n"
    atomic.write(target / REPODATA / "repomd.xml", text.encode())
    return target


def _entries(folder: Path, files: Sequence[Path], cache: Path) -> list[_Entry]:
    found: list[_Entry] = []
    faults: list[AirlockError] = []
    for file in files:
        try:
            found.append(_Entry(file, reference(str(file.relative_to(folder))), describe(file, cache)))
        except AirlockError as fault:
            faults.append(fault)
    raise_all(f"{len(faults)} files of {folder} cannot be used", faults)
    return found


def _unique(entries: Sequence[_Entry]) -> list[_Entry]:
    """Each build once: the same file may lie there twice, two files of one build may not."""
    found: dict[str, _Entry] = {}
    faults: list[AirlockError] = []
    for entry in entries:
        first = found.setdefault(entry.about.nevra, entry)
        if first.about.digest != entry.about.digest:
            what = f"is {entry.about.nevra} too, with other bytes than {first.path.name} has"
            faults.append(InputError(what, where=str(entry.path), why=f"the first: {first.path}", todo="keep one"))
    raise_all(f"{len(faults)} packages stand twice", faults)
    return list(found.values())


def _written(target: Path, kind: str, schema: str, root: str, chunks: Sequence[str]) -> Record:
    head = f'{_DECLARATION}<{root} {_XMLNS.format(schema)} packages="{len(chunks)}">\n'
    data = f"{head}{''.join(chunks)}</{root}>\n".encode()
    path = target / REPODATA / f"{kind}.xml"
    if not (path.is_file() and path.read_bytes() == data):
        atomic.write(path, data)
    return Record(kind, f"{REPODATA}/{kind}.xml", len(data), len(data), Digest.sha256(data))


def _record(record: Record) -> str:
    return (
        f'<data type="{record.kind}"><checksum type="sha256">{record.digest.hex}</checksum>'
        f'<location href="{record.href}"/><size>{record.size}</size><open-size>{record.open_size}</open-size></data>\n'
    )
