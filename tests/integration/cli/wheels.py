"""A folder that is a package index, whose wheels a test makes."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile
from pathlib import Path

from airlock_builder.lock.requirements import normal


class Index:
    """A simple index (PEP 503) of wheels that hold nothing but what they say of themselves."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def url(self) -> str:
        """Where pip finds it."""
        return (self.folder / "simple").as_uri()

    def has(
        self, name: str, version: str, *requires: str, extras: tuple[str, ...] = (), tag: str = "py3-none-any"
    ) -> Path:
        """One more wheel."""
        wheel = self.folder / "packages" / f"{name}-{version}-{tag}.whl"
        wheel.parent.mkdir(parents=True, exist_ok=True)
        info = f"{name}-{version}.dist-info"
        wants = "".join(f"Requires-Dist: {one}\n" for one in requires)
        wants += "".join(f"Provides-Extra: {one}\n" for one in extras)
        with zipfile.ZipFile(wheel, "w") as archive:
            archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n{wants}")
            archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            archive.writestr(f"{info}/RECORD", "")
        page = self.folder / "simple" / normal(name) / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        with page.open("a") as listing:
            listing.write(f'<a href="{wheel.as_uri()}#sha256={digest}">{wheel.name}</a><br>\n')
        return wheel

    def has_source(self, name: str, version: str) -> None:
        """Sources, whose setup.py tells that it was run by leaving a file beside the index."""
        source = self.folder / "packages" / f"{name}-{version}.tar.gz"
        source.parent.mkdir(parents=True, exist_ok=True)
        program = f"open({str(self.folder / 'was-run')!r}, 'w')\n".encode()
        with tarfile.open(source, "w:gz") as archive:
            for path, data in ((f"{name}-{version}/setup.py", program), (f"{name}-{version}/PKG-INFO", b"")):
                entry = tarfile.TarInfo(path)
                entry.size = len(data)
                archive.addfile(entry, io.BytesIO(data))
        page = self.folder / "simple" / normal(name) / "index.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        with page.open("a") as listing:
            listing.write(f'<a href="{source.as_uri()}">{source.name}</a><br>\n')
