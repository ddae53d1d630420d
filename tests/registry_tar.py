"""Registry tarballs of made images, written by the builder as for a medium: many images, layers shared between them."""

from __future__ import annotations

import hashlib
import json
import random
import tarfile
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from airlock_builder.master import composing
from airlock_builder.stage import registry_tar
from airlock_builder.stage.inputs import StoreView
from airlock_builder.store import Store
from airlock_core import media, oci
from airlock_core.digest import Digest
from airlock_core.imageref import ImageRef
from airlock_core.iso import Extent, IsoFile
from airlock_core.locks.images import ImagesLock, LockedImage
from airlock_core.progress import silent

CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"
PIECE = 1 << 20


@dataclass(frozen=True)
class Made:
    """A tarball, its lock, and how many bytes its blobs have."""

    path: Path
    images: tuple[LockedImage, ...]
    size: int


def make(folder: Path, *, images: int, size: int, seed: int = 1) -> Made:
    """Make a tarball of some images in a folder.

    Args:
        images: how many; every third is an index of two platforms.
        size: bytes of all layers, about; half of them belong to bases that images share.
    """
    blobs = _Blobs(Store(folder / "store"), random.Random(seed))
    share = size // 2
    bases = [[blobs.layer(share // 9) for _ in range(3)] for _ in range(3)]
    locked = []
    for number in range(images):
        base = bases[number % len(bases)]
        name = ImageRef.parse(f"registry.test/made/image-{number:03}")
        own = share // images
        if number % 3:
            architectures: tuple[str, ...] = ("amd64",)
            digest = str(blobs.image([*base, blobs.layer(own)], "amd64")["digest"])
        else:
            architectures = ("amd64", "arm64")
            digest = blobs.index([blobs.image([*base, blobs.layer(own // 2)], arch) for arch in architectures])
        platforms = tuple(f"linux/{architecture}" for architecture in architectures)
        locked.append(LockedImage(name.at(Digest.parse(digest)), "1.0", platforms, 0))
    return written(ImagesLock(tuple(locked)), blobs.store, folder)


def written(lock: ImagesLock, store: Store, folder: Path) -> Made:
    """Write the tarball of a lock whose images are in a store."""
    view = StoreView(store)
    path = folder / media.REGISTRY_TAR
    plan = registry_tar.archive(lock, view, epoch=1700000000)
    with FileIO(path, "x+b") as file:
        composing.compose(plan, file, IsoFile(plan.path, (Extent(0, plan.size),)), silent)
    return Made(path, lock.images, registry_tar.size(lock, view))


class _Blobs:
    """Blobs that follow from a seed, in a store."""

    def __init__(self, store: Store, chance: random.Random) -> None:
        self.store = store
        self._chance = chance

    def layer(self, size: int) -> dict[str, object]:
        """An archive with one file that does not compress."""
        info = tarfile.TarInfo(f"usr/lib/made/{self._chance.randrange(1 << 32):08x}.bin")
        info.size = size
        pieces = [info.tobuf(tarfile.USTAR_FORMAT)]
        pieces += [self._chance.randbytes(min(PIECE, size - at)) for at in range(0, size, PIECE)]
        pieces.append(bytes(-size % tarfile.BLOCKSIZE + 2 * tarfile.BLOCKSIZE))
        state = hashlib.sha256()
        for piece in pieces:
            state.update(piece)
        path = self.store.path(Digest("sha256", state.hexdigest()))
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            file.writelines(pieces)
        return {"mediaType": LAYER, "digest": f"sha256:{state.hexdigest()}", "size": sum(map(len, pieces))}

    def image(self, layers: list[dict[str, object]], architecture: str) -> dict[str, object]:
        layout = {"type": "layers", "diff_ids": [layer["digest"] for layer in layers]}
        config = {"architecture": architecture, "os": "linux", "rootfs": layout}
        body = {
            "schemaVersion": 2,
            "mediaType": oci.OCI_MANIFEST,
            "config": self._document(CONFIG, {**config, "nonce": self._chance.random()}),
            "layers": layers,
        }
        return {
            **self._document(oci.OCI_MANIFEST, body),
            "platform": {"architecture": architecture, "os": "linux"},
        }

    def index(self, entries: list[dict[str, object]]) -> str:
        body = {"schemaVersion": 2, "mediaType": oci.OCI_INDEX, "manifests": entries}
        return str(self._document(oci.OCI_INDEX, body)["digest"])

    def _document(self, kind: str, body: object) -> dict[str, object]:
        raw = json.dumps(body).encode()
        digest = Digest.sha256(raw)
        path = self.store.path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(raw)
        return {"mediaType": kind, "digest": str(digest), "size": len(raw)}
