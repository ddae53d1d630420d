"""One RPM repository of a manifest: where it is, what its packages are worth, and how its servers are spoken to."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from airlock_builder.manifest.model.texts import Url
from airlock_builder.manifest.model.values import Checked, Chosen, Model, Tag, Text, Whole, Written
from airlock_builder.remote.guard import DIRECT


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


RepoId = Annotated[str, Text(r"^[A-Za-z0-9_.:-]{1,128}$")]
Variable = Annotated[str, Text(r"^[A-Za-z_][A-Za-z0-9_]*$")]
RepoUrl = Annotated[Url, Checked(_place)]
BaseUrl = Annotated[RepoUrl, Checked(_base)]
BaseUrls = Annotated[tuple[BaseUrl, ...], Written(_one_or_more, BaseUrl | tuple[BaseUrl, ...])]
"""One base URL or several; in YAML a text is short for a list of one."""
ProxyUrl = Annotated[str, Text(r"^(none|https?://\S+)$"), Checked(_place)]
PathInIso = Annotated[str, Text(r"^[A-Za-z0-9_.+/-]+$"), Checked(_inside)]


class Proxy(Model):
    """A proxy that wants credentials: the names of the environment variables that hold them."""

    url: ProxyUrl
    username_env: Variable | None = None
    password_env: Variable | None = None

    def __post_init__(self) -> None:
        if (self.username_env is None) != (self.password_env is None):
            raise ValueError("give username_env and password_env, or none of them")


def _proxy_kind(value: Any) -> str:
    return "<url>" if isinstance(value, str) else "<proxy>"


ProxyChoice = Annotated[Annotated[ProxyUrl, Tag("<url>")] | Annotated[Proxy, Tag("<proxy>")], Chosen(_proxy_kind)]


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

    def __post_init__(self) -> None:
        if bool(self.basic) == bool(self.bearer):
            raise ValueError("give one of basic and bearer")


Rank = Annotated[int, Whole(-(2**31) + 1, 2**31 - 1)]
"""A priority or cost, the lower the better; any that libsolv and dnf have (libdnf ``ConfigRepo``, ``int32_t``)."""


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
    priority: Rank = 99
    cost: Rank = 1000
    exclude: tuple[str, ...] = ()
    include: tuple[str, ...] = ()
    module_hotfixes: bool = False
    proxy: ProxyChoice | None = None
    ca: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    auth: Auth | None = None

    def __post_init__(self) -> None:
        sources = (self.baseurl, self.mirrorlist, self.metalink, self.folder, self.base_iso)
        if sum(1 for source in sources if source) != 1:
            raise ValueError("give one of baseurl, mirrorlist, metalink, folder and base_iso")
        if self.client_key and not self.client_cert:
            raise ValueError("client_key without client_cert")
