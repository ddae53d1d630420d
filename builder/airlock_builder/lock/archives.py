"""Images of archives on disk, locked: the archive by its checksum, the images in it by their own digests."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from airlock_builder.archives.reading import Archive
from airlock_builder.archives.shelf import ImageArchives, reference
from airlock_builder.lock.carried import resolve
from airlock_builder.lock.gather import gather
from airlock_builder.manifest.charts import root_of
from airlock_builder.manifest.model import Manifest
from airlock_builder.store import Store
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, InputError
from airlock_core.imageref import ImageRef
from airlock_core.locks import LockedArchive, LockedImage
from airlock_core.progress import Progress, Step


@dataclass
class _Wanted:
    """An archive, with all that the manifest says of it.

    Args:
        place: of its first mention in the manifest.
    """

    path: Path
    name: str | None
    place: str
    platforms: set[str] = field(default_factory=set)
    options: set[str | None] = field(default_factory=set)


def lock_archives(manifest: Manifest, store: Store, *, progress: Progress) -> list[LockedImage]:
    """Every image of every archive that the manifest names; each blob that is carried is read and found whole.

    Raises:
        InputError: an archive cannot be read, an image has no name, or is not there for a platform.
        VerificationError: an archive is damaged or hostile.
        MachineError: no space to unpack one that is packed.
        Faults: several of these; every archive is tried.
    """
    root = root_of(manifest)
    wanted = list(_wanted(manifest))
    if not wanted:
        return []
    with ImageArchives(root, store) as archives:
        found = gather(
            lambda one: _locked(one, archives, root, progress), wanted, jobs=1, what="archives could not be locked"
        )
    return [image for images in found for image in images]


def _wanted(manifest: Manifest) -> Iterator[_Wanted]:
    found: dict[tuple[Path, str | None], _Wanted] = {}
    for option, content in manifest.contents():
        head = f"options.{option}." if option else ""
        for index, one in enumerate(content.images.archives):
            fresh = _Wanted(one.archive, one.name, f"{head}images.archives[{index}]")
            known = found.setdefault((one.archive, one.name), fresh)
            known.platforms |= set(content.images.platforms)
            known.options.add(option)
    yield from found.values()


def _locked(one: _Wanted, archives: ImageArchives, root: Path, progress: Progress) -> list[LockedImage]:
    path = reference(one.path, root)
    try:
        locked = LockedArchive(path, archives.checksum(path))
        archive = archives.opened(path)
        return [_image(name, digest, one, archive, locked, progress) for name, digest in _names(one, archive, path)]
    except AirlockError as fault:
        fault.where = f"{one.place}: {fault.where or path}"
        raise


def _names(one: _Wanted, archive: Archive, path: str) -> list[tuple[str, Digest]]:
    """The images of an archive by name: its own, or the manifest's for the only one."""
    if one.name is None:
        nameless = [found for found in archive.images if not found.names]
        if nameless:
            what = f"the archive gives no name to {', '.join(str(found.digest) for found in nameless)}"
            todo = f"name it: {{archive: {path}, name: repository:tag}}; of several, each in an archive of its own"
            raise InputError(what, todo=todo)
        return [(name, found.digest) for found in archive.images for name in found.names]
    digests = {found.digest for found in archive.images}
    if len(digests) != 1:
        what = f"one name, {one.name}, for an archive of {len(digests)} images"
        raise InputError(what, todo="leave the name out; the archive must say theirs")
    return [(one.name, digest) for digest in digests]


def _image(
    name: str, digest: Digest, one: _Wanted, archive: Archive, locked: LockedArchive, progress: Progress
) -> LockedImage:
    ref = ImageRef.parse(name, where=locked.path)
    carried = resolve(ref.at(digest), sorted(one.platforms), archive)
    for blob, size in carried.blobs.items():
        archive.check(blob, size)
    progress(Step("lock", str(ref), carried.size, carried.size, finished=True))
    options = () if None in one.options else tuple(sorted(option for option in one.options if option))
    at = ref.at(carried.digest)
    return LockedImage(at, ref.tag, carried.platforms, carried.size, options, index=carried.index, archive=locked)
