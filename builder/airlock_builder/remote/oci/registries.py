"""All registries of a run, by the names that manifests and locks have, asked wherever they are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TypeVar

from airlock_builder.remote.failures import LATER, MissingError, Stopped
from airlock_builder.remote.oci.errands import FETCH, Errand
from airlock_builder.remote.oci.ground import PAUSE, Ground
from airlock_builder.remote.oci.memory import Forgetful, Memory
from airlock_builder.remote.oci.places import Spot, Ways
from airlock_builder.remote.oci.repository import Document, Repository
from airlock_builder.remote.oci.tags import nearest
from airlock_builder.remote.oci.transport import GivenUp, RegistryTransport
from airlock_builder.remote.traffic import Traffic
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, UpstreamError, VerificationError
from airlock_core.imageref import ImageRef
from airlock_core.progress import Notice

T = TypeVar("T")


class Registries:
    """Registries; for any thread.

    While another place can be asked, one is asked once; those that failed in a way that may pass are asked again,
    with patience, where none gave it and the registry itself, which is the last, does not say that it has it not. One
    that gave no answer at all is asked behind the others from then on.

    Args:
        ways: where they are asked, and how.
        traffic: what the connections of this run share.
        offline: refuse every request; what is remembered is had all the same.
        errand: what they are asked for.
        pause: seconds before the second attempt, growing from there.
        memory: what is kept of answers.
    """

    def __init__(
        self,
        ways: Ways,
        traffic: Traffic | None = None,
        *,
        offline: bool = False,
        errand: Errand = FETCH,
        pause: float = PAUSE,
        memory: Memory | None = None,
    ) -> None:
        self.ways = ways
        self.offline = offline
        self._traffic = traffic or Traffic()
        self._errand = errand
        self._pause = pause
        self._memory = memory or Forgetful()
        self._lock = threading.Lock()
        self._open: dict[tuple[object, ...], _Open] = {}
        self._away: set[str] = set()

    def close(self) -> None:
        """Close all connections."""
        with self._lock:
            for one in self._open.values():
                one.close()

    def cancel(self) -> None:
        """Let every request of every thread fail soon: the run is over."""
        self._traffic.cancel()

    def host(self, name: str) -> str:
        """The ``host[:port]`` that is asked for ``host/repository``; empty where none may be."""
        return "" if self.offline else self.ways.places.route(name).places[-1].address

    def manifest(self, ref: ImageRef) -> bytes:
        """The bytes of a manifest or index, verified where the reference has a digest.

        Raises:
            MissingError: the registry has it not, whatever its mirrors say.
            UpstreamError: no place could be reached, or lets us in; more than any manifest has.
            VerificationError: other bytes than its digest says, or than the registry itself says.
        """
        return self.document(ref.name, f"manifests/{ref.digest or ref.tag}", str(ref)).raw

    def blob(self, ref: ImageRef, digest: Digest) -> bytes:
        """A small blob of an image's repository, verified.

        Raises:
            MissingError, UpstreamError, VerificationError: as :meth:`manifest`.
        """
        return self.document(ref.name, f"blobs/{digest}", f"{ref.name}@{digest}").raw

    def document(self, name: str, resource: str, where: str, absent: Collection[int] = (404,)) -> Document:
        """What the first place gives that has it, or what is remembered of it.

        Args:
            name: ``host/repository``.
            resource: below the repository.
            where: what is asked for, for errors.
            absent: statuses that mean that there is no such thing.

        Raises:
            MissingError, UpstreamError, VerificationError: as :meth:`manifest`.
        """
        known = self._memory.recall(name, resource, where) if self.offline else self._memory.known(resource)
        if known:
            return known
        try:
            found = self._first(name, where, lambda repository: repository.document(resource, absent))
        except MissingError:
            self._memory.keep(name, resource, None)
            raise
        self._memory.keep(name, resource, found)
        return found

    def nearest(self, ref: ImageRef) -> str:
        """What a repository has in place of a tag that it lacks, to be told; empty where that cannot be known."""
        return nearest(str(ref.tag), lambda resource: self.document(ref.name, resource, ref.name))

    def download(
        self, name: str, digest: Digest, size: int, part: Path, on_bytes: Callable[[int], None], *, where: str
    ) -> None:
        """Fetch a blob into ``part``, going on with what it holds, and verify it.

        Raises:
            MissingError, UpstreamError: no place gives it; ``part`` keeps what came.
            VerificationError: other bytes, or more or fewer; ``part`` is gone then.
        """
        self._first(name, where, lambda repository: repository.download(digest, size, part, on_bytes))

    def repository(self, spot: Spot) -> Repository:
        """A repository at one place."""
        with self._lock:
            key = (spot.place, spot.trust)
            one = self._open.setdefault(key, _Open(self._traffic, self._errand, self._pause, offline=self.offline))
        return one.repository(spot)

    def _first(self, name: str, where: str, work: Callable[[Repository], T]) -> T:
        faults: dict[Spot, AirlockError] = {}
        spots = self.ways.to_read(name)
        for patient in (False, True) if len(spots) > 1 else (True,):
            left = [spot for spot in spots if spot not in faults or isinstance(faults[spot], GivenUp)]
            for spot in sorted(left, key=lambda spot: spot.host in self._away):
                repository = self.repository(spot)
                try:
                    return work(repository if patient else repository.impatient())
                except (UpstreamError, VerificationError) as fault:
                    fault.where = where
                    if isinstance(fault, Stopped):
                        raise
                    faults[spot] = fault
                    if len(spots) > 1:
                        self._note(spot, fault, where)
            if isinstance(faults[spots[-1]], MissingError):
                break
        raise _together([faults[spot] for spot in dict.fromkeys(spots)])

    def _note(self, spot: Spot, fault: AirlockError, where: str) -> None:
        """Remember, and tell once, that a place does not answer."""
        if isinstance(fault, GivenUp) and not fault.answered and spot.host not in self._away:
            self._away.add(spot.host)
            self._traffic.tell(Notice(where, f"{spot.host} does not answer: {fault.why}"))


class _Open:
    """One registry, reached in one way, and its repositories that were asked."""

    def __init__(self, traffic: Traffic, errand: Errand, pause: float, *, offline: bool) -> None:
        self._traffic = traffic
        self._errand = errand
        self._pause = pause
        self._offline = offline
        self._lock = threading.Lock()
        self._ground: Ground | None = None
        self._is_plain = False
        self._repositories: dict[str, Repository] = {}

    def close(self) -> None:
        if self._ground:
            self._ground.close()

    def repository(self, spot: Spot) -> Repository:
        """A repository of it; only a registry that may do without TLS is asked first, once, whether it does."""
        with self._lock:
            ground = self._ground or self._entered(spot)
            known = self._repositories.get(spot.repository)
            if known is None:
                really = spot.without_tls() if self._is_plain else spot
                known = Repository(RegistryTransport(really, ground, self._errand))
                self._repositories[spot.repository] = known
            return known

    def _entered(self, spot: Spot) -> Ground:
        self._ground = Ground(spot, self._traffic, offline=self._offline, pause=self._pause)
        self._is_plain = spot.place.insecure and not spot.place.plain and self._ground.is_plain(spot.host)
        return self._ground


def _together(faults: Sequence[AirlockError]) -> AirlockError:
    """What becomes of a question that no place answers; the last one is the registry itself, the others are copies."""
    last = faults[-1]
    if len(faults) == 1 or isinstance(last, MissingError):
        return last
    kind = VerificationError if any(isinstance(fault, VerificationError) for fault in faults) else UpstreamError
    why = "\n       ".join(f"{fault.what}: {fault.why}" for fault in faults)
    one = "see whether these are up; where one of them has all, make that one the location in images.registries"
    todo = one if last.todo == LATER else last.todo
    return kind(f"none of {len(faults)} places gives it", where=last.where, why=why, todo=todo)
