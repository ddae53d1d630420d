"""Repository metadata, the same bytes for the same packages; written as it comes, so that memory does not grow.

It is compressed by gzip: what createrepo_c writes on Enterprise Linux up to 9, and what every dnf of 8 and 9 reads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path, PurePosixPath

from airlock_builder.stage import metadata_file
from airlock_builder.stage.described import Description, descriptions
from airlock_builder.stage.metadata_file import Record
from airlock_builder.stage.written import Staging
from airlock_core.progress import Progress
from airlock_core.tree import MediaFile

_COMMON = 'xmlns="http://linux.duke.edu/metadata/common" xmlns:rpm="http://linux.duke.edu/metadata/rpm"'
_ROOTS = {
    "primary": ("metadata", _COMMON),
    "filelists": ("filelists", 'xmlns="http://linux.duke.edu/metadata/filelists"'),
    "other": ("otherdata", 'xmlns="http://linux.duke.edu/metadata/other"'),
}
_EXTRA_NAMES = {"group": "comps.xml", "modules": "modules.yaml.gz", "updateinfo": "updateinfo.xml.gz"}


def generate(
    packages: Sequence[MediaFile],
    extras: Mapping[str, bytes],
    staging: Staging,
    *,
    folder: PurePosixPath,
    cache: Path,
    epoch: int,
    tell: Progress,
) -> Iterator[MediaFile]:
    """All files of ``repodata/``, repomd.xml last.

    Args:
        packages: in the order of the metadata.
        extras: uncompressed comps as ``group``, modules as ``modules``, advisories as ``updateinfo``; empty ones are
            left out.
        folder: where it stands on the medium; the repo is the folder above.
        cache: folder where descriptions of packages are kept.
        epoch: the revision and every time in the metadata, seconds since 1970-01-01 UTC.

    Raises:
        VerificationError: a package that cannot be read.
        MachineError: no space or no right to write.
    """
    records = _of_packages(packages, staging, folder, cache, epoch, tell)
    for kind, content in extras.items():
        if content:
            with metadata_file.opened(staging, folder, kind, _EXTRA_NAMES[kind]) as file:
                file.write(content)
                records.append(file.end())
    yield from (record.file for record in records)
    yield staging.add(folder / "repomd.xml", _repomd(records, epoch))


def _of_packages(
    packages: Sequence[MediaFile], staging: Staging, folder: PurePosixPath, cache: Path, epoch: int, tell: Progress
) -> list[Record]:
    """The three documents side by side: each is compressed by a thread while the next packages are described."""
    with ExitStack() as stack:
        files = {
            kind: stack.enter_context(metadata_file.opened(staging, folder, kind, f"{kind}.xml.gz")) for kind in _ROOTS
        }
        pool = stack.enter_context(ThreadPoolExecutor(len(files)))
        written = [pool.submit(file.write, _head(kind, len(packages))) for kind, file in files.items()]
        for some in descriptions(packages, folder.parent, cache, tell):
            _done(written)
            written = [pool.submit(file.write, _elements(kind, some, epoch)) for kind, file in files.items()]
        _done(written)
        for kind, file in files.items():
            file.write(_tail(kind))
        return [file.end() for file in files.values()]


def _done(written: Iterable[Future[None]]) -> None:
    for one in written:
        one.result()


def _head(kind: str, count: int) -> bytes:
    tag, namespaces = _ROOTS[kind]
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<{tag} {namespaces} packages="{count}">\n'.encode()


def _tail(kind: str) -> bytes:
    return f"</{_ROOTS[kind][0]}>\n".encode()


def _elements(kind: str, some: Sequence[Description], epoch: int) -> bytes:
    return "".join(one.element(kind, epoch) for one in some).encode()


def _repomd(records: Sequence[Record], epoch: int) -> str:
    head = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<repomd xmlns="http://linux.duke.edu/metadata/repo" xmlns:rpm="http://linux.duke.edu/metadata/rpm">',
        f"  <revision>{epoch}</revision>",
    ]
    return "\n".join([*head, *(record.xml(epoch) for record in records), "</repomd>", ""])
