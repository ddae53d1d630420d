"""Repository metadata by createrepo_c, the same bytes for the same packages.

The description of a package depends on its bytes, its place and the epoch alone, so it is kept in the store's
metadata folder: the second build reads no package.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from xml.sax.saxutils import quoteattr

import createrepo_c

from airlock_core import atomic, media
from airlock_core.errors import VerificationError
from airlock_core.progress import Progress, Step
from airlock_core.tree import MediaFile

_KINDS = ("primary", "filelists", "other")
_CHANGELOGS = 10
_COMMON = 'xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm"'
_ROOTS = {
    "primary": ("metadata", _COMMON),
    "filelists": ("filelists", 'xmlns="http://linux.duke.edu/metadata/filelists"'),
    "other": ("otherdata", 'xmlns="http://linux.duke.edu/metadata/other"'),
}
_EXTRA_NAMES = {"group": "comps.xml", "modules": "modules.yaml"}


def generate(
    packages: Iterable[MediaFile], extras: Mapping[str, bytes], *, cache: Path, epoch: int, tell: Progress
) -> dict[str, bytes]:
    """All files of ``repodata/`` by name, repomd.xml last.

    Args:
        packages: in the order of the metadata.
        extras: uncompressed comps as ``group`` and modules as ``modules``; empty ones are left out.
        cache: folder where descriptions of packages are kept.
        epoch: the revision and every time in the metadata, seconds since 1970-01-01 UTC.

    Raises:
        VerificationError: a package that cannot be read.
    """
    described = _described(list(packages), cache, epoch, tell)
    contents = {kind: _document(kind, [one[kind] for one in described]) for kind in _KINDS}
    files: dict[str, bytes] = {}
    records = [_record(kind, f"{kind}.xml.gz", contents[kind], files, epoch) for kind in _KINDS]
    for kind, content in extras.items():
        if content:
            suffix = ".gz" if kind == "modules" else ""
            records.append(_record(kind, _EXTRA_NAMES[kind] + suffix, content, files, epoch))
    files["repomd.xml"] = _repomd(records, epoch)
    return files


def _described(packages: list[MediaFile], cache: Path, epoch: int, tell: Progress) -> list[dict[str, str]]:
    with ThreadPoolExecutor() as pool:
        described = []
        for done, one in enumerate(pool.map(lambda package: _description(package, cache, epoch), packages), start=1):
            described.append(one)
            tell(
                Step(
                    "stage",
                    media.REPODATA.as_posix(),
                    done,
                    len(packages),
                    finished=done == len(packages),
                    unit="packages",
                )
            )
    return described


def _description(package: MediaFile, cache: Path, epoch: int) -> dict[str, str]:
    """The package's element of each of the three documents."""
    href = package.path.relative_to(media.BASEOS).as_posix()
    key = hashlib.sha256(f"{package.digest} {href} {epoch} {createrepo_c.VERSION}".encode()).hexdigest()
    kept = cache / f"{key}.json"
    with contextlib.suppress(OSError, ValueError):
        found = json.loads(kept.read_bytes())
        if set(found) == set(_KINDS):
            return dict(found)
    described = _read(package, href, epoch)
    atomic.write(kept, json.dumps(described))
    return described


def _read(package: MediaFile, href: str, epoch: int) -> dict[str, str]:
    where = f"{package.path} ({package.source})"
    try:
        parsed = createrepo_c.package_from_rpm(str(package.source), createrepo_c.SHA256, href, None, _CHANGELOGS)
    except createrepo_c.CreaterepoCError as error:
        raise VerificationError("not an RPM package", where=where, why=str(error)) from error
    if parsed.pkgId != package.digest.hex:
        raise VerificationError(
            "a package altered in the store", where=where, why=f"expected {package.digest}, found sha256:{parsed.pkgId}"
        )
    parsed.time_file = epoch
    return {
        "primary": createrepo_c.xml_dump_primary(parsed),
        "filelists": createrepo_c.xml_dump_filelists(parsed),
        "other": createrepo_c.xml_dump_other(parsed),
    }


def _document(kind: str, elements: list[str]) -> bytes:
    tag, namespaces = _ROOTS[kind]
    body = "".join(element if element.endswith("\n") else f"{element}\n" for element in elements)
    head = f'<?xml version="1.0" encoding="UTF-8"?>\n<{tag} {namespaces} packages="{len(elements)}">\n'
    return f"{head}{body}</{tag}>\n".encode()


def _record(kind: str, name: str, content: bytes, files: dict[str, bytes], epoch: int) -> str:
    """Put a document among the files under the name that its digest gives it; its element of repomd.xml."""
    packed = gzip.compress(content, compresslevel=9, mtime=0) if name.endswith(".gz") else content
    checksum = hashlib.sha256(packed).hexdigest()
    stored = f"{checksum}-{name}"
    files[stored] = packed
    lines = [
        f"  <data type={quoteattr(kind)}>",
        f'    <checksum type="sha256">{checksum}</checksum>',
        f'    <open-checksum type="sha256">{hashlib.sha256(content).hexdigest()}</open-checksum>',
        f'    <location href="repodata/{stored}"/>',
        f"    <timestamp>{epoch}</timestamp>",
        f"    <size>{len(packed)}</size>",
        f"    <open-size>{len(content)}</open-size>",
        "  </data>",
    ]
    return "\n".join(lines)


def _repomd(records: list[str], epoch: int) -> bytes:
    head = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<repomd xmlns="http://linux.duke.edu/metadata/repo" xmlns:rpm="http://linux.duke.edu/metadata/rpm">',
        f"  <revision>{epoch}</revision>",
    ]
    return "\n".join([*head, *records, "</repomd>", ""]).encode()
