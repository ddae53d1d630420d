"""`airlock push` and `airlock pull`: a release as an OCI artifact, to a registry and from one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from airlock_builder import pipeline
from airlock_builder.cli.opening import locks_folder
from airlock_builder.cli.options import Outlet, Pace, Settings, paced, shared
from airlock_core import sizes
from airlock_core.errors import InputError, UsageError
from airlock_core.imageref import ImageRef
from airlock_core.sizes import human

if TYPE_CHECKING:
    from airlock_builder.cli.report import Report
    from airlock_builder.manifest.model import Manifest
    from airlock_builder.shipping.dock import Dock
    from airlock_builder.shipping.pull import Pulled
    from airlock_builder.shipping.push import Pushed
    from airlock_core.progress import Progress

_FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
_LEAST_PART = 1 << 20


class _Size(click.ParamType[int]):
    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            found = value if isinstance(value, int) else sizes.typed(str(value))
        except ValueError:
            found = 0
        if found < _LEAST_PART:
            self.fail(f"{value!r} is no size of at least 1 MiB; write it as 512M or 1GiB")
        return found


@dataclass(frozen=True)
class Reach:
    """What the options say of how a registry is reached."""

    insecure: tuple[str, ...] = ()
    ca: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None


def _reaching(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options on how a registry is reached, as one argument ``reach`` in place of them."""

    @click.option(
        "--insecure",
        multiple=True,
        metavar="HOST[:PORT]",
        help="A registry without TLS, or whose certificate nobody vouches for.",
    )
    @click.option("--ca", type=_FILE, help="Authorities that may vouch for the registry, beside the system's (PEM).")
    @click.option("--client-cert", type=_FILE, help="The certificate that the registry asks for (PEM).")
    @click.option("--client-key", type=_FILE, help="Its key, where that file does not hold it too.")
    @functools.wraps(command)
    def inner(
        insecure: tuple[str, ...], ca: Path | None, client_cert: Path | None, client_key: Path | None, **values: Any
    ) -> Any:
        if client_key and not client_cert:
            raise UsageError("a key without its certificate", where="--client-key", todo="give --client-cert too")
        return command(reach=Reach(insecure, ca, client_cert, client_key), **values)

    return inner


@click.command(short_help="Bring a release into a registry.")
@click.argument("target", metavar="REGISTRY/REPO[:TAG]")
@click.argument("isos", nargs=-1, type=click.Path(path_type=Path, dir_okay=False), metavar="[ISO]...")
@click.option("--without-iso", is_flag=True, help="Locks and the manifest's files alone.")
@click.option(
    "--part-size",
    type=_Size(),
    default="1GiB",
    show_default=True,
    metavar="SIZE",
    help="Push an ISO in parts of this size; registries take blobs of some size and no more.",
)
@click.option("--force", is_flag=True, help="Let a tag move that is there with other content.")
@click.option("--allow-rollback", is_flag=True, help="Push it though a tag that moves stands for a newer release.")
@_reaching
@paced
@shared
def push(
    settings: Settings,
    pace: Pace,
    reach: Reach,
    target: str,
    isos: tuple[Path, ...],
    without_iso: bool,
    part_size: int,
    force: bool,
    allow_rollback: bool,
) -> None:
    """Bring a release into a registry as an OCI artifact: locks, manifest, ISO and what stands beside it.

    ISO is what `airlock build iso` wrote, with its .sha256 and .release.json beside it; where none is named it is
    NAME-VERSION.iso here. Without TAG the tag is VERSION-NUMBER of the manifest's metadata.

    What the registry has already is not sent. Any client of OCI artifacts can pull the release: `oras pull` gives the
    files by their names.
    """
    ref = _reference(target, "push")
    manifest = pipeline.load(settings.manifest)
    locks = pipeline.read_locks(locks_folder(settings, manifest))
    chosen = () if without_iso else isos or (_default_iso(manifest),)
    if without_iso and isos:
        raise UsageError("an ISO and --without-iso", todo="give one of them")
    _hurry()
    with settings.console.stage("push") as progress:
        dock = _dock(settings, pace, reach, manifest, progress)
        pushed = pipeline.push(
            manifest,
            settings.manifest,
            locks,
            chosen,
            ref,
            dock,
            part_size=part_size,
            force=force,
            allow_rollback=allow_rollback,
        )
    settings.console.result(*_pushed(pushed))


@click.command(short_help="Bring a release from a registry.")
@click.argument("source", metavar="REGISTRY/REPO:TAG|@DIGEST")
@click.option("-o", "--output", type=click.Path(path_type=Path, file_okay=False), required=True, help="The folder.")
@click.option("--without-iso", is_flag=True, help="Locks and documents alone.")
@click.option("--force", is_flag=True, help="Put the files in place of others of their names.")
@_reaching
@paced
@shared
def pull(
    settings: Settings, pace: Pace, reach: Reach, source: str, output: Path, without_iso: bool, force: bool
) -> None:
    """Bring a release from a registry into a folder, verified; a run that was cut goes on where it stopped.

    Every file is held against the artifact's manifest, and against what release.json, .release.json and .sha256 say
    of it. A manifest of airlock's is not needed; where one is there, its images.registries say how to ask.
    """
    ref = _reference(source, "pull")
    manifest = _manifest_at_hand(settings)
    _hurry()
    with settings.console.stage("pull") as progress:
        dock = _dock(settings, pace, reach, manifest, progress)
        pulled = pipeline.pull(ref, output, dock, with_iso=not without_iso, force=force)
    settings.console.result(*_pulled(pulled))


def _reference(text: str, command: str) -> ImageRef:
    """The reference; of one that may go without a tag, no tag."""
    host, slash, rest = text.partition("/")
    if not slash or not ("." in host or ":" in host or host == "localhost"):
        todo = "write it as HOST[:PORT]/REPOSITORY:TAG"
        raise UsageError("names no registry", where=text, todo=todo)
    try:
        ref = ImageRef.parse(text)
    except InputError as error:
        raise UsageError(error.what, todo=error.todo) from error
    tagged = ":" in rest.partition("@")[0]
    if command == "pull" and not tagged and not ref.digest:
        raise UsageError("names no release", where=text, todo="give a tag or a digest: …:1.4.4-12, …@sha256:…")
    if command == "push" and ref.digest:
        raise UsageError("a digest is not chosen", where=text, todo="give a tag, or none")
    return ref if tagged else replace(ref, tag=None)


def _default_iso(manifest: Manifest) -> Path:
    return Path(f"{manifest.metadata.name}-{manifest.metadata.version}.iso")


def _manifest_at_hand(settings: Settings) -> Manifest | None:
    """The manifest, where one was named or is there."""
    given = click.get_current_context().get_parameter_source("manifest")
    if given is click.core.ParameterSource.DEFAULT and not settings.manifest.is_file():
        return None
    return pipeline.load(settings.manifest)


def _hurry() -> None:
    outlet = click.get_current_context().find_object(Outlet)
    if outlet:
        outlet.interrupts.hurry()


def _dock(settings: Settings, pace: Pace, reach: Reach, manifest: Manifest | None, progress: Progress) -> Dock:
    """How registries are met, as manifest and options say."""
    from airlock_builder.manifest.sources import registry_rewrites
    from airlock_builder.remote.mirrors import Mirrors
    from airlock_builder.remote.oci.places import Ways
    from airlock_builder.remote.places import Places
    from airlock_builder.remote.traffic import Traffic
    from airlock_builder.remote.trust import Trust
    from airlock_builder.shipping.dock import Dock

    contents = manifest.contents() if manifest else ()
    named = {host for _, content in contents for host in content.images.insecure}
    rewrites = registry_rewrites(manifest) if manifest else ()
    places = Places(Mirrors(settings.mirrors), {*named, *reach.insecure}, rewrites)
    ways = Ways(places, Trust(reach.ca, reach.client_cert, reach.client_key))
    traffic = Traffic(per_host=pace.per_host, rate=pace.rate, tell=progress)
    return Dock(ways, traffic, settings.jobs, settings.offline, progress)


def _pushed(result: Pushed) -> Report:
    pinned = str(result.ref.at(result.digest))
    files = f"{len(result.files)} layers, {human(result.size)}"
    sent = f"{result.new} sent ({human(result.new_size)})"
    lines = [f"{files}: {'there already' if result.unchanged else sent}", str(result.ref), pinned]
    data = {
        "reference": str(result.ref),
        "digest": str(result.digest),
        "pinned": pinned,
        "layers": list(result.files),
        "bytes": result.size,
        "new": result.new,
        "new_bytes": result.new_size,
        "unchanged": result.unchanged,
    }
    return lines, data


def _pulled(result: Pulled) -> Report:
    release = result.release
    size = sum(file.size for file in result.files)
    came = f"{human(result.new_size)} fetched" if result.new_size else "there already"
    pinned = str(result.ref.at(result.digest))
    lines = [
        *(f"{result.folder / file.title}  {human(file.size)}" for file in result.files),
        f"{release.name} {release.version}, number {release.number}: {len(result.files)} files, {human(size)}, {came}",
        pinned,
    ]
    data = {
        "reference": str(result.ref),
        "digest": str(result.digest),
        "pinned": pinned,
        "name": release.name,
        "version": release.version,
        "number": release.number,
        "folder": str(result.folder),
        "files": [
            {"path": str(result.folder / file.title), "size": file.size, "sha256": file.digest.hex}
            for file in result.files
        ],
        "new_bytes": result.new_size,
    }
    return lines, data
