"""The registry program: the system's own package, else the locked file on the medium."""

from __future__ import annotations

import shutil
import tarfile
from pathlib import Path

from airlock_core import atomic, media
from airlock_core.errors import MachineError
from airlock_installer.layout import Layout

_NAMES = ("registry", "docker-registry")
PACKAGE = "docker-distribution"
_PATTERN = "**/registry_*_linux_amd64.tar.gz"


def ensure(layout: Layout) -> Path:
    """Have the registry program at its one place.

    Raises:
        MachineError: it is neither installed nor on the medium.
    """
    target = layout.own_registry_binary
    if target.is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    installed = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if installed:
        target.unlink(missing_ok=True)
        target.symlink_to(installed)
        return target
    archive = next(iter(sorted((layout.medium / media.FILES).glob(_PATTERN))), None)
    if archive is None:
        raise MachineError(
            "there is no registry program",
            why="docker-distribution is not installed, and the medium holds no registry_*_linux_amd64.tar.gz",
            todo="build the medium with either",
        )
    _extract(archive, target)
    return target


def found(layout: Layout) -> dict[str, str]:
    """How other nodes get the program that is here: ``package``, empty where it was a file of the medium, and ``path``.

    Raises:
        MachineError: it is not here.
    """
    program = layout.own_registry_binary
    if not program.is_file():
        raise MachineError("there is no registry program", where=str(program), todo="run `airlock-site serve up`")
    return {"package": PACKAGE if program.is_symlink() else "", "path": str(program.resolve())}


def _extract(archive: Path, target: Path) -> None:
    with tarfile.open(archive, "r:gz") as tar:
        member = next((member for member in tar if member.isreg() and Path(member.name).name == "registry"), None)
        source = tar.extractfile(member) if member else None
        if source is None:
            raise MachineError("no file named registry in it", where=str(archive))
        with source:
            atomic.write(target, source.read(), mode=0o755)
