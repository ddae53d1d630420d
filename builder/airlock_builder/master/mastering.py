"""Master a staged medium: one image, its digest and its release document beside it, or nothing."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from shutil import disk_usage

from airlock_builder.master import base, composing, xorriso
from airlock_core import atomic, iso_hashing, manifest_file, media, proc, progress, sidecar, sizes
from airlock_core.digest import Digest, chunks_of
from airlock_core.errors import MachineError, VerificationError, raise_all
from airlock_core.iso import IsoFile, IsoImage, IsoReader
from airlock_core.manifest_file import Entry
from airlock_core.progress import Progress, Step
from airlock_core.release import Release
from airlock_core.sidecar import Sidecar
from airlock_core.staged import UNKNOWN, StagedMedia
from airlock_core.tree import ComposedFile, MediaFile

_SLACK = 64 << 20
"""Bytes for folders, boot sectors and padding, more than an image ever has."""
_MAX_DOCUMENT = 256 << 20


@dataclass(frozen=True)
class Mastered:
    """An image that was written: where it is, its bytes, its digest, and what it is."""

    iso: Path
    size: int
    digest: Digest
    release: Release


def master(staged: StagedMedia, output: Path, *, tell: Progress = progress.silent) -> Mastered:
    """Write ``output``, ``<output>.sha256`` and ``<output>.release.json``.

    The image appears under its name when it is whole, on the disk, and every file on it was read back and compared.

    Raises:
        HeldError: another run writes this output.
        MachineError: no space, no right to write, or a tool is missing.
        InputError: the base ISO is not one that can be used.
        VerificationError: what was read back is not what was staged, such as a damaged blob of the store.
    """
    with reserve(output):
        return master_reserved(staged, output, tell=tell)


@contextlib.contextmanager
def reserve(output: Path) -> Iterator[None]:
    """Keep an output to oneself while it is staged and mastered; its folder is made.

    Raises:
        HeldError: another run writes this output.
        MachineError: no space or no right to write.
    """
    output = output.absolute()
    lock = output.with_name(f".{output.name}.lock")
    with atomic.disk_errors(output), atomic.held(lock, f"the output {output}"):
        yield


def master_reserved(staged: StagedMedia, output: Path, *, tell: Progress = progress.silent) -> Mastered:
    """As :func:`master`, for a caller that holds the output by :func:`reserve`."""
    output = output.absolute()
    part = output.with_name(f".{output.name}.part")
    part.unlink(missing_ok=True)  # left by a run that was killed
    try:
        return _master(staged, output, part, tell)
    finally:
        part.unlink(missing_ok=True)


def _master(staged: StagedMedia, output: Path, part: Path, tell: Progress) -> Mastered:
    subject = output.name
    with tempfile.TemporaryDirectory(prefix="airlock-master-") as name:
        work = Path(name)
        tell(Step("master", subject))
        ground = base.foundation(staged, work)
        files = [*staged.tree, *ground.edited]
        holes = [MediaFile(file.path, _hole(work, file), UNKNOWN, file.size) for file in staged.composed]
        listed = [*ground.kept, *(Entry(file.path, file.digest, file.size) for file in (*files, *holes))]
        release, documents = _documents(staged.release, listed, work)
        _write(staged, part, [*files, *holes, *documents], ground, work)
        filled = composing.fill(part, staged.composed, tell)
        release, listed = _settle(part, release, listed, filled)
    proc.run(["implantisomd5", "--force", part], timeout=600 + part.stat().st_size / (4 << 20))
    beside = _read_back(part, release, listed, filled, tell, subject)
    return _publish(part, output, beside, release)


def _write(staged: StagedMedia, part: Path, files: Iterable[MediaFile], ground: base.Foundation, work: Path) -> None:
    placed = tuple((file.path, file.source) for file in files)
    size = staged.size + sum(entry.size for entry in ground.kept)
    _require_space(part.parent, size + _SLACK)
    job = xorriso.Job(staged.base, part, staged.label, staged.epoch, ground.gone, placed, size)
    xorriso.write(job, work / "xorriso.txt")


def _hole(folder: Path, file: ComposedFile) -> Path:
    """A file as long, of zeros that take no space."""
    path = folder / file.path.name
    with path.open("xb") as hole:
        hole.truncate(file.size)
    return path


def _documents(release: Release, listed: list[Entry], folder: Path) -> tuple[Release, list[MediaFile]]:
    """MANIFEST and release.json as files in a folder; the release with MANIFEST's digest."""
    release, texts = _texts(release, listed)
    files = []
    for path, raw in texts.items():
        target = folder / path.name
        target.write_bytes(raw)
        files.append(MediaFile(path, target, Digest.sha256(raw), len(raw)))
    return release, files


def _texts(release: Release, listed: list[Entry]) -> tuple[Release, dict[PurePosixPath, bytes]]:
    manifest = manifest_file.dumps(listed).encode()
    release = replace(release, manifest=Digest.sha256(manifest))
    return release, {media.MANIFEST: manifest, media.RELEASE_JSON: release.dumps().encode()}


def _settle(part: Path, release: Release, listed: list[Entry], filled: Iterable[Entry]) -> tuple[Release, list[Entry]]:
    """Put the digests that came late, also of what xorriso patched (isolinux.bin), into MANIFEST and release.json.

    Args:
        filled: what was written into the image after it.

    Both keep their lengths, since a digest is as long as another, so nothing else of the image changes.
    """
    with IsoReader(part) as reader:
        image = reader.image()
        os.truncate(part, image.size)  # xorriso fills up its last write of 32 KiB, beyond the volume's end
        boot = [file for file in image.files if file.extents and file.extents[0].offset in image.boot_offsets]
        found = {entry.path: entry for entry in (*iso_hashing.entries(reader, boot), *filled)}
        settled = [found.get(entry.path, entry) for entry in listed]
    if settled != listed:
        release, texts = _texts(release, settled)
        with part.open("r+b") as file:
            for path, raw in texts.items():
                place = _single_extent(image, path, len(raw))
                file.seek(place.extents[0].offset)
                file.write(raw)
    return release, settled


def _single_extent(image: IsoImage, path: PurePosixPath, size: int) -> IsoFile:
    file = image.find(path)
    if file is None or len(file.extents) != 1 or file.size != size:
        raise VerificationError("the image does not hold what was put on it", where=str(path))
    return file


def _read_back(
    part: Path, release: Release, listed: list[Entry], filled: list[Entry], tell: Progress, subject: str
) -> Sidecar:
    """Read the whole image, compare every file, and describe it.

    Args:
        filled: files that were read back when they were filled in.
    """
    with IsoReader(part) as reader, ThreadPoolExecutor(1) as pool:
        whole = pool.submit(_whole, part)
        image = reader.image()
        known = {entry.path for entry in filled}
        files = [file for file in image.files if media.is_listed(file.path) and file.path not in known]
        found = iso_hashing.entries(reader, files, tell=tell, stage="master", subject=subject)
        faults = manifest_file.compare(listed, [*filled, *found])
        for fault in faults:
            fault.todo = "what was staged changed on its way: run `airlock fetch --verify`, and build again"
        raise_all("the image does not hold what was staged", faults)
        regions, padding = sidecar.survey(reader, image)
        return Sidecar(json.loads(release.dumps()), image.length, whole.result(), regions, padding)


def _whole(path: Path) -> Digest:
    state = hashlib.sha256()
    for chunk in chunks_of(path):
        state.update(chunk)
    return Digest("sha256", state.hexdigest())


def _publish(part: Path, output: Path, beside: Sidecar, release: Release) -> Mastered:
    """Give the image its name. What stood beside an older one goes first: it must never describe another image."""
    checksum = output.with_name(f"{output.name}.sha256")
    for old in (checksum, sidecar.beside(output)):
        old.unlink(missing_ok=True)
    with part.open("rb") as file:
        atomic.sync(file.fileno())
    part.chmod(0o644)
    part.replace(output)
    atomic.sync_folder(output.parent)
    atomic.write(checksum, f"{beside.digest.hex}  {output.name}\n")
    atomic.write(sidecar.beside(output), beside.dumps())
    return Mastered(output, beside.size, beside.digest, release)


def _require_space(folder: Path, needed: int) -> None:
    free = disk_usage(folder).free
    if free < needed:
        raise MachineError(
            f"not enough space: {sizes.human(needed)} for the image, {sizes.human(free)} free",
            where=str(folder),
            todo="free some space, or write to another folder with -o",
        )
