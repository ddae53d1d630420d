"""The part of a release's locks that one medium carries: the release's own content and the options chosen."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Protocol, TypeVar

from airlock_core.locks.release import ReleaseLocks
from airlock_core.locks.rpms import RpmArch


class Optional(Protocol):
    """A locked thing that only some options may ask for."""

    @property
    def options(self) -> tuple[str, ...]: ...


T = TypeVar("T", bound=Optional)


def selected(locks: ReleaseLocks, options: Collection[str]) -> ReleaseLocks:
    """The locks without what only other options ask for.

    Args:
        options: the options chosen; content that no option asks for is always in.
    """
    return ReleaseLocks(
        rpms=replace(locks.rpms, arches=tuple(_arch(arch, options) for arch in locks.rpms.arches)),
        images=replace(locks.images, images=chosen(locks.images.images, options)),
        charts=replace(locks.charts, charts=chosen(locks.charts.charts, options)),
        files=replace(locks.files, files=chosen(locks.files.files, options)),
    )


def without_advisories(locks: ReleaseLocks) -> ReleaseLocks:
    """The locks without the repos' updateinfo.xml, for a release that carries no advisories."""
    repos = tuple(replace(repo, updateinfo=None) for repo in locks.rpms.repos)
    return replace(locks, rpms=replace(locks.rpms, repos=repos))


def counts(locks: ReleaseLocks) -> dict[str, int]:
    """How many of each kind the locks hold, the kinds in the order of the manifest."""
    kinds = {"files": "file", "wheels": "wheel", "collections": "collection", "playbooks": "playbook"}
    sources = len(locks.rpms.sources)
    attached = sum(1 for image in locks.images.images if image.attachment)
    return {
        "rpms": len(locks.rpms.packages),
        **({"sources": sources} if sources else {}),
        "images": len(locks.images.images) - attached,
        **({"attached": attached} if attached else {}),
        "charts": len(locks.charts.charts),
        **{name: len(locks.files.of_kind(kind)) for name, kind in kinds.items()},
    }


def _arch(arch: RpmArch, options: Collection[str]) -> RpmArch:
    return replace(arch, packages=chosen(arch.packages, options), source=chosen(arch.source, options))


def chosen(entries: Iterable[T], options: Collection[str]) -> tuple[T, ...]:
    """Those of some locked things that a medium with these options carries."""
    return tuple(entry for entry in entries if not entry.options or set(entry.options) & set(options))
