"""The arrow from locks to store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from airlock_builder.archives.shelf import ImageArchives
from airlock_builder.crew.crew import run_all
from airlock_builder.crew.task import Task
from airlock_builder.fetch.images import ImagePart, Source, parts_of, task_of
from airlock_builder.fetch.plain import Plain, plain_of
from airlock_builder.fetch.referring import Listing, is_list
from airlock_builder.fetch.signatures import check_signatures
from airlock_builder.remote.charts_oci import ChartsOci
from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.registry import Registry
from airlock_builder.remote.repositories import Repositories
from airlock_builder.store import Store
from airlock_core import proc
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, raise_all
from airlock_core.locks import LockedImage, ReleaseLocks
from airlock_core.progress import Event, Outset, Progress, Step, silent
from airlock_core.signatures import Keyring

JOBS = 8


@dataclass(frozen=True)
class Fetched:
    """What a fetch came to.

    Args:
        present, new: blobs that were in the store before, and those brought now.
        size, new_size: bytes of all blobs, and of those brought now.
        gone: what is locked, is not needed to build, and is not at its upstream any more.
    """

    present: int
    new: int
    size: int
    new_size: int
    gone: tuple[str, ...] = ()


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
    repositories: Repositories | None = None,
    root: Path = Path(),
    verify: bool = False,
    advisories: bool = True,
    archives: ImageArchives | None = None,
) -> Fetched:
    """Bring all that the locks name into the store.

    What is there already is not fetched. What fails does not keep the rest from being fetched; what was cut is gone
    on with by the next run.

    Args:
        keys: the keys that may have signed the RPMs.
        jobs: how much is fetched at once.
        repositories: where RPMs come from, by repository; without them each from its locked URL alone.
        root: the manifest's folder, from which locks name charts on this machine.
        verify: read and hash what is there already too, and fetch anew what is damaged.
        advisories: whether the medium carries them; where not, what is gone of them is told and no failure.
        archives: where the archives of images are; None where none may be read.

    Raises:
        InputError: a repository cannot be reached as the manifest says: a variable is not set.
        MachineError: not enough space: said before anything large is fetched.
        UpstreamError, VerificationError: one thing failed.
        Faults: several did.
    """
    crew = _Crew(jobs, http)
    progress = crew.telling(progress)
    known = repositories or Repositories(http, (), store.metadata)
    plain = plain_of(locks, http, known, oci, store.metadata, root, advisories=advisories)
    source = partial(_source, images=locks.images.images, store=store, registry=registry, archives=archives)
    parts, unread = _image_parts(locks.images.images, store, source, crew)
    every = _all_blobs(plain, parts)
    if verify:
        _discard_damaged(every, store, crew, progress)
    needs = _Needs.of(every, store)
    packages = [package for arch in locks.rpms.arches for package in (*arch.packages, *arch.source)]
    known.require(package.repoid for package in packages if package.checksum in needs.lacking)
    progress(needs.outset())
    gone: list[str] = []
    within = [one.task(store, progress, gone) for one in plain if one.within and one.digest in needs.lacking]
    tasks = _tasks(plain, parts, needs.lacking, store, source, progress, gone)
    faults = [*unread, *crew.do(tasks)]
    faults += [] if faults else crew.do(within)  # nothing can be taken out of what is not there
    store.settle()
    raise_all(f"{len(faults)} of {len(tasks) + len(within) + len(unread)} could not be fetched", faults)
    faults = check_signatures(packages, store, keys, progress)
    raise_all(f"{len(faults)} packages are not as they were signed", faults)
    return needs.fetched(store, gone)


@dataclass(frozen=True)
class _Needs:
    """The sizes of all blobs, and of those that the store lacks, by digest."""

    every: Mapping[Digest, int]
    lacking: Mapping[Digest, int]

    @classmethod
    def of(cls, every: Mapping[Digest, int], store: Store) -> _Needs:
        """What the store lacks, for which it has space.

        Raises:
            MachineError: it has not.
        """
        lacking = {digest: size for digest, size in every.items() if not store.has(digest, size)}
        store.require_space(sum(max(0, size - store.begun(digest)) for digest, size in lacking.items()))
        return cls(every, lacking)

    def outset(self) -> Outset:
        """What is about to be done."""
        size = sum(self.every.values())
        present, present_size = len(self.every) - len(self.lacking), size - sum(self.lacking.values())
        return Outset("fetch", len(self.every), size, present, present_size)

    def fetched(self, store: Store, gone: Collection[str]) -> Fetched:
        """What was done."""
        brought = [size for digest, size in self.lacking.items() if not gone or store.has(digest, size)]
        present, size = len(self.every) - len(self.lacking), sum(self.every.values())
        return Fetched(present, len(brought), size, sum(brought), tuple(sorted(gone)))


@dataclass(frozen=True)
class _Crew:
    """How work is done side by side: so much at once, and so much of one host."""

    jobs: int
    http: HttpClient
    _interrupted: threading.Event = field(default_factory=threading.Event)

    def telling(self, progress: Progress) -> Progress:
        """What tells the same, but of no failure once it was interrupted: the next run goes on with what is cut."""

        def tell(event: Event) -> None:
            if not (isinstance(event, Step) and event.failed and self._interrupted.is_set()):
                progress(event)

        return tell

    def do(self, tasks: Iterable[Task]) -> list[AirlockError]:
        return run_all(tasks, jobs=self.jobs, per_host=self.http.traffic.per_host, interrupt=self._interrupt)

    def _interrupt(self) -> None:
        self._interrupted.set()
        self.http.cancel()
        proc.end_all()


def _source(
    image: LockedImage,
    *,
    images: Iterable[LockedImage],
    store: Store,
    registry: Registry,
    archives: ImageArchives | None,
) -> Source:
    """Where an image comes from."""
    if is_list(image):
        return Listing.of(image, images, registry, store)
    if image.archive is None:
        return registry
    from airlock_builder.fetch.archived import Archived  # loaded by those alone who have archives

    return Archived(image.archive, archives)


def _image_parts(
    images: Iterable[LockedImage], store: Store, source: Callable[[LockedImage], Source], crew: _Crew
) -> tuple[list[ImagePart], list[AirlockError]]:
    """All manifests of all images, each once, their documents brought into the store; and what could not be read."""
    found: dict[LockedImage, list[ImagePart]] = {}

    def task(image: LockedImage) -> Task:
        def look() -> None:
            found[image] = parts_of(image, store, source(image))

        return Task(f"{image.ref}:{image.tag}", 0, look, source(image).host(image.ref))

    ordered = list(images)
    faults = crew.do(map(task, ordered))
    parts = [part for image in ordered for part in found.get(image, [])]
    return list({part.ref.digest: part for part in parts}.values()), faults


def _tasks(
    plain: Iterable[Plain],
    parts: Iterable[ImagePart],
    needed: Mapping[Digest, int],
    store: Store,
    source: Callable[[LockedImage], Source],
    progress: Progress,
    gone: list[str],
) -> list[Task]:
    """What is to be done for all that lacks, but for what stands within another file."""
    files = [one.task(store, progress, gone) for one in plain if not one.within and one.digest in needed]
    images = [task_of(part, store, source(part.image), progress) for part in parts if part.lacks(needed)]
    return [*files, *images]


def _all_blobs(plain: Iterable[Plain], parts: Iterable[ImagePart]) -> dict[Digest, int]:
    images = {digest: size for part in parts for digest, size in part.blobs}
    return images | {one.digest: one.size for one in plain}


def _discard_damaged(blobs: Mapping[Digest, int], store: Store, crew: _Crew, progress: Progress) -> None:
    """Hash what is there, and take out what is not what its name says."""
    there = {digest: size for digest, size in blobs.items() if store.has(digest)}
    total, done, lock = sum(there.values()), 0, threading.Lock()

    def task(digest: Digest, size: int) -> Task:
        def look() -> None:
            nonlocal done
            if not store.intact(digest, size):
                store.discard(digest)
            with lock:
                done += size
                progress(Step("fetch", "what is in the store", done, total, finished=done == total))

        return Task(digest.hex, size, look)

    raise_all("the store cannot be read", crew.do(task(digest, size) for digest, size in there.items()))
