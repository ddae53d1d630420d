"""The locks of a release in the formats, and under the names, that other tools open.

Sources: hermeto's documentation of ``rpms.lock.yaml`` ("RPM lockfile format") and of ``artifacts.lock.yaml``
("generic", version 1.0, which allows no further key); imgpkg's ImagesLock, read strictly, with kbld's annotation for
the reference that an image stands for; Helm's Chart.lock.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag

from airlock_core import atomic, strict_yaml
from airlock_core.attached import LIST
from airlock_core.errors import AirlockError, InputError, raise_all
from airlock_core.locks.helm import HelmDependency, HelmLock, agreement
from airlock_core.locks.images import LockedImage, attachment_annotations
from airlock_core.locks.reading import NEIGHBOURS
from airlock_core.locks.release import ReleaseLocks
from airlock_core.locks.rpms import LockedRpm, ModuleMetadata, RpmArch
from airlock_core.release import release_epoch

_HEAD = "# Written by `airlock lock --export`. Do not edit: lock and export again.\n---\n"
_KBLD = "kbld.carvel.dev/id"
"""What kbld knows an image by: the reference that stands in the files it resolves."""
_FETCHABLE = ("http://", "https://")


def exported(locks: ReleaseLocks, *, epoch: int) -> dict[str, str]:
    """The text of each file by its name: sorted and stable.

    Args:
        epoch: the release's time, which Helm's format asks for, in seconds since 1970-01-01 UTC.

    Raises:
        InputError, Faults: what has no URL that another tool could fetch, and files that would have one name there.
    """
    raise_all("not all of the locks can be exported", list(_faults(locks)))
    data = {
        "rpms.lock": _rpms(locks),
        "images.lock": _images(locks),
        "charts.lock": _charts(locks, epoch),
        "files.lock": _files(locks),
    }
    return {NEIGHBOURS[name]: _HEAD + strict_yaml.dumps(part) for name, part in data.items()}


def write_exported(locks: ReleaseLocks, folder: Path) -> list[str]:
    """Write what :func:`exported` gives, at the release's time; the names of the files that changed.

    Raises:
        InputError, Faults: as :func:`exported`.
        MachineError: no space or no right to write.
    """
    texts = exported(locks, epoch=release_epoch())
    changed = [name for name, text in texts.items() if not _has(folder / name, text)]
    for name in changed:
        atomic.write(folder / name, texts[name])
    return changed


def _has(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text


def _rpms(locks: ReleaseLocks) -> dict[str, Any]:
    return {
        "lockfileVersion": 1,
        "lockfileVendor": "redhat",
        "arches": [
            {
                "arch": arch.arch,
                "packages": [_rpm(package) for package in sorted(arch.packages)],
                "source": [_rpm(package) for package in sorted(arch.source)],
                "module_metadata": [_document(document) for document in sorted(arch.module_metadata)],
            }
            for arch in sorted(locks.rpms.arches, key=lambda arch: arch.arch)
            if arch.packages or arch.source  # hermeto refuses an architecture without any
        ],
    }


def _rpm(package: LockedRpm) -> dict[str, Any]:
    data = {
        "url": package.url,
        "repoid": package.repoid,
        "size": package.size,
        "checksum": str(package.checksum),
        "name": package.name,
        "evr": package.evr,
    }
    return {**data, **({"sourcerpm": package.sourcerpm} if package.sourcerpm else {})}


def _document(document: ModuleMetadata) -> dict[str, Any]:
    return {
        "url": document.url,
        "repoid": document.repoid,
        "size": document.size,
        "checksum": str(document.checksum),
    }


def _images(locks: ReleaseLocks) -> dict[str, Any]:
    fetchable = [image for image in locks.images.images if not (image.attachment and image.attachment.kind == LIST)]
    images = sorted(fetchable, key=lambda image: (str(image.ref), image.tag or ""))
    return {
        "apiVersion": "imgpkg.carvel.dev/v1alpha1",
        "kind": "ImagesLock",
        "images": [_image(image) for image in images],
    }


def _image(image: LockedImage) -> dict[str, Any]:
    name = f"{image.ref.name}:{image.tag}" if image.tag else str(image.ref)
    annotations = {_KBLD: name, **image.annotations, **attachment_annotations(image)}
    return {"image": str(image.ref), "annotations": dict(sorted(annotations.items()))}


def _charts(locks: ReleaseLocks, epoch: int) -> dict[str, Any]:
    charts = [HelmDependency(chart.name, chart.repository, chart.version) for chart in sorted(locks.charts.charts)]
    written = datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return HelmLock(tuple(dict.fromkeys(charts)), agreement(list(dict.fromkeys(charts))), written).to_data()


def _files(locks: ReleaseLocks) -> dict[str, Any]:
    files = {(file.filename, file.download_url): str(file.checksum) for file in locks.files.files}
    return {
        "metadata": {"version": "1.0"},
        "artifacts": [
            {"download_url": url, "checksum": checksum, "filename": name}
            for (name, url), checksum in sorted(files.items())
        ],
    }


def _faults(locks: ReleaseLocks) -> Iterator[AirlockError]:
    for where, url in _urls(locks):
        if not url.startswith(_FETCHABLE) or urldefrag(url).fragment:  # a fragment names a file within an image
            what = f"has no URL that another tool could fetch: {url}"
            yield InputError(what, where=where, todo="serve it by http, and name it so in the manifest")
    for image in locks.images.images:
        if image.archive:
            what = f"is in no registry that another tool could ask: it comes from {image.archive.path}"
            todo = "push it to a registry, and name it so in the manifest"
            yield InputError(what, where=f"images.lock: {image.ref}", todo=todo)
    files = {(file.filename, file.download_url) for file in locks.files.files}
    for kind, counted in (
        ("file name", Counter(name for name, _ in files)),
        ("URL", Counter(url for _, url in files)),
    ):
        for text, count in sorted(counted.items()):
            if count > 1:
                yield InputError(f"{count} files would have one {kind}: {text}", where="files.lock")


def _urls(locks: ReleaseLocks) -> Iterator[tuple[str, str]]:
    for arch in locks.rpms.arches:
        yield from _urls_of(arch)
    yield from ((f"files.lock: {file.filename}", file.download_url) for file in locks.files.files)


def _urls_of(arch: RpmArch) -> Iterable[tuple[str, str]]:
    for package in (*arch.packages, *arch.source):
        yield f"rpms.lock: {package.nevra}", package.url
    for document in arch.module_metadata:
        yield f"rpms.lock: modules of {document.repoid}", document.url
