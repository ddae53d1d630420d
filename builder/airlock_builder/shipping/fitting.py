"""Whether the parts of a release are of one release: every document that names a digest is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from airlock_builder.shipping import artifact
from airlock_builder.shipping.artifact import Artifact, Whole
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, InputError, VerificationError
from airlock_core.locks import LOCK_NAMES
from airlock_core.release import Release
from airlock_core.sidecar import Sidecar

Read = Callable[[Whole], bytes]
"""The bytes of a document, which have been found to be of its digest."""

MAX_DOCUMENT = 256 << 20
"""Bytes of a document at the most: the list of files of a large medium."""


def faults(one: Artifact, files: Sequence[Whole], read: Read, *, where: str) -> list[AirlockError]:
    """All that does not fit: locks that lack, ISOs without documents, documents that speak of other bytes.

    Args:
        read: gives release.json, sidecars and checksums.
    """
    locks = {file.title: file.digest for file in files if file.media_type == artifact.LOCK}
    found: list[AirlockError] = [_fault(f"{name} is not part of it", where) for name in LOCK_NAMES if name not in locks]
    for iso in (file for file in files if file.media_type == artifact.ISO):
        found += _of_iso(one, iso, files, locks, read, where)
    return found


def too_long(files: Iterable[Whole], *, where: str) -> list[AirlockError]:
    """Documents that are longer than any is."""
    return [
        _fault(f"{file.title} is no document: it has {file.size} bytes", where)
        for file in files
        if file.media_type != artifact.ISO and file.size > MAX_DOCUMENT
    ]


def _of_iso(
    one: Artifact, iso: Whole, files: Sequence[Whole], locks: Mapping[str, Digest], read: Read, where: str
) -> Iterator[AirlockError]:
    place = f"{where}: {iso.title}"
    own = {file.media_type: file for file in files if file.image == iso.title}
    kinds = {artifact.CHECKSUM: ".sha256", artifact.SIDECAR: ".release.json", artifact.ROOT_DOCUMENT: "release.json"}
    lacking = [name for kind, name in kinds.items() if kind not in own]
    if lacking:
        yield _fault(f"it comes without its {' and its '.join(lacking)}", place)
        return
    try:
        checksum = read(own[artifact.CHECKSUM]).decode(errors="replace").partition(" ")[0].strip()
        beside = Sidecar.loads(read(own[artifact.SIDECAR]), where=f"{place}.release.json")
        raw = read(own[artifact.ROOT_DOCUMENT])
        root = Release.loads(raw, where=f"{where}: {own[artifact.ROOT_DOCUMENT].title}")
    except (InputError, VerificationError) as error:
        yield VerificationError(error.what, where=error.where, why=error.why)
        return
    if checksum != iso.digest.hex:
        yield _fault("its .sha256 is of another ISO", place, f"it names sha256:{checksum}, the ISO is {iso.digest}")
    if (beside.digest, beside.size) != (iso.digest, iso.size):
        said = f"it names {beside.digest} of {beside.size} bytes, the ISO is {iso.digest} of {iso.size}"
        yield _fault("its .release.json is of another ISO", place, said)
    if json.loads(raw) != beside.release:
        yield _fault("its release.json and its .release.json tell of two releases", place)
    yield from _of_release(one, root, own, locks, place)


def _of_release(
    one: Artifact, root: Release, own: Mapping[str, Whole], locks: Mapping[str, Digest], place: str
) -> Iterator[AirlockError]:
    if (root.name, root.version, root.number) != (one.name, one.version, one.number):
        said = f"the ISO is {root.name} {root.version}, number {root.number}"
        yield _fault("is of another release", place, f"{said}, and not {one.name} {one.version}, number {one.number}")
    for name in sorted(locks.keys() | root.locks.keys()):
        if name in locks and locks[name] != root.locks.get(name):
            why = f"its release.json names {root.locks.get(name)}, the lock is {locks[name]}"
            yield _fault(f"was not built from this {name}", place, why)
    listed = own.get(artifact.FILE_LIST)
    if listed and listed.digest != root.manifest:
        yield _fault("its MANIFEST is of another ISO", place, f"release.json names {root.manifest}")


def _fault(what: str, where: str, why: str = "") -> VerificationError:
    return VerificationError(what, where=where, why=why, todo="build the ISO from the locks that stand, and push both")
