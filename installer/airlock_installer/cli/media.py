"""``airlock-site media``: the medium."""

from __future__ import annotations

import datetime
from dataclasses import asdict
from pathlib import Path

import click

from airlock_core.errors import AirlockError
from airlock_core.sizes import human
from airlock_installer import machine
from airlock_installer.cli.options import layout, with_output
from airlock_installer.cli.output import Output, mark, table
from airlock_installer.media import mount as mounting
from airlock_installer.media import signatures as signing
from airlock_installer.media import verify as verifying


@click.group(short_help="Find, mount and check the medium.")
def media() -> None:
    """The medium: found by its label, mounted read-only, checked."""


@media.command()
@click.option("--from", "source", type=click.Path(path_type=Path), help="An ISO file, a device, or a mounted folder.")
@click.option("--wait", type=float, default=0, metavar="SECONDS", help="Wait for a drive that is still being found.")
@with_output
def mount(output: Output, source: Path | None, wait: float) -> None:
    """Mount the medium that this deployer was installed from, or another one with --from."""
    machine.require_root("mounting")
    state = mounting.mount(layout(), source.absolute() if source else None, wait)
    data = {"source": state.source, "label": state.release.label, "mount_point": str(layout().medium)}
    output.result(data, [f"{state.release.label} from {state.source} is at {layout().medium}"])


@media.command()
@with_output
def unmount(output: Output) -> None:
    """Unmount the medium."""
    machine.require_root("unmounting")
    done = mounting.unmount(layout())
    output.result({"unmounted": done}, ["unmounted" if done else "no medium is mounted"])


@media.command()
@click.option("--signatures", is_flag=True, help="Check the signature of each RPM too.")
@click.option(
    "--key",
    "keys",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="With --signatures: a vendor's key, in place of those on the medium; may be given several times.",
)
@with_output
def verify(output: Output, signatures: bool, keys: tuple[Path, ...]) -> None:
    """Hash every file of the mounted medium and compare it with release/MANIFEST."""
    if keys and not signatures:
        raise click.UsageError("--key goes with --signatures")
    machine.require_root("leaving the mark of a check")
    mounting.required(layout())
    checked = verifying.verify(layout(), output.progress)
    text = f"{checked.label}: {checked.files} files, {human(checked.size)}, all as listed ({checked.seconds} s)"
    if not signatures:
        output.result(asdict(checked), [text])
        return
    signed = signing.check(layout(), keys)
    lines = [text, f"{signed.packages} packages signed as they must be", *_excused(signed.excused)]
    output.result({**asdict(checked), "signatures": asdict(signed)}, lines)


def _excused(nevras: tuple[str, ...]) -> list[str]:
    return [f"taken without a signature: {nevra}" for nevra in nevras]


@media.command()
@with_output
def status(output: Output) -> None:
    """Say what is mounted, and when it was checked."""
    data = describe()
    output.result(data, table(rows(data)))


def describe() -> dict[str, object]:
    """What is mounted and checked, as data."""
    paths = layout()
    source = mounting.mounted(paths)
    if source is None:
        return {"mounted": False, "verified": False, "mount_point": str(paths.medium)}
    try:
        release = mounting.required(paths).release
    except AirlockError as fault:  # it was pulled out, or is none of ours: services and steps are told all the same
        told = {"mounted": True, "source": source, "verified": False, "mount_point": str(paths.medium)}
        return {**told, "fault": fault.to_json()}
    checked = verifying.last(paths)
    return {
        "mounted": True,
        "source": source,
        "mount_point": str(paths.medium),
        "label": release.label,
        "release": {"name": release.name, "version": release.version, "number": release.number},
        "verified": checked is not None,
        "check": asdict(checked) if checked else None,
    }


def rows(data: dict[str, object]) -> list[list[str]]:
    """The same as a row for people: what, which, state, more."""
    if not data["mounted"]:
        return [["medium", "", mark("not mounted", good=False), "run `airlock-site media mount`"]]
    fault = data.get("fault")
    if isinstance(fault, dict):
        return [["medium", str(data["source"]), mark("not readable", good=False), f"{fault['what']}; {fault['do']}"]]
    which = f"{data['label']} ({data['source']})"
    check = data["check"]
    if not isinstance(check, dict):
        return [["medium", which, mark("not verified", good=False), "run `airlock-site media verify`"]]
    at = datetime.datetime.fromtimestamp(check["at"], datetime.UTC)
    told = f"{at:%Y-%m-%d %H:%M} UTC, {check['files']} files"  # all on one line of a console of 80 columns
    return [["medium", which, mark("verified", good=True), told]]


COMMANDS = (media,)
