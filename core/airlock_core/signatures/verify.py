"""Whole RPM files checked: by rpmkeys with a private keyring at level "all", and by our own policy.

rpmkeys covers digests and signatures of header and payload; ours adds what it lets pass (policy.py), that the signer is
the one expected, and that the file is the package it is said to be.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from airlock_core import proc
from airlock_core.errors import AirlockError, VerificationError
from airlock_core.nevra import Nevra
from airlock_core.signatures.keyring import Keyring
from airlock_core.signatures.openpgp import parse_signature
from airlock_core.signatures.policy import objections
from airlock_core.signatures.rpmfile import RpmHead, parse_head

BATCH = 100
"""Files for one rpmkeys process."""
HEAD_BYTES = 64 << 20
"""No RPM's headers are longer."""
_SECONDS = 3600.0
_FIRST_READ = 1 << 20


@dataclass(frozen=True)
class _Check:
    """How rpmkeys is asked, and how its line for an accepted file ends."""

    signed: bool
    options: tuple[str, ...]
    accepted: str

    def command(self, database: Path, packages: Sequence[ExpectedRpm], *more: str) -> list[str | Path]:
        return ["rpmkeys", "--dbpath", database, *self.options, "-K", *more, *(package.path for package in packages)]


_SIGNED = _Check(signed=True, options=("--define", "_pkgverify_level all"), accepted=": digests signatures OK")
_UNSIGNED = _Check(
    signed=False, options=("--define", "_pkgverify_level digest", "--nosignature"), accepted=": digests OK"
)


@dataclass(frozen=True, order=True)
class ExpectedRpm:
    """A file, and the package that it must be.

    Args:
        path: where its bytes are; the name does not matter.
        nevra: what it must be.
        signer: full fingerprint of the key that must have signed it; None for a package that is listed as unsigned:
            then its digests alone are checked.
        where: how errors name it, such as its URL; the NEVRA where empty.
    """

    path: Path
    nevra: Nevra
    signer: str | None
    where: str = ""

    @property
    def label(self) -> str:
        """How errors name it."""
        return f"{self.nevra} ({self.where})" if self.where else str(self.nevra)


def verify_packages(packages: Iterable[ExpectedRpm], keys: Keyring) -> list[AirlockError]:
    """Check RPM files wholly; what is wrong, sorted by package, empty where all is well.

    Args:
        packages: the files, in any number; read in batches.
        keys: the keys that may have signed them.

    Raises:
        MachineError: rpmkeys or gpg is not installed.
    """
    ordered = sorted(packages)
    faults = {package: _own_fault(package, keys) for package in ordered}
    with _database(keys) as database:
        for check in (_SIGNED, _UNSIGNED):
            for batch in _batches([package for package in ordered if bool(package.signer) == check.signed]):
                for package, reason in _rpmkeys(database, check, batch).items():
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


def _own_fault(package: ExpectedRpm, keys: Keyring) -> AirlockError | None:
    try:
        head = read_head(package.path, where=package.label)
        reasons = [] if head.nevra == package.nevra else [f"the file is {head.nevra}"]
        if package.signer:
            reasons += _signer_reasons(head, package, keys)
    except VerificationError as fault:
        return fault
    return _fault(package, "is not the package that was locked", "; ".join(reasons)) if reasons else None


def _signer_reasons(head: RpmHead, package: ExpectedRpm, keys: Keyring) -> list[str]:
    if not head.signatures:
        return ["it is not signed"]
    reasons: list[str] = []
    for packet in head.signatures:
        signature = parse_signature(packet, where=package.label)
        reasons += objections(signature, keys)
        key = keys.find(signature.issuer)
        if key and key.fingerprint != package.signer:
            reasons.append(f"signed by {key.fingerprint}, not by {package.signer}")
    return list(dict.fromkeys(reasons))


def _fault(package: ExpectedRpm, what: str, why: str) -> AirlockError:
    todo = "fetch it again; where it stays so, the upstream's file was altered: do not use it"
    return VerificationError(what, where=package.label, why=why, todo=todo)


@contextlib.contextmanager
def _database(keys: Keyring) -> Iterator[Path]:
    """A private rpm database that holds just these keys."""
    with tempfile.TemporaryDirectory(prefix="airlock-rpmdb-") as folder:
        database = Path(folder, "db")
        for index, text in enumerate(keys.armored):
            key = Path(folder, f"{index}.asc")
            key.write_text(text, encoding="ascii")
            proc.run(["rpmkeys", "--dbpath", database, "--import", key], timeout=_SECONDS)
        yield database


def _rpmkeys(database: Path, check: _Check, batch: Sequence[ExpectedRpm]) -> dict[ExpectedRpm, str]:
    """The packages that rpmkeys does not accept, with its reasons."""
    refused = _refused(database, check, batch)
    return {package: _reasons(database, check, package) for package in batch if package.path in refused}


def _refused(database: Path, check: _Check, batch: Sequence[ExpectedRpm]) -> set[Path]:
    result = proc.run(check.command(database, batch), timeout=_SECONDS, expect=range(256))
    accepted = {
        line.removesuffix(check.accepted) for line in result.stdout.splitlines() if line.endswith(check.accepted)
    }
    return {package.path for package in batch if str(package.path) not in accepted}


def _reasons(database: Path, check: _Check, package: ExpectedRpm) -> str:
    result = proc.run(check.command(database, [package], "-v"), timeout=_SECONDS, expect=range(256))
    lines = [line.strip() for line in (result.stdout + result.stderr).splitlines()]
    bad = [line for line in lines if line and not line.endswith((": OK", f"{package.path}:"))]
    telling = [line for line in bad if not line.endswith("NOTFOUND")] or bad
    return "; ".join(dict.fromkeys(telling))


def _batches(packages: Sequence[ExpectedRpm]) -> Iterator[Sequence[ExpectedRpm]]:
    for start in range(0, len(packages), BATCH):
        yield packages[start : start + BATCH]
