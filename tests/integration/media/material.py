"""A release without a network: the committed small fixtures in a store, and the locks that name them."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from airlock_builder.manifest.checking import checked
from airlock_builder.manifest.model import Manifest
from airlock_builder.store import Store
from airlock_core.digest import Digest
from airlock_core.imageref import ImageRef
from airlock_core.locks import (
    ChartsLock,
    FilesLock,
    ImagesLock,
    LockedChart,
    LockedFile,
    LockedImage,
    LockedRepo,
    LockedRpm,
    ModuleMetadata,
    ReleaseLocks,
    RpmArch,
    RpmsLock,
)
from tests.locked import locked_rpm
from tests.standin.images import demo

SMALL = Path(__file__).parents[2] / "standin/fixtures/small"
KEY = Path(__file__).parents[2] / "standin/keys/RPM-GPG-KEY-pebble"
MODULE = "greeter:2:20240101000000:5eba11ad:x86_64"


@dataclass(frozen=True)
class Material:
    """What stage takes."""

    manifest: Manifest
    locks: ReleaseLocks
    store: Store


def material(root: Path, *, base: Path | None = None, packages: Sequence[Path] | None = None) -> Material:
    """A manifest, its locks and a store below ``root`` that holds all that they name.

    ``packages`` stand in for the small fixture's; then there are no comps and modules.
    """
    store = Store(root / "store")
    small = packages is None
    chosen = sorted((SMALL / "rpms/Packages").glob("*.rpm")) if packages is None else packages
    rpms = RpmsLock((RpmArch("x86_64", tuple(_rpm(store, path) for path in chosen), (), _modules(store, small)),))
    repo = LockedRepo("small", Digest.sha256(b"repomd"), "1", (), _comps(store, small), _updateinfo(store, small))
    rpms = RpmsLock(rpms.arches, (repo,))
    locks = ReleaseLocks(rpms, _images(store), _charts(store), _files(store, base))
    return Material(_manifest(root), locks, store)


def _manifest(root: Path) -> Manifest:
    root.mkdir(parents=True, exist_ok=True)
    (root / "deployer.ks.in").write_text("cdrom\nreboot\n")
    return checked(
        Manifest,
        {
            "apiVersion": "airlock/v1",
            "kind": "Release",
            "metadata": {"name": "burrito", "version": "1.4.4", "number": 12},
            "platform": {"os": "rocky", "release": "8.10"},
            "rpms": {
                "repos": [{"id": "small", "baseurl": "http://standin.test/small/rpms", "gpgkey": [KEY]}],
                "advisories": True,
            },
            "kickstart": {"deployer": root / "deployer.ks.in"},
            "options": {"extra": {}},
        },
    )


def _rpm(store: Store, path: Path) -> LockedRpm:
    store.add(path.read_bytes())
    module = MODULE if path.name.startswith("greeter-") else None
    return locked_rpm(path, "http://standin.test/small/rpms/Packages", module=module)


def _metadata(store: Store, pattern: str) -> ModuleMetadata:
    path = next((SMALL / "rpms/repodata").glob(pattern))
    url = f"http://standin.test/small/rpms/repodata/{path.name}"
    return ModuleMetadata("small", url, path.stat().st_size, store.add(path.read_bytes()))


def _comps(store: Store, small: bool) -> ModuleMetadata | None:
    return _metadata(store, "*-comps.xml.gz") if small else None


def _updateinfo(store: Store, small: bool) -> ModuleMetadata | None:
    return _metadata(store, "*-updateinfo.xml.gz") if small else None


def _modules(store: Store, small: bool) -> tuple[ModuleMetadata, ...]:
    return (_metadata(store, "*-modules.yaml.gz"),) if small else ()


def _images(store: Store) -> ImagesLock:
    with tempfile.TemporaryDirectory() as folder:
        digests = demo.write_layouts(Path(folder))
        for blob in Path(folder).glob("demo/*/blobs/sha256/*"):
            store.add(blob.read_bytes())
    images = []
    for name, digest in digests.items():
        ref = ImageRef("registry.standin.test", name, digest=Digest.parse(digest))
        platforms = ("linux/amd64", "linux/arm64") if name == "demo/tool" else ("linux/amd64",)
        images.append(LockedImage(ref, demo.TAG, platforms, 0))
    return ImagesLock(tuple(images))


def _charts(store: Store) -> ChartsLock:
    data = (SMALL / "charts/pebble-web-0.1.0.tgz").read_bytes()
    repository = "http://standin.test/small/charts"
    return ChartsLock((LockedChart("pebble-web", "0.1.0", repository, store.add(data), len(data)),))


def _files(store: Store, base: Path | None) -> FilesLock:
    wheel = SMALL / "pypi/packages/pebble_greet-1.0.0-py3-none-any.whl"
    notes = SMALL / "files/notes.txt"
    files = [
        _file(store, wheel, wheel.name, "wheel"),
        _file(store, notes, "standin.test/small/files/notes.txt", "file"),
    ]
    if base:
        files.append(_file(store, base, base.name, "base"))
    return FilesLock(tuple(files))


def _file(store: Store, path: Path, name: str, kind: str) -> LockedFile:
    data = path.read_bytes()
    return LockedFile(name, f"http://standin.test/{name}", store.add(data), len(data), kind)
