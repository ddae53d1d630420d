"""A release as an OCI artifact: its manifest as data. No registry is asked here and no file read.

Source: OCI image specification 1.1, "Guidelines for Artifact Usage" (an image manifest with ``artifactType`` and the
empty configuration); ORAS's convention that a layer's ``org.opencontainers.image.title`` is the name of its file.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from airlock_core import oci
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, InputError, VerificationError, raise_all

TYPE = "application/vnd.airlock.release.v1"
LOCK = "application/vnd.airlock.lock.v1+yaml"
ROOT_DOCUMENT = "application/vnd.airlock.release.v1+json"
SIDECAR = "application/vnd.airlock.image.v1+json"
FILE_LIST = "application/vnd.airlock.manifest.v1+text"
CHECKSUM = "text/plain"
YAML = "application/yaml"
ISO = "application/vnd.efi.iso"
ISO_PART = "application/vnd.airlock.iso.part.v1"
"""Bytes of an ISO; all of them in the order of their numbers are the ISO."""
SIGNATURES = {".asc": "application/pgp-signature", ".dsse.json": "application/vnd.dsse.envelope.v1+json"}

TITLE = "org.opencontainers.image.title"
VERSION = "org.opencontainers.image.version"
NUMBER = "airlock.io/number"
IMAGE = "airlock.io/image"
"""The title of the ISO that a document is of."""
PART, PARTS = "airlock.io/part", "airlock.io/parts"
WHOLE, WHOLE_SIZE, WHOLE_DIGEST = "airlock.io/whole", "airlock.io/whole-size", "airlock.io/whole-digest"

EMPTY = b"{}"
_EMPTY_TYPE = "application/vnd.oci.empty.v1+json"
_PLAIN_NAME = re.compile(r"[^\x00-\x20\x7f/\\.-][^\x00-\x1f\x7f/\\]{0,199}")
_MOST_BYTES = 1 << 50
_LONGEST_WORD = 200


@dataclass(frozen=True)
class Layer:
    """One blob of the artifact.

    Args:
        title: the name of its file, with ``/`` where it is in a folder.
        more: its other annotations.
    """

    title: str
    media_type: str
    digest: Digest
    size: int
    more: Mapping[str, str] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Whole:
    """A file as it is in the end: one layer, or the parts of an ISO in their order."""

    title: str
    media_type: str
    digest: Digest
    size: int
    layers: tuple[Layer, ...]
    image: str = ""


@dataclass(frozen=True)
class Artifact:
    """A release.

    Args:
        name, version, number: as in the manifest's metadata.
        layers: in their order.
    """

    name: str
    version: str
    number: int
    layers: tuple[Layer, ...]

    @property
    def size(self) -> int:
        """Bytes of all layers, each blob once."""
        return sum({layer.digest: layer.size for layer in self.layers}.values())

    def dumps(self) -> bytes:
        """The manifest's bytes, the same for the same release."""
        empty = {"mediaType": _EMPTY_TYPE, "digest": str(Digest.sha256(EMPTY)), "size": len(EMPTY), "data": "e30="}
        data = {
            "schemaVersion": 2,
            "mediaType": oci.OCI_MANIFEST,
            "artifactType": TYPE,
            "config": empty,
            "layers": [_descriptor(layer) for layer in self.layers],
            "annotations": {TITLE: self.name, VERSION: self.version, NUMBER: str(self.number)},
        }
        return json.dumps(data, indent=2, ensure_ascii=False).encode()

    @classmethod
    def loads(cls, raw: bytes, *, where: str) -> Artifact:
        """Read a manifest that a registry gave.

        Raises:
            VerificationError: it is none, or none of a release, or has layers that cannot be.
        """
        try:
            data: Mapping[str, Any] = json.loads(raw)
            kind = data.get("artifactType") or "one without a type"
            if kind != TYPE:
                raise VerificationError(f"is no release of airlock: {kind}", where=where, todo="correct the reference")
            said = data["annotations"]
            layers = tuple(_layer(entry) for entry in data["layers"])
            return cls(_word(said[TITLE]), _word(said[VERSION]), int(said[NUMBER]), layers)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InputError) as error:
            what, todo = "is no manifest of a release", "see what was pushed there"
            raise VerificationError(what, where=where, why=_why(error), todo=todo) from error

    def files(self, *, where: str) -> tuple[Whole, ...]:
        """The files that the layers are.

        Raises:
            VerificationError, Faults: names that lead elsewhere or stand there twice; parts that make no whole.
        """
        faults = [fault for layer in self.layers if (fault := _bad_name(layer.title, where))]
        raise_all(f"{where}: {len(faults)} names that no file may have", faults)
        parted: dict[str, list[Layer]] = {}
        wholes: list[Whole] = []
        for layer in self.layers:
            if layer.media_type == ISO_PART:
                parted.setdefault(layer.more.get(WHOLE, ""), []).append(layer)
            else:
                image = layer.more.get(IMAGE, "")
                wholes.append(Whole(layer.title, layer.media_type, layer.digest, layer.size, (layer,), image))
        wholes += [_joined(title, layers, where) for title, layers in parted.items()]
        raise_all(f"{where}: names that cannot be side by side", _clashes(wholes, where))
        return tuple(wholes)


def tag_of(version: str, number: int) -> str:
    """The tag of a release where nobody gives one: ``1.4.4-12``; what no tag may have becomes ``_``."""
    return re.sub(r"[^A-Za-z0-9._-]", "_", f"{version}-{number}")


def part_title(title: str, index: int, count: int) -> str:
    """What a part of an ISO is called, so that sorted by name the parts are in their order: ``x.iso.part-000``."""
    return f"{title}.part-{index:0{max(3, len(str(count - 1)))}}"


def _descriptor(layer: Layer) -> dict[str, Any]:
    annotations = {TITLE: layer.title, **layer.more}
    return {
        "mediaType": layer.media_type,
        "digest": str(layer.digest),
        "size": layer.size,
        "annotations": annotations,
    }


def _word(text: Any) -> str:
    if not isinstance(text, str) or not text.isprintable() or not 0 < len(text) <= _LONGEST_WORD:
        raise ValueError(f"no name and no version: {str(text)[:40]!r}")
    return text


def _layer(entry: Mapping[str, Any]) -> Layer:
    more = {str(key): str(value) for key, value in (entry.get("annotations") or {}).items()}
    size = entry["size"]
    if not isinstance(size, int) or not 0 <= size < _MOST_BYTES:
        raise ValueError(f"a size that cannot be: {size!r}")
    title = more.pop(TITLE)
    return Layer(title, str(entry["mediaType"]), Digest.parse(str(entry["digest"])), size, more)


def _joined(title: str, layers: list[Layer], where: str) -> Whole:
    """The ISO that some layers are the parts of."""
    place = f"{where}: {title or 'parts of nothing'}"
    fault = _bad_name(title, where)
    if fault:
        raise fault
    try:
        ordered = sorted(layers, key=lambda layer: int(layer.more[PART]))
        numbers = [int(layer.more[PART]) for layer in ordered]
        said = {(layer.more[PARTS], layer.more[WHOLE_SIZE], layer.more[WHOLE_DIGEST]) for layer in ordered}
        count, size, name = next(iter(said))
        digest = Digest.parse(name)
        every = int(count) == len(numbers) and numbers == list(range(len(numbers)))
        fits = len(said) == 1 and every and sum(one.size for one in ordered) == int(size)
    except (KeyError, ValueError, InputError) as error:
        what = "its parts do not say how they belong together"
        raise VerificationError(what, where=place, why=_why(error)) from error
    if not fits:
        why = f"there are the parts {', '.join(map(str, numbers))}"
        raise VerificationError("its parts are not the whole", where=place, why=why, todo="have it pushed anew")
    return Whole(title, ISO, digest, int(size), tuple(ordered))


def _bad_name(title: str, where: str) -> VerificationError | None:
    """What is wrong with the name of a file: it must stay below a folder, in plain sight, on any system."""
    path = PurePosixPath(title)
    if all(_PLAIN_NAME.fullmatch(part) for part in title.split("/")) and len(path.parts) <= 8:
        return None
    todo = "pull nothing from there: no release of airlock has such a name"
    return VerificationError(f"a name that no file may have: {title!r}", where=where, todo=todo)


def _clashes(wholes: Iterable[Whole], where: str) -> list[AirlockError]:
    """Names that stand there twice, whatever their case, or as a file and a folder."""
    titles = [whole.title.casefold() for whole in wholes]
    folders = {str(parent) for title in titles for parent in PurePosixPath(title).parents}
    twice = [title for title, count in Counter(titles).items() if count > 1 or title in folders]
    todo = "have it pushed anew"
    return [VerificationError(f"several files of one name: {title!r}", where=where, todo=todo) for title in twice]


def _why(error: Exception) -> str:
    return f"there is no {error}" if isinstance(error, KeyError) else str(error)
