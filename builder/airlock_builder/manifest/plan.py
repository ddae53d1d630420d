"""What a build will need, before anything is fetched: counts, sizes, disk and time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from airlock_builder.manifest import ksparse
from airlock_builder.manifest.model import Content, Manifest
from airlock_core.locks import LockedFile, ReleaseLocks
from airlock_core.sizes import human

DOWNLOAD_RATE = 12_500_000
"""Bytes a second assumed for the network: 100 Mbit/s."""
DISK_RATE = 150_000_000
"""Bytes a second assumed for reading, hashing and writing the medium."""


@dataclass(frozen=True)
class Row:
    """One kind of content.

    Args:
        kind: its name for people, such as ``rpms``.
        requested: how many the manifest asks for; a wildcard or group counts as one.
        locked: how many the lock holds; None without a lock.
        size: bytes of what the lock holds; None where that is not known.
    """

    kind: str
    requested: int
    locked: int | None = None
    size: int | None = None


@dataclass(frozen=True)
class Plan:
    """What a release holds and needs.

    Args:
        name, version: of the release.
        rows: one a kind of content, in the order of the manifest.
        assumed: provides that the site must have, since no package brings them.
        options: the release's options by name.
    """

    name: str
    version: str
    rows: tuple[Row, ...]
    assumed: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def download(self) -> int | None:
        """Bytes of all content; None without locks."""
        sizes = [row.size for row in self.rows if row.size is not None]
        return sum(sizes) if len(sizes) == len(self.rows) else None

    @property
    def disk(self) -> int | None:
        """Bytes needed: the store, and the medium made from it."""
        return None if self.download is None else 2 * self.download

    @property
    def seconds(self) -> int | None:
        """A guess at the time of a build from an empty store, at the rates assumed here."""
        size = self.download
        return None if size is None else size // DOWNLOAD_RATE + 3 * size // DISK_RATE

    def to_json(self) -> dict[str, object]:
        """The plan as a JSON object, for ``--json``; sizes in bytes, null where they are not known."""
        return {
            "name": self.name,
            "version": self.version,
            "content": [
                {"kind": row.kind, "requested": row.requested, "locked": row.locked, "size": row.size}
                for row in self.rows
            ],
            "download": self.download,
            "disk": self.disk,
            "seconds": self.seconds,
            "assumed": list(self.assumed),
            "options": list(self.options),
        }

    def lines(self) -> list[str]:
        """The plan as lines for people."""
        head = f"{'':<12}{'requested':>10}{'locked':>10}{'size':>12}"
        return [f"{self.name} {self.version}", head, *map(_row_line, self.rows), *self._needs(), *self._notes()]

    def _needs(self) -> list[str]:
        if self.download is None or self.disk is None or self.seconds is None:
            return ["sizes, disk and time: unknown until `airlock lock` has run"]
        time = f"{max(1, self.seconds // 60)} min" if self.seconds >= 60 else f"{self.seconds} s"
        guess = f"about {time} at {human(DOWNLOAD_RATE)}/s"
        return [f"fetched: {human(self.download)}; disk needed: {human(self.disk)}; {guess}"]

    def _notes(self) -> list[str]:
        assumed = [f"assumed at the site: {provide}" for provide in self.assumed]
        return [*([f"options: {', '.join(self.options)}"] if self.options else []), *assumed]


def _row_line(row: Row) -> str:
    locked = "-" if row.locked is None else str(row.locked)
    size = "unknown" if row.size is None else human(row.size)
    return f"{row.kind:<12}{row.requested:>10}{locked:>10}{size:>12}"


def plan(manifest: Manifest, locks: ReleaseLocks | None) -> Plan:
    """What a release holds by its manifest, and by its locks where there are any.

    Raises:
        InputError, Faults: a kickstart cannot be rendered (its packages are counted).
    """
    return Plan(
        name=manifest.metadata.name,
        version=manifest.metadata.version,
        rows=tuple(_row(kind, count, locks) for kind, count in _requested(manifest).items()),
        assumed=_assumed(manifest, locks),
        options=tuple(sorted(manifest.options)),
    )


def _requested(manifest: Manifest) -> dict[str, int]:
    contents = [content for _, content in manifest.contents()]

    def count(of: Callable[[Content], Iterable[object]]) -> int:
        return sum(len(list(of(content))) for content in contents)

    own = {str(package) for content in contents for package in content.rpms.packages}
    return {
        "base": 1 if manifest.base else 0,
        "rpms": len(own | set(ksparse.requested(manifest))),
        "images": count(lambda content: (*content.images.refs, *content.images.archives)),
        "charts": count(lambda content: content.charts),
        "files": count(lambda content: content.files.urls),
        "python": len({line for content in contents for path in _requirements(content) for line in _lines(path)}),
        "collections": count(lambda content: content.collections),
        "playbooks": count(lambda content: content.playbooks),
    }


def _requirements(content: Content) -> Iterator[Path]:
    yield from (python.requirements for python in content.python)
    yield from (playbook.requirements for playbook in content.playbooks if playbook.requirements)


def _lines(path: Path) -> Iterator[str]:
    """The requirements in a pip requirements file: not comments, blank lines and options."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    yield from (line for line in lines if line and not line.startswith(("#", "-")))


_FILE_KINDS = {"base": "base", "files": "file", "python": "wheel", "collections": "collection", "playbooks": "playbook"}


def _row(kind: str, requested: int, locks: ReleaseLocks | None) -> Row:
    if locks is None:
        return Row(kind, requested, size=None if requested else 0)
    sizes = _sizes(kind, locks)
    return Row(kind, requested, len(sizes), sum(sizes))


def _sizes(kind: str, locks: ReleaseLocks) -> list[int]:
    if kind == "rpms":
        rpms = [rpm for arch in locks.rpms.arches for rpm in (*arch.packages, *arch.source)]
        return list({rpm.checksum: rpm.size for rpm in rpms}.values())
    if kind == "images":
        return [image.size for image in locks.images.images]
    if kind == "charts":
        return [chart.size for chart in locks.charts.charts]
    files: tuple[LockedFile, ...] = locks.files.of_kind(_FILE_KINDS[kind])
    return [file.size for file in files]


def _assumed(manifest: Manifest, locks: ReleaseLocks | None) -> tuple[str, ...]:
    if locks is not None:
        return tuple(sorted({provide for arch in locks.rpms.arches for provide in arch.assumed}))
    return tuple(sorted({provide for _, content in manifest.contents() for provide in content.rpms.assume}))
