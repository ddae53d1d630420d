"""Why images, charts and files of a new lock are not those of the one that stands: by the manifest, or by upstream."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from urllib.parse import unquote, urlsplit

from airlock_builder.charts.ranges import Range
from airlock_builder.charts.versions import Version
from airlock_builder.galaxy import ranges as galaxy_ranges
from airlock_builder.lock.keeping import fit
from airlock_builder.lock.named import Named, named
from airlock_builder.lock.requirements import Requirement, requirements
from airlock_builder.manifest.charts import root_of
from airlock_builder.manifest.collections import archive_url
from airlock_builder.manifest.model import GalaxyCollection, Manifest, UrlCollection
from airlock_core.compare import Cause, Difference, Kind, Reason
from airlock_core.errors import InputError
from airlock_core.imageref import ImageRef
from airlock_core.locks import FilesLock, LockedFile
from airlock_core.locks.files import collection_of

_KINDS = {
    "images": "image",
    "charts": "chart",
    "files": "file",
    "collections": "collection",
    "playbooks": "playbook",
    "base": "base",
}
_ANOTHER = frozenset({Kind.UPGRADED, Kind.DOWNGRADED})
_UNASKED = Reason(Cause.UNASKED, "the manifest no longer asks for it")
_ARCHIVE = Reason(Cause.BYTES, "its archive has another image of that name")
_ATTACHED = {
    Kind.ADDED: Reason(Cause.MOVED, "attached upstream since, or the manifest asks for its kind now"),
    Kind.REMOVED: Reason(Cause.UNASKED, "the manifest no longer asks for its kind"),
    Kind.REBUILT: Reason(Cause.TAG, "its tag moved, or it was attached anew"),
    Kind.OPTIONS: Reason(Cause.MANIFEST, "other parts of the manifest ask for its image now"),
}
_REBUILT = {
    "images": Reason(Cause.TAG, "its tag moved"),
    "charts": Reason(Cause.BYTES, "its repository has other bytes for the same version"),
    "wheels": Reason(Cause.BYTES, "the index has other bytes under the same name"),
    "collections": Reason(Cause.BYTES, "its server has other bytes for the same version"),
}
_VOUCHED = Reason(Cause.MANIFEST, "the manifest has another vouch for it")
_SIGNED = Reason(Cause.SIGNER, "another key signed its checksum file")
_RESIGNED = Reason(Cause.SIGNER, "its maker signed it anew")
_CHARTS_SIGNER = Reason(Cause.SIGNER, "another key of its keyring vouches for it now")
_KEYRING = Reason(Cause.MANIFEST, "the manifest gives it a keyring now")
_NO_KEYRING = Reason(Cause.MANIFEST, "the manifest gives it no keyring any more")


@dataclass(frozen=True)
class Contents:
    """Finds the reasons.

    Args:
        changes: all differences, since one may explain another.
        files: the new lock, which says what collections require.
    """

    manifest: Manifest
    changes: Iterable[Difference]
    files: FilesLock

    def reason(self, one: Difference) -> Reason | None:
        """Why one entry changed; None where it says that itself."""
        if one.part == "attached":
            return self._attached(one)
        if one.kind is Kind.VOUCHED:
            same = one.old.partition(",")[0] == one.new.partition(",")[0]
            return replace(_SIGNED if same else _VOUCHED, detail=self._place(one))
        if one.kind in (Kind.SIGNER, Kind.RESIGNED):
            return replace(_of_signer(one), detail=self._place(one))
        if one.kind is Kind.ENVIRONMENTS:
            return Reason(Cause.MANIFEST, "other requirements lead to it now")
        if one.part == "collections" and (found := self._collection(one)):
            return found
        return self._wheel(one) if one.part == "wheels" else self._named(one)

    def _place(self, one: Difference) -> str:
        item = self._items.get((_KINDS.get(one.part, ""), one.name))
        return self.manifest.place(*item.path) if item else ""

    def _collection(self, one: Difference) -> Reason | None:
        """Why a collection changed that the manifest does not name, or names by a range."""
        if one.kind is Kind.REMOVED:
            return Reason(Cause.UNASKED, "neither the manifest nor another collection asks for it any more")
        item = self._items.get(("collection", one.name))
        needs = [
            f"{' '.join(collection_of(file.filename))} requires {text}"
            for file in self.files.of_kind("collection")
            for text in file.requires
            if text.partition(" ")[0] == one.name
        ]
        if item is None and one.kind is Kind.ADDED:
            return Reason(Cause.REQUIRED, "another collection requires it now", "; ".join(needs))
        if one.kind not in _ANOTHER:
            return None
        if item is None:
            return Reason(Cause.NEWER, "its server gives another version for what requires it", "; ".join(needs))
        wanted = galaxy_ranges.Range.parse(item.name.partition(" ")[2])
        if wanted and galaxy_ranges.fits(one.old, [wanted]) and galaxy_ranges.fits(one.new, [wanted]):
            text = "another version fits the range"
            return Reason(Cause.NEWER, f"{text} {wanted.text}", self._place(one))
        return None

    def _attached(self, one: Difference) -> Reason | None:
        """Why what is attached to an image came, went or is another."""
        image = one.name.rpartition(" of ")[2]
        if any(other.part == "images" and other.name == image for other in self.changes):
            return Reason(Cause.FOLLOWS, "follows its image", image)
        return _ATTACHED.get(one.kind)

    def _named(self, one: Difference) -> Reason | None:
        if one.kind is Kind.REMOVED:
            return _UNASKED
        item = self._items.get((_KINDS.get(one.part, ""), one.name))
        where = self.manifest.place(*item.path) if item else ""
        if one.kind is Kind.ADDED:
            return Reason(Cause.ASKED, "the manifest asks for it now", where)
        if one.kind in _ANOTHER:
            return _of_range(one, item, where) or Reason(Cause.ASKED, "the manifest asks for another version", where)
        if one.kind is Kind.REBUILT:
            return self._rebuilt(one, item, where)
        if one.kind is Kind.PLATFORMS and not self._asks_for_others(one):
            return _REBUILT["images"]
        if one.kind is Kind.PLATFORMS:
            return Reason(Cause.MANIFEST, "the manifest asks for other platforms", where)
        if one.kind is Kind.PLACE:
            return Reason(Cause.MANIFEST, "the manifest names another place", where)
        if one.kind is Kind.OPTIONS:
            return Reason(Cause.MANIFEST, "other parts of the manifest ask for it now", where)
        return None

    def _rebuilt(self, one: Difference, item: Named | None, where: str) -> Reason:
        if (one.part, one.name) in self._other_platforms:
            return Reason(Cause.MANIFEST, "the manifest asks for other platforms", where)
        checksum = self._checksum(item)
        if checksum:
            return Reason(Cause.MANIFEST, "the manifest gives another checksum", where)
        if one.name in self._listed:
            return Reason(Cause.BYTES, "its checksum file gives another digest", where)
        if one.part == "images" and (item is None or "archives" in item.path):  # what archives hold, no manifest says
            return replace(_ARCHIVE, detail=where)
        return _REBUILT.get(one.part) or Reason(Cause.BYTES, "other bytes at the same URL", where)

    def _asks_for_others(self, one: Difference) -> bool:
        """Whether an image as it is locked would not do for the platforms that are asked for."""
        platforms = {
            platform
            for _, content in self.manifest.contents()
            for text in content.images.refs
            if ImageRef.parse(text).name == one.name
            for platform in content.images.platforms
        }
        return not fit(one.old.split(", "), platforms)

    def _checksum(self, item: Named | None) -> str:
        """The digest that the manifest itself gives for an item."""
        if item is None:
            return ""
        if item.kind == "image":
            return str(ImageRef.parse(item.name).digest or "")
        if item.kind == "base":
            return (self.manifest.base.checksum if self.manifest.base else "") or ""
        given: dict[str, str | None] = {}
        for _, content in self.manifest.contents():
            given |= {file.url: file.checksum for file in content.files.urls}
            given |= {playbook.url: playbook.checksum for playbook in content.playbooks}
            given |= {
                one.url if isinstance(one, UrlCollection) else archive_url(one, root_of(self.manifest)): one.checksum
                for one in content.collections
                if not isinstance(one, GalaxyCollection)
            }
        return given.get(item.name) or ""

    def _wheel(self, one: Difference) -> Reason | None:
        line = self._lines.get(one.name)
        where = f"{line.text} in {line.where}" if line else ""
        if one.kind is Kind.ADDED:
            if line:
                return Reason(Cause.ASKED, "a requirements file asks for it", where)
            return Reason(Cause.REQUIRED, "another wheel requires it now: no requirements file names it")
        if one.kind is Kind.REMOVED:
            return Reason(Cause.UNREQUIRED, "no requirement leads to it any more")
        if one.kind in _ANOTHER and line and f"=={one.new}" in line.text.replace(" ", ""):
            return Reason(Cause.ASKED, "a requirements file asks for this version", where)
        if one.kind in _ANOTHER:
            return Reason(Cause.NEWER, "the index gives another version for the requirements", where)
        if one.kind is Kind.PLACE:
            return Reason(Cause.MOVED, "the index has it elsewhere now")
        return _REBUILT["wheels"] if one.kind is Kind.REBUILT else None

    @cached_property
    def _listed(self) -> frozenset[str]:
        """The names of files whose digests checksum files give."""
        return frozenset(_file_name(file) for file in self.files.files if file.source == "checksums")

    @cached_property
    def _items(self) -> Mapping[tuple[str, str], Named]:
        by_url = {file.download_url: collection_of(file.filename)[0] for file in self.files.of_kind("collection")}
        items = {(item.kind, _key(item)): item for item in named(self.manifest)}
        for item in list(items.values()):
            if item.kind == "collection" and item.name in by_url:
                items["collection", by_url[item.name]] = item
        return items

    @cached_property
    def _lines(self) -> Mapping[str, Requirement]:
        return {line.name: line for line in requirements(self.manifest)}

    @cached_property
    def _other_platforms(self) -> frozenset[tuple[str, str]]:
        return frozenset(
            (one.part, one.name) for one in self.changes if one.kind is Kind.PLATFORMS and self._asks_for_others(one)
        )


def _of_signer(one: Difference) -> Reason:
    """Why a chart's signature is another."""
    if one.kind is Kind.RESIGNED:
        return _RESIGNED
    if "nobody" in (one.old, one.new):
        return _KEYRING if one.old == "nobody" else _NO_KEYRING
    return _CHARTS_SIGNER


def _of_range(one: Difference, item: Named | None, where: str) -> Reason | None:
    """Why another version of a chart fits a range that the one before fits too."""
    wanted = Range.parse(item.name.partition(" ")[2]) if item and item.kind == "chart" else None
    before, now = Version.parse(one.old), Version.parse(one.new)
    if not (wanted and before and now and wanted.fits(before) and wanted.fits(now)):
        return None
    text = "a newer version fits the range" if now > before else "its repository lacks the newer version"
    return Reason(Cause.NEWER, f"{text} {wanted.text}", where)


def _file_name(file: LockedFile) -> str:
    """A file's name as differences have it."""
    return file.filename.partition("/")[0] if file.kind == "playbook" else file.filename


def _key(item: Named) -> str:
    """An item's name as differences have it."""
    if item.kind == "image":
        try:
            return ImageRef.parse(item.name).name
        except InputError:
            return item.name
    if item.kind in ("chart", "collection"):
        return item.name.partition(" ")[0]
    if item.kind == "playbook":
        return item.spellings[0]
    parts = urlsplit(item.name)
    path = unquote(parts.path).lstrip("/")
    return f"{parts.hostname or 'localhost'}/{path}" if item.kind == "file" else path.rpartition("/")[2]
