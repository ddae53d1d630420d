"""Container images, as a manifest names them: in registries, and in archives on disk."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from airlock_builder.manifest.model.texts import ImagePlatform, Word
from airlock_builder.manifest.model.values import Model, Text, Written


class ImageArchive(Model):
    """An archive of images on disk: a docker-archive or an OCI archive, packed as a whole or not.

    ``name`` (``[host/]repo:tag``) is for an archive of one image, which says none itself or another.
    """

    archive: Path
    name: Word | None = None


_REGISTRY_PATH = r"^[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?(/[a-z0-9]+([._-]+[a-z0-9]+)*)*$"
RegistryPath = Annotated[str, Text(_REGISTRY_PATH)]
"""``host[:port][/path]``."""
RegistryPrefix = Annotated[str, Text(rf"{_REGISTRY_PATH}|^\*(\.[A-Za-z0-9][A-Za-z0-9-]*)+$")]
"""``host[:port][/path]``, or ``*.host``."""


class RegistryPlace(Model):
    """Where the images (and charts in registries) below a prefix are, as containers-registries.conf(5) has it.

    ``mirrors`` are asked in their order, ``location`` (default: the prefix itself) last. ``ca`` is a file of
    authorities that may vouch for them, beside the system's; ``client_cert`` is shown to those that ask for one. What
    is ``blocked`` is taken from nowhere.
    """

    prefix: RegistryPrefix
    location: RegistryPath | None = None
    mirrors: tuple[RegistryPath, ...] = ()
    ca: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    blocked: bool = False

    def __post_init__(self) -> None:
        if self.blocked and (self.location or self.mirrors):
            raise ValueError("blocked, and yet with places to ask")
        if self.client_key and not self.client_cert:
            raise ValueError("client_key without client_cert")


def _spelled_out(value: Any) -> Any:
    return {"archive": value} if isinstance(value, str | Path) else value


ArchivePath = Annotated[ImageArchive, Written(_spelled_out, str | ImageArchive)]
"""An archive; in YAML its path alone is short for it."""


class Waiver(Model):
    """Images that a release may go without, or may carry without a signature, and why.

    ``image`` is an image as it is written there, or with its host and tag; wildcards as in a shell, but not they alone.
    """

    image: Annotated[str, Text(r"^\S*[^*?/\s]\S*$")]
    reason: Word


AttachedKind = Annotated[str, Text(r"^(signatures|attestations|sboms|all|[a-z0-9.-]+/[A-Za-z0-9.+_-]+)$")]
"""``signatures``, ``attestations``, ``sboms``, one type of artifact by its media type, or ``all``."""


class SignedImages(Model):
    """Images that are refused without a signature; with ``keys``, without a good one by one of these.

    ``image`` is ``host/repository``, with a tag or digest or not, wildcards as in a shell. ``keys`` are cosign's public
    keys (PEM: ECDSA with P-256, Ed25519). All entries that fit an image count.
    """

    image: Annotated[str, Text(r"^\S+$")]
    keys: tuple[Path, ...] = ()


class Images(Model):
    """Container images; ``platforms`` as ``os/arch[/variant]``. Loading adds the ``include`` files to ``refs``.

    ``attached`` says what is carried beside them of what is attached to them upstream; ``signed``, which are refused
    without a signature; ``unsigned`` excuses those that have none.

    ``first`` are images that the site needs before others, which registry.tar holds first: names as there or with their
    host, wildcards as in a shell. ``manifests`` are Kubernetes manifests, or folders of them, whose images must be
    locked, like those of charts.
    """

    refs: tuple[str, ...] = ()
    include: tuple[Path, ...] = ()
    platforms: tuple[ImagePlatform, ...] = ("linux/amd64",)
    attached: tuple[AttachedKind, ...] = ()
    signed: tuple[SignedImages, ...] = ()
    unsigned: tuple[Waiver, ...] = ()
    archives: tuple[ArchivePath, ...] = ()
    first: tuple[Word, ...] = ()
    insecure: tuple[str, ...] = ()
    registries: tuple[RegistryPlace, ...] = ()
    manifests: tuple[Path, ...] = ()
    waivers: tuple[Waiver, ...] = ()
