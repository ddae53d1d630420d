"""The manifest's model: every key, its type and its default. JSON Schema falls out of it.

Keys and their meaning are the contract's ("Manifest"). Paths are relative to the manifest that names them and are
made absolute while loading; ``$release``, ``$arch`` and ``vars`` are expanded while loading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PrivateAttr,
    StringConstraints,
    Tag,
    model_validator,
)

from airlock_builder.manifest.tree import Node, spelled
from airlock_builder.remote.guard import DIRECT
from airlock_core.errors import AirlockError

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
DigestText = Annotated[str, StringConstraints(pattern=r"^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$")]
Url = Annotated[str, StringConstraints(pattern=r"^(https?|file)://\S+$")]
ModuleStream = Annotated[str, StringConstraints(pattern=r"^[^:\s]+:[^:\s]+$")]
ImagePlatform = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+/[a-z0-9]+(/[a-z0-9]+)?$")]
Word = Annotated[str, StringConstraints(min_length=1)]
KickstartValue = str | int | bool | tuple[str, ...]


class Model(BaseModel):
    """Base of all parts: unknown keys are errors, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)


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


def _place(url: str) -> str:
    """A URL that may stand in a lock and a log: whole, and no credentials in it."""
    if "@" in urlsplit(url).netloc:
        raise ValueError("credentials in a URL end in locks and logs: name the variables that hold them instead")
    if url != DIRECT and not urlsplit(url).netloc.strip(":") and not url.startswith("file:"):
        raise ValueError("not a URL: it names no host")
    return url


def _base(url: str) -> str:
    parts = urlsplit(url)
    if parts.query or parts.fragment:
        raise ValueError("files stand below a base URL: it cannot have a ? or #")
    return url


def _inside(path: str) -> str:
    if {"", ".", ".."} & set(path.split("/")):
        raise ValueError("not a folder of the base ISO: write its path from the root, such as BaseOS")
    return path


def _one_or_more(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


RepoId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.:-]{1,128}$")]
Variable = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]*$")]
RepoUrl = Annotated[Url, AfterValidator(_place)]
BaseUrl = Annotated[RepoUrl, AfterValidator(_base)]
BaseUrls = Annotated[
    tuple[BaseUrl, ...], BeforeValidator(_one_or_more, json_schema_input_type=BaseUrl | tuple[BaseUrl, ...])
]
"""One base URL or several; in YAML a text is short for a list of one."""
ProxyUrl = Annotated[str, StringConstraints(pattern=r"^(none|https?://\S+)$"), AfterValidator(_place)]
PathInIso = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.+/-]+$"), AfterValidator(_inside)]


class Proxy(Model):
    """A proxy that wants credentials: the names of the environment variables that hold them."""

    url: ProxyUrl
    username_env: Variable | None = None
    password_env: Variable | None = None

    @model_validator(mode="after")
    def _has_both(self) -> Proxy:
        if (self.username_env is None) != (self.password_env is None):
            raise ValueError("give username_env and password_env, or none of them")
        return self


def _proxy_kind(value: Any) -> str:
    return "<url>" if isinstance(value, str) else "<proxy>"


ProxyChoice = Annotated[
    Annotated[ProxyUrl, Tag("<url>")] | Annotated[Proxy, Tag("<proxy>")], Discriminator(_proxy_kind)
]


class Basic(Model):
    """Basic authentication (RFC 7617): the names of the environment variables that hold name and password."""

    username_env: Variable
    password_env: Variable


class Bearer(Model):
    """A bearer token (RFC 6750): the name of the environment variable that holds it."""

    token_env: Variable


class Auth(Model):
    """What a repository's servers want to be told: ``basic`` or ``bearer``. Secrets stand in the environment alone."""

    basic: Basic | None = None
    bearer: Bearer | None = None

    @model_validator(mode="after")
    def _has_one(self) -> Auth:
        if bool(self.basic) == bool(self.bearer):
            raise ValueError("give one of basic and bearer")
        return self


class Repo(Model):
    """One RPM repository, with the names and the meaning that dnf gives to its options.

    Where it is comes from one of: ``baseurl`` (a URL, or several that are mirrors of one another, asked in this order);
    ``mirrorlist``; ``metalink``; ``folder`` (RPMs on this machine, with or without repodata); ``base_iso`` (the folder
    of the base ISO that holds it, such as ``BaseOS``). Of two repositories with a package the one with the lower
    ``priority`` gives it, then the one with the newer, then the one with the lower ``cost``.

    ``proxy`` is a URL, ``none``, or a mapping with the variables that hold its credentials; without it the
    environment's counts. ``ca`` takes the place of the system's authorities.
    """

    id: RepoId
    baseurl: BaseUrls = ()
    mirrorlist: RepoUrl | None = None
    metalink: RepoUrl | None = None
    folder: Path | None = None
    base_iso: PathInIso | None = None
    gpgkey: tuple[Path, ...] = ()
    repo_gpgcheck: bool = False
    priority: int = Field(default=99, ge=1, le=99)
    cost: int = Field(default=1000, ge=0)
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    module_hotfixes: bool = False
    proxy: ProxyChoice | None = None
    ca: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    auth: Auth | None = None

    @model_validator(mode="after")
    def _has_one_source(self) -> Repo:
        sources = (self.baseurl, self.mirrorlist, self.metalink, self.folder, self.base_iso)
        if sum(1 for source in sources if source) != 1:
            raise ValueError("give one of baseurl, mirrorlist, metalink, folder and base_iso")
        return self

    @model_validator(mode="after")
    def _has_a_certificate_with_its_key(self) -> Repo:
        if self.client_key and not self.client_cert:
            raise ValueError("client_key without client_cert")
        return self


class PackageRequest(Model):
    """A package that only one option asks for."""

    name: str = Field(min_length=1)
    option: Name | None = None


def _request_kind(value: Any) -> str:
    return "<name>" if isinstance(value, str) else "<request>"


Request = Annotated[
    Annotated[Word, Tag("<name>")] | Annotated[PackageRequest, Tag("<request>")],
    Discriminator(_request_kind),
]


class Modules(Model):
    """Module streams as ``name:stream``; to disable, modules: all their streams, as in dnf, whatever stream is named.

    ``obsoletes``: an enabled stream that its repository calls obsolete gives way to the one that takes its place, as
    with dnf's ``module_obsoletes``.
    """

    enable: tuple[ModuleStream, ...] = ()
    disable: tuple[Word, ...] = ()
    obsoletes: bool = False


class Unsigned(Model):
    """A package that is taken although its signature proves nothing, and why.

    It excuses that there is no signature, that the key is not listed, that it had expired, that it or the algorithm is
    weak, or that the platform's rpm cannot read it. It never excuses a signature that does not fit, a revoked key, or a
    date in the future. ``name`` is a name, name.arch or NEVRA; wildcards as in a shell, but not they alone.
    """

    name: Annotated[str, StringConstraints(pattern=r"[^*?\s]")]
    reason: str = Field(min_length=1)


class NoSource(Model):
    """A package whose source RPM is not carried although ``sources`` asks for it, and why.

    ``name`` is a name, name.arch or NEVRA; wildcards as in a shell, but not they alone.
    """

    name: Annotated[str, StringConstraints(pattern=r"[^*?\s]")]
    reason: str = Field(min_length=1)


class Rpms(Model):
    """RPMs: sources, requests, exceptions.

    ``sources`` locks and carries the source RPM of each package too, from any of the repositories; an option may ask
    for those of its own packages alone.

    Loading adds what the ``include`` files ask for to ``packages``, and moves requests of an option to that option,
    so that a loaded manifest has plain texts there. With ``advisories`` the medium carries the repos' updateinfo, as
    far as it concerns its packages; the repos are the whole release's, and so is the key.

    ``repo_files`` are dnf's .repo files, read as they are; loading adds their enabled repositories to ``repos``.
    """

    repos: tuple[Repo, ...] = ()
    repo_files: tuple[Path, ...] = ()
    packages: tuple[Request, ...] = ()
    include: tuple[Path, ...] = ()
    exclude: tuple[Word, ...] = ()
    assume: tuple[Word, ...] = ()
    modules: Modules = Field(default_factory=Modules)
    weak_deps: bool = False
    sources: bool = False
    no_source: tuple[NoSource, ...] = ()
    advisories: bool = False
    unsigned: tuple[Unsigned, ...] = ()


class Images(Model):
    """Container images; ``platforms`` as ``os/arch[/variant]``. Loading adds the ``include`` files to ``refs``."""

    refs: tuple[str, ...] = ()
    include: tuple[Path, ...] = ()
    platforms: tuple[ImagePlatform, ...] = ("linux/amd64",)
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


def _chart_kind(value: Any) -> str:
    oci = "oci" in value if isinstance(value, Mapping) else isinstance(value, OciChart)
    return "<oci>" if oci else "<http>"


Chart = Annotated[
    Annotated[HttpChart, Tag("<http>")] | Annotated[OciChart, Tag("<oci>")],
    Discriminator(_chart_kind),
]


class FileUrl(Model):
    """A file; without a checksum the digest is taken at lock time, and shown."""

    url: Url
    checksum: DigestText | None = None


class Files(Model):
    """Plain files. Loading adds the ``include`` files to ``urls``: one URL a line, a checksum behind it if known."""

    urls: tuple[FileUrl, ...] = ()
    include: tuple[Path, ...] = ()


class Python(Model):
    """Python requirements, resolved to wheels for the site's Python."""

    requirements: Path
    version: Annotated[str, StringConstraints(pattern=r"^3\.\d{1,2}$")] = "3.11"
    index: Url = "https://pypi.org/simple"


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, Mapping | Python) else value


PythonSets = Annotated[tuple[Python, ...], BeforeValidator(_listed, json_schema_input_type=Python | tuple[Python, ...])]
"""One set of requirements or several; in YAML a mapping is short for a list of one, so that sets add up."""


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
    """Kickstart templates and the values they are rendered with; a list is rendered one item a line."""

    deployer: Path | None = None
    node: Path | None = None
    values: dict[str, KickstartValue] = Field(default_factory=dict)


class Content(Model):
    """What a release, or one option of it, carries."""

    rpms: Rpms = Field(default_factory=Rpms)
    images: Images = Field(default_factory=Images)
    charts: tuple[Chart, ...] = ()
    files: Files = Field(default_factory=Files)
    python: PythonSets = ()
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
    kickstart: Kickstart = Field(default_factory=Kickstart)
    options: dict[Name, Content] = Field(default_factory=dict)
    extends: tuple[Path, ...] = ()
    locks: Path | None = None
    _tree: Node | None = PrivateAttr(default=None)
    _notes: tuple[AirlockError, ...] = PrivateAttr(default=())
    _secrets: Mapping[str, str] = PrivateAttr(default_factory=dict)

    def contents(self) -> Iterator[tuple[str | None, Content]]:
        """The release's own content, under None, and that of each option by name, sorted."""
        yield None, self
        yield from sorted(self.options.items())

    def loaded_from(
        self, tree: Node, notes: Iterable[AirlockError] = (), secrets: Mapping[str, str] | None = None
    ) -> Manifest:
        """Remember where each value was written; loading alone calls this.

        Args:
            notes: what was read and is not followed.
            secrets: what stood in .repo files, by names that stand for variables.
        """
        self._tree, self._notes, self._secrets = tree, tuple(notes), secrets or {}
        return self

    @property
    def notes(self) -> tuple[AirlockError, ...]:
        """What .repo files say and airlock does not follow, being stricter."""
        return self._notes

    def environment(self, own: Mapping[str, str]) -> dict[str, str]:
        """The variables that repositories' secrets are looked up in: a process's own, and those of .repo files."""
        return {**own, **self._secrets}

    @property
    def file(self) -> Path | None:
        """The file that was loaded; None for a manifest that was made of values."""
        return self._tree.place.file if self._tree else None

    def place(self, *path: str | int) -> str:
        """Where the value at a path of this manifest was written: ``file: rpms.repos[1].gpgkey`` or ``list:12``.

        Args:
            path: keys and indices, such as ``"rpms", "repos", 1, "gpgkey"``.
        """
        return str(self._tree.place_of(path)) if self._tree else spelled(path)


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the manifest, for editors and ``airlock schema``."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Manifest.model_json_schema()}
