"""References to container images."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from airlock_core.digest import Digest
from airlock_core.errors import InputError

_REPOSITORY = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_HOST = re.compile(r"[A-Za-z0-9.-]+(?::\d+)?|\[[0-9a-f:]+\](?::\d+)?")
DOCKER_HUB = "docker.io"


@dataclass(frozen=True, order=True)
class ImageRef:
    """An image by registry host, repository, and tag, digest or both (OCI distribution specification)."""

    host: str
    repository: str
    tag: str | None = None
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str, *, where: str = "") -> ImageRef:
        """Read ``[host/]repository[:tag][@digest]`` with Docker's defaults for the host.

        Without tag and digest the tag is ``latest``, as every client has it.

        Raises:
            InputError: a part has characters that the specification does not allow.
        """
        rest, _, digest = text.partition("@")
        name, tag = _split_tag(rest)
        host, repository = _split_host(name)
        ok = _HOST.fullmatch(host) and _REPOSITORY.fullmatch(repository) and (tag is None or _TAG.fullmatch(tag))
        if not ok:
            raise InputError(
                f"not an image reference: {text!r}",
                where=where,
                todo="write it as host/repository:tag or …@sha256:…",
            )
        pinned = Digest.parse(digest, where=where) if digest else None
        return cls(host, repository, tag or (None if pinned else "latest"), pinned)

    def at(self, digest: Digest) -> ImageRef:
        """The same repository pinned to a digest, without a tag."""
        return replace(self, tag=None, digest=digest)

    @property
    def pinned(self) -> Digest:
        """The digest of a reference that has one."""
        if self.digest is None:
            raise ValueError(f"not by digest: {self}")
        return self.digest

    @property
    def name(self) -> str:
        """``host/repository``."""
        return f"{self.host}/{self.repository}"

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.name}{tag}{digest}"


def _split_tag(rest: str) -> tuple[str, str | None]:
    head, colon, tail = rest.rpartition(":")
    return (head, tail) if colon and "/" not in tail else (rest, None)


def _split_host(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        repository = f"library/{rest}" if first == DOCKER_HUB and "/" not in rest else rest
        return first, repository
    return DOCKER_HUB, name if slash else f"library/{name}"
