"""Files that were pulled and the folder that they come into: what is there already, and how they get their names."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from airlock_builder.shipping import artifact
from airlock_builder.shipping.artifact import Whole
from airlock_core import atomic, digest, sidecar
from airlock_core.errors import InputError, raise_all
from airlock_core.progress import Progress, Step


def lacking(files: Sequence[Whole], folder: Path, *, force: bool, tell: Progress) -> list[Whole]:
    """The files that are not there with their content.

    Raises:
        InputError, Faults: others stand in their places, and may not be replaced.
    """
    found = [file for file in files if not _is_there(file, folder / file.title, tell)]
    if not force:
        taken = [path for path in (folder / file.title for file in found) if path.exists() or path.is_symlink()]
        todo = "move it away, pull into another folder with -o, or replace it with --force"
        raise_all(
            f"{folder}: {len(taken)} files are there already, with other content",
            [InputError("is there already, with other content", where=str(path), todo=todo) for path in taken],
        )
    return found


def publish(brought: Sequence[tuple[Path, Path, Whole]]) -> None:
    """Give files their names, ISOs first: what stood beside an older one must never describe another.

    Args:
        brought: where each is, where it goes, and what it is.
    """
    for _, target, file in brought:
        with atomic.disk_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            if file.media_type == artifact.ISO:
                for old in (target.with_name(f"{target.name}.sha256"), sidecar.beside(target)):
                    old.unlink(missing_ok=True)
    for source, target, _ in brought:
        with atomic.disk_errors(target):
            with source.open("rb") as opened:
                atomic.sync(opened.fileno())
            source.chmod(0o644)
            source.replace(target)
    for folder in {target.parent for _, target, _ in brought}:
        atomic.sync_folder(folder)


def _is_there(file: Whole, path: Path, tell: Progress) -> bool:
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    if file.media_type == artifact.ISO:
        tell(Step("read", file.title, 0, file.size))
    same = digest.of_file(path, file.digest.algorithm) == file.digest
    if file.media_type == artifact.ISO:
        tell(Step("read", file.title, file.size, file.size, finished=True))
    return same
