"""Who signed each package, found out when it is locked: from the first bytes of the file at the upstream.

The header's signature is verified by gpg and judged by policy; the payload is left to fetch, which has the whole file.
Only packages of RPM 3, whose signatures cover the payload alone, are brought whole to be judged.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from airlock_builder.lock.rpms.metadata.repomd import join
from airlock_builder.lock.rpms.metadata.state import RepoState
from airlock_builder.lock.rpms.package import Package
from airlock_builder.lock.rpms.signing import refusals
from airlock_builder.lock.rpms.signing.excuses import excuse
from airlock_builder.lock.rpms.signing.heads import Heads
from airlock_builder.lock.rpms.signing.refusals import Lost, Refused
from airlock_builder.manifest.model import Unsigned
from airlock_builder.remote.failures import StatusError, is_absent
from airlock_builder.remote.repositories import Repositories
from airlock_builder.store import Store
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, UpstreamError, VerificationError
from airlock_core.nevra import Nevra
from airlock_core.progress import Progress, Step, silent
from airlock_core.signatures.judge import Judge, Verdict
from airlock_core.signatures.keyring import certificates
from airlock_core.signatures.policy import Kind, Objection
from airlock_core.signatures.proofs import Proofs
from airlock_core.signatures.rpmfile import RpmHead, parse_head
from airlock_core.signatures.verify import HEAD_BYTES, judge_file

T = TypeVar("T")

_TOGETHER = 100
"""Packages whose signatures one gpg process verifies."""


@dataclass(frozen=True)
class Signer:
    """Who signed a package.

    Args:
        fingerprint: in full; None where no listed key did.
        unsigned: the manifest's reason to take it in spite of what speaks against its signature.
        objection: what that is.
    """

    fingerprint: str | None = None
    unsigned: str | None = None
    objection: str | None = None


_Outcome = Signer | Refused | AirlockError


@dataclass(frozen=True)
class _Repo:
    state: RepoState
    judge: Judge

    def url(self, package: Package) -> str:
        return join(self.state.base, package.href)

    def where(self, package: Package) -> str:
        return f"{package.nevra} from repo {package.repoid} ({self.url(package)})"


class Signers:
    """Finds signers out.

    Args:
        repositories: the network, by repository.
        cache: folder that keeps the heads of packages already found good, by the package's digest, and who signed.
        store: where packages that must be read whole are kept, so that fetch has them.
        entries: those of ``rpms.unsigned`` that count for a package.
        major: of the platform's release, whose rpm checks the packages again at the site.
        jobs: how many at once.
    """

    def __init__(
        self,
        repositories: Repositories,
        cache: Path,
        store: Store,
        entries: Callable[[Package], Iterable[Unsigned]],
        *,
        major: int,
        jobs: int = 4,
        progress: Progress = silent,
    ) -> None:
        self._repositories = repositories
        self._heads = Heads(cache)
        self._proofs = cache / "proofs.sqlite"
        self._store = store
        self._entries = entries
        self._major = major
        self._jobs = jobs
        self._progress = progress

    def find(self, packages: Sequence[Package], repos: Mapping[str, RepoState]) -> dict[Package, Signer]:
        """The signer of each package.

        Raises:
            VerificationError, UpstreamError, Faults: packages that are not signed as they must be, and packages that
                the upstream has lost; all of them at once, what speaks against a package before what is absent.
        """
        found: dict[Package, _Outcome] = {}
        with ExitStack() as stack:
            known = {repoid: _Repo(state, self._judge(state, stack)) for repoid, state in repos.items()}
            run = _Run(len(packages), self._progress)
            with ThreadPoolExecutor(max_workers=self._jobs) as workers:
                batches = _batches(packages, self._jobs)
                for some in workers.map(lambda batch: self._some(batch, known[batch[0].repoid], run), batches):
                    found |= some
        refusals.raise_for(len(packages), [one for one in found.values() if not isinstance(one, Signer)])
        return {package: one for package, one in found.items() if isinstance(one, Signer)}

    def _judge(self, state: RepoState, stack: ExitStack) -> Judge:
        ring = stack.enter_context(certificates(state.keys))
        return Judge(state.keys, Proofs(ring, state.keys, self._proofs), int(time.time()), self._major)

    def _some(self, packages: Sequence[Package], repo: _Repo, run: _Run) -> dict[Package, _Outcome]:
        """Packages of one repository: each one's head is read, all signatures are verified together, each is judged."""
        found: dict[Package, _Outcome] = {}
        heads = self._kept(packages, repo.judge)
        for package in packages:
            if package not in heads and not run.stopped.is_set():
                head = run.attempt(package, partial(self._head, package, repo))
                if isinstance(head, RpmHead):
                    heads[package] = head
                else:
                    found[package] = head
            run.step(str(package.nevra))
        repo.judge.gather(heads.values())
        found |= {
            package: run.attempt(package, partial(self._signer, package, head, repo)) for package, head in heads.items()
        }
        good = {package: head for package, head in heads.items() if head.header and isinstance(found[package], Signer)}
        self._heads.write({package.checksum: head for package, head in good.items()})
        return found

    def _kept(self, packages: Sequence[Package], judge: Judge) -> dict[Package, RpmHead]:
        """The heads of earlier runs, of packages whose signatures are proved."""
        kept = self._heads.read(package.checksum for package in packages)
        judge.gather(kept.values())
        found = {package: kept[package.checksum] for package in packages if package.checksum in kept}
        return {package: head for package, head in found.items() if judge.is_ready(head)}

    def _head(self, package: Package, repo: _Repo) -> RpmHead:
        """What the file's first bytes hold, from the first mirror where they are not plainly those of something else.

        Where they are so everywhere, what the first one gave is judged.
        """
        if package.header_end > HEAD_BYTES:
            raise VerificationError(f"has a header of {package.header_end} bytes", where=repo.url(package))
        others: list[RpmHead] = []

        def judge(url: str, data: bytes) -> RpmHead:
            head = parse_head(data, where=url)
            altered = _altered(head, package)
            if altered:
                others.append(head)
                raise VerificationError("is not the package that its metadata names", where=url, why=str(altered[0]))
            return head

        try:
            return self._repositories.get_range(package.repoid, repo.url(package), 0, package.header_end, judge)
        except VerificationError as fault:
            if others:
                return others[0]
            fault.what = f"{package.nevra} from repo {package.repoid}: {fault.what}"
            raise

    def _signer(self, package: Package, head: RpmHead, repo: _Repo) -> Signer | Refused:
        verdict = repo.judge.package(head, where=repo.where(package))
        if verdict.unproven:
            verdict = self._whole(package, head, repo)
        altered = _altered(head, package)
        objections = (*altered, *verdict.objections)
        entry = excuse(package.nevra, self._entries(package)) if objections else None
        if objections and not (entry and verdict.is_excusable and not altered):
            return Refused(package, repo.url(package), repo.state.base, objections)
        return Signer(verdict.signer, entry.reason if entry else None, verdict.text or None)

    def _whole(self, package: Package, head: RpmHead, repo: _Repo) -> Verdict:
        """What is to be thought of a package that must be read whole: it stays in the store, where fetch finds it."""
        url = repo.url(package)

        def fill(part: Path) -> Digest:
            self._repositories.download(package.repoid, url, part, size=package.size, digest=package.checksum)
            return package.checksum

        self._store.ensure(package.checksum, package.size, fill)
        path = self._store.check(package.checksum, package.size, subject=str(package.nevra))
        return judge_file(path, head, repo.judge, where=repo.where(package))


class _Run:
    """What the workers share."""

    def __init__(self, total: int, progress: Progress) -> None:
        self.stopped = threading.Event()
        self._lock = threading.Lock()
        self._done = 0
        self._total = total
        self._progress = progress

    def step(self, subject: str) -> None:
        with self._lock:
            self._done += 1
            self._progress(
                Step("lock", "signatures", self._done, self._total, finished=self._done == self._total, unit="packages")
            )

    def attempt(self, package: Package, work: Callable[[], T]) -> T | AirlockError:
        """What work comes to, or why it does not; when the upstream is down, the rest is not asked for."""
        try:
            return work()
        except UpstreamError as error:
            if not (isinstance(error, StatusError) or is_absent(error)):
                self.stopped.set()
            return Lost(package, error)
        except VerificationError as error:
            return error


def _batches(packages: Iterable[Package], jobs: int) -> Iterator[Sequence[Package]]:
    """Packages of one repository each, few enough that every worker has some."""
    by_repo: dict[str, list[Package]] = {}
    for package in packages:
        by_repo.setdefault(package.repoid, []).append(package)
    for some in by_repo.values():
        size = min(_TOGETHER, -(-len(some) // jobs))
        for start in range(0, len(some), size):
            yield some[start : start + size]


def _altered(head: RpmHead, package: Package) -> tuple[Objection, ...]:
    """What shows, before any key is asked, that a file is not the package that its metadata names."""
    if head.nevra != _as_in_headers(package.nevra):
        return (Objection(Kind.ALTERED, f"the file is {head.nevra}"),)
    if not head.is_consistent:
        return (Objection(Kind.ALTERED, "its header is not the one that its own digest speaks of"),)
    return ()


def _as_in_headers(nevra: Nevra) -> Nevra:
    """A header does not tell a source RPM without its sources from another; libsolv does, by the file's name."""
    return replace(nevra, arch="src") if nevra.arch == "nosrc" else nevra
