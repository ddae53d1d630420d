"""What repository metadata says of each package, by createrepo_c; kept, so that the next build reads no package.

A package's description depends on its bytes, its place and createrepo_c's version alone: the time is put in when it is
used. Only so many packages are in memory at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import createrepo_c
import zstandard

from airlock_core import digest
from airlock_core.errors import VerificationError, raise_all
from airlock_core.notebook import Notebook
from airlock_core.progress import Progress, Step
from airlock_core.tree import MediaFile

AT_ONCE = 256
"""Packages that are described, compressed and kept together."""
_FORMAT = 2
_CHANGELOGS = 10
_NO_TIME = '<time file="0" '
_SEPARATOR = b"\0"
"""What no XML can hold."""


@dataclass(frozen=True)
class Description:
    """A package's element of each of the three documents, ending in a line feed."""

    primary: str
    filelists: str
    other: str

    def element(self, kind: str, epoch: int) -> str:
        """The element of one kind of document, the package's file being of the time ``epoch``."""
        text: str = getattr(self, kind)
        return text.replace(_NO_TIME, f'<time file="{epoch}" ', 1) if kind == "primary" else text


def descriptions(
    packages: Sequence[MediaFile], repo: PurePosixPath, cache: Path, tell: Progress
) -> Iterator[list[Description]]:
    """The descriptions of all packages in their order, :data:`AT_ONCE` at a time.

    Args:
        repo: the repo's folder on the medium, which its metadata names packages from.
        cache: the folder that keeps them.

    Raises:
        VerificationError, Faults: packages that cannot be read, or whose bytes are others than their digests say.
        MachineError: no space, no right to write.
    """
    notebook = Notebook(cache / "descriptions.sqlite")
    faults: list[VerificationError] = []
    done = 0
    with ThreadPoolExecutor() as pool:
        for start in range(0, len(packages), AT_ONCE):
            some = packages[start : start + AT_ONCE]
            outcomes = []
            for outcome in _described(some, repo, notebook, pool):
                outcomes.append(outcome)
                done += 1
                tell(Step("stage", str(repo / "repodata"), done, len(packages), done == len(packages), unit="packages"))
            faults += [outcome for outcome in outcomes if isinstance(outcome, VerificationError)]
            if not faults:
                yield [outcome for outcome in outcomes if isinstance(outcome, Description)]
    raise_all(f"{len(faults)} packages in the store are damaged", faults)


def _described(
    packages: Sequence[MediaFile], repo: PurePosixPath, notebook: Notebook, pool: Executor
) -> Iterator[Description | VerificationError]:
    """What is kept of each package, else what is read now, which is kept then."""
    keys = [_key(package, repo) for package in packages]
    kept = {key: _unpacked(note) for key, note in notebook.read(keys).items()}
    lacking = [package for key, package in zip(keys, packages, strict=True) if not kept.get(key)]
    read = pool.map(lambda package: _read(package, repo), lacking)
    fresh: dict[str, Description] = {}
    for key in keys:
        outcome = kept.get(key) or next(read)
        if isinstance(outcome, Description) and not kept.get(key):
            fresh[key] = outcome
        yield outcome
    notebook.write({key: _packed(description) for key, description in fresh.items()})


def _key(package: MediaFile, repo: PurePosixPath) -> str:
    text = f"{_FORMAT} {package.path.relative_to(repo).as_posix()} {createrepo_c.VERSION}"
    return f"{package.digest} {hashlib.sha256(text.encode()).hexdigest()}"


def _packed(description: Description) -> bytes:
    parts = (description.primary, description.filelists, description.other)
    # the checksum tells when the note was damaged
    return zstandard.ZstdCompressor(write_checksum=True).compress(_SEPARATOR.join(part.encode() for part in parts))


def _unpacked(note: bytes) -> Description | None:
    try:
        return Description(*(part.decode() for part in zstandard.ZstdDecompressor().decompress(note).split(_SEPARATOR)))
    except (zstandard.ZstdError, UnicodeDecodeError, TypeError):
        return None


def _read(package: MediaFile, repo: PurePosixPath) -> Description | VerificationError:
    href = package.path.relative_to(repo).as_posix()
    try:
        parsed = createrepo_c.package_from_rpm(str(package.source), createrepo_c.SHA256, href, None, _CHANGELOGS)
    except (createrepo_c.CreaterepoCError, OSError) as error:
        return _fault(package, digest.of_file(package.source).hex, str(error))
    if parsed.pkgId != package.digest.hex:
        return _fault(package, parsed.pkgId, "")
    parsed.time_file = 0
    return Description(
        _line(createrepo_c.xml_dump_primary(parsed)),
        _line(createrepo_c.xml_dump_filelists(parsed)),
        _line(createrepo_c.xml_dump_other(parsed)),
    )


def _fault(package: MediaFile, found: str, why: str) -> VerificationError:
    where = f"{package.path} ({package.source})"
    if found == package.digest.hex:
        return VerificationError("not an RPM package", where=where, why=why)
    why = f"expected {package.digest}, found sha256:{found}"
    todo = "run `airlock fetch --verify`, which fetches it anew, and build again"
    return VerificationError("a package altered in the store", where=where, why=why, todo=todo)


def _line(element: str) -> str:
    return element if element.endswith("\n") else f"{element}\n"
