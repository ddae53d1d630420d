"""Who signed each package, found out when it is locked: from the first bytes of the file at the upstream.

The header's signature is verified by gpgv and judged by policy; the payload is left to fetch, which has the whole file.
"""

from __future__ import annotations

import fnmatch
import threading
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from airlock_builder.lock.rpms.metadata import RepoState
from airlock_builder.lock.rpms.repomd import join
from airlock_builder.lock.rpms.universe import Package
from airlock_builder.manifest.model import Unsigned
from airlock_builder.remote.http import HttpClient, StatusError
from airlock_core import atomic
from airlock_core.errors import AirlockError, Faults, UpstreamError, VerificationError
from airlock_core.progress import Progress, Step, silent
from airlock_core.signatures import Keyring
from airlock_core.signatures.gpgv import verify_detached
from airlock_core.signatures.keyring import certificates
from airlock_core.signatures.openpgp import parse_signature
from airlock_core.signatures.policy import objections
from airlock_core.signatures.rpmfile import RpmHead, parse_head
from airlock_core.signatures.verify import HEAD_BYTES


@dataclass(frozen=True)
class Signer:
    """A package's signer by full fingerprint, or the manifest's reason to take it without one."""

    fingerprint: str | None = None
    unsigned: str | None = None


@dataclass(frozen=True)
class _Repo:
    state: RepoState
    ring: Path


class Signers:
    """Finds signers out.

    Args:
        http: the network.
        cache: folder that keeps the headers of packages already found good, by the package's digest.
        unsigned: packages that the manifest takes without a signature.
        jobs: how many at once.
    """

    def __init__(
        self,
        http: HttpClient,
        cache: Path,
        unsigned: Iterable[Unsigned],
        *,
        jobs: int = 4,
        progress: Progress = silent,
    ) -> None:
        self._http = http
        self._cache = cache / "headers"
        self._unsigned = tuple(unsigned)
        self._jobs = jobs
        self._progress = progress

    def find(self, packages: Sequence[Package], repos: Mapping[str, RepoState]) -> dict[Package, Signer]:
        """The signer of each package.

        Raises:
            VerificationError, UpstreamError, Faults: packages that are not signed as they must be, and packages that
                the upstream has lost; all of them at once, what speaks against a package before what is absent.
        """
        with ExitStack() as stack:
            known = {
                repoid: _Repo(state, stack.enter_context(certificates(state.keys))) for repoid, state in repos.items()
            }
            run = _Run(len(packages), self._progress)
            with ThreadPoolExecutor(max_workers=self._jobs) as workers:
                found = list(workers.map(lambda package: self._one(package, known[package.repoid], run), packages))
        _raise(packages, [outcome for outcome in found if isinstance(outcome, AirlockError)])
        return {package: out for package, out in zip(packages, found, strict=True) if isinstance(out, Signer)}

    def _one(self, package: Package, repo: _Repo, run: _Run) -> Signer | AirlockError | None:
        if run.stopped.is_set():
            return None
        try:
            return self._signer(package, repo)
        except StatusError as error:
            return _lost(package, error)
        except UpstreamError as error:
            run.stopped.set()  # the upstream is down: no use in asking it for the rest
            return _lost(package, error)
        except VerificationError as error:
            return error
        finally:
            run.step(str(package.nevra))

    def _signer(self, package: Package, repo: _Repo) -> Signer:
        url = join(repo.state.base, package.href)
        where = f"{package.nevra} from repo {package.repoid} ({url})"
        data, kept = self._head(package, url)
        head = parse_head(data, where=where)
        reasons = [] if head.nevra == package.nevra else [f"the file is {head.nevra}"]
        outcome = _judge(head, repo, where)
        reason = self._reason(package) if isinstance(outcome, list) else None
        if isinstance(outcome, list) and reason is None:
            reasons += outcome
        if reasons:
            raise VerificationError("is not signed as it must be", where=where, why="; ".join(reasons))
        if not kept:
            atomic.write(self._path(package), data)
        return Signer(unsigned=reason) if isinstance(outcome, list) else outcome

    def _head(self, package: Package, url: str) -> tuple[bytes, bool]:
        """The file's first bytes, and whether they were kept from an earlier run."""
        path = self._path(package)
        if path.is_file():
            return path.read_bytes(), True
        if package.header_end > HEAD_BYTES:
            raise VerificationError(f"has a header of {package.header_end} bytes", where=url)
        return self._http.get_range(url, 0, package.header_end), False

    def _path(self, package: Package) -> Path:
        return self._cache / package.checksum.algorithm / package.checksum.hex

    def _reason(self, package: Package) -> str | None:
        return next((entry.reason for entry in self._unsigned if fnmatch.fnmatch(package.nevra.name, entry.name)), None)


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


def _judge(head: RpmHead, repo: _Repo, where: str) -> Signer | list[str]:
    """The signer, or all that speaks against the signatures."""
    if not head.signatures:
        return ["it is not signed"]
    keys = repo.state.keys
    reasons = [why for packet in head.signatures for why in objections(parse_signature(packet, where=where), keys)]
    if not keys.keys:
        reasons = [f"repo {repo.state.config.id} has no gpgkey to check it by"]
    if reasons:
        return list(dict.fromkeys(reasons))
    if head.header_signature is None:
        return _claimed(head, keys, where)
    outcome = verify_detached(repo.ring, head.header_signature, head.header)
    if isinstance(outcome, str):
        # of a listed key and yet not right: altered, which no entry under rpms.unsigned excuses
        raise VerificationError("is not signed as it must be", where=where, why=outcome)
    return Signer(outcome.fingerprint)


def _claimed(head: RpmHead, keys: Keyring, where: str) -> Signer | list[str]:
    """An old package with a signature over header and payload alone: fetch verifies it, which has the payload."""
    key = keys.find(parse_signature(head.signatures[0], where=where).issuer)
    return Signer(key.fingerprint) if key else ["its key is not listed"]


def _lost(package: Package, error: UpstreamError) -> UpstreamError:
    return UpstreamError(
        f"the package {package.nevra} of repo {package.repoid} cannot be fetched",
        where=error.where,
        why=error.why or error.what,
        todo="its metadata names it and the upstream does not have it: take another mirror, or exclude it",
    )


def _raise(packages: Sequence[Package], faults: Sequence[AirlockError]) -> None:
    ordered = sorted(faults, key=lambda fault: (not isinstance(fault, VerificationError), fault.where))
    if len(ordered) == 1:
        raise ordered[0]
    if ordered:
        raise Faults(f"{len(ordered)} of {len(packages)} packages cannot be locked", ordered)
