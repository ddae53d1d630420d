"""What locks reach in a store: the blobs that they name, those that these name in turn, and what belongs to them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from airlock_builder.store import Store
from airlock_core import oci
from airlock_core.digest import Digest
from airlock_core.locks import LockedImage, ReleaseLocks


@dataclass(frozen=True)
class Reached:
    """What locks reach.

    Args:
        blobs: all of them, whether or not they are in the store.
        packages: the RPMs among them.
        roots: each repomd.xml that the locks saw, and those of other days that list what stayed since.
        unknown: images whose manifests are not in the store, so that their layers are not known.
    """

    blobs: frozenset[Digest]
    packages: frozenset[Digest]
    roots: frozenset[Digest]
    unknown: tuple[str, ...]


def reached(releases: Iterable[ReleaseLocks], store: Store) -> Reached:
    """What the locks of some releases reach.

    Raises:
        VerificationError: an image's manifest in the store is damaged, so that its layers are not known.
    """
    locks = list(releases)
    packages = {one.checksum for lock in locks for one in (*lock.rpms.packages, *lock.rpms.sources)}
    images, unknown = set[Digest](), set[str]()
    for image in (image for lock in locks for image in lock.images.images):
        for digest in _of_image(image, store):
            images.add(digest)
            if digest == image.digest and not store.has(digest):
                unknown.add(str(image.ref))
    plain = {digest for lock in locks for digest in _plain(lock)}
    roots = frozenset(root for lock in locks for repo in lock.rpms.repos for root in repo.roots)
    return Reached(frozenset(packages | images | plain), frozenset(packages), roots, tuple(sorted(unknown)))


def _plain(lock: ReleaseLocks) -> Iterator[Digest]:
    """Metadata of repositories, charts and files."""
    for repo in lock.rpms.repos:
        yield from (one.checksum for one in repo.documents)
    for arch in lock.rpms.arches:
        yield from (one.checksum for one in arch.module_metadata)
    yield from (digest for chart in lock.charts.charts for digest, _ in chart.carried.values())
    yield from (file.checksum for file in lock.files.files)


def _of_image(image: LockedImage, store: Store) -> Iterator[Digest]:
    """Its index or manifest, and of the platforms that it is locked for all that the store tells."""
    waiting = [image.digest]
    while waiting:
        digest = waiting.pop()
        yield digest
        if not store.has(digest):
            continue
        document = oci.parse(store.read(digest), where=str(image.ref))
        if document.is_index:
            meant = [one for one in document.children if not image.platforms or one.platform in image.platforms]
            waiting += [one.digest for one in meant]
        else:
            yield from (one.digest for one in document.children)
