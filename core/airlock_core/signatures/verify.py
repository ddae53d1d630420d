"""Whole RPM files checked: by rpmkeys with a private keyring at level "all", and by our own judgement.

rpmkeys covers digests and signatures of header and payload; ours adds what it lets pass (policy.py), that the signer is
the one expected, and that the file is the package it is said to be.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from pathlib import Path

from airlock_core.errors import AirlockError, VerificationError
from airlock_core.signatures import rpmkeys
from airlock_core.signatures.judge import Judge, Verdict
from airlock_core.signatures.keyring import Keyring, certificates
from airlock_core.signatures.proofs import Proofs
from airlock_core.signatures.rpmfile import RpmHead, parse_head
from airlock_core.signatures.rpmkeys import ExpectedRpm

HEAD_BYTES = 64 << 20
"""No RPM's headers are longer."""
_FIRST_READ = 1 << 20
_JOBS = 4


def verify_packages(
    packages: Iterable[ExpectedRpm], keys: Keyring, *, now: int, proofs: Path | None = None
) -> list[AirlockError]:
    """Check RPM files wholly; what is wrong, sorted by package, empty where all is well.

    Args:
        packages: the files, in any number; read in batches.
        keys: the keys that may have signed them.
        now: seconds since 1970-01-01 UTC.
        proofs: the file that keeps proofs of signatures (:class:`~airlock_core.signatures.proofs.Proofs`).

    Raises:
        MachineError: rpmkeys, gpg or gpgv is not installed.
    """
    ordered = sorted(packages)
    faults: dict[ExpectedRpm, AirlockError | None] = {}
    with certificates(keys) as ring, ThreadPoolExecutor(_JOBS) as pool:
        judge = Judge(keys, Proofs(ring, keys, proofs), now)
        for batch in rpmkeys.batches(ordered):
            faults.update(_own_faults(batch, judge, pool))
    with rpmkeys.database(keys.armored) as database:
        for package, reason in rpmkeys.refused(database, ordered).items():
            faults[package] = faults[package] or _fault(package, "rpmkeys does not accept it", reason)
    return [fault for fault in faults.values() if fault]


def read_head(path: Path, *, where: str) -> RpmHead:
    """Lead and headers of an RPM file.

    Raises:
        VerificationError: not a sound RPM.
    """
    with path.open("rb") as file:
        data = file.read(_FIRST_READ)
        try:
            return parse_head(data, where=where)
        except VerificationError:
            if len(data) < _FIRST_READ:
                raise
            return parse_head(data + file.read(HEAD_BYTES), where=where)


def judge_file(path: Path, head: RpmHead, judge: Judge, *, where: str) -> Verdict:
    """What is to be thought of the signatures of a whole file.

    Raises:
        VerificationError: a signature that cannot be read.
    """
    with path.open("rb", buffering=0) as file:
        return judge.package(head, where=where, whole=file)


def _own_faults(
    batch: Sequence[ExpectedRpm], judge: Judge, pool: Executor
) -> Iterator[tuple[ExpectedRpm, AirlockError | None]]:
    heads = list(pool.map(_head, batch))
    judge.gather(head for head in heads if isinstance(head, RpmHead))
    return zip(batch, pool.map(lambda package, head: _own_fault(package, head, judge), batch, heads), strict=True)


def _head(package: ExpectedRpm) -> RpmHead | VerificationError:
    try:
        return read_head(package.path, where=package.label)
    except VerificationError as fault:
        return fault


def _own_fault(package: ExpectedRpm, head: RpmHead | VerificationError, judge: Judge) -> AirlockError | None:
    if isinstance(head, VerificationError):
        return head
    reasons = [] if head.nevra == package.nevra else [f"the file is {head.nevra}"]
    try:
        reasons += _signer_reasons(judge_file(package.path, head, judge, where=package.label), package)
    except VerificationError as fault:
        return fault
    return _fault(package, "is not the package that was locked", "; ".join(reasons)) if reasons else None


def _signer_reasons(verdict: Verdict, package: ExpectedRpm) -> list[str]:
    reasons = [] if package.excused and verdict.is_excusable else [str(one) for one in verdict.objections]
    if package.signer and verdict.signer and verdict.signer != package.signer:
        reasons.append(f"signed by {verdict.signer}, not by {package.signer}")
    if package.signer and verdict.signer is None and not reasons:
        reasons.append(f"not signed by {package.signer}")
    return list(dict.fromkeys(reasons))


def _fault(package: ExpectedRpm, what: str, why: str) -> AirlockError:
    todo = "fetch it again; where it stays so, the upstream's file was altered: do not use it"
    return VerificationError(what, where=package.label, why=why, todo=todo)
