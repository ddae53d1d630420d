"""Whole RPM files checked by rpmkeys, the reference, with keys of its own and never the machine's."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from airlock_core import proc
from airlock_core.nevra import Nevra

BATCH = 100
"""Files for one rpmkeys process."""
_SECONDS = 3600.0


@dataclass(frozen=True, order=True)
class ExpectedRpm:
    """A file, and the package that it must be.

    Args:
        path: where its bytes are; the name does not matter.
        nevra: what it must be.
        signer: full fingerprint of the key that must have signed it; None where the lock does not say.
        where: how errors name it, such as its URL; the NEVRA where empty.
        excused: the manifest takes it though its signature proves nothing: its digests are checked, and that nothing
            disproves the signature that it may have. Without this, and without ``signer``, any listed key may have
            signed it.
    """

    path: Path
    nevra: Nevra
    signer: str | None
    where: str = ""
    excused: bool = False

    @property
    def label(self) -> str:
        """How errors name it."""
        return f"{self.nevra} ({self.where})" if self.where else str(self.nevra)


@dataclass(frozen=True)
class _Check:
    """How rpmkeys is asked, and how its line for an accepted file ends."""

    excused: bool
    options: tuple[str, ...]
    accepted: str

    def command(self, database: Path, packages: Sequence[ExpectedRpm], *more: str) -> list[str | Path]:
        return ["rpmkeys", "--dbpath", database, *self.options, "-K", *more, *(package.path for package in packages)]


_CHECKS = (
    _Check(excused=False, options=("--define", "_pkgverify_level all"), accepted=": digests signatures OK"),
    _Check(excused=True, options=("--define", "_pkgverify_level digest", "--nosignature"), accepted=": digests OK"),
)


@contextlib.contextmanager
def database(keys: Iterable[str | Path]) -> Iterator[Path]:
    """A private rpm database, for the length of the block.

    Args:
        keys: armoured certificates, or files of keys. Those that this machine's rpm cannot import are left out: what is
            signed with them fails the check, unless it is excused.
    """
    with tempfile.TemporaryDirectory(prefix="airlock-rpmdb-") as folder:
        found = Path(folder, "db")
        for index, key in enumerate(keys):
            file = key if isinstance(key, Path) else Path(folder, f"{index}.asc")
            if not isinstance(key, Path):
                file.write_text(key, encoding="ascii")
            proc.run(["rpmkeys", "--dbpath", found, "--import", file], timeout=_SECONDS, expect=range(256))
        yield found


def refused(database: Path, packages: Iterable[ExpectedRpm]) -> dict[ExpectedRpm, str]:
    """The packages that rpmkeys does not accept, with its reasons; of those excused it looks at digests alone.

    Raises:
        MachineError: rpmkeys is not installed.
    """
    ordered = list(packages)
    found: dict[ExpectedRpm, str] = {}
    for check in _CHECKS:
        for batch in batches([package for package in ordered if package.excused == check.excused]):
            paths = _refused(database, check, batch)
            found |= {package: _reasons(database, check, package) for package in batch if package.path in paths}
    return found


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


def batches(packages: Sequence[ExpectedRpm]) -> Iterator[Sequence[ExpectedRpm]]:
    """The packages, so many at a time as one process takes."""
    for start in range(0, len(packages), BATCH):
        yield packages[start : start + BATCH]
