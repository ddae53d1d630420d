"""The images that charts and Kubernetes manifests use, and those of them that no lock holds: no site can pull them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path

from airlock_builder.charts import archive, images, nodes, reading, rendering
from airlock_builder.charts.images import Use
from airlock_builder.manifest.charts import is_answer, root_of
from airlock_builder.manifest.model import Manifest, Waiver
from airlock_builder.manifest.tree import shown
from airlock_builder.store import Store
from airlock_core.errors import AirlockError, InputError
from airlock_core.imageref import ImageRef
from airlock_core.locks import ImagesLock, LockedChart, LockedFile, ReleaseLocks
from airlock_core.locks.selection import selected

_YAML = (".yaml", ".yml")
_MOST = 4 << 20
"""Bytes of a locked file that is read as a Kubernetes manifest."""


@dataclass(frozen=True, order=True)
class Used:
    """An image that no lock holds.

    Args:
        by: the chart, file or manifest that uses it: ``chart web 1.0.0``.
        use: where in that, and which image.
        reason: why the manifest waives it; empty where it does not.
    """

    by: str
    use: Use
    reason: str = ""

    @property
    def place(self) -> str:
        """Who uses it, with file and line: ``chart web 1.0.0: templates/web.yaml:12``."""
        line = f":{self.use.line}" if self.use.line else ""
        return ": ".join(part for part in (self.by, self.use.file) if part) + line

    def fault(self) -> AirlockError:
        """The error that it is to a build."""
        todo = "add it to images.refs and lock, or waive it with a reason under images.waivers"
        return InputError(f"uses the image {self.use.image}, which no lock holds", where=self.place, todo=todo)

    def to_json(self) -> dict[str, object]:
        """For programs."""
        data = {"by": self.by, "file": self.use.file, "line": self.use.line, "image": self.use.image}
        return {**data, **({"reason": self.reason} if self.reason else {})}


@dataclass(frozen=True)
class Survey:
    """What was found.

    Args:
        unlocked: images that no lock holds and nobody waives.
        waived: those that the manifest waives.
        notes: what could not be looked at as well as it might; waivers that waive nothing.
    """

    unlocked: tuple[Used, ...] = ()
    waived: tuple[Used, ...] = ()
    notes: tuple[str, ...] = ()


def survey(manifest: Manifest, locks: ReleaseLocks, store: Store, options: Collection[str]) -> Survey:
    """Look into all charts and Kubernetes manifests of a release, as far as the store has them.

    Args:
        options: those that the medium carries: what the others bring is not there.

    Raises:
        InputError, VerificationError: a chart, a manifest or a file of values cannot be read.
    """
    chosen = selected(locks, options)
    looking = _Looking(manifest, store)
    used = [*looking.charts(chosen.charts.charts), *looking.files(chosen.files.files), *looking.manifests(options)]
    held = _Held(chosen.images)
    waivers = [waiver for _, content in manifest.contents() for waiver in content.images.waivers]
    found = [_judged(one, waivers) for one in dict.fromkeys(used) if not held.has(one.use.image)]
    idle = sorted({one.image for one in waivers if not any(_waives(one, used.use.image) for used in found)})
    unlocked = tuple(sorted(one for one in found if not one.reason))
    waived = tuple(sorted(one for one in found if one.reason))
    notes = [*looking.notes, *(f"images.waivers: no image needs {glob}" for glob in idle)]
    return Survey(unlocked, waived, tuple(notes))


def _judged(used: Used, waivers: Iterable[Waiver]) -> Used:
    reason = next((waiver.reason for waiver in waivers if _waives(waiver, used.use.image)), "")
    return Used(used.by, used.use, reason)


def _waives(waiver: Waiver, image: str) -> bool:
    return any(fnmatchcase(text, waiver.image) for text in {image, _normal(image)})


def _normal(image: str) -> str:
    """With host and tag, which many leave out."""
    try:
        return str(ImageRef.parse(image))
    except InputError:
        return image


class _Held:
    """What the site's registry will have: images by their names there, without the original host, and by digest."""

    def __init__(self, lock: ImagesLock) -> None:
        self._names = {image.site_name for image in lock.images}
        self._digests = {image.digest for image in lock.images}

    def has(self, text: str) -> bool:
        try:
            ref = ImageRef.parse(text)
        except InputError:
            return False
        return ref.digest in self._digests if ref.digest else f"{ref.repository}:{ref.tag}" in self._names


@dataclass
class _Looking:
    manifest: Manifest
    store: Store
    notes: list[str] = field(default_factory=list)

    def charts(self, charts: Iterable[LockedChart]) -> Iterator[Used]:
        """What charts use: rendered where there is a helm that can, else read."""
        able = rendering.is_possible()
        unrendered = 0
        for chart in sorted(charts):
            by = f"chart {chart.name} {chart.version}"
            if not self.store.has(chart.digest, chart.size):
                self.notes.append(f"{by} is not in the store, so its images are not known: run `airlock fetch`")
                continue
            unrendered += not able
            yield from (Used(by, use) for use in self._of_chart(chart, by, able))
        if unrendered:
            told = "1 chart was" if unrendered == 1 else f"{unrendered} charts were"
            self.notes.append(f"{told} read, not rendered, which may miss images: there is no helm on this machine")

    def _of_chart(self, locked: LockedChart, by: str, able: bool) -> list[Use]:
        path = self.store.path(locked.digest)
        chart = archive.read(path, where=by)
        if chart.metadata.get("type") == "library":
            return []  # of parts for other charts, which bring it along; nobody installs it
        values = self._values(locked)
        if able:
            try:
                return list(rendering.used(path, chart, values))
            except InputError as fault:
                why = " ".join(fault.why.split())
                self.notes.append(f"{by} was read, not rendered, which may miss images: {fault.what}: {why}")
        return list(reading.used(chart, reading.overrides([(shown(file), _text(file)) for file in values])))

    def _values(self, locked: LockedChart) -> list[Path]:
        """The files of values that the manifest gives for a chart."""
        root = root_of(self.manifest)
        charts = [chart for _, content in self.manifest.contents() for chart in content.charts]
        return [path for chart in charts if is_answer(locked, chart, root) for path in chart.values]

    def files(self, files: Iterable[LockedFile]) -> Iterator[Used]:
        """What locked files use that are Kubernetes manifests."""
        for file in files:
            is_small = file.filename.endswith(_YAML) and file.size <= _MOST
            if file.kind == "file" and is_small and self.store.has(file.checksum, file.size):
                for use in _if_objects(_text(self.store.path(file.checksum)), ""):
                    yield Used(f"file {file.filename}", use)

    def manifests(self, options: Collection[str]) -> Iterator[Used]:
        """What the Kubernetes manifests use that the manifest names."""
        for option, content in self.manifest.contents():
            if option is not None and option not in options:
                continue
            for path in content.images.manifests:
                for file in _yaml_files(path):
                    for use in images.of_objects(nodes.documents(_text(file), "")):
                        yield Used(shown(file), use)


def _yaml_files(path: Path) -> list[Path]:
    return sorted(file for file in path.rglob("*") if file.suffix in _YAML) if path.is_dir() else [path]


def _if_objects(text: str, file: str) -> list[Use]:
    """The images of a text, where it is YAML of Kubernetes objects; many other files are YAML too."""
    try:
        documents = nodes.documents(text, file)
    except InputError:
        return []
    return list(
        images.of_objects([one for one in documents if isinstance(one, dict) and {"apiVersion", "kind"} <= set(one)])
    )


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError("cannot be read as text", where=shown(path), why=str(error)) from error
