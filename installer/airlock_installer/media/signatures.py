"""The signatures of the packages on the mounted medium, checked by rpmkeys once more.

MANIFEST covers the same bytes; this asks the vendors' keys about them, those on the medium or those that an auditor
brings along.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from airlock_core import media, strict_yaml
from airlock_core.errors import AirlockError, VerificationError, raise_all
from airlock_core.locks import LockedRpm, ReleaseLocks, RpmsLock
from airlock_core.locks.selection import selected
from airlock_core.signatures import ExpectedRpm, rpmkeys
from airlock_installer.layout import Layout
from airlock_installer.media.mount import release_of


@dataclass(frozen=True)
class Checked:
    """What a check looked at.

    Args:
        packages: how many have a signature that was verified.
        excused: those that the release takes without one: of these the digests were.
    """

    packages: int
    excused: tuple[str, ...]


def check(layout: Layout, keys: Sequence[Path] = ()) -> Checked:
    """Check every RPM of the medium.

    Args:
        keys: files of the keys that may have signed them; those on the medium where there are none.

    Raises:
        VerificationError, Faults: each package that is missing, or not signed as it must be, by its place.
        MachineError: rpmkeys is not installed.
    """
    files = keys or sorted(path for path in (layout.medium / media.KEYS).iterdir() if path.is_file())
    expected = list(_expected(layout.medium, release_of(layout.medium).options))
    faults: list[AirlockError] = [_missing(one) for one in expected if not one.path.is_file()]
    with rpmkeys.database(files) as database:
        refused = rpmkeys.refused(database, [one for one in expected if one.path.is_file()])
    faults += [_refused(one, reason) for one, reason in refused.items()]
    raise_all(f"{len(faults)} packages on the medium are not signed as they must be", faults)
    excused = tuple(str(one.nevra) for one in expected if one.excused)
    return Checked(len(expected) - len(excused), excused)


def _expected(medium: Path, options: Sequence[str]) -> Iterator[ExpectedRpm]:
    path = medium / media.LOCKS / "rpms.lock"
    lock = RpmsLock.from_data(strict_yaml.load(path), where=str(path))
    chosen = selected(ReleaseLocks(rpms=lock), options).rpms
    for folder, packages in ((media.PACKAGES, chosen.packages), (media.SOURCE_PACKAGES, chosen.sources)):
        yield from (_one(medium, media.package_place(folder, package.filename), package) for package in packages)


def _one(medium: Path, place: PurePosixPath, package: LockedRpm) -> ExpectedRpm:
    excused = package.unsigned is not None
    return ExpectedRpm(medium / place, package.nevra, package.signer, where=str(place), excused=excused)


def _missing(package: ExpectedRpm) -> AirlockError:
    return VerificationError("missing: the lock on the medium names it", where=package.label)


def _refused(package: ExpectedRpm, reason: str) -> AirlockError:
    todo = "do not install from this medium: compare it with the one that was released"
    return VerificationError("rpmkeys does not accept it", where=package.label, why=reason, todo=todo)
