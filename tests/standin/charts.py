"""Charts for tests, in memory, and folders that serve them as HTTP repositories."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.standin.images.archive import gz, tar
from tests.standin.keys import clear_signed


@dataclass(frozen=True)
class Chart:
    """A chart to be made.

    ``about`` is added to its Chart.yaml, ``files`` are further files by path, ``charts`` those that it brings along.
    """

    name: str
    version: str
    about: Mapping[str, Any] = field(default_factory=dict)
    files: Mapping[str, str | bytes] = field(default_factory=dict)
    charts: tuple["Chart", ...] = ()

    @property
    def metadata(self) -> dict[str, Any]:
        """Return its Chart.yaml."""
        return {"apiVersion": "v2", "name": self.name, "version": self.version, **self.about}

    @property
    def archive(self) -> bytes:
        """Return its archive."""
        return gz(tar({f"{self.name}/{path}": content for path, content in self.contents().items()}))

    @property
    def filename(self) -> str:
        """Return the archive's usual name."""
        return f"{self.name}-{self.version}.tgz"

    def contents(self) -> dict[str, bytes]:
        """Return its files by path, those of charts in it unpacked under charts/."""
        own = {path: text.encode() if isinstance(text, str) else text for path, text in self.files.items()}
        inner = {f"charts/{one.name}/{path}": data for one in self.charts for path, data in one.contents().items()}
        return {"Chart.yaml": yaml.safe_dump(self.metadata, sort_keys=False).encode(), **own, **inner}

    def unpack(self, folder: Path) -> Path:
        """Write its files into ``folder`` and return that."""
        for path, content in self.contents().items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(content)
        return folder

    def provenance(self, *, archive: bytes | None = None, remark: str = "") -> bytes:
        """Return its provenance file, signed with the stand-in's key, of ``archive`` where that is another.

        With a ``remark`` it says the same in other bytes.
        """
        digest = hashlib.sha256(archive or self.archive).hexdigest()
        files = {"files": {self.filename: f"sha256:{digest}"}}
        said = f"# {remark}\n" if remark else ""
        return clear_signed(f"{yaml.safe_dump(self.metadata)}\n...\n{yaml.safe_dump(files)}{said}".encode())


def serve_in(folder: Path, charts: Iterable[Chart]) -> None:
    """Make ``folder`` an HTTP repository of just these charts, with its index.yaml."""
    folder.mkdir(parents=True, exist_ok=True)
    entries: dict[str, list[dict[str, Any]]] = {}
    for chart in charts:
        (folder / chart.filename).write_bytes(chart.archive)
        digest = hashlib.sha256(chart.archive).hexdigest()
        entries.setdefault(chart.name, []).append({**chart.metadata, "digest": digest, "urls": [chart.filename]})
    (folder / "index.yaml").write_text(yaml.safe_dump({"apiVersion": "v1", "entries": entries}))
