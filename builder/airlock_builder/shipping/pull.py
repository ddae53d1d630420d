"""The arrow from a registry to a folder: each file under its name, verified by everything that names a digest of it."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from airlock_builder.remote.failures import MissingError
from airlock_builder.remote.oci.errands import PULL
from airlock_builder.remote.oci.registries import Registries
from airlock_builder.shipping import artifact, fitting, landing
from airlock_builder.shipping.artifact import Artifact, Whole
from airlock_builder.shipping.bringing import Bringing
from airlock_builder.shipping.dock import Dock
from airlock_core import atomic
from airlock_core.digest import Digest
from airlock_core.errors import UpstreamError, raise_all
from airlock_core.imageref import ImageRef

SCRATCH = ".airlock-pull"
"""The folder, below the one that is pulled into, of what has come so far."""


@dataclass(frozen=True)
class Pulled:
    """What a pull came to.

    Args:
        ref: as it was asked for.
        digest: of the manifest, which pins all files.
        release: what was pulled.
        folder: where it is.
        files: what is there now.
        new_size: bytes that were fetched; none where everything was there.
    """

    ref: ImageRef
    digest: Digest
    release: Artifact
    folder: Path
    files: tuple[Whole, ...]
    new_size: int


def pull(ref: ImageRef, folder: Path, dock: Dock, *, with_iso: bool = True, force: bool = False) -> Pulled:
    """Bring a release into a folder; what a run that was cut has left is gone on with.

    Args:
        ref: a repository with a tag or a digest.
        with_iso: without it documents and locks alone.
        force: put the files in place of others of their names.

    Raises:
        UpstreamError: the registry cannot be reached, or has no such release.
        VerificationError, Faults: what it gives is no release, or does not fit together.
        InputError, Faults: files of other content stand under these names.
        MachineError: not enough space.
        HeldError: another run pulls into this folder.
    """
    folder = folder.absolute()
    with closing(dock.registries(PULL)) as registries:
        raw = _manifest(ref, registries)
        digest = Digest.sha256(raw)
        where = str(ref.at(digest))
        one = Artifact.loads(raw, where=where)
        files = one.files(where=where)
        raise_all(f"{where}: documents that are none", fitting.too_long(files, where=where))
        wanted = [file for file in files if with_iso or file.media_type != artifact.ISO]
        lacking = landing.lacking(wanted, folder, force=force, tell=dock.progress)
        with atomic.disk_errors(folder), atomic.held(folder / f"{SCRATCH}.lock", f"the folder {folder}"):
            new = _bring(one, files, lacking, Bringing(registries, ref, folder / SCRATCH, dock), folder, where)
        return Pulled(ref, digest, one, folder, tuple(wanted), new)


def _manifest(ref: ImageRef, registries: Registries) -> bytes:
    """The manifest from the first place that has it."""
    try:
        return registries.manifest(ref)
    except MissingError as fault:
        todo = "correct the name, the tag or the digest; `airlock push` says them"
        near = "" if ref.digest else registries.nearest(ref)
        why = f"{fault.why}; {near}" if near else fault.why
        raise UpstreamError("there is no such release", where=str(ref), why=why, todo=todo) from fault


def _bring(
    one: Artifact, files: Sequence[Whole], lacking: Sequence[Whole], bringing: Bringing, folder: Path, where: str
) -> int:
    """Fetch what lacks, documents first: a release that does not fit together is found before its ISO is fetched."""
    if not lacking:
        shutil.rmtree(bringing.scratch, ignore_errors=True)
        return 0
    small, large = _parted(lacking)
    bringing.require_space(lacking)
    outset = bringing.outset(lacking)
    bringing.dock.progress(outset)
    bringing.bring(small)

    def read(file: Whole) -> bytes:
        place = bringing.place(file) if file in lacking else folder / file.title
        return place.read_bytes()

    raise_all(f"{where}: does not fit together", fitting.faults(one, files, read, where=where))
    bringing.bring(large)
    landing.publish([(bringing.place(file), folder / file.title, file) for file in (*large, *small)])
    shutil.rmtree(bringing.scratch, ignore_errors=True)
    return outset.size - outset.present_size


def _parted(files: Collection[Whole]) -> tuple[list[Whole], list[Whole]]:
    """Documents, and ISOs."""
    large = [file for file in files if file.media_type == artifact.ISO]
    return [file for file in files if file not in large], large
