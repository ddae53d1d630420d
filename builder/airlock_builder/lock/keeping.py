"""What `lock --update` keeps of the locks that stand: all that no glob names and the manifest still asks for."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from functools import cached_property

from airlock_builder.lock.requirements import normal, project_of
from airlock_core.attached import LIST
from airlock_core.errors import AirlockError, InputError
from airlock_core.imageref import ImageRef
from airlock_core.locks import LockedChart, LockedFile, LockedImage, LockedRpm, ReleaseLocks
from airlock_core.locks.files import collection_of
from airlock_core.rpmver import evr_key

_NEAREST = 3


@dataclass(frozen=True)
class Keeping:
    """The locks that stand, and what of them is to move.

    Args:
        standing: the locks.
        globs: what is to move: names, NEVRAs, image references, charts, files; none: everything.
    """

    standing: ReleaseLocks = field(default_factory=ReleaseLocks)
    globs: tuple[str, ...] = ()

    @property
    def everything_moves(self) -> bool:
        """Whether all is resolved anew."""
        return not self.globs

    def rpm_moves(self, package: LockedRpm) -> bool:
        """Whether a package is named."""
        return self._named(_of_rpm(package))

    def image(self, ref: ImageRef, platforms: Collection[str], options: tuple[str, ...]) -> LockedImage | None:
        """The standing entry of an image that stays; not where it is wanted for other platforms than it could have."""
        one = self.standing_image(ref)
        stays = one is not None and (fit(one.platforms, platforms) or _is_all_there_is(one, platforms))
        return replace(one, options=options) if one and stays else None

    def standing_image(self, ref: ImageRef) -> LockedImage | None:
        """The standing entry of an image that no glob names, whatever platforms it is wanted for."""
        for one in self.standing.images.images if self.globs else ():
            same = one.ref.name == ref.name and one.tag == ref.tag and ref.digest in (None, one.digest, one.index)
            if same and one.archive is None and one.attachment is None and not self._named(_of_image(one)):
                return one
        return None

    def attached(self, image: LockedImage) -> Sequence[LockedImage]:
        """The standing entries of what is attached to an image, but for lists of it; whatever moves."""
        return self._attached.get(image.ref, ())

    def sought(self, image: LockedImage) -> tuple[str, ...] | None:
        """The kinds of artifacts that were looked for beside an image that stays; None for one that moves."""
        for one in self.standing.images.images:
            if (one.ref, one.tag) == (image.ref, image.tag) and not self._named(_of_image(one)):
                return one.sought
        return None

    def is_named(self, one: LockedImage) -> bool:
        """Whether an image, or something attached to one, is to move."""
        return self._named(_of_image(one))

    @cached_property
    def _attached(self) -> dict[ImageRef, list[LockedImage]]:
        found: dict[ImageRef, list[LockedImage]] = {}
        for one in self.standing.images.images:
            if one.attachment and one.attachment.kind != LIST:
                for digest in one.attachment.images:
                    found.setdefault(one.ref.at(digest), []).append(one)
        return found

    def chart(self, is_meant: Callable[[LockedChart], bool], options: tuple[str, ...]) -> LockedChart | None:
        """The standing entry of a chart that stays."""
        for one in self.standing.charts.charts if self.globs else ():
            if is_meant(one) and not self._named(_of_chart(one)):
                return replace(one, options=options)
        return None

    def file(self, kind: str, url: str) -> LockedFile | None:
        """The standing entry of a file that no glob names."""
        for one in self.standing.files.files if self.globs else ():
            if (one.kind, one.download_url) == (kind, url) and not self._named(_of_file(one)):
                return one
        return None

    def collection(self, name: str) -> LockedFile | None:
        """The standing entry of a collection, ``namespace.name``, that no glob names."""
        for one in self.standing.files.of_kind("collection") if self.globs else ():
            if collection_of(one.filename)[0] == name and not self._named(_of_file(one)):
                return one
        return None

    def wheels(self) -> dict[str, list[str]]:
        """Versions of wheels that stay, by project; of two environments' the later comes first."""
        found: dict[str, list[str]] = {}
        for one in self.standing.files.of_kind("wheel") if self.globs else ():
            name, version = project_of(one.filename)
            if version and not self._named(_of_file(one)):
                found.setdefault(name, []).append(version)
        return {name: sorted(set(versions), key=evr_key, reverse=True) for name, versions in sorted(found.items())}

    def project_moves(self, name: str) -> bool:
        """Whether a project of Python's is named."""
        return self._named((name,))

    def unmatched(self, fresh: Iterable[str] = ()) -> list[AirlockError]:
        """An error for each glob that names nothing that is locked or asked for, with the nearest names.

        Args:
            fresh: names that the manifest asks for, locked or not.
        """
        known = {text for texts in self._everything() for text in texts} | set(fresh)
        return [_unmatched(glob, known) for glob in self.globs if not any(fnmatchcase(one, glob) for one in known)]

    def _named(self, texts: Iterable[str]) -> bool:
        return not self.globs or any(fnmatchcase(text, glob) for text in texts for glob in self.globs)

    def _everything(self) -> Iterator[Sequence[str]]:
        yield from (_of_rpm(package) for package in self.standing.rpms.packages)
        yield from (_of_image(image) for image in self.standing.images.images)
        yield from (_of_chart(chart) for chart in self.standing.charts.charts)
        yield from (_of_file(file) for file in self.standing.files.files)


def _of_rpm(package: LockedRpm) -> tuple[str, ...]:
    return (package.name, f"{package.name}.{package.arch}", str(package.nevra))


def _of_image(image: LockedImage) -> tuple[str, ...]:
    names = (image.ref.name, image.ref.repository)
    return (*names, *(f"{name}:{image.tag}" for name in names if image.tag))


def _of_chart(chart: LockedChart) -> tuple[str, ...]:
    return (chart.name, f"{chart.repository.rstrip('/')}/{chart.name}", f"{chart.name}-{chart.version}")


def _of_file(file: LockedFile) -> tuple[str, ...]:
    base = file.filename.rpartition("/")[2]
    return (file.download_url, file.filename, base, _stem(file, base))


def _stem(file: LockedFile, base: str) -> str:
    """What people know it by, without its version."""
    if file.kind == "wheel":
        return normal(base.partition("-")[0])
    if file.kind == "collection":
        return collection_of(base)[0]
    return file.filename.partition("/")[0] if file.kind == "playbook" else base


def fit(have: Collection[str], wanted: Collection[str]) -> bool:
    """Whether an image of some platforms is what is wanted for others, which may leave the variant open."""
    return len(have) == len(wanted) and all(any(f"{one}/".startswith(f"{ask}/") for one in have) for ask in wanted)


def _is_all_there_is(image: LockedImage, wanted: Collection[str]) -> bool:
    """Whether it was never of an index: made for one platform, which is one of those that are wanted, or tells none."""
    alone = image.index is None and len(image.platforms) < 2
    return alone and all(any(f"{one}/".startswith(f"{ask}/") for ask in wanted) for one in image.platforms)


def _unmatched(glob: str, known: Collection[str]) -> AirlockError:
    close = difflib.get_close_matches(glob, sorted(known), _NEAREST, 0.5)
    todo = f"the nearest: {', '.join(close)}" if close else "`airlock inspect` lists what is locked"
    return InputError(f"{glob!r} names nothing that is locked", where="--update", todo=todo)
