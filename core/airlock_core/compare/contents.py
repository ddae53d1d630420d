"""Images, charts and files of two locks side by side."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from airlock_core.attached import LIST
from airlock_core.compare.model import Difference, Kind
from airlock_core.compare.rpms import options_of
from airlock_core.locks import Attachment, ChartsLock, FilesLock, ImagesLock, LockedFile, LockedImage
from airlock_core.locks.files import UNKNOWN, collection_of
from airlock_core.locks.helm import HelmLock
from airlock_core.rpmver import compare_versions

_PARTS = {"file": "files", "wheel": "wheels", "collection": "collections", "playbook": "playbooks", "base": "base"}
_VERSION = re.compile(r"v?\d+(?:[.\-_+~]?(?:\d+|rc|alpha|beta|post|dev))*")
_DOTTED = re.compile(r"\d+(?:\.\d+)+")
_UNKEPT = "not kept"
_K = TypeVar("_K")
_V = TypeVar("_V")


@dataclass(frozen=True)
class _Entry:
    """What images, charts and files have in common.

    Args:
        part, name: what it is.
        version: by which people know it; may be empty.
        digest: what it is made of; empty where a lock does not say.
        place: where it comes from, where that can change alone.
        platforms, options: as the locks have them; empty where a lock does not say.
        full: whether people are told the whole digest, since it is all that there is to compare.
        voucher: who vouches for the digest, in words; empty where a lock does not say.
        vouches: of that what tells vouchers apart.
        signer: who vouches for it by a signature beside it, ``nobody`` for none; empty where a lock does not say.
        signature: the digest of that signature; empty where it is not kept.
        environments: those of Python that it is for.
        alike: entries of the same ``alike`` that differ in their name may be one another's successors.
    """

    part: str
    name: str
    version: str
    digest: str
    place: str
    alike: str
    platforms: str = ""
    options: str = "always"
    full: bool = False
    voucher: str = ""
    vouches: tuple[str, ...] = ()
    signer: str = ""
    signature: str = ""
    environments: str = ""

    @property
    def shown(self) -> str:
        """The digest for people."""
        return self.digest if self.full else self.digest.rpartition(":")[2][:12]


def content_differences(
    old: tuple[ImagesLock, ChartsLock, FilesLock, HelmLock | None],
    new: tuple[ImagesLock, ChartsLock, FilesLock, HelmLock | None],
) -> Iterator[Difference]:
    """All differences of all that is not an RPM."""
    bare = any(file.size == UNKNOWN for side in (old, new) for file in side[2].files)
    for read in (_images, _charts, _bare_files if bare else _files):
        yield from _differences(list(read(*old)), list(read(*new)))


def _differences(old: Sequence[_Entry], new: Sequence[_Entry]) -> Iterator[Difference]:
    for before, after in _pairs(old, new):
        entry = after or before
        if entry is None:
            continue
        if before is None or after is None:
            kind = Kind.ADDED if before is None else Kind.REMOVED
            versions = (before.version if before else "", after.version if after else "")
            yield Difference(entry.part, kind, entry.name, *versions)
        else:
            yield from _of_pair(before, after)


def _of_pair(old: _Entry, new: _Entry) -> Iterator[Difference]:
    before, after = _versions(old, new)
    if before and after and before != after:
        yield Difference(new.part, _course(before, after), new.name, before, after)
    elif old.digest and new.digest and old.digest != new.digest:
        was, now = (f"{entry.version} {entry.shown}".strip() for entry in (old, new))
        yield Difference(new.part, Kind.REBUILT, new.name, was, now)
    if old.place != new.place and (new.part == "charts" or old.digest == new.digest):
        yield Difference(new.part, Kind.PLACE, new.name, old.place, new.place)
    if old.signer and new.signer:
        yield from _of_signatures(old, new)
    if old.voucher and new.voucher and old.vouches != new.vouches:
        yield Difference(new.part, Kind.VOUCHED, new.name, old.voucher, new.voucher)
    for kind, was, now in (
        (Kind.PLATFORMS, old.platforms, new.platforms),
        (Kind.OPTIONS, old.options, new.options),
        (Kind.ENVIRONMENTS, old.environments, new.environments),
    ):
        if was and now and was != now:
            yield Difference(new.part, kind, new.name, was, now)


def _of_signatures(old: _Entry, new: _Entry) -> Iterator[Difference]:
    """Another signer; or another signature by the same one, of the same bytes: other bytes always have another."""
    if old.signer != new.signer:
        yield Difference(new.part, Kind.SIGNER, new.name, old.signer, new.signer)
    elif old.signature != new.signature and old.digest == new.digest:
        yield Difference(new.part, Kind.RESIGNED, new.name, old.signature or _UNKEPT, new.signature or _UNKEPT)


def _versions(old: _Entry, new: _Entry) -> tuple[str, str]:
    """What tells the two apart; of a file without a version of its own, the first part of its name that does."""
    if old.name == new.name:
        return old.version, new.version
    both = zip(_VERSION.findall(old.name), _VERSION.findall(new.name), strict=True)
    return next(((was, now) for was, now in both if was != now), (old.name, new.name))


def _course(old: str, new: str) -> Kind:
    """By version; a part behind ``-`` makes it older, as semantic versioning has it."""
    before, after = (version.removeprefix("v").replace("-", "~", 1) for version in (old, new))
    return Kind.DOWNGRADED if compare_versions(after, before) < 0 else Kind.UPGRADED


def _pairs(old: Sequence[_Entry], new: Sequence[_Entry]) -> Iterator[tuple[_Entry | None, _Entry | None]]:
    """What is alike in all, else in name and version, else the only successor of what is gone."""
    for key in (_wholly, _exactly):
        before, after = _keyed(old, key), _keyed(new, key)
        for same in before.keys() & after.keys():
            yield from zip(before[same], after[same], strict=False)
        old = [entry for same, found in before.items() for entry in found[len(after.get(same, ())) :]]
        new = [entry for same, found in after.items() for entry in found[len(before.get(same, ())) :]]
    lost, come = _keyed(old, _alike), _keyed(new, _alike)
    for same in lost.keys() | come.keys():
        ours, theirs = lost.get(same, []), come.get(same, [])
        if len(ours) == len(theirs) == 1:
            yield ours[0], theirs[0]
            continue
        yield from ((entry, None) for entry in ours)
        yield from ((None, entry) for entry in theirs)


def _wholly(entry: _Entry) -> tuple[str, ...]:
    return (entry.part, entry.name, entry.version, entry.digest)


def _exactly(entry: _Entry) -> tuple[str, ...]:
    return (entry.part, entry.name, entry.version)


def _alike(entry: _Entry) -> tuple[str, ...]:
    return (entry.part, entry.alike)


def _keyed(entries: Iterable[_V], key: Callable[[_V], _K]) -> dict[_K, list[_V]]:
    found: dict[_K, list[_V]] = defaultdict(list)
    for entry in entries:
        found[key(entry)].append(entry)
    return found


def _images(images: ImagesLock, charts: ChartsLock, files: FilesLock, helm: HelmLock | None) -> Iterator[_Entry]:
    for image in images.images:
        if image.attachment:
            yield from _attached(image, image.attachment)
            continue
        platforms = ", ".join(sorted(image.platforms))
        tag = image.tag or _tag(image)
        options = options_of(image) if image.size or platforms else ""
        yield _Entry("images", image.ref.name, tag, image.digest.short, "", image.ref.name, platforms, options)


def _attached(image: LockedImage, attachment: Attachment) -> Iterator[_Entry]:
    """An artifact; the lists of what refers to an image say nothing that their entries do not."""
    if attachment.kind != LIST:
        name = f"{attachment.kind} of {image.ref.name}"
        yield _Entry("attached", name, "", image.digest.short, "", name, options=options_of(image))


def _tag(image: LockedImage) -> str:
    """The tag that kbld resolved, where it left a note of that."""
    reference = image.annotations.get("kbld.carvel.dev/id", "").partition("@")[0]
    tail = reference.rpartition("/")[2]
    return tail.partition(":")[2]


def _charts(images: ImagesLock, charts: ChartsLock, files: FilesLock, helm: HelmLock | None) -> Iterator[_Entry]:
    for chart in charts.charts:
        yield _Entry(
            "charts",
            chart.name,
            chart.version,
            chart.digest.short,
            chart.repository,
            chart.name,
            options=options_of(chart),
            signer=chart.signer or "nobody",
            signature=chart.provenance.digest.short if chart.provenance else "",
        )
    for one in helm.dependencies if helm else ():
        yield _Entry("charts", one.name, one.version, "", one.repository, one.name, options="")


def _files(images: ImagesLock, charts: ChartsLock, files: FilesLock, helm: HelmLock | None) -> Iterator[_Entry]:
    for file in files.files:
        name, version = _named(file)
        alike = f"{file.kind} {_VERSION.sub('*', name)}"
        options = options_of(file)
        # where a plain file comes from is its name too; of wheels the index may move
        place = "" if file.kind == "file" else file.download_url.rpartition("/")[0]
        yield _Entry(
            _PARTS[file.kind],
            name,
            version,
            str(file.checksum),
            place,
            alike,
            options=options,
            full=file.source == "taken",
            voucher=file.origin,
            vouches=(file.source, file.signer),
            environments=", ".join(sorted(file.environments)),
        )


def _bare_files(images: ImagesLock, charts: ChartsLock, files: FilesLock, helm: HelmLock | None) -> Iterator[_Entry]:
    """Files by their names alone: of what kind they are, locks of other tools do not say."""
    for file in files.files:
        yield _Entry("files", file.filename, "", file.checksum.short, "", _VERSION.sub("*", file.filename), options="")


def _named(file: LockedFile) -> tuple[str, str]:
    """Name and version: of wheels and collections by the rules for their names; of projects what looks like one."""
    if file.kind == "wheel":
        parts = file.filename.split("-")
        return (re.sub(r"[-_.]+", "-", parts[0]).lower(), parts[1]) if len(parts) > 2 else (file.filename, "")
    if file.kind == "collection":
        return collection_of(file.filename)
    if file.kind == "playbook":
        name, _, base = file.filename.partition("/")
        version = _DOTTED.search(base)
        return name, version[0] if version else ""
    return file.filename, ""
