"""What the other control nodes get of the deployer, as lists for the module ``mirror``: each file with its digest.

``wave`` orders them: what leads to others (repomd.xml, links, tags) comes when these are on the disk.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from airlock_core import digest as digests
from airlock_core import media
from airlock_core.digest import Digest
from airlock_core.errors import MachineError, raise_all
from airlock_core.locks.images import LockedImage
from airlock_core.release import Release
from airlock_installer.media import verify
from airlock_installer.serve import configs
from airlock_installer.serve.contents import Contents, Documents
from airlock_installer.serve.inspect import inspect
from airlock_installer.serve.storage import RegistryStorage

Files = list[dict[str, Any]]
REPOMD = media.REPODATA / "repomd.xml"
_SHOWN = (REPOMD, REPOMD.with_name("repomd.xml.asc"), media.RELEASE_JSON)
_UP = "run `airlock-site serve up --deep`, which takes it from the medium"


def repo_files(folder: Path, release: Release) -> Files:
    """The files of a medium that the local repo serves; sources are paths below its root.

    Raises:
        VerificationError, Faults: its documents do not agree with one another.
        MachineError: it cannot be read.
    """
    found = [_file(entry.path, entry.digest, entry.size) for entry in verify.check_documents(folder, release)]
    return [*(each for each in found if _is_served(each["path"])), *_unlisted(folder)]


def registry_files(images: Sequence[LockedImage], storage: RegistryStorage) -> Files:
    """The files of a registry's storage that images consist of; sources are paths of the registry's own API.

    Raises:
        MachineError, Faults: the storage has not all of them.
    """
    found = inspect(images, storage)
    faults = [MachineError(f"its registry cannot serve it: {lack.why}", where=lack.image) for lack in found.lacking]
    faults += [MachineError(f"damaged: {damage.why}", where=damage.path, todo=_UP) for damage in found.damaged]
    raise_all("the deployer's registry has not all images of images.lock: `airlock-site serve up --deep`", faults)
    files: dict[str, dict[str, Any]] = {}
    for content in contents(images, storage):
        for each in _image(content, storage):
            files.setdefault(each["path"], each)
    return sorted(files.values(), key=lambda each: (each["wave"], each["path"]))


def contents(images: Sequence[LockedImage], storage: RegistryStorage) -> list[Contents]:
    """What images consist of, by the manifests in a storage that has them."""
    documents = Documents(images)
    while missing := documents.missing():
        for digest in missing:
            documents.add(digest, storage.blob(digest).read_bytes())
    return [documents.contents(image) for image in images]


def asked(images: Sequence[LockedImage], storage: RegistryStorage) -> Files:
    """What a registry that serves these images answers: path, size, digest, and whose it is."""
    found: dict[str, dict[str, Any]] = {}
    for content in contents(images, storage):
        image, name = content.image, content.image.site_name
        for path, digest, size in _sources(content):
            found[path] = {"path": path, "size": size, "digest": str(digest), "name": name}
        if image.tag:
            path = f"/v2/{image.ref.repository}/manifests/{image.tag}"
            found[path] = {**found[_manifest(image, image.digest)], "path": path, "name": name}
    return list(found.values())


def shown(folder: Path) -> Files:
    """The files by which all others of a local repo are known: its documents and the repo's own metadata."""
    paths = [path for path in (media.MANIFEST, *_SHOWN) if (folder / path).is_file()]
    return [{"path": f"/{path}", "digest": str(digests.of_file(folder / path)), "name": str(path)} for path in paths]


def _is_served(path: str) -> bool:
    return any(PurePosixPath(path).is_relative_to(folder) for folder in configs.SERVED)


def _unlisted(folder: Path) -> Iterator[dict[str, Any]]:
    """MANIFEST, the root document and its signatures, which MANIFEST does not name."""
    for path in sorted((folder / media.RELEASE).iterdir()):
        name = media.RELEASE / path.name
        if path.is_file() and not media.is_listed(name):
            yield _file(name, digests.of_file(path), path.stat().st_size)


def _file(path: PurePosixPath, digest: Digest, size: int) -> dict[str, Any]:
    wave = 1 if path in _SHOWN else 0
    return {"path": str(path), "source": str(path), "digest": str(digest), "size": size, "wave": wave}


def _image(content: Contents, storage: RegistryStorage) -> Iterator[dict[str, Any]]:
    for source, digest, size in _sources(content):
        path = str(storage.blob(digest).relative_to(storage.root))
        yield {"path": path, "source": source, "digest": str(digest), "size": size, "wave": 0}
    for wave, links in enumerate(storage.links(content), 1):
        yield from _links(links, storage.root, wave)


def _links(links: Mapping[Path, Digest], root: Path, wave: int) -> Iterator[dict[str, Any]]:
    for path, digest in links.items():
        yield {"path": str(path.relative_to(root)), "text": str(digest), "wave": wave}


def _sources(content: Contents) -> Iterator[tuple[str, Digest, int]]:
    """Path in the registry's API (OCI distribution specification, end-2 and end-3), digest and size of each blob."""
    manifests = {manifest.digest for manifest in content.manifests}
    for digest, size in content.sizes.items():
        if digest in manifests:
            yield _manifest(content.image, digest), digest, size
        else:
            yield f"/v2/{content.image.ref.repository}/blobs/{digest}", digest, size


def _manifest(image: LockedImage, digest: Digest) -> str:
    return f"/v2/{image.ref.repository}/manifests/{digest}"
