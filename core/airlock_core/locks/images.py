"""``images.lock``: Carvel's ImagesLock, with our facts as annotations.

Source: imgpkg's ``ImagesLock`` (``imgpkg.carvel.dev/v1alpha1``): ``images: [{image: repo@digest, annotations}]``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from airlock_core.digest import Digest
from airlock_core.errors import InputError
from airlock_core.imageref import ImageRef
from airlock_core.locks.reader import Reader

_OURS = "airlock.io/"


@dataclass(frozen=True, order=True)
class LockedArchive:
    """The archive on disk that an image comes from.

    Args:
        path: a relative reference (RFC 3986) from the manifest's folder.
        checksum: of the archive's file.
    """

    path: str
    checksum: Digest


@dataclass(frozen=True, order=True)
class Attachment:
    """What an artifact is to the images that it is carried for.

    Args:
        kind: ``signature``, ``attestation``, ``sbom``; ``referrers`` for the list of what refers to the subject; else
            its type.
        subject: the manifest or index that it is attached to.
        images: the locked images that it is carried for.
        way: how it was found: ``cosign-tag``, ``referrers-api``, ``referrers-tag``, ``image-index``; ``made`` of a list
            that airlock writes.
        type: the type that its maker gives it.
        signer: SHA-256 of the key by which it was found good when it was locked; empty where none was tried.
    """

    kind: str
    subject: Digest
    images: tuple[Digest, ...]
    way: str
    type: str = ""
    signer: str = ""


@dataclass(frozen=True, order=True)
class LockedImage:
    """One image by the digest of its manifest or index, or one artifact that is attached to some.

    Args:
        ref: repository pinned to the digest; no tag.
        tag: the tag that was asked for; None where the manifest gave a digest.
        platforms: platforms carried, such as ``linux/amd64``.
        size: bytes of all its blobs and manifests together, each once.
        options: options of the manifest that ask for it.
        annotations: annotations of other tools, kept as they were.
        index: digest of the index that it was taken from, where its own is that of one platform's manifest.
        archive: where it comes from, where that is no registry.
        attachment: of an artifact, what it is attached to.
        sought: kinds of artifacts that were looked for beside the image.
        unsigned: why an image that must be signed may be without a signature.
    """

    ref: ImageRef
    tag: str | None
    platforms: tuple[str, ...]
    size: int
    options: tuple[str, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict, compare=False)
    index: Digest | None = None
    archive: LockedArchive | None = None
    attachment: Attachment | None = None
    sought: tuple[str, ...] = ()
    unsigned: str = ""

    @property
    def digest(self) -> Digest:
        """The digest of the manifest or index."""
        if self.ref.digest is None:
            raise ValueError(f"a locked image without a digest: {self.ref}")
        return self.ref.digest

    @property
    def site_name(self) -> str:
        """Its name at the site: the repository without its original host, with the tag where there is one."""
        return f"{self.ref.repository}:{self.tag}" if self.tag else self.ref.repository


@dataclass(frozen=True)
class ImagesLock:
    """The whole lock."""

    images: tuple[LockedImage, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """The lock as plain data, sorted."""
        ordered = sorted(self.images, key=lambda image: (str(image.ref), image.tag or ""))
        return {
            "apiVersion": "imgpkg.carvel.dev/v1alpha1",
            "kind": "ImagesLock",
            "images": [_image_data(image) for image in ordered],
        }

    @classmethod
    def from_data(cls, data: Mapping[str, Any], *, where: str = "images.lock") -> ImagesLock:
        """Read plain data.

        Raises:
            InputError, Faults: unknown or missing keys, an image without a digest.
        """
        reader = Reader(data, where)
        reader.constant("apiVersion", "imgpkg.carvel.dev/v1alpha1")
        reader.constant("kind", "ImagesLock")
        lock = cls(reader.each("images", _read_image))
        reader.done(where)
        return lock


def _image_data(image: LockedImage) -> dict[str, Any]:
    ours = {
        "platforms": ",".join(sorted(image.platforms)),
        "size": str(image.size) if image.size else None,
        "tag": image.tag,
        "options": ",".join(sorted(image.options)),
        "index": str(image.index) if image.index else None,
        "archive": image.archive.path if image.archive else None,
        "archive-checksum": str(image.archive.checksum) if image.archive else None,
        "sought": ",".join(sorted(image.sought)),
        "unsigned": image.unsigned,
        **(_attachment_data(image.attachment) if image.attachment else {}),
    }
    annotations = {**image.annotations, **{_OURS + key: value for key, value in ours.items() if value}}
    return {"image": str(image.ref), **({"annotations": dict(sorted(annotations.items()))} if annotations else {})}


def _attachment_data(attachment: Attachment) -> dict[str, str]:
    return {
        "attached": attachment.kind,
        "subject": str(attachment.subject),
        "for": ",".join(sorted(map(str, attachment.images))),
        "found-by": attachment.way,
        "artifact-type": attachment.type,
        "signed-by": attachment.signer,
    }


def attachment_annotations(image: LockedImage) -> dict[str, str]:
    """What annotations say of an artifact, for locks of other tools too."""
    data = _attachment_data(image.attachment) if image.attachment else {}
    return {_OURS + key: value for key, value in data.items() if value}


def _read_image(reader: Reader) -> LockedImage:
    text = reader.text("image")
    ref = ImageRef.parse(text or "missing", where=reader.where)
    if ref.digest is None:
        reader.fault("image", f"has no digest: {text!r}")
    annotations = {str(key): str(value) for key, value in reader.mapping("annotations").items()}
    ours = {key.removeprefix(_OURS): annotations.pop(key) for key in list(annotations) if key.startswith(_OURS)}
    size = ours.get("size", "0")
    if not size.isdigit():
        reader.fault("annotations", f"{_OURS}size is no number: {size!r}")
    return LockedImage(
        ref=ref,
        tag=ours.get("tag"),
        platforms=_split(ours.get("platforms", "")),
        size=int(size) if size.isdigit() else 0,
        options=_split(ours.get("options", "")),
        annotations=annotations,
        index=_digest("index", ours, reader),
        archive=_archive(ours, reader),
        attachment=_attachment(ours, reader),
        sought=_split(ours.get("sought", "")),
        unsigned=ours.get("unsigned", ""),
    )


def _split(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)


def _archive(ours: Mapping[str, str], reader: Reader) -> LockedArchive | None:
    checksum = _digest("archive-checksum", ours, reader)
    if "archive" in ours and checksum is None:
        reader.fault("annotations", f"{_OURS}archive without its {_OURS}archive-checksum")
    return LockedArchive(ours["archive"], checksum) if "archive" in ours and checksum else None


def _attachment(ours: Mapping[str, str], reader: Reader) -> Attachment | None:
    if "attached" not in ours:
        return None
    subject = _digest("subject", ours, reader)
    images = [_digest("for", {"for": text}, reader) for text in _split(ours.get("for", ""))]
    if subject is None:
        reader.fault("annotations", f"{_OURS}attached without its {_OURS}subject")
        return None
    known = tuple(image for image in images if image)
    return Attachment(
        kind=ours["attached"],
        subject=subject,
        images=known,
        way=ours.get("found-by", ""),
        type=ours.get("artifact-type", ""),
        signer=ours.get("signed-by", ""),
    )


def _digest(key: str, ours: Mapping[str, str], reader: Reader) -> Digest | None:
    text = ours.get(key, "")
    try:
        return Digest.parse(text) if text else None
    except InputError:
        reader.fault("annotations", f"{_OURS}{key} is no digest: {text!r}")
        return None
