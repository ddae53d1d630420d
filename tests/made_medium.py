"""A medium as a folder: given files, with MANIFEST and root document over them; mounted for real."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from airlock_core import manifest_file, media
from airlock_core.digest import Digest
from airlock_core.release import Release
from airlock_installer.layout import Layout
from airlock_installer.media import mount

EPOCH = 1700000000


def write(folder: Path, files: Mapping[str, bytes], *, epoch: int = EPOCH) -> Release:
    """Write the medium's files and documents; its release."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    entries = [manifest_file.Entry(PurePosixPath(name), Digest.sha256(data), len(data)) for name, data in files.items()]
    text = manifest_file.dumps(entries)
    (folder / media.RELEASE).mkdir(parents=True, exist_ok=True)
    (folder / media.MANIFEST).write_text(text)
    locks = {name.rpartition("/")[2]: Digest.sha256(data) for name, data in files.items() if name.endswith(".lock")}
    release = Release(
        "made", "1", 1, "rocky", "8.10", "x86_64", "MADE-1", epoch, Digest.sha256(text.encode()), locks, (), {}
    )
    (folder / media.RELEASE_JSON).write_text(release.dumps())
    return release


@contextmanager
def mounted(root: Path, medium: Path) -> Iterator[Layout]:
    """A deployer below ``root`` with the medium in a folder mounted."""
    layout = Layout(root)
    layout.medium.mkdir(parents=True, exist_ok=True)
    mount.mount(layout, medium)
    try:
        yield layout
    finally:
        mount.unmount(layout)
