"""Verify a medium by its own documents: every byte that MANIFEST covers, and all others where its sidecar is there.

It reads the image alone: no mount, no root, no network.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from airlock_core import iso_hashing, manifest_file, media, progress, sidecar
from airlock_core.errors import AirlockError, InputError, VerificationError, raise_all
from airlock_core.iso import IsoFile, IsoImage, IsoReader
from airlock_core.manifest_file import Entry
from airlock_core.progress import Progress
from airlock_core.release import Release
from airlock_core.sidecar import Sidecar
from airlock_core.sizes import human
from airlock_core.staged import UNKNOWN

_MAX_MANIFEST = 256 << 20
_MAX_RELEASE = 4 << 20


@dataclass(frozen=True)
class Verified:
    """A medium that is whole.

    Args:
        medium: what was read.
        release: its root document.
        files, size: how many files MANIFEST lists, and their bytes.
        whole: whether the bytes of no file were checked too, by the document beside the ISO.
    """

    medium: Path
    release: Release
    files: int
    size: int
    whole: bool

    def lines(self) -> list[str]:
        """For people."""
        release = self.release
        rest = "and all bytes between them" if self.whole else f"no {sidecar.SUFFIX[1:]} beside it: files alone"
        return [
            f"{self.medium}: {release.name} {release.version} (number {release.number}), label {release.label}",
            f"{self.files} files, {human(self.size)}: all as MANIFEST says; {rest}",
        ]

    def to_json(self) -> dict[str, object]:
        """For programs."""
        return {
            "medium": str(self.medium),
            "name": self.release.name,
            "version": self.release.version,
            "number": self.release.number,
            "label": self.release.label,
            "files": self.files,
            "bytes": self.size,
            "whole": self.whole,
        }


def verify(medium: Path, *, tell: Progress = progress.silent) -> Verified:
    """Read a medium whole and compare.

    Args:
        medium: an ISO or a block device that holds one.

    Raises:
        VerificationError, Faults: what is missing, altered or unlisted, each by name; not an airlock medium.
        InputError: the medium cannot be opened.
    """
    with IsoReader(medium) as reader:
        beside = _sidecar(reader)
        faults = _check_length(reader, beside)
        faults += sidecar.check_regions(reader, beside) if beside and not faults else []
        try:
            verified, more = _verify(reader, beside, tell)
        except VerificationError as error:
            # folders that cannot be read: what is known of their bytes says more
            raise_all(f"{medium}: does not verify", [*faults, error])
            raise
        raise_all(f"{medium}: does not verify, {len(faults) + len(more)} faults", [*faults, *more])
        return verified


def _verify(reader: IsoReader, beside: Sidecar | None, tell: Progress) -> tuple[Verified, list[AirlockError]]:
    image = reader.image()
    release = read_release(reader, image)
    faults = _check_label(image, release) + _check_image_length(image)
    listed = _manifest(reader, image, release)
    faults += _check_files(reader, image, listed, tell)
    faults += _check_locks(release, listed)
    if beside:
        faults += _check_beside(reader, image, release, beside)
    size = sum(entry.size for entry in listed)
    return Verified(reader.path, release, len(listed), size, beside is not None), faults


def read_release(reader: IsoReader, image: IsoImage) -> Release:
    """The medium's root document.

    Raises:
        VerificationError: there is none, or it is damaged.
    """
    raw = reader.read(_needed(reader, image, media.RELEASE_JSON), _MAX_RELEASE)
    try:
        return Release.loads(raw, where=f"{reader.path}: {media.RELEASE_JSON}")
    except InputError as error:
        raise VerificationError(error.what, where=error.where, why=error.why) from error


def _sidecar(reader: IsoReader) -> Sidecar | None:
    path = sidecar.beside(reader.path)
    return Sidecar.load(path) if path.is_file() else None


def _check_length(reader: IsoReader, beside: Sidecar | None) -> list[AirlockError]:
    length = reader.image_length()
    if beside is None or length == beside.size:
        return []
    what = "cut short" if length < beside.size else "bytes after the end"
    why = f"expected {beside.size} bytes, found {length}"
    return [VerificationError(what, where=str(reader.path), why=why, todo="copy the image again")]


def _check_image_length(image: IsoImage) -> list[AirlockError]:
    if image.device or image.length == image.size:
        return []
    why = f"the volume has {image.size} bytes, the file {image.length}"
    return [VerificationError("bytes after the end of the volume", why=why, todo="copy the image again")]


def _check_label(image: IsoImage, release: Release) -> list[AirlockError]:
    if image.label == release.label:
        return []
    why = f"{media.RELEASE_JSON} says {release.label!r}, the volume {image.label!r}"
    return [VerificationError("another volume label than the release's", why=why)]


def _manifest(reader: IsoReader, image: IsoImage, release: Release) -> tuple[Entry, ...]:
    file = _needed(reader, image, media.MANIFEST)
    found = iso_hashing.of_extents(reader, file.extents)
    where = f"{reader.path}: {media.MANIFEST}"
    if found != release.manifest:
        why = f"{media.RELEASE_JSON} says {release.manifest}, found {found}"
        raise VerificationError("altered", where=where, why=why)
    raw = reader.read(file, _MAX_MANIFEST)
    try:
        return manifest_file.loads(raw.decode("utf-8"), where=where)
    except UnicodeDecodeError as error:
        raise VerificationError("not UTF-8", where=where, why=str(error)) from error


def _check_files(reader: IsoReader, image: IsoImage, listed: tuple[Entry, ...], tell: Progress) -> list[AirlockError]:
    """Files of another size, and those that nobody listed, are not read: their names are enough."""
    sizes = {entry.path: entry.size for entry in listed}
    files = [file for file in image.files if media.is_listed(file.path)]
    read = [file for file in files if sizes.get(file.path) == file.size]
    found = {entry.path: entry for entry in iso_hashing.entries(reader, read, tell=tell)}
    unread = [Entry(file.path, UNKNOWN, file.size) for file in files if file.path not in found]
    others: list[AirlockError] = [
        VerificationError("unlisted: neither a file nor a folder", where=str(path)) for path in image.others
    ]
    return manifest_file.compare(listed, [*found.values(), *unread]) + others


def _check_locks(release: Release, listed: tuple[Entry, ...]) -> list[AirlockError]:
    found = {entry.path.name: entry.digest for entry in listed if entry.path.parent == media.LOCKS}
    return [
        VerificationError(f"{media.RELEASE_JSON} and the lock on the medium differ", where=str(media.LOCKS / name))
        for name in sorted(found.keys() | release.locks.keys())
        if found.get(name) != release.locks.get(name)
    ]


def _check_beside(reader: IsoReader, image: IsoImage, release: Release, beside: Sidecar) -> list[AirlockError]:
    faults: list[AirlockError] = []
    where = str(sidecar.beside(reader.path))
    if Release.loads(json.dumps(beside.release), where=where) != release:
        faults.append(VerificationError("describes another release than the medium holds", where=where))
    found = sidecar.padding(reader, image)
    if found != beside.padding:
        why = f"expected {beside.padding}, found {found}"
        faults.append(VerificationError("altered: what fills up files' last blocks", where=str(reader.path), why=why))
    return faults


def _needed(reader: IsoReader, image: IsoImage, path: PurePosixPath) -> IsoFile:
    found = image.find(path)
    if found is None:
        raise VerificationError("not a medium of airlock's", where=str(reader.path), why=f"there is no {path} on it")
    return found
