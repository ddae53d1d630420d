"""Checking every byte of the mounted medium against its own documents: release.json → MANIFEST and locks → files."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath

from airlock_core import atomic, digest, manifest_file
from airlock_core import media as paths
from airlock_core.errors import AirlockError, MachineError, VerificationError, raise_all
from airlock_core.progress import Progress, Step, silent
from airlock_core.release import Release
from airlock_installer.layout import Layout
from airlock_installer.media.mount import release_of

_THREADS = min(4, os.cpu_count() or 1)


@dataclass(frozen=True)
class Verified:
    """What a check looked at.

    Args:
        release: digest of the root document.
        label: the volume label that it names.
        files, size: how many files and bytes were hashed.
        at: when, in seconds since 1970.
        seconds: how long it took.
    """

    release: str
    label: str
    files: int
    size: int
    at: int
    seconds: float


def verify(layout: Layout, progress: Progress = silent) -> Verified:
    """Check the mounted medium and leave a marker that it is good.

    Raises:
        VerificationError, Faults: each file that is missing, altered or unlisted, by name.
        MachineError: the medium cannot be read.
    """
    layout.verified_json.unlink(missing_ok=True)
    began = time.monotonic()
    release = release_of(layout.medium)
    listed = check_documents(layout.medium, release)
    found = hash_tree(layout.medium, progress)
    faults: list[AirlockError] = manifest_file.compare(listed, found)
    raise_all(f"{len(faults)} files of the medium {release.label} are not what they must be", faults)
    verified = Verified(
        release=str(digest.of_file(layout.medium / paths.RELEASE_JSON)),
        label=release.label,
        files=len(found),
        size=sum(entry.size for entry in found),
        at=int(time.time()),
        seconds=round(time.monotonic() - began, 1),
    )
    atomic.write(layout.verified_json, json.dumps(asdict(verified), sort_keys=True) + "\n")
    return verified


def last(layout: Layout) -> Verified | None:
    """The last check of the medium since it was mounted; None where it was not checked, or is another by now."""
    try:
        verified = Verified(**json.loads(layout.verified_json.read_text()))
        current = digest.of_file(layout.medium / paths.RELEASE_JSON)
    except (OSError, ValueError, TypeError):
        return None
    return verified if verified.release == str(current) else None


def check_documents(folder: Path, release: Release) -> tuple[manifest_file.Entry, ...]:
    """Check MANIFEST and the locks against the root document, and give MANIFEST's entries.

    Raises:
        VerificationError, Faults: a document is missing or altered.
    """
    wanted = {paths.MANIFEST: release.manifest} | {paths.LOCKS / name: lock for name, lock in release.locks.items()}
    faults = [fault for path, pinned in wanted.items() for fault in _document_faults(folder / path, path, pinned)]
    raise_all("the medium's own documents do not agree with release.json", faults)
    return manifest_file.loads((folder / paths.MANIFEST).read_text("utf-8"), where=str(paths.MANIFEST))


def hash_tree(folder: Path, progress: Progress = silent) -> tuple[manifest_file.Entry, ...]:
    """Digest and size of every file that MANIFEST must list, hashed in threads (hashlib leaves the interpreter's lock).

    Raises:
        VerificationError: something that is neither a file nor a folder.
        MachineError: a file cannot be read.
    """
    files = tuple(_files(folder))
    with ThreadPoolExecutor(_THREADS) as pool:
        return tuple(pool.map(lambda path: _entry(folder, path, progress), files))


def _document_faults(path: Path, name: PurePosixPath, pinned: digest.Digest) -> Iterator[AirlockError]:
    if not path.is_file():
        yield VerificationError("missing: release.json names it", where=str(name))
    elif (found := digest.of_file(path)) != pinned:
        yield VerificationError("altered", where=str(name), why=f"expected {pinned}, found {found}")


def _files(folder: Path) -> Iterator[PurePosixPath]:
    for parent, folders, names in _walk(folder):
        folders.sort()
        for name in sorted(names):
            path = parent / name
            relative = PurePosixPath(path.relative_to(folder))
            if path.is_symlink() or not path.is_file():
                raise VerificationError("neither a file nor a folder", where=str(relative))
            if paths.is_listed(relative):
                yield relative


def _walk(folder: Path) -> Iterator[tuple[Path, list[str], list[str]]]:
    def fail(error: OSError) -> None:
        raise MachineError("the medium cannot be read", where=str(error.filename), why=error.strerror or "")

    for parent, folders, names in os.walk(folder, onerror=fail):
        yield Path(parent), folders, names


def _entry(folder: Path, path: PurePosixPath, progress: Progress) -> manifest_file.Entry:
    try:
        entry = manifest_file.Entry(path, digest.of_file(folder / path), (folder / path).stat().st_size)
    except OSError as error:
        why = error.strerror or str(error)
        raise MachineError("cannot be read from the medium", where=str(path), why=why, todo="try another") from error
    progress(Step("verify", str(path), entry.size, entry.size, finished=True))
    return entry
