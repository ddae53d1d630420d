"""Looking into the registry's storage: what images of a lock lack there, and what is damaged.

The registry serves a rotten blob as it is (distribution reads no digest on the way out), so only this look finds it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from airlock_core import digest as digests
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, InputError
from airlock_core.locks.images import LockedImage
from airlock_installer.serve.contents import Contents, Documents
from airlock_installer.serve.crew import Crew
from airlock_installer.serve.storage import RegistryStorage


@dataclass(frozen=True, order=True)
class Lack:
    """An image that the registry cannot serve as it was locked, and why."""

    image: str
    why: str


@dataclass(frozen=True, order=True)
class Damage:
    """A blob whose bytes are not what its name says.

    Args:
        blob: its digest.
        path: its file.
        why: what is wrong with it.
        images: the images that need it; none where it belongs to no image of the lock.
    """

    blob: str
    path: str
    why: str
    images: tuple[str, ...]


@dataclass(frozen=True)
class Inspected:
    """What was found wrong."""

    lacking: tuple[Lack, ...]
    damaged: tuple[Damage, ...]


def inspect(images: Sequence[LockedImage], storage: RegistryStorage, *, deep: bool = False) -> Inspected:
    """Hold the storage against the images of a lock: links, blobs and their lengths.

    Args:
        deep: read every blob that is there, needed or not, and compare its digest.

    Raises:
        MachineError: the storage cannot be read.
    """
    lacking, whole, damaged, users = _gathered(images, storage)
    for content in whole:
        for digest, size in content.sizes.items():
            users.setdefault(digest, []).append(content.image.site_name)
            if not storage.blob(digest).is_file():
                lacking.append(Lack(content.image.site_name, f"it lacks the blob {digest}"))
            elif not storage.has(digest, size):
                damaged[digest] = f"it has not the {size} bytes that it must have"
        if not storage.is_linked(content):
            lacking.append(Lack(content.image.site_name, "it is not linked whole in its repository"))
    if deep:
        damaged |= _rotten(storage)
    found = [
        Damage(str(digest), str(storage.blob(digest)), why, tuple(sorted(users.get(digest, ()))))
        for digest, why in damaged.items()
    ]
    return Inspected(tuple(sorted(lacking)), tuple(sorted(found)))


def _gathered(
    images: Sequence[LockedImage], storage: RegistryStorage
) -> tuple[list[Lack], list[Contents], dict[Digest, str], dict[Digest, list[str]]]:
    """The images whose manifests are there, those whose are not, and the damage that shows already with its users."""
    documents, damaged, tried = Documents(images), dict[Digest, str](), set[Digest]()
    while left := [digest for digest in documents.missing() if digest not in tried]:
        for digest in left:
            tried.add(digest)
            if storage.blob(digest).is_file():
                try:
                    documents.add(digest, storage.blob(digest).read_bytes())
                except (AirlockError, OSError) as error:
                    damaged[digest] = _why(error)
    lacking, whole = [], []
    for image in images:
        try:
            whole.append(documents.contents(image))
        except AirlockError as error:
            lacking.append(Lack(image.site_name, error.what))
    return lacking, whole, damaged, {digest: [documents.user(digest).site_name] for digest in damaged}


def _rotten(storage: RegistryStorage) -> dict[Digest, str]:
    rotten: dict[Digest, str] = {}

    def look(digest: Digest, path: Path) -> None:
        try:
            found = digests.of_file(path, digest.algorithm)
        except OSError as error:
            rotten[digest] = _why(error)
        else:
            if found != digest:
                rotten[digest] = f"its bytes have {found}"

    with Crew() as crew:
        for digest, path in _blobs(storage):
            crew.submit(lambda digest=digest, path=path: look(digest, path))  # type: ignore[misc]
        crew.wait()
    return rotten


def _blobs(storage: RegistryStorage) -> Iterator[tuple[Digest, Path]]:
    for path in storage.blobs():
        try:
            yield Digest.parse(f"{path.parents[2].name}:{path.parent.name}"), path
        except InputError:
            """No blob of the registry's: it would never be served."""


def _why(error: Exception) -> str:
    if isinstance(error, AirlockError):
        return error.why or error.what
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
