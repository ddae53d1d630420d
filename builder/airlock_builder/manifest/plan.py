"""What a build will need, before anything is fetched: counts, sizes, disk and time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from airlock_builder.manifest import ksparse
from airlock_builder.manifest.model import Content, Manifest
from airlock_builder.manifest.needs import FILE_KINDS, Item, Space, image_kind, lacking, shared
from airlock_core.locks import LockedFile, ReleaseLocks
from airlock_core.sizes import human

_HOSTS = 20
"""Hosts that are listed; of more, those that have least to give are counted together."""


@dataclass(frozen=True)
class Row:
    """One kind of content.

    Args:
        kind: its name for people, such as ``rpms``.
        requested: how many the manifest asks for; a wildcard or group counts as one.
        locked: how many the lock holds; None without a lock.
        size: bytes of what the lock holds; None where that is not known.
        fetch: bytes of it that the store has not; None where that is not known.
    """

    kind: str
    requested: int
    locked: int | None = None
    size: int | None = None
    fetch: int | None = None


@dataclass(frozen=True)
class Plan:
    """What a release holds and needs.

    Args:
        name, version: of the release.
        rows: one a kind of content, in the order of the manifest.
        hosts: what is fetched from where: host, how many, bytes; the most first.
        spaces: what is written where.
        rate: bytes a second that the network gives; None where nobody said.
        at_most: sizes of images may count layers twice, which they share.
        assumed: provides that the site must have, since no package brings them.
        options: the release's options by name.
    """

    name: str
    version: str
    rows: tuple[Row, ...]
    hosts: tuple[tuple[str, int, int], ...] = ()
    spaces: tuple[Space, ...] = ()
    rate: int | None = None
    at_most: bool = False
    assumed: tuple[str, ...] = ()
    options: tuple[str, ...] = ()

    @property
    def size(self) -> int | None:
        """Bytes of all content; None without locks."""
        return _sum(row.size for row in self.rows)

    @property
    def fetch(self) -> int | None:
        """Bytes that are still to be fetched; None without locks."""
        return _sum(row.fetch for row in self.rows)

    @property
    def seconds(self) -> int | None:
        """How long the fetch takes; None where the rate is not known."""
        return None if self.fetch is None or not self.rate else -(-self.fetch // self.rate)

    def to_json(self) -> dict[str, object]:
        """The plan as a JSON object, for ``--json``; sizes in bytes, null where they are not known."""
        return {
            "name": self.name,
            "version": self.version,
            "content": [vars(row) for row in self.rows],
            "size": self.size,
            "fetch": self.fetch,
            "at_most": self.at_most,
            "hosts": [{"host": host, "files": files, "fetch": size} for host, files, size in self.hosts],
            "space": [
                {"what": one.what, "path": str(one.path), "needed": one.needed, "free": one.free}
                for one in (*self.spaces, *shared(self.spaces))
            ],
            "seconds": self.seconds,
            "assumed": list(self.assumed),
            "options": list(self.options),
        }

    def lines(self) -> list[str]:
        """The plan as lines for people."""
        head = f"{'':<12}{'requested':>10}{'locked':>10}{'size':>12}{'to fetch':>12}"
        total = Row("total", 0, _sum(row.locked for row in self.rows), self.size, self.fetch)
        last = [] if self.size is None else [_row_line(total).replace(" 0 ", "   ", 1)]
        notes = [*self._from(), *self._spaces(), *self._time(), *self._notes()]
        return [f"{self.name} {self.version}", head, *map(_row_line, self.rows), *last, *notes]

    def _from(self) -> list[str]:
        rows = [f"{host:<32}{_files(count):>12}{human(size):>12}" for host, count, size in self.hosts[:_HOSTS]]
        rest = self.hosts[_HOSTS:]
        if rest:
            count, size = sum(count for _, count, _ in rest), sum(size for *_, size in rest)
            rows.append(f"{f'{len(rest)} others':<32}{_files(count):>12}{human(size):>12}")
        return ["", "fetched from", *rows] if rows else []

    def _spaces(self) -> list[str]:
        if not self.spaces:
            return []
        head = f"{'written to':<32}{'needed':>12}{'free':>12}"
        return ["", head, *map(_space_line, self.spaces), *map(_space_line, shared(self.spaces))]

    def _time(self) -> list[str]:
        if self.size is None:
            return ["", "sizes, disk and time: unknown until `airlock lock` has run"]
        if self.seconds is None or not self.rate:
            return []
        hours, rest = divmod(self.seconds, 3600)
        return ["", f"fetching takes at least {hours}:{rest // 60:02}:{rest % 60:02} at {human(self.rate)}/s"]

    def _notes(self) -> list[str]:
        assumed = [f"assumed at the site: {provide}" for provide in self.assumed]
        shares = "images: at most that much; what they share is counted for each until their manifests are in the store"
        options = [f"options: {', '.join(self.options)}"] if self.options else []
        return [*([shares] if self.at_most else []), *options, *assumed]


def _sum(sizes: Iterable[int | None]) -> int | None:
    known = list(sizes)
    return None if None in known else sum(size for size in known if size)


def _row_line(row: Row) -> str:
    locked = "-" if row.locked is None else str(row.locked)
    sizes = ["unknown" if size is None else human(size) for size in (row.size, row.fetch)]
    return f"{row.kind:<12}{row.requested:>10}{locked:>10}{sizes[0]:>12}{sizes[1]:>12}"


def _files(count: int) -> str:
    return f"{count} file" if count == 1 else f"{count} files"


def _space_line(space: Space) -> str:
    both = space.what == "both"
    needed = "unknown" if space.needed is None else human(space.needed)
    short = f"  {human(space.missing)} too little" if space.missing else ""
    # the path comes last: the console writes it shorter where it is under the current folder
    where = "" if both else f"  {space.path}"
    return f"{'both, on one file system' if both else space.what:<32}{needed:>12}{human(space.free):>12}{where}{short}"


def plan(
    manifest: Manifest,
    locks: ReleaseLocks | None,
    found: Sequence[Item] = (),
    spaces: Iterable[Space] = (),
    rate: int | None = None,
) -> Plan:
    """What a release holds by its manifest, and by its locks where there are any.

    Args:
        found: all that is locked.
        spaces: what will be written where.
        rate: bytes a second that the network gives, where that is known.

    Raises:
        InputError, Faults: a kickstart cannot be rendered (its packages are counted).
    """
    fetched = lacking(found, lambda item: item.kind)
    hosts = [(host, count, size) for host, (count, size) in lacking(found, lambda item: item.host).items()]
    return Plan(
        name=manifest.metadata.name,
        version=manifest.metadata.version,
        rows=tuple(_rows(manifest, locks, found, {kind: size for kind, (_, size) in fetched.items()})),
        hosts=tuple(sorted(hosts, key=lambda row: (-row[2], row[0]))),
        spaces=tuple(spaces),
        rate=rate,
        at_most=not all(item.exact for item in found),
        assumed=_assumed(manifest, locks),
        options=tuple(sorted(manifest.options)),
    )


def _rows(
    manifest: Manifest, locks: ReleaseLocks | None, found: Sequence[Item], fetched: Mapping[str, int]
) -> Iterator[Row]:
    for kind, requested in _requested(manifest, locks).items():
        if locks is None:
            yield Row(kind, requested, None, None if requested else 0, None if requested else 0)
            continue
        each = _sizes(kind, locks)
        size = sum(item.size for item in found if item.kind == kind) if found else sum(each)
        yield Row(kind, requested, len(each), size, fetched.get(kind, 0))
    metadata = [item.size for item in found if item.kind == "metadata"]
    if metadata:
        yield Row("metadata", 0, len(metadata), sum(metadata), fetched.get("metadata", 0))


def _requested(manifest: Manifest, locks: ReleaseLocks | None) -> dict[str, int]:
    contents = [content for _, content in manifest.contents()]

    def count(of: Callable[[Content], Iterable[object]]) -> int:
        return sum(len(list(of(content))) for content in contents)

    rpms = {str(package) for content in contents for package in content.rpms.packages}
    rpms |= {item.text for one in ksparse.requested(manifest) for item in one.requests if not item.optional}
    sources = any(content.rpms.sources for content in contents) or (locks is not None and locks.rpms.sources)
    return {
        "base": 1 if manifest.base else 0,
        "rpms": len(rpms),
        # each package that is asked for asks for its source; those of others come with it
        **({"sources": len(_with_sources(manifest, rpms))} if sources else {}),
        "images": count(lambda content: (*content.images.refs, *content.images.archives)),
        # nobody asks for each: what is found beside images that ask for it
        **({"attached": 0} if locks and any(image.attachment for image in locks.images.images) else {}),
        "charts": count(lambda content: content.charts),
        "files": count(lambda content: content.files.urls),
        "python": len({line for content in contents for path in _requirements(content) for line in _lines(path)}),
        "collections": count(lambda content: content.collections),
        "playbooks": count(lambda content: content.playbooks),
    }


def _with_sources(manifest: Manifest, rpms: set[str]) -> set[str]:
    if manifest.rpms.sources:
        return rpms
    options = [content for content in manifest.options.values() if content.rpms.sources]
    return {str(package) for content in options for package in content.rpms.packages}


def _requirements(content: Content) -> Iterator[Path]:
    yield from (python.requirements for python in content.python)
    yield from (playbook.requirements for playbook in content.playbooks if playbook.requirements)


def _lines(path: Path) -> Iterator[str]:
    """The requirements in a pip requirements file: not comments, blank lines and options."""
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    yield from (line for line in lines if line and not line.startswith(("#", "-")))


def _sizes(kind: str, locks: ReleaseLocks) -> list[int]:
    if kind == "rpms":
        return list({rpm.checksum: rpm.size for rpm in locks.rpms.packages}.values())
    if kind == "sources":
        return [rpm.size for rpm in locks.rpms.sources]
    if kind in ("images", "attached"):
        return [image.size for image in locks.images.images if image_kind(image) == kind]
    if kind == "charts":
        return [sum(size for _, size in chart.carried.values()) for chart in locks.charts.charts]
    files: tuple[LockedFile, ...] = locks.files.of_kind(FILE_KINDS[kind])
    return [file.size for file in files]


def _assumed(manifest: Manifest, locks: ReleaseLocks | None) -> tuple[str, ...]:
    if locks is not None:
        return tuple(sorted({provide for arch in locks.rpms.arches for provide in arch.assumed}))
    return tuple(sorted({provide for _, content in manifest.contents() for provide in content.rpms.assume}))
