"""Where a manifest names images, charts and files: the items that a text means, each with its place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import urlsplit

from airlock_builder.manifest.charts import is_answer, name_of, range_of, repository_of, root_of
from airlock_builder.manifest.model import AnyChart, Manifest, OciChart
from airlock_core.errors import InputError
from airlock_core.imageref import ImageRef
from airlock_core.locks import LockedChart, ReleaseLocks


@dataclass(frozen=True)
class Named:
    """One item of the manifest.

    Args:
        kind: ``image``, ``chart``, ``file``, ``collection``, ``playbook``, ``wheels`` or ``base``.
        name: as people know it.
        spellings: other texts that mean it.
        path: in the manifest.
        option: whose it is; empty for the release's own.
        means: of a chart, whether one that is locked is it.
    """

    kind: str
    name: str
    spellings: tuple[str, ...]
    path: tuple[str | int, ...]
    option: str = ""
    means: Callable[[LockedChart], bool] | None = None

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
            yield Named("collection", f"{one.name} {one.version}", (one.name,), (*head, "collections", index), whose)
        for index, playbook in enumerate(content.playbooks):
            spellings = (playbook.name, _base(playbook.url))
            yield Named("playbook", playbook.url, spellings, (*head, "playbooks", index), whose)
    if manifest.base:
        yield Named("base", manifest.base.iso, (_base(manifest.base.iso),), ("base", "iso"))


def _chart(chart: AnyChart, root: Path, path: tuple[str | int, ...], option: str) -> Named:
    name, wanted = name_of(chart), range_of(chart)
    where = chart.oci if isinstance(chart, OciChart) else repository_of(chart, root)
    title = f"{name} {wanted.text}" if wanted else name
    return Named("chart", title, (name, where), path, option, lambda locked: is_answer(locked, chart, root))


def locked_as(one: Named, locks: ReleaseLocks) -> str:
    """What an item came to: a digest, or nothing where no lock has it."""
    if one.kind == "image":
        ref = ImageRef.parse(one.name)
        found = [image for image in locks.images.images if image.ref.name == ref.name and image.tag == ref.tag]
        return str(found[0].ref.digest) if found else ""
    if one.kind == "chart":
        charts = [chart for chart in locks.charts.charts if one.means and one.means(chart)]
        return str(charts[0].digest) if charts else ""
    files = [file for file in locks.files.files if file.download_url == one.name or _is_collection(one, file.filename)]
    return str(files[0].checksum) if files else ""


def _is_collection(one: Named, filename: str) -> bool:
    name, _, version = one.name.partition(" ")
    return one.kind == "collection" and filename == f"{name.replace('.', '-')}-{version}.tar.gz"


def _spellings(text: str) -> tuple[str, ...]:
    try:
        ref = ImageRef.parse(text)
    except InputError:
        return ()
    return (str(ref), ref.name, ref.repository, f"{ref.repository}:{ref.tag}")


def _base(url: str) -> str:
    return urlsplit(url).path.rpartition("/")[2]
