"""The RPMs of a manifest: what is asked for, what is left out, and what is excused."""

from __future__ import annotations

from dataclasses import field
from pathlib import Path
from typing import Annotated, Any

from airlock_builder.manifest.model.repos import Repo
from airlock_builder.manifest.model.texts import ModuleStream, Name, Word
from airlock_builder.manifest.model.values import Chosen, Model, Tag, Text


class PackageRequest(Model):
    """A package that only one option asks for."""

    name: Word
    option: Name | None = None


def _request_kind(value: Any) -> str:
    return "<name>" if isinstance(value, str) else "<request>"


Request = Annotated[
    Annotated[Word, Tag("<name>")] | Annotated[PackageRequest, Tag("<request>")],
    Chosen(_request_kind),
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

    name: Annotated[str, Text(r"[^*?\s]")]
    reason: Word


class NoSource(Model):
    """A package whose source RPM is not carried although ``sources`` asks for it, and why.

    ``name`` is a name, name.arch or NEVRA; wildcards as in a shell, but not they alone.
    """

    name: Annotated[str, Text(r"[^*?\s]")]
    reason: Word


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
    modules: Modules = field(default_factory=Modules)
    weak_deps: bool = False
    sources: bool = False
    no_source: tuple[NoSource, ...] = ()
    advisories: bool = False
    unsigned: tuple[Unsigned, ...] = ()
