"""What a fetch still has to bring, by kind and by host, from the locks and what the store has."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from airlock_core.digest import Digest
from airlock_core.locks import LockedImage, ReleaseLocks

T = TypeVar("T")

FILE_KINDS = {"base": "base", "files": "file", "python": "wheel", "collections": "collection", "playbooks": "playbook"}
"""Kinds of content that files.lock holds, with its own words for them."""


@dataclass(frozen=True)
class Item:
    """One thing that is locked.

    Args:
        kind: of content, such as ``rpms``.
        host: the ``host[:port]`` that is asked for it; for people where it comes from no network.
        lacking: bytes that are still to come of it.
        size: bytes of it in all.
        exact: whether no byte is counted twice; else layers may be that it shares with other images.
    """

    kind: str
    host: str
    lacking: int
    size: int
    exact: bool = True


@dataclass(frozen=True)
class Sources:
    """What is known beside the locks.

    Args:
        host: what is asked for a URL; empty for a file of this machine.
        image_host: what is asked for an image; empty where it is in an archive of this machine.
        has: whether the store has a blob of that size.
        begun: bytes of it that a run that was cut left.
        layers: the blobs of an image with their sizes, each once; None while its manifests are not in the store.
    """

    host: Callable[[str], str]
    image_host: Callable[[LockedImage], str]
    has: Callable[[Digest, int], bool]
    begun: Callable[[Digest], int]
    layers: Callable[[LockedImage], Mapping[Digest, int] | None]


def items(locks: ReleaseLocks, known: Sources) -> list[Item]:
    """All that is locked, each blob once.

    Of an image whose manifests are not in the store all counts as lacking, what it shares with others too.
    """
    seen: set[Digest] = set()
    found = []
    for kind, url, digest, size in _files(locks):
        if digest not in seen:
            seen.add(digest)
            found.append(Item(kind, known.host(url) or "this machine", _lacking(digest, size, known), size))
    for image in locks.images.images:
        layers = known.layers(image)
        kind = image_kind(image)
        host = known.image_host(image) or "this machine"
        if layers is None:
            found.append(Item(kind, host, image.size, image.size, exact=False))
            continue
        new = {digest: size for digest, size in layers.items() if digest not in seen}
        seen |= new.keys()
        lacking = sum(_lacking(digest, size, known) for digest, size in new.items())
        found.append(Item(kind, host, lacking, sum(new.values())))
    return found


def image_kind(image: LockedImage) -> str:
    """Whether an entry of images.lock counts as an image, or as something attached to images: a signature, an SBOM."""
    return "attached" if image.attachment else "images"


def lacking(found: Iterable[Item], by: Callable[[Item], T]) -> dict[T, tuple[int, int]]:
    """How many items lack, and their bytes, by kind or host."""
    table: dict[T, tuple[int, int]] = {}
    for item in found:
        if item.lacking:
            count, size = table.get(by(item), (0, 0))
            table[by(item)] = (count + 1, size + item.lacking)
    return table


def _lacking(digest: Digest, size: int, known: Sources) -> int:
    return 0 if known.has(digest, size) else max(0, size - known.begun(digest))


def _files(locks: ReleaseLocks) -> Iterator[tuple[str, str, Digest, int]]:
    for rpm in locks.rpms.packages:
        yield "rpms", rpm.url, rpm.checksum, rpm.size
    for source in locks.rpms.sources:
        yield "sources", source.url, source.checksum, source.size
    documents = [one for arch in locks.rpms.arches for one in arch.module_metadata]
    documents += [one for repo in locks.rpms.repos for one in (repo.comps, repo.updateinfo) if one]
    for document in documents:
        yield "metadata", document.url, document.checksum, document.size
    for chart in locks.charts.charts:
        for digest, size in chart.carried.values():
            yield "charts", chart.url or chart.repository, digest, size
    for kind, name in FILE_KINDS.items():
        for file in locks.files.of_kind(name):
            yield kind, file.download_url, file.checksum, file.size


@dataclass(frozen=True)
class Space:
    """What is written to one place, and what is free there now.

    Args:
        what: for people: ``store``, ``output``.
        path: the folder.
        needed: bytes; None where that is not known.
        free: bytes that this user may write.
        device: number of the file system, to see which places share one.
    """

    what: str
    path: Path
    needed: int | None
    free: int
    device: int

    @property
    def missing(self) -> int:
        """Bytes that do not fit."""
        return max(0, (self.needed or 0) - self.free)


def shared(spaces: Iterable[Space]) -> list[Space]:
    """Places on one file system, taken together."""
    by_device: dict[int, list[Space]] = {}
    for space in spaces:
        by_device.setdefault(space.device, []).append(space)
    return [_together(together) for together in by_device.values() if len(together) > 1]


def _together(spaces: list[Space]) -> Space:
    needed = [space.needed for space in spaces]
    total = None if None in needed else sum(size for size in needed if size)
    return Space("both", spaces[0].path, total, spaces[0].free, spaces[0].device)


def output_size(found: Iterable[Item]) -> int:
    """Bytes of the ISO, at the most: all content goes straight into it.

    How much of the base ISO stays is known only when it is read: here it is taken to stay whole.
    """
    return sum(item.size for item in found)
