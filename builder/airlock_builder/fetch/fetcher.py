"""The arrow from locks to store."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from airlock_builder.fetch.images import ImagePart, lacking, parts_of, task_of
from airlock_builder.fetch.plain import Plain, plain_of
from airlock_builder.fetch.signatures import check_signatures
from airlock_builder.fetch.task import Task, run_all
from airlock_builder.remote.charts_oci import ChartsOci
from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.registry import Registry
from airlock_builder.store import Store
from airlock_core import proc
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, raise_all
from airlock_core.locks import LockedImage, ReleaseLocks
from airlock_core.progress import Progress, silent
from airlock_core.signatures import Keyring

JOBS = 8


@dataclass(frozen=True)
class Fetched:
    """What a fetch came to.

    Args:
        present, new: blobs that were in the store before, and those brought now.
        size, new_size: bytes of all blobs, and of those brought now.
    """

    present: int
    new: int
    size: int
    new_size: int


def fetch(
    locks: ReleaseLocks,
    store: Store,
    http: HttpClient,
    registry: Registry,
    oci: ChartsOci,
    keys: Keyring,
    jobs: int = JOBS,
    progress: Progress = silent,
    *,
    verify: bool = False,
) -> Fetched:
    """Bring all that the locks name into the store.

    What is there already is not fetched. What fails does not keep the rest from being fetched; what was cut is gone
    on with by the next run.

    Args:
        keys: the keys that may have signed the RPMs.
        jobs: how much is fetched at once.
        verify: read and hash what is there already too, and fetch anew what is damaged.

    Raises:
        MachineError: not enough space: said before anything large is fetched.
        UpstreamError, VerificationError: one thing failed.
        Faults: several did.
    """
    plain = plain_of(locks, http, oci)
    interrupt = _interrupter(http)
    parts, unread = _image_parts(locks.images.images, store, registry, jobs=jobs, interrupt=interrupt)
    if verify:
        _discard_damaged(_all_blobs(plain, parts), store)
    needed = lacking(parts, store) | {one.digest: one.size for one in plain if not store.has(one.digest, one.size)}
    store.require_space(sum(needed.values()) - _begun(needed, store))
    tasks = _tasks(plain, parts, store, registry, progress)
    faults = [*unread, *run_all(tasks, jobs=jobs, interrupt=interrupt)]
    raise_all(f"{len(faults)} of {len(tasks) + len(unread)} could not be fetched", faults)
    packages = [package for arch in locks.rpms.arches for package in (*arch.packages, *arch.source)]
    faults = check_signatures(packages, store, keys)
    raise_all(f"{len(faults)} packages are not as they were signed", faults)
    every = _all_blobs(plain, parts)
    return Fetched(len(every) - len(needed), len(needed), sum(every.values()), sum(needed.values()))


def _image_parts(
    images: Iterable[LockedImage], store: Store, registry: Registry, *, jobs: int, interrupt: Callable[[], None]
) -> tuple[list[ImagePart], list[AirlockError]]:
    """All manifests of all images, their documents brought into the store; and what could not be read of them."""
    found: dict[LockedImage, list[ImagePart]] = {}

    def look(image: LockedImage) -> None:
        found[image] = parts_of(image, store, registry)

    ordered = list(images)
    tasks = [Task(f"{image.ref}:{image.tag}", 0, lambda image=image: look(image)) for image in ordered]  # type: ignore[misc]
    faults = run_all(tasks, jobs=jobs, interrupt=interrupt)
    return [part for image in ordered for part in found.get(image, [])], faults


def _tasks(
    plain: Iterable[Plain], parts: Iterable[ImagePart], store: Store, registry: Registry, progress: Progress
) -> list[Task]:
    files = [one.task(store, progress) for one in plain]
    once = {part.ref.digest: part for part in parts}.values()
    return [*files, *(task_of(part, store, registry, progress) for part in once)]


def _all_blobs(plain: Iterable[Plain], parts: Iterable[ImagePart]) -> dict[Digest, int]:
    images = {digest: size for part in parts for digest, size in part.blobs}
    return images | {one.digest: one.size for one in plain}


def _discard_damaged(blobs: dict[Digest, int], store: Store) -> None:
    """Hash what is there, and take out what is not what its name says."""

    def look(blob: tuple[Digest, int]) -> None:
        digest, size = blob
        if store.has(digest) and not store.intact(digest, size):
            store.discard(digest)

    with ThreadPoolExecutor() as pool:
        list(pool.map(look, blobs.items()))


def _begun(needed: Iterable[Digest], store: Store) -> int:
    """Bytes of partial downloads: they take no further space."""
    parts = (store.part(digest) for digest in needed)
    return sum(part.stat().st_size for part in parts if part.exists())


def _interrupter(http: HttpClient) -> Callable[[], None]:
    def interrupt() -> None:
        http.cancel()
        proc.end_all()

    return interrupt
