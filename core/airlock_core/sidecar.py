"""``<iso>.release.json``: what stands beside an ISO: its root document, its whole digest, and the bytes of no file.

With it a flipped bit anywhere is found: MANIFEST covers the files, this the rest. Regions are runs of at least one
block, such as descriptors and folders, and the files that MANIFEST leaves out; what fills up the last block of each
file is hashed as one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from airlock_core import iso_hashing, media, strict_yaml
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, InputError, VerificationError
from airlock_core.iso import Extent, IsoImage, IsoReader
from airlock_core.iso_records import BLOCK

FORMAT = "airlock/image/v1"
MAX_BYTES = 64 << 20
SUFFIX = ".release.json"


@dataclass(frozen=True)
class Region:
    """Bytes that no listed file covers: what they are, for people, and their digest."""

    extent: Extent
    what: str
    digest: Digest


@dataclass(frozen=True)
class Sidecar:
    """The document.

    Args:
        release: ``release/release.json`` as data.
        size, digest: of the whole image.
        regions: by offset.
        padding: digest of all that fills up files' last blocks, in the order of the image.
    """

    release: Mapping[str, Any]
    size: int
    digest: Digest
    regions: tuple[Region, ...]
    padding: Digest

    def dumps(self) -> str:
        """The document's text."""
        regions = [
            {"offset": r.extent.offset, "size": r.extent.size, "what": r.what, "digest": str(r.digest)}
            for r in self.regions
        ]
        image = {"size": self.size, "digest": str(self.digest), "regions": regions, "padding": str(self.padding)}
        return strict_yaml.dump_json({"format": FORMAT, "image": image, "release": dict(self.release)})

    @classmethod
    def load(cls, path: Path) -> Sidecar:
        """Read it.

        Raises:
            VerificationError: another format, or damaged.
        """
        try:
            with path.open("rb") as file:
                raw = file.read(MAX_BYTES)
        except OSError as error:
            raise VerificationError("not the release document of an image", where=str(path), why=str(error)) from error
        return cls.loads(raw, where=str(path))

    @classmethod
    def loads(cls, raw: bytes, *, where: str) -> Sidecar:
        """Read its bytes; as :meth:`load`."""
        try:
            return cls._of(json.loads(raw))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InputError) as error:
            raise VerificationError("not the release document of an image", where=where, why=str(error)) from error

    @classmethod
    def _of(cls, data: Mapping[str, Any]) -> Sidecar:
        if data["format"] != FORMAT:
            raise ValueError(f"of the format {data['format']!r}")
        image = data["image"]
        regions = tuple(_region(region) for region in image["regions"])
        digests = Digest.parse(image["digest"]), Digest.parse(image["padding"])
        return cls(data["release"], int(image["size"]), digests[0], regions, digests[1])


def beside(iso: Path) -> Path:
    """Where the sidecar of an ISO stands."""
    return iso.with_name(iso.name + SUFFIX)


def survey(reader: IsoReader, image: IsoImage) -> tuple[tuple[Region, ...], Digest]:
    """Regions and padding of an image, as it is now."""
    regions = [Region(extent, what, iso_hashing.of_extents(reader, [extent])) for extent, what in _uncovered(image)]
    return tuple(regions), padding(reader, image)


def padding(reader: IsoReader, image: IsoImage) -> Digest:
    """The digest of what fills up files' last blocks."""
    return iso_hashing.of_extents(reader, _fill(image))


def check_regions(reader: IsoReader, sidecar: Sidecar) -> list[AirlockError]:
    """The regions that are not as the document says; it needs no folder of the image to be readable."""
    faults: list[AirlockError] = []
    for region in sidecar.regions:
        found = iso_hashing.of_extents(reader, [region.extent])
        if found != region.digest:
            where = f"{reader.path}: bytes {region.extent.offset} to {region.extent.end - 1}"
            why = f"expected {region.digest}, found {found}"
            faults.append(VerificationError(f"altered: {region.what}", where=where, why=why))
    return faults


def _region(data: Mapping[str, Any]) -> Region:
    extent = Extent(int(data["offset"]), int(data["size"]))
    if extent.offset < 0 or extent.size < 0:
        raise ValueError("a region that cannot be")
    return Region(extent, str(data["what"]), Digest.parse(data["digest"]))


def _uncovered(image: IsoImage) -> Iterator[tuple[Extent, str]]:
    found = [(extent, str(file.path)) for file in image.files if not _covered(file.path) for extent in file.extents]
    found += [(gap, "boot sectors, descriptors and folders") for gap in _gaps(image) if gap.size >= BLOCK]
    yield from sorted(set(found))


def _fill(image: IsoImage) -> list[Extent]:
    return [gap for gap in _gaps(image) if gap.size < BLOCK]


def _gaps(image: IsoImage) -> list[Extent]:
    return iso_hashing.gaps(image.size, (extent for file in image.files for extent in file.extents))


def _covered(path: PurePosixPath) -> bool:
    return media.is_listed(path) or path == media.MANIFEST
