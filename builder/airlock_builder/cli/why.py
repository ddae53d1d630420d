"""`airlock why`: what brought something in, and what it brought."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from airlock_builder import answers, pipeline
from airlock_builder.cli import why_wheels
from airlock_builder.cli.opening import locks_folder, workbench
from airlock_builder.cli.options import Pace, Settings, paced, shared

if TYPE_CHECKING:
    from airlock_builder.answers import Why
    from airlock_builder.lock.files.reasons import CollectionReason
    from airlock_builder.lock.rpms.tracing.graph import Asked
    from airlock_builder.lock.rpms.tracing.why import Arrow, Reason
    from airlock_builder.manifest.model import Manifest
    from airlock_core.locks import LockedRpm

_WIDTH = 80
_FEW = 5


@click.command(short_help="Say what brought a package or image in.")
@click.argument("names", nargs=-1, required=True)
@click.option("--brings", is_flag=True, help="Also what would leave the lock if it were not asked for.")
@paced
@shared
def why(settings: Settings, pace: Pace, names: tuple[str, ...], brings: bool) -> None:
    """Say what brought something into the locks: the request, and the chain of requirements from there.

    NAMES are packages (name, NEVRA, glob, something provided, a path), images, charts, files, Python wheels; with
    --brings also requests as the manifest has them, such as @core. It is the lock that is asked, with the metadata
    that it saw.
    """
    manifest = pipeline.load(settings.manifest)
    locks = pipeline.read_locks(locks_folder(settings, manifest))
    with settings.console.stage("why") as progress, workbench(settings, manifest, pace, progress) as bench:
        found = answers.why(manifest, bench, locks, names, brings=brings)
    lines = [line for one in found for line in _lines(one, manifest, everything=settings.console.verbose > 0)]
    settings.console.result(lines[:-1], {"why": [_json(one, manifest) for one in found]})


def _lines(found: Why, manifest: Manifest, *, everything: bool) -> Iterator[str]:
    for reason in found.rpms:
        yield from _of_rpm(reason, manifest, everything=everything)
        yield ""
    for wheel in found.wheels:
        yield from why_wheels.lines(wheel, everything=everything)
        yield ""
    for collection in found.collections:
        yield from _of_collection(collection, manifest)
        yield ""
    for item in found.items:
        yield f"{item.named.kind} {item.named.name}"
        if item.named.about:
            yield f"  {item.named.kind} of {item.named.about}"
        yield f"  {_whose(item.named.option)}asked for in {item.place}"
        locked = f"locked as {f'{item.version} {item.digest}'.strip()}"
        yield f"  {locked if item.digest else 'not locked: run `airlock lock`'}"
        yield from [f"  digest from {item.origin}"] if item.origin else []
        yield ""


def _of_collection(reason: CollectionReason, manifest: Manifest) -> Iterator[str]:
    from airlock_builder.lock.files.reasons import label

    yield f"collection {label(reason.file)}  {reason.file.filename}"
    if reason.asked:
        yield f"  {_whose(reason.asked.option)}asked for as {reason.asked.name} in {manifest.place(*reason.asked.path)}"
    else:
        yield "  nothing that the manifest names leads to it now: `airlock lock` would drop it"
    for depth, (by, text) in enumerate(reason.chain):
        yield f"{'  ' * (depth + 2)}{by} requires {text}"
    yield from _listed(
        "needed by others too", [f"{by} requires {text}" for by, text in reason.needed_by], everything=True
    )
    yield f"  locked as {reason.file.checksum}"
    yield from [f"  digest from {reason.file.origin}"] if reason.file.origin else []


def _of_rpm(reason: Reason, manifest: Manifest, *, everything: bool) -> Iterator[str]:
    package = reason.package
    yield f"{package.nevra}  from {package.repoid}"
    yield from _lost(reason)
    if reason.asked is None and not reason.lost:
        yield "  no request of the manifest leads to it now: `airlock lock` would drop it"
    elif reason.asked:
        yield f"  {_request(reason.asked, manifest)}"
        for depth, arrow in enumerate(reason.chain):
            yield from _arrow(arrow, "  " * (depth + 2))
    direct = [one for one in reason.requests if one != reason.asked or reason.chain]
    yield from _listed("asked for by itself too", [_request(one, manifest) for one in direct], everything=everything)
    shown = {(arrow.by, arrow.text) for arrow in reason.chain}
    others = sorted({f"{one.by.nevra} {_needs(one)}" for one in reason.needed_by if (one.by, one.text) not in shown})
    yield from _listed("needed by others too", others, everything=everything)
    if reason.brings is not None:
        yield from _brought(reason)


def _lost(reason: Reason) -> Iterator[str]:
    """That the metadata of a package, or of what it may have come through, is not to be had."""
    package = reason.package
    if package in reason.lost:
        yield f"  its metadata is nowhere to be had: repo {package.repoid} does not list it any more,"
        yield "  and its file is not in the store; what it requires, and provides beside its name, is not known"
    if reason.asked is None and (others := [one for one in reason.lost if one != package]):
        yield "  no chain to it is known; it may have come through these, whose metadata is nowhere to be had:"
        yield from _names(others)


def _names(packages: Sequence[LockedRpm]) -> list[str]:
    names = ", ".join(str(package.nevra) for package in packages)
    return textwrap.wrap(
        names, _WIDTH, initial_indent="    ", subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )


def _arrow(arrow: Arrow, blank: str) -> Iterator[str]:
    also = f"  ({arrow.others} more provide it)" if arrow.others else ""
    line = f"{blank}{arrow.by.nevra} {_needs(arrow)}{also}"
    yield from [line] if len(line) <= _WIDTH else [f"{blank}{arrow.by.nevra}", f"{blank}  {_needs(arrow)}{also}"]
    yield f"{blank}→ {arrow.of.nevra}"


def _needs(arrow: Arrow) -> str:
    return f"{arrow.kind} {arrow.text}"


def _request(asked: Asked, manifest: Manifest) -> str:
    from airlock_builder.manifest.placing import place_in

    place, colon, through = place_in(asked.where, manifest).partition(f": {asked.text}")
    return f"{_whose(asked.option)}asked for as {asked.text} in {place}{through if colon else ''}"


def _whose(option: str) -> str:
    return f"option {option}: " if option else ""


def _listed(heading: str, lines: Sequence[str], *, everything: bool) -> Iterator[str]:
    if not lines:
        return
    yield f"  {heading}: {len(lines)}"
    shown = lines if everything else lines[:_FEW]
    yield from (f"    {line}" for line in shown)
    if len(lines) > len(shown):
        yield f"    and {len(lines) - len(shown)} more: -v lists them"


def _brought(reason: Reason) -> Iterator[str]:
    brought = reason.brings or ()
    size = sum(package.size for package in brought)
    told = f"{len(brought)} {'package' if len(brought) == 1 else 'packages'}, {_human(size)}"
    if reason.dropped:
        texts = ", ".join(dict.fromkeys(one.text for one in reason.dropped))
        yield f"  without {texts} these would leave: {told}"
    else:
        yield f"  nobody asks for it by name; through it alone came: {told}"
    yield from _names(brought)
    if reason.package in reason.lost:
        yield "    and what it required, which is not known"


def _human(size: int) -> str:
    from airlock_core.sizes import human

    return human(size)


def _json(found: Why, manifest: Manifest) -> dict[str, object]:
    return {
        "name": found.name,
        "packages": [_rpm_json(reason, manifest) for reason in found.rpms],
        "items": [
            {
                "kind": item.named.kind,
                "name": item.named.name,
                "option": item.named.option,
                "where": item.place,
                "digest": item.digest,
                "digest_from": item.origin,
                "version": item.version,
            }
            | ({"about": item.named.about} if item.named.about else {})
            for item in found.items
        ],
        "collections": [_collection_json(reason, manifest) for reason in found.collections],
        "wheels": [why_wheels.to_json(wheel) for wheel in found.wheels],
    }


def _collection_json(reason: CollectionReason, manifest: Manifest) -> dict[str, object]:
    return {
        "collection": reason.file.filename,
        "asked": reason.asked.name if reason.asked else None,
        "where": manifest.place(*reason.asked.path) if reason.asked else "",
        "chain": [{"by": by, "needs": text} for by, text in reason.chain],
        "needed_by": [{"by": by, "needs": text} for by, text in reason.needed_by],
        "digest": str(reason.file.checksum),
        "digest_from": reason.file.origin,
    }


def _rpm_json(reason: Reason, manifest: Manifest) -> dict[str, object]:
    data: dict[str, object] = {
        "nevra": str(reason.package.nevra),
        "repo": reason.package.repoid,
        "asked": _asked_json(reason.asked, manifest) if reason.asked else None,
        "chain": [_arrow_json(arrow) for arrow in reason.chain],
        "requests": [_asked_json(one, manifest) for one in reason.requests],
        "needed_by": [_arrow_json(arrow) for arrow in reason.needed_by],
        "lost": [str(package.nevra) for package in reason.lost],
    }
    if reason.brings is None:
        return data
    dropped = [_asked_json(one, manifest) for one in reason.dropped]
    return {**data, "brings": [str(package.nevra) for package in reason.brings], "dropped": dropped}


def _asked_json(asked: Asked, manifest: Manifest) -> dict[str, str]:
    from airlock_builder.manifest.placing import place_in

    return {"request": asked.text, "where": place_in(asked.where, manifest), "option": asked.option}


def _arrow_json(arrow: Arrow) -> dict[str, object]:
    return {
        "by": str(arrow.by.nevra),
        "kind": arrow.kind,
        "needs": arrow.text,
        "of": str(arrow.of.nevra),
        "others": arrow.others,
    }
