"""The installer's archive: the site's program with what it needs, unpacked to ``burrito-<version>/``.

The packages are found as resources, by name: the builder never imports the installer's modules.
"""

from __future__ import annotations

import gzip
import importlib.resources
import io
import tarfile
from collections.abc import Iterable, Iterator
from importlib.resources.abc import Traversable

from airlock_builder.stage.indexes import requirements
from airlock_builder.stage.written import Staging
from airlock_core import media
from airlock_core.locks.files import LockedFile
from airlock_core.tree import MediaFile
from airlock_core.version import VERSION

_PACKAGES = ("airlock_core", "airlock_installer")
_TOPS = (("airlock_installer", "shims"), ("airlock_installer", "samples"))
"""Folders of packages whose files stand at the top of the archive: launcher and shims, samples."""


def archive(version: str, wheels: Iterable[LockedFile], staging: Staging, *, epoch: int) -> MediaFile:
    """Write ``burrito-<version>.tar.gz``, the same bytes for the same sources.

    Args:
        version: the release's.
        wheels: what the site's Python environment is made from.
    """
    top = f"burrito-{version}"
    files = dict(_contents(version, wheels))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for folder in sorted(_folders(files)):
            tar.addfile(_info(f"{top}/{folder}".rstrip("/"), epoch, folder=True))
        for name in sorted(files):
            tar.addfile(_info(f"{top}/{name}", epoch, files[name]), io.BytesIO(files[name]))
    return staging.add(media.installer_archive(version), gzip.compress(packed.getvalue(), compresslevel=9, mtime=0))


def _contents(version: str, wheels: Iterable[LockedFile]) -> Iterator[tuple[str, bytes]]:
    for package in _PACKAGES:
        for name, data in _walk(importlib.resources.files(package)):
            yield f"lib/{package}/{name}", data
    for package, folder in _TOPS:
        yield from _walk(importlib.resources.files(package) / folder)
    yield "requirements.txt", requirements(wheels).encode()
    yield "VERSION", f"{version}\nairlock {VERSION}\n".encode()


def _walk(folder: Traversable, prefix: str = "") -> Iterator[tuple[str, bytes]]:
    if not folder.is_dir():
        return
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if entry.is_dir() and entry.name != "__pycache__":
            yield from _walk(entry, f"{prefix}{entry.name}/")
        elif entry.is_file() and not entry.name.endswith((".pyc", ".swp", "~")):
            yield f"{prefix}{entry.name}", entry.read_bytes()


def _folders(files: Iterable[str]) -> set[str]:
    return {"/".join(parts[:depth]) for parts in (name.split("/") for name in files) for depth in range(len(parts))}


def _info(name: str, epoch: int, data: bytes = b"", *, folder: bool = False) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.mtime, info.size = epoch, len(data)
    info.uname = info.gname = "root"
    if folder:
        info.type, info.mode = tarfile.DIRTYPE, 0o755
    else:
        info.mode = 0o755 if data.startswith(b"#!") else 0o644
    return info
