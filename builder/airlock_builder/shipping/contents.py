"""What is at hand of a release, as pieces to push: locks, the manifest's files, ISOs with what stands beside them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from airlock_builder.remote.oci.content import Content, Stretch, Text
from airlock_builder.shipping import artifact
from airlock_builder.shipping.artifact import Layer
from airlock_core import media, sidecar
from airlock_core.digest import Digest
from airlock_core.errors import InputError, VerificationError, raise_all
from airlock_core.iso import IsoFile, IsoImage, IsoReader
from airlock_core.progress import Progress, Step

_MAX_DOCUMENT = 256 << 20
_STAGE = "read"


@dataclass(frozen=True)
class Piece:
    """A layer with its bytes."""

    layer: Layer
    content: Content


def of_locks(texts: Mapping[str, str]) -> list[Piece]:
    """The locks, by file name."""
    return [_text(name, artifact.LOCK, text.encode()) for name, text in texts.items()]


def of_manifest(files: Sequence[Path]) -> list[Piece]:
    """The files of a manifest, the one that extends the others last; in a folder, by their names.

    Raises:
        InputError: two of one name.
    """
    twice = sorted({file.name for file in files if [other.name for other in files].count(file.name) > 1})
    raise_all("files of the manifest cannot be side by side", [_same_name(name) for name in twice])
    return [_text(f"manifests/{file.name}", artifact.YAML, file.read_bytes()) for file in files]


def of_iso(iso: Path, part_size: int, *, alone: bool, tell: Progress) -> list[Piece]:
    """An ISO, whole or in parts, and its documents: beside it and on it. All of its bytes are read.

    Args:
        part_size: bytes of a part at the most.
        alone: it is the only one; else its ``release/`` stands in a folder of its name.

    Raises:
        InputError: it is not there, or lacks a document.
        VerificationError: it is not the ISO that its documents speak of, or none of airlock's.
    """
    beside = sidecar.beside(iso)
    checksum = iso.with_name(f"{iso.name}.sha256")
    lacking = [file for file in (checksum, beside) if not file.is_file()] if iso.is_file() else [iso]
    raise_all(f"{iso} is not whole", [_no_file(file) for file in lacking])
    own = {artifact.IMAGE: iso.name}
    pieces = [
        _text(checksum.name, artifact.CHECKSUM, checksum.read_bytes(), own),
        _text(beside.name, artifact.SIDECAR, beside.read_bytes(), own),
        *_documents(iso, "" if alone else f"{iso.name}.d/", own),
    ]
    return [*pieces, *_image(iso, sidecar.Sidecar.load(beside), part_size, tell)]


def _documents(iso: Path, folder: str, own: Mapping[str, str]) -> Iterator[Piece]:
    """The root document of a medium, its signatures, and the list of its files, as they stand on it."""
    with IsoReader(iso) as reader:
        image = reader.image()
        for file in _of_root(image):
            kind = _kind(file.path.name)
            yield _text(f"{folder}{file.path}", kind, reader.read(file, _MAX_DOCUMENT), own)


def _of_root(image: IsoImage) -> list[IsoFile]:
    names = (media.RELEASE_JSON, media.MANIFEST)
    return [
        file
        for file in image.files
        if file.path in names or (file.path.parent == media.RELEASE and not media.is_listed(file.path))
    ]


def _kind(name: str) -> str:
    known = {media.RELEASE_JSON.name: artifact.ROOT_DOCUMENT, media.MANIFEST.name: artifact.FILE_LIST}
    signatures = (kind for suffix, kind in artifact.SIGNATURES.items() if name.endswith(suffix))
    return known.get(name) or next(signatures, "application/octet-stream")


def _image(iso: Path, beside: sidecar.Sidecar, part_size: int, tell: Progress) -> list[Piece]:
    size = iso.stat().st_size
    stretches = [Stretch(iso, start, min(part_size, size - start)) for start in range(0, size, part_size)]
    whole, digests = _hashed(iso, stretches, tell)
    if (whole, size) != (beside.digest, beside.size):
        why = f"it names {beside.digest} of {beside.size} bytes; the ISO is {whole} of {size}"
        todo = "build it anew, or copy it anew with what stands beside it"
        raise VerificationError("is not the ISO that its .release.json speaks of", where=str(iso), why=why, todo=todo)
    if len(stretches) == 1:
        return [Piece(Layer(iso.name, artifact.ISO, whole, size), stretches[0])]
    said = {artifact.WHOLE: iso.name, artifact.WHOLE_SIZE: str(size), artifact.WHOLE_DIGEST: str(whole)}
    count = len(stretches)
    pieces = []
    for index, (stretch, digest) in enumerate(zip(stretches, digests, strict=True)):
        more = {artifact.PART: str(index), artifact.PARTS: str(count), **said}
        title = artifact.part_title(iso.name, index, count)
        pieces.append(Piece(Layer(title, artifact.ISO_PART, digest, stretch.size, more), stretch))
    return pieces


def _hashed(iso: Path, stretches: Sequence[Stretch], tell: Progress) -> tuple[Digest, list[Digest]]:
    """The digest of the whole and those of its parts, side by side."""
    size = sum(stretch.size for stretch in stretches)
    with ThreadPoolExecutor(2) as pool:
        parts = [pool.submit(_hash, stretch) for stretch in stretches] if len(stretches) > 1 else []
        whole = _hash(Stretch(iso, 0, size), lambda done: tell(Step(_STAGE, iso.name, done, size)))
        tell(Step(_STAGE, iso.name, size, size, finished=True))
        return whole, [part.result() for part in parts]


def _hash(stretch: Stretch, tell: Callable[[int], None] = lambda done: None) -> Digest:
    state = hashlib.sha256()
    done = 0
    for piece in stretch.pieces(0, stretch.size):
        state.update(piece)
        done += len(piece)
        tell(done)
    return Digest("sha256", state.hexdigest())


def _text(title: str, kind: str, data: bytes, more: Mapping[str, str] | None = None) -> Piece:
    return Piece(Layer(title, kind, Digest.sha256(data), len(data), more or {}), Text(data))


def _no_file(file: Path) -> InputError:
    todo = "build it with `airlock build iso`, name another, or give --without-iso"
    return InputError("there is no such file", where=str(file), todo=todo)


def _same_name(name: str) -> InputError:
    return InputError("two files of the manifest have this name", where=name, todo="give one of them another")
