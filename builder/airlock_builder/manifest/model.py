"""The manifest's model: every key, its type and its default. JSON Schema falls out of it.

Keys and their meaning are the contract's ("Manifest"). Paths are relative to the manifest that names them and are
made absolute while loading; ``$release``, ``$arch`` and ``vars`` are expanded while loading.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
DigestText = Annotated[str, StringConstraints(pattern=r"^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$")]
Url = Annotated[str, StringConstraints(pattern=r"^(https?|file)://\S+$")]


class Model(BaseModel):
    """Base of all parts: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Metadata(Model):
    """Which release this is; ``number`` only ever goes up."""

    name: Name
    version: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._+~-]{0,31}$")]
    number: int = Field(ge=1)


class Platform(Model):
    """What the release installs."""

    os: Literal["rocky"]
    release: Annotated[str, StringConstraints(pattern=r"^[89](\.\d{1,2})?$")]
    arch: Literal["x86_64", "aarch64"] = "x86_64"

    @property
    def major(self) -> int:
        """8 or 9."""
        return int(self.release.split(".")[0])


class Base(Model):
    """The base ISO; without a checksum the digest is taken at lock time, and shown."""

    iso: Url
    checksum: DigestText | None = None


class Repo(Model):
    """One RPM repository; where it is comes from one of ``baseurl``, ``mirrorlist``, ``metalink``."""

    id: Name
    baseurl: Url | None = None
    mirrorlist: Url | None = None
    metalink: Url | None = None
    gpgkey: tuple[Path, ...] = ()
    repo_gpgcheck: bool = False
    priority: int = Field(default=99, ge=1, le=99)
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    module_hotfixes: bool = False

    @model_validator(mode="after")
    def _has_one_source(self) -> Repo:
        if sum(1 for source in (self.baseurl, self.mirrorlist, self.metalink) if source) != 1:
            raise ValueError("give one of baseurl, mirrorlist and metalink")
        return self


class PackageRequest(Model):
    """A package that only one option asks for."""

    name: str = Field(min_length=1)
    option: Name | None = None


class Modules(Model):
    """Module streams as ``name:stream``."""

    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()


class Unsigned(Model):
    """A package that is taken without a signature, and why."""

    name: str = Field(min_length=1)
    reason: str = Field(min_length=1)


class Rpms(Model):
    """RPMs: sources, requests, exceptions."""

    repos: tuple[Repo, ...] = ()
    packages: tuple[str | PackageRequest, ...] = ()
    include: tuple[Path, ...] = ()
    exclude: tuple[str, ...] = ()
    assume: tuple[str, ...] = ()
    modules: Modules = Modules()
    weak_deps: bool = False
    sources: bool = False
    unsigned: tuple[Unsigned, ...] = ()


class Images(Model):
    """Container images; ``platforms`` as ``os/arch[/variant]``."""

    refs: tuple[str, ...] = ()
    include: tuple[Path, ...] = ()
    platforms: tuple[str, ...] = ("linux/amd64",)
    archives: tuple[Path, ...] = ()
    insecure: tuple[str, ...] = ()


class HttpChart(Model):
    """A chart of an HTTP repository (with an index.yaml)."""

    name: Name
    repository: Url
    version: str = Field(min_length=1)


class OciChart(Model):
    """A chart in a registry: ``oci://host/path/name``."""

    oci: Annotated[str, StringConstraints(pattern=r"^oci://\S+$")]
    version: str = Field(min_length=1)


class FileUrl(Model):
    """A file; without a checksum the digest is taken at lock time, and shown."""

    url: Url
    checksum: DigestText | None = None


class Files(Model):
    """Plain files."""

    urls: tuple[FileUrl, ...] = ()
    include: tuple[Path, ...] = ()


class Python(Model):
    """Python requirements, resolved to wheels for the site's Python."""

    requirements: Path
    version: Annotated[str, StringConstraints(pattern=r"^3\.\d{1,2}$")] = "3.11"
    index: Url = "https://pypi.org/simple"


class Collection(Model):
    """An Ansible collection from Galaxy."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$")]
    version: str = Field(min_length=1)


class Playbook(Model):
    """A foreign playbook project with its own locked Python environment."""

    name: Name
    url: Url
    checksum: DigestText | None = None
    requirements: Path | None = None


class Kickstart(Model):
    """Kickstart templates and the values they are rendered with."""

    deployer: Path | None = None
    node: Path | None = None
    values: dict[str, str | int | bool] = Field(default_factory=dict)


class Content(Model):
    """What a release, or one option of it, carries."""

    rpms: Rpms = Rpms()
    images: Images = Images()
    charts: tuple[HttpChart | OciChart, ...] = ()
    files: Files = Files()
    python: Python | None = None
    collections: tuple[Collection, ...] = ()
    playbooks: tuple[Playbook, ...] = ()


class Manifest(Content):
    """A whole release."""

    apiVersion: Literal["airlock/v1"]  # noqa: N815 - the contract's spelling
    kind: Literal["Release"]
    metadata: Metadata
    platform: Platform
    vars: dict[str, str] = Field(default_factory=dict)
    base: Base | None = None
    kickstart: Kickstart = Kickstart()
    options: dict[Name, Content] = Field(default_factory=dict)
    extends: tuple[Path, ...] = ()
    locks: Path | None = None
