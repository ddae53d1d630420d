"""`airlock store`: what is in the store, and what nothing needs any more taken out of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from airlock_builder import pipeline
from airlock_builder.cli.opening import locks_folder
from airlock_builder.cli.options import Settings, shared, shared_but_locks
from airlock_builder.store import Store
from airlock_core.sizes import human

if TYPE_CHECKING:
    from airlock_builder.cli.report import Report
    from airlock_builder.upkeep import Collected, Counted

_AGE = re.compile(r"(\d{1,6})([hdw])")
_SECONDS = {"h": 3600, "d": 86400, "w": 7 * 86400}
_WORDS = {
    "blobs": "what was fetched, whole",
    "parts": "downloads that were begun",
    "tmp": "scratch of runs",
    "locks": "lock files of runs",
    "metadata/repomd": "root documents of repositories, lists of mirrors",
    "metadata/signatures": "what signs these",
    "metadata/sha256": "repositories' metadata, as served",
    "metadata/sha384": "the same",
    "metadata/sha512": "the same",
    "metadata/solv": "the same, in libsolv's format",
    "metadata/modules": "what their modules.yaml say",
    "metadata/folders": "metadata made for plain folders",
    "metadata/taken": "what servers said of files without a digest",
    "metadata/charts": "indexes of chart repositories",
    "metadata/registries": "tags and lists of registries, as last seen",
    "metadata/files": "checksum files, and answers of Galaxy servers and package indexes, as last seen",
    "metadata/pip": "pip's cache",
    "metadata/notebooks": "what was found out of packages",
    "other": "not of the store, and left alone",
}


class _Age(click.ParamType[int]):
    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        match = _AGE.fullmatch(str(value))
        if not match:
            self.fail(f"{value!r} is no age; write it as 12h, 30d or 4w")
        return int(match[1]) * _SECONDS[match[2]]


@click.group(short_help="Look after the store.")
def store() -> None:
    """Look after the store: what is in it, and what nothing needs any more."""


@store.command()
@shared
def stat(settings: Settings) -> None:
    """Say how much is in the store, by kind."""
    from airlock_builder.upkeep import count

    settings.console.result(*_counted(count(Store(settings.store))))


@store.command(short_help="Remove what no lock reaches.")
@click.option(
    "--locks",
    "folders",
    multiple=True,
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help="Keep what the locks of this folder reach; give all that share the store.  [default: the manifest's]",
)
@click.option(
    "--older-than",
    "age",
    type=_Age(),
    default="30d",
    show_default=True,
    metavar="AGE",
    help="Of metadata, notes and unnamed downloads that no lock needs, remove what is older: 12h, 30d, 4w.",
)
@click.option("-n", "--dry-run", is_flag=True, help="Remove nothing; list what would go. Other runs may go on.")
@shared_but_locks
def gc(settings: Settings, folders: tuple[Path, ...], age: int, dry_run: bool) -> None:
    """Remove from the store what no lock reaches.

    Blobs and begun downloads stay that the locks name. Give the folders of all releases that share the store: what
    another release had fetched is fetched anew. Repositories' metadata and what was found out of packages stay where
    a lock has them, and else until they are old. No other run may be in the store meanwhile (exit 10).
    """
    from airlock_builder.upkeep import collect

    read = folders or (locks_folder(settings, pipeline.load(settings.manifest)),)
    locks = [pipeline.read_locks(folder) for folder in read]
    collected = collect(Store(settings.store), locks, age=age, dry=dry_run)
    for ref in collected.unknown:
        settings.console.note(f"{ref}: its manifest is not in the store, so that no layer is known to be its")
    for path in collected.foreign:
        settings.console.note(f"{path}: not of the store, and left alone")
    settings.console.result(*_collected(collected, dry=dry_run))


def _counted(counted: Counted) -> Report:
    rows = [(kind, one) for kind, one in counted.kinds.items() if one.files or kind == "blobs"]
    lines = [f"{counted.store}", *(_row(kind, one.files, one.size, _WORDS[kind]) for kind, one in rows)]
    lines += [_row(f"  {name}", notes.count, notes.size, "notes") for name, notes in sorted(counted.notes.items())]
    lines.append(_row("total", counted.total.files, counted.total.size, ""))
    data = {
        "store": str(counted.store),
        "kinds": {kind: {"files": one.files, "bytes": one.size} for kind, one in counted.kinds.items()},
        "notes": {name: {"count": notes.count, "bytes": notes.size} for name, notes in counted.notes.items()},
        "files": counted.total.files,
        "bytes": counted.total.size,
    }
    return lines, data


def _row(name: str, count: int, size: int, words: str) -> str:
    return f"  {name:<20}  {count:>8}  {human(size):>10}  {words}".rstrip()


def _collected(collected: Collected, *, dry: bool) -> Report:
    verb = "would remove" if dry else "removed"
    files = sum(thing.files for thing in collected.gone)
    notes = sum(one.count for one in collected.notes.values())
    told = f"{verb} {files} files and {notes} notes, {human(collected.size)}"
    head = f"{collected.store}: {told}; {collected.kept.count} blobs stay, {human(collected.kept.size)}"
    data = {
        "store": str(collected.store),
        "dry_run": dry,
        "removed": [
            {"kind": thing.kind, "path": str(thing.path), "files": thing.files, "bytes": thing.size}
            | ({"package": collected.names[thing.path]} if thing.path in collected.names else {})
            for thing in collected.gone
        ],
        "notes": {name: {"count": one.count, "bytes": one.size} for name, one in collected.notes.items()},
        "files": files,
        "bytes": collected.size,
        "kept": {"blobs": collected.kept.count, "bytes": collected.kept.size},
        "unknown": list(collected.unknown),
        "other": [str(path) for path in collected.foreign],
    }
    return [*(_each(collected) if dry else ()), *_summed(collected), head], data


def _each(collected: Collected) -> Iterator[str]:
    """Each thing: its size, where it stands in the store, and what it is, where that is known."""
    for thing in collected.gone:
        name = collected.names.get(thing.path, "")
        yield f"{human(thing.size):>10}  {thing.path.relative_to(collected.store)}  {name}".rstrip()
    if collected.gone:
        yield ""


def _summed(collected: Collected) -> Iterator[str]:
    for kind in dict.fromkeys(thing.kind for thing in collected.gone):
        some = [thing for thing in collected.gone if thing.kind == kind]
        yield _row(kind, sum(thing.files for thing in some), sum(thing.size for thing in some), _WORDS[kind])
    for name, notes in sorted(collected.notes.items()):
        if notes.count:
            yield _row(name, notes.count, notes.size, "notes")
