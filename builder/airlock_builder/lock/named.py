"""Where a manifest names images, charts and files: the items that a text means, each with its place."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

from airlock_builder.manifest.charts import is_answer, name_of, range_of, repository_of, root_of
from airlock_builder.manifest.collections import archive_url
from airlock_builder.manifest.model import AnyChart, AnyCollection, GalaxyCollection, Manifest, OciChart, UrlCollection
from airlock_core.errors import InputError
from airlock_core.imageref import ImageRef
from airlock_core.locks import Attachment, LockedChart, LockedFile, LockedImage, ReleaseLocks
from airlock_core.locks.files import collection_of


@dataclass(frozen=True)
class Named:
    """One item of the manifest.

    Args:
        kind: ``image``, ``chart``, ``file``, ``collection``, ``playbook``, ``wheels`` or ``base``; of what is attached
            to an image, its own.
        name: as people know it.
        spellings: other texts that mean it.
        path: in the manifest.
        option: whose it is; empty for the release's own.
        means: of a chart, whether one that is locked is it.
        about: of what is attached to an image, that image.
        digest: what it came to, where that is known.
    """

    kind: str
    name: str
    spellings: tuple[str, ...]
    path: tuple[str | int, ...]
    option: str = ""
    means: Callable[[LockedChart], bool] | None = None
    about: str = ""
    digest: str = ""

    def is_meant(self, text: str) -> bool:
        """Whether a text, or a glob, means it."""
        return any(one == text or fnmatchcase(one, text) for one in (self.name, *self.spellings))


def named(manifest: Manifest) -> Iterator[Named]:
    """All images, charts and files that a manifest names."""
    for option, content in manifest.contents():
        head: tuple[str | int, ...] = ("options", option) if option else ()
        whose = option or ""
        for index, text in enumerate(content.images.refs):
            yield Named("image", text, _spellings(text), (*head, "images", "refs", index), whose)
        for index, archive in enumerate(content.images.archives):
            if archive.name:
                path = (*head, "images", "archives", index)
                yield Named("image", archive.name, _spellings(archive.name), path, whose)
        for index, chart in enumerate(content.charts):
            yield _chart(chart, root_of(manifest), (*head, "charts", index), whose)
        for index, file in enumerate(content.files.urls):
            yield Named("file", file.url, (_base(file.url),), (*head, "files", "urls", index), whose)
        for index, one in enumerate(content.collections):
            yield _collection(one, root_of(manifest), (*head, "collections", index), whose)
        for index, playbook in enumerate(content.playbooks):
            spellings = (playbook.name, _base(playbook.url))
            yield Named("playbook", playbook.url, spellings, (*head, "playbooks", index), whose)
    if manifest.base:
        yield Named("base", manifest.base.iso, (_base(manifest.base.iso),), ("base", "iso"))


def attached(manifest: Manifest, locks: ReleaseLocks) -> Iterator[Named]:
    """What is locked beside images that a manifest names."""
    asked = {ref: one for one in named(manifest) if one.kind == "image" for ref in (ImageRef.parse(one.name),)}
    images: dict[ImageRef, list[LockedImage]] = defaultdict(list)
    for image in locks.images.images:
        if image.attachment is None:
            images[image.ref].append(image)
    for one, attachment in ((one, one.attachment) for one in locks.images.images if one.attachment):
        for image in (image for digest in attachment.images for image in images[one.ref.at(digest)]):
            item = next((item for ref, item in asked.items() if _is_of(image, ref)), None)
            if item:
                yield _beside(one, attachment, image, item)


def _beside(one: LockedImage, attachment: Attachment, image: LockedImage, item: Named) -> Named:
    name = f"{one.ref.name}:{one.tag}" if one.tag else str(one.ref)
    spellings = (str(one.digest), str(one.ref), *((one.tag, one.site_name) if one.tag else ()))
    about = f"{image.ref.name}:{image.tag}" if image.tag else str(image.ref)
    if attachment.subject not in (image.digest, image.index):
        about = f"{attachment.subject}, a part of {about}"
    return Named(attachment.kind, name, spellings, item.path, item.option, about=about, digest=str(one.digest))


def _is_of(image: LockedImage, ref: ImageRef) -> bool:
    return image.ref.name == ref.name and image.tag == ref.tag and ref.digest in (None, image.digest, image.index)


def _collection(one: AnyCollection, root: Path, path: tuple[str | int, ...], option: str) -> Named:
    if isinstance(one, GalaxyCollection):
        return Named("collection", f"{one.name} {one.version}", (one.name,), path, option)
    url = one.url if isinstance(one, UrlCollection) else archive_url(one, root)
    return Named("collection", url, (_base(url),), path, option)


def _chart(chart: AnyChart, root: Path, path: tuple[str | int, ...], option: str) -> Named:
    name, wanted = name_of(chart), range_of(chart)
    where = chart.oci if isinstance(chart, OciChart) else repository_of(chart, root)
    title = f"{name} {wanted.text}" if wanted else name
    return Named("chart", title, (name, where), path, option, lambda locked: is_answer(locked, chart, root))


def locked_as(one: Named, locks: ReleaseLocks) -> str:
    """What an item came to: a digest, or nothing where no lock has it."""
    if one.digest:
        return one.digest
    if one.kind == "image":
        ref = ImageRef.parse(one.name)
        found = [image for image in locks.images.images if image.ref.name == ref.name and image.tag == ref.tag]
        return str(found[0].ref.digest) if found else ""
    if one.kind == "chart":
        charts = [chart for chart in locks.charts.charts if one.means and one.means(chart)]
        return str(charts[0].digest) if charts else ""
    file = file_of(one, locks)
    return str(file.checksum) if file else ""


def file_of(one: Named, locks: ReleaseLocks) -> LockedFile | None:
    """What is locked of a file, base ISO, playbook project or collection; None where no lock has it."""
    name = one.name.partition(" ")[0]
    for file in locks.files.files:
        is_galaxys = one.kind == file.kind == "collection" and collection_of(file.filename)[0] == name
        if file.download_url == one.name or is_galaxys:
            return file
    return None


def _spellings(text: str) -> tuple[str, ...]:
    try:
        ref = ImageRef.parse(text)
    except InputError:
        return ()
    return (str(ref), ref.name, ref.repository, f"{ref.repository}:{ref.tag}")


def _base(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]
