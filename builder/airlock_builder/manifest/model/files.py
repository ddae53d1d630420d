"""The manifest's files: base ISO, plain files, Ansible collections and playbook projects, and who vouches for each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

from airlock_builder.manifest.model.texts import DigestText, Name, Url
from airlock_builder.manifest.model.values import Checked, Chosen, Model, Tag, Text, Written

GALAXY = "https://galaxy.ansible.com"


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str | Path) else value


Keys = Annotated[tuple[Path, ...], Written(_listed, Path | tuple[Path, ...])]
"""One file of public keys or several; in YAML a path is short for a list of one."""


class Vouched(Model):
    """Who says what a file's bytes are: the manifest, or a checksum file; with neither they are taken at lock time.

    ``checksums`` is the URL of a checksum file such as SHA256SUMS. With ``key`` it must be signed: within itself, or by
    ``signature``, which without a word stands beside it (.asc, .sig, .gpg or .sign).
    """

    checksum: DigestText | None = None
    checksums: Url | None = None
    signature: Url | None = None
    key: Keys = ()


class Base(Vouched):
    """The base ISO."""

    iso: Url


class FileUrl(Vouched):
    """A file."""

    url: Url


class Files(Model):
    """Plain files. Loading adds the ``include`` files to ``urls``: one URL a line, a checksum behind it if known."""

    urls: tuple[FileUrl, ...] = ()
    include: tuple[Path, ...] = ()


class Playbook(Vouched):
    """A foreign playbook project with its own locked Python environment, of the site's Python unless it says which."""

    name: Name
    url: Url
    requirements: Path | None = None
    python: Annotated[str, Text(r"^3\.\d{1,2}$")] | None = None


def _range(text: str) -> str:
    from airlock_builder.galaxy.ranges import (
        Range,
    )  # its expressions take their time, and few manifests have collections

    if Range.parse(text) is None:
        raise ValueError(f"not a version or range: {text!r} (such as 1.2.3, '>=1.2,<2', '*')")
    return text


CollectionRange = Annotated[str, Text(least=1), Checked(_range)]
"""A version, or a range as ansible-galaxy reads it, of which the newest is locked."""


class GalaxyCollection(Model):
    """An Ansible collection of a Galaxy server (API version 3)."""

    name: Annotated[str, Text(r"^[a-z0-9_]+\.[a-z0-9_]+$")]
    version: CollectionRange
    source: Url = GALAXY


class UrlCollection(Vouched):
    """An Ansible collection's archive by its URL."""

    url: Url


class ArchiveCollection(Model):
    """An Ansible collection's archive on this machine."""

    archive: Path
    checksum: DigestText | None = None


def _kind(value: Any) -> str:
    keys = value if isinstance(value, Mapping) else vars(value) if isinstance(value, Model) else ()
    return next((f"<{key}>" for key in ("url", "archive") if key in keys), "<galaxy>")


Collection = Annotated[
    Annotated[GalaxyCollection, Tag("<galaxy>")]
    | Annotated[UrlCollection, Tag("<url>")]
    | Annotated[ArchiveCollection, Tag("<archive>")],
    Chosen(_kind),
]
AnyCollection = GalaxyCollection | UrlCollection | ArchiveCollection
