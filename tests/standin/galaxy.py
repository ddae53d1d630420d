"""Ansible collections for tests, and a Galaxy server of them: the parts of its API, version 3, that clients ask for."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.standin.run import EPOCH
from tests.standin.upstream.reply import Asked, Reply, Source, short

API = "/api/v3/"
_SHOWN = "plugin/ansible/content/published/collections/"  # where Galaxy says that things are, unlike where it is asked


@dataclass(frozen=True)
class Collection:
    """A collection to be made.

    ``requires`` are ranges by name, ``files`` further files by path, ``links`` targets by path; ``entries`` are put
    into the archive as they are, ``damaged`` files get other bytes than FILES.json says, ``about`` is added to what
    MANIFEST.json says of it.
    """

    name: str
    version: str
    requires: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    entries: tuple[tarfile.TarInfo, ...] = ()
    damaged: tuple[str, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    @property
    def filename(self) -> str:
        """Return the archive's usual name."""
        return f"{self.name.replace('.', '-')}-{self.version}.tar.gz"

    @property
    def archive(self) -> bytes:
        """Return its archive, as `ansible-galaxy collection build` writes it."""
        content = {"README.md": f"# {self.name}\n".encode(), **self.files}
        linked = {path: content[_target(path, to)] for path, to in self.links.items()}
        listed = [_listed(path, data) for path, data in sorted({**content, **linked}.items())]
        entries = [{"name": name, "ftype": "dir", "format": 1} for name in (".", *_folders(content))]
        listing = json.dumps({"files": [*entries, *listed], "format": 1}).encode()
        altered = {path: b"other" if path in self.damaged else data for path, data in content.items()}
        return self._packed({"MANIFEST.json": self._manifest(listing), "FILES.json": listing, **altered})

    def _manifest(self, listing: bytes) -> bytes:
        namespace, _, name = self.name.partition(".")
        info = {"namespace": namespace, "name": name, "version": self.version, "dependencies": dict(self.requires)}
        described = {"name": "FILES.json", "ftype": "file", "chksum_type": "sha256", "format": 1}
        digest = hashlib.sha256(listing).hexdigest()
        return json.dumps(
            {
                "collection_info": {**info, "authors": ["a"], "readme": "README.md", **self.about},
                "file_manifest_file": {**described, "chksum_sha256": digest},
                "format": 1,
            }
        ).encode()

    def _packed(self, files: Mapping[str, bytes]) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w") as archive:
            for folder in _folders(files):
                entry = tarfile.TarInfo(folder)
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                archive.addfile(entry)
            for path, data in files.items():
                entry = tarfile.TarInfo(path)
                entry.size, entry.mtime = len(data), EPOCH
                archive.addfile(entry, io.BytesIO(data))
            for path, target in self.links.items():
                entry = tarfile.TarInfo(path)
                entry.type, entry.linkname = tarfile.SYMTYPE, target
                archive.addfile(entry)
            for entry in self.entries:
                archive.addfile(entry)
        return gzip.compress(buffer.getvalue(), mtime=0)


def _folders(paths: Iterable[str]) -> list[str]:
    return sorted({str(parent) for path in paths for parent in PurePosixPath(path).parents} - {"."})


def _listed(path: str, data: bytes) -> dict[str, Any]:
    digest = hashlib.sha256(data).hexdigest()
    return {"name": path, "ftype": "file", "chksum_type": "sha256", "chksum_sha256": digest, "format": 1}


def _target(path: str, to: str) -> str:
    parts = list(PurePosixPath(path).parent.parts)
    for part in to.split("/"):
        parts = parts[:-1] if part == ".." else [*parts, part]
    return "/".join(parts)


@dataclass
class Galaxy:
    """What a server has; ``lies`` are digests that it tells instead, by file name; pages are of ``page`` versions."""

    collections: list[Collection] = field(default_factory=list)
    lies: dict[str, str] = field(default_factory=dict)
    page: int = 2

    def has(self, *collections: Collection) -> None:
        """Add collections."""
        self.collections += collections

    @property
    def source(self) -> Source:
        """Return its answers."""
        return self._answer

    def _answer(self, asked: Asked) -> Reply:
        if asked.path in ("/api", "/api/"):
            return _json({"available_versions": {"v3": "v3/", "pulp-v3": "pulp/api/v3/"}})
        parts = asked.path.removeprefix(API).removeprefix(_SHOWN).removeprefix("index/").removeprefix("collections/")
        match parts.strip("/").split("/"):
            case ["artifacts", filename]:
                return self._archive(filename)
            case [namespace, name] if self._of(f"{namespace}.{name}"):
                times = dict.fromkeys(("created_at", "updated_at"), "2024-01-01T00:00:00Z")
                return _json({"namespace": namespace, "name": name, **times})
            case [namespace, name, "versions"]:
                return self._versions(f"{namespace}.{name}", asked)
            case [namespace, name, "versions", version]:
                return self._version(self._of(f"{namespace}.{name}"), version, asked.headers.get("Host") or "")
        return short(404, f"nothing at {asked.path}")

    def _of(self, name: str) -> list[Collection]:
        return [one for one in self.collections if one.name == name]

    def _versions(self, name: str, asked: Asked) -> Reply:
        found = self._of(name)
        start = int(parse_qs(urlsplit(asked.target).query).get("offset", ["0"])[0])
        base = f"{API}{_SHOWN}index/{name.replace('.', '/')}/versions/"
        following = f"{base}?limit={self.page}&offset={start + self.page}" if start + self.page < len(found) else None
        data = [{"version": one.version, "href": f"{base}{one.version}/"} for one in found[start : start + self.page]]
        meta = {"meta": {"count": len(found)}, "links": {"next": following}, "data": data}
        return _json(meta) if found else short(404, "Not found.")

    def _version(self, found: Iterable[Collection], version: str, host: str) -> Reply:
        one = next((one for one in found if one.version == version), None)
        if one is None:
            return short(404, "Not found.")
        archive = one.archive
        digest = self.lies.get(one.filename, hashlib.sha256(archive).hexdigest())
        return _json(
            {
                "version": version,
                "artifact": {"filename": one.filename, "sha256": digest, "size": len(archive)},
                "download_url": f"http://{host}{API}{_SHOWN}artifacts/{one.filename}",
                "metadata": {"dependencies": dict(one.requires)},
                "href": f"{API}{_SHOWN}index/{one.name.replace('.', '/')}/versions/{version}/",
                "collection": {"name": one.name.partition(".")[2]},
                "name": one.name.partition(".")[2],
                "namespace": {"name": one.name.partition(".")[0]},
                "signatures": [],
            }
        )

    def _archive(self, filename: str) -> Reply:
        one = next((one for one in self.collections if one.filename == filename), None)
        if one is None:
            return short(404, "Not found.")
        data = one.archive
        etag = f'"{hashlib.sha256(data).hexdigest()}"'
        return Reply(200, {"Content-Length": str(len(data)), "ETag": etag}, iter([data]))


def _json(data: object) -> Reply:
    body = json.dumps(data).encode()
    return Reply(200, {"Content-Type": "application/json", "Content-Length": str(len(body))}, iter([body]))
