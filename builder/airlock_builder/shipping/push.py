"""The arrow from locks and media to a registry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass

from airlock_builder.crew import Task
from airlock_builder.remote.failures import MissingError
from airlock_builder.remote.oci.content import Text
from airlock_builder.remote.oci.errands import PUSH
from airlock_builder.remote.oci.repository import Repository
from airlock_builder.shipping import artifact, fitting, numbers
from airlock_builder.shipping.artifact import Artifact, Whole
from airlock_builder.shipping.contents import Piece
from airlock_builder.shipping.dock import Dock
from airlock_core.digest import Digest
from airlock_core.errors import InputError, raise_all
from airlock_core.imageref import ImageRef
from airlock_core.progress import Outset

_STAGE = "push"


@dataclass(frozen=True)
class Shipment:
    """A release that is to be pushed.

    Args:
        name, version, number: as in the manifest's metadata.
        gather: reads its layers with their bytes, which takes a while: only when the registry has let us in.
    """

    name: str
    version: str
    number: int
    gather: Callable[[], Sequence[Piece]]


@dataclass(frozen=True)
class Pushed:
    """What a push came to.

    Args:
        ref: the release by tag.
        digest: of its manifest.
        files: titles of the layers.
        size: bytes of all blobs.
        new, new_size: blobs that were sent, and their bytes.
        unchanged: the tag had this content before.
    """

    ref: ImageRef
    digest: Digest
    files: tuple[str, ...]
    size: int
    new: int
    new_size: int
    unchanged: bool = False


def push(shipment: Shipment, ref: ImageRef, dock: Dock, *, force: bool = False, allow_rollback: bool = False) -> Pushed:
    """Bring a release into a repository, its manifest last; blobs that are there are not sent.

    Args:
        ref: the repository and the tag.
        force: let the tag move, where it is there with other content.
        allow_rollback: push it though a tag that moves stands for a newer one.

    Raises:
        VerificationError, Faults: what is to be pushed does not fit together.
        InputError: the tag is there with other content; a newer release is there.
        UpstreamError: the registry cannot be reached, or refuses.
    """
    with closing(dock.registries(PUSH)) as registries:
        repository = registries.repository(dock.ways.to_write(ref.name))
        standing = _standing(repository, ref)
        if not allow_rollback:
            there = numbers.read(standing, str(ref)) if standing else None
            numbers.check(shipment.name, shipment.number, ref, repository, there, dock)
        pieces = shipment.gather()
        one = Artifact(shipment.name, shipment.version, shipment.number, tuple(piece.layer for piece in pieces))
        _check(one, pieces)
        raw = one.dumps()
        digest = Digest.sha256(raw)
        titles = tuple(piece.layer.title for piece in pieces)
        if standing == raw:
            return Pushed(ref, digest, titles, one.size, 0, 0, unchanged=True)
        if standing is not None and not force:
            raise _moved(ref, Digest.sha256(standing), digest)
        lacking = _send(pieces, repository, dock)
        repository.put_manifest(str(ref.tag), raw)
    return Pushed(ref, digest, titles, one.size, len(lacking), sum(piece.layer.size for piece in lacking))


def _standing(repository: Repository, ref: ImageRef) -> bytes | None:
    """What the tag has now."""
    try:
        return repository.manifest(str(ref.tag))
    except MissingError:
        return None


def _check(one: Artifact, pieces: Sequence[Piece]) -> None:
    """Look at what is to be pushed as whoever pulls it will."""
    where = f"{one.name} {one.version}, number {one.number}"
    files = one.files(where=where)
    contents = {piece.layer.title: piece.content for piece in pieces}

    def read(file: Whole) -> bytes:
        return b"".join(contents[file.title].pieces(0, file.size))

    raise_all(f"{where}: does not fit together", fitting.faults(one, files, read, where=where))


def _send(pieces: Sequence[Piece], repository: Repository, dock: Dock) -> list[Piece]:
    """Send what the repository has not; that."""
    nothing = artifact.Layer("config", "", Digest.sha256(artifact.EMPTY), len(artifact.EMPTY))
    empty = Piece(nothing, Text(artifact.EMPTY))
    blobs = list({piece.layer.digest: piece for piece in (empty, *pieces)}.values())
    there: set[Digest] = set()

    def look(piece: Piece) -> Task:
        def work() -> None:
            if repository.has(piece.layer.digest):
                there.add(piece.layer.digest)

        return Task(piece.layer.title, 0, work, repository.spot.host)

    dock.do("{} blobs could not be asked for", map(look, blobs))
    lacking = [piece for piece in blobs if piece.layer.digest not in there]
    total, rest = (sum(piece.layer.size for piece in some) for some in (blobs, lacking))
    dock.progress(Outset(_STAGE, len(blobs), total, len(blobs) - len(lacking), total - rest))
    dock.do("{} blobs could not be pushed; what was sent whole is there", (_task(p, repository, dock) for p in lacking))
    return [piece for piece in lacking if piece is not empty]


def _task(piece: Piece, repository: Repository, dock: Dock) -> Task:
    layer = piece.layer
    host = repository.spot.host
    return dock.task(
        _STAGE,
        layer.title,
        layer.size,
        host,
        lambda on_bytes: repository.upload(piece.content, layer.digest, on_bytes),
    )


def _moved(ref: ImageRef, there: Digest, here: Digest) -> InputError:
    return InputError(
        "the tag is there already, with other content",
        where=str(ref),
        why=f"there it is {there}, here {here}",
        todo="raise metadata.number in the manifest, build and push that; or move the tag with --force",
    )
