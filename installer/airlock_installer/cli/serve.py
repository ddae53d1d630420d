"""``airlock-site serve``: genesis registry and local repo."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from airlock_core.errors import AirlockError, MachineError, VerificationError, all_in_one
from airlock_core.sizes import human
from airlock_installer import appliance, machine
from airlock_installer.cli.options import certificate_names, endpoints, layout, site_option, with_output
from airlock_installer.cli.output import Output, counted, mark, table
from airlock_installer.media import mount
from airlock_installer.serve import landed
from airlock_installer.serve import status as state
from airlock_installer.serve import up as serving
from airlock_installer.serve.client import RegistryClient
from airlock_installer.serve.endpoints import EVERYWHERE
from airlock_installer.serve.services import Systemd
from airlock_installer.serve.storage import RegistryStorage


@click.group(short_help="Registry and repo, from the medium.")
def serve() -> None:
    """Genesis registry and local repo, straight from the medium."""


@serve.command()
@click.option(
    "--deep", is_flag=True, help="Read every blob that is there, and take damaged ones from the medium again."
)
@site_option
@with_output
def up(output: Output, folder: Path | None, deep: bool) -> None:
    """Start both, and load the images from the medium; each can be pulled as soon as it is whole.

    May be repeated, also after a cut: what is there is kept.
    """
    machine.require_root("serving")
    os.umask(0o022)  # the services have users of their own, who read what is written here; secrets have their own modes
    mount.required(layout())
    units = appliance.install_units(layout())
    done = serving.up(layout(), endpoints(), certificate_names(), Systemd(), output.progress, deep=deep)
    changed = done.changed or bool(units)
    output.result(
        {
            **asdict(done),
            "units": list(units),
            "changed": changed,
            "registry": f"https://{endpoints().registry_name}",
            "repo": endpoints().repo_url,
            "clients": str(layout().clients),
        },
        _told(done, changed),
    )


def _told(done: serving.Up, changed: bool) -> list[str]:
    loaded = done.loaded
    new = f"{loaded.new} of them new ({human(loaded.written)})" if loaded.new or loaded.written else "none of them new"
    lines = [
        f"registry  https://{endpoints().registry_name}  {counted(loaded.images, loaded.attached)}, {new}",
        f"repo      {endpoints().repo_url}",
        f"nodes     {layout().clients}: what they need to pull, to be laid over their root",
        *([f"started   {', '.join(done.started)}"] if done.started else []),
        *_open(endpoints().listens),
        *(f"damaged, taken from the medium again: {blob}" for blob in done.repaired),
    ]
    return lines if changed else [*lines, "nothing changed: all was there and runs"]


@serve.command()
@with_output
def down(output: Output) -> None:
    """Stop both; what is loaded stays."""
    machine.require_root("stopping services")
    serving.down(Systemd())
    output.result({"stopped": True}, ["registry and repo are stopped"])


@serve.command()
@click.option("--deep", is_flag=True, help="Read every blob that the registry has.")
@with_output
def status(output: Output, deep: bool) -> None:
    """Say what runs, and compare the registry with images.lock: what lacks, what is damaged, what is surplus."""
    services = describe()
    locked = serving.images_of(*landed.contents(layout()))
    client = RegistryClient(endpoints().registry, layout().ca_certificate)
    try:
        images = state.images(locked, client, RegistryStorage(layout().registry_storage), deep=deep)
    except MachineError as error:
        output.failure(error, {"services": services, "images": None}, table(rows(services)))
    listens = [address for service in services for address in service["listens"]]
    lines = [*table([*rows(services), _row(images)]), *_open(listens), *_surplus(images)]
    data = {"services": services, "images": asdict(images)}
    if fault := _fault(images):
        output.failure(fault, data, lines)
    output.result(data, lines)


def _open(listens: Collection[str]) -> list[str]:
    """Advice for a machine whose management network nobody named."""
    if EVERYWHERE not in listens:
        return []
    todo = "`airlock-site prepare --mgmt-iface NAME` and `serve up` keep both to the management network"
    return [f"open on all interfaces: {todo}"]


def _row(images: state.Images) -> list[str]:
    found = f"{len(images.lacking)} lacking, {len(images.damaged)} damaged, {len(images.surplus)} not in images.lock"
    return [
        "images",
        f"{counted(images.locked, images.attached)} in images.lock",
        mark("equal" if images.equal else "not equal", good=images.equal),
        f"{found}; {'every byte read' if images.deep else 'blobs not read (--deep reads them)'}",
    ]


def _surplus(images: state.Images) -> list[str]:
    return [f"not in images.lock: {name}" for name in images.surplus]


def _fault(images: state.Images) -> AirlockError | None:
    """What the registry cannot serve as it was locked."""
    lacking = [
        VerificationError(f"lacks: {lack.why}", where=lack.image, todo="run `airlock-site serve up`")
        for lack in images.lacking
    ]
    damaged = [
        VerificationError(
            f"damaged: {damage.why}",
            where=damage.path,
            why=f"{damage.blob}, needed by {', '.join(damage.images) or 'no image of the lock'}",
            todo="run `airlock-site serve up --deep`, which takes it from the medium again",
        )
        for damage in images.damaged
    ]
    return all_in_one("the registry is not what images.lock says", [*lacking, *damaged])


def describe() -> list[dict[str, Any]]:
    """The services as data."""
    found = state.running(layout(), endpoints(), Systemd())
    return [{**asdict(service), "answers": service.answers} for service in found]


def rows(services: list[dict[str, Any]]) -> list[list[str]]:
    """The same as rows for people: what, where, state, more."""
    return [
        [
            service["name"],
            service["url"],
            mark(service["state"], good=service["state"] == "active"),
            f"{mark('does not answer', good=False)}: {service['fault']}" if service["fault"] else _answers(service),
        ]
        for service in services
    ]


def _answers(service: dict[str, Any]) -> str:
    listens = service["listens"]
    return f"answers on {'all interfaces' if EVERYWHERE in listens else ', '.join(listens)}"


COMMANDS = (serve,)
