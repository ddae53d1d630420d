"""``airlock-site serve``: genesis registry and local repo."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from airlock_core.errors import VerificationError
from airlock_core.sizes import human
from airlock_installer import appliance, machine
from airlock_installer.cli.options import certificate_names, endpoints, layout, site_option, with_output
from airlock_installer.cli.output import Output, mark, table
from airlock_installer.media import mount
from airlock_installer.serve import status as state
from airlock_installer.serve import up as serving
from airlock_installer.serve.client import RegistryClient
from airlock_installer.serve.services import Systemd


@click.group()
def serve() -> None:
    """Genesis registry and local repo, straight from the medium."""


@serve.command()
@site_option
@with_output
def up(output: Output, folder: Path | None) -> None:
    """Start both, loaded from the medium. May be repeated: what is there is kept."""
    machine.require_root("serving")
    mount.required(layout())
    appliance.install_units(layout())
    done = serving.up(layout(), endpoints(), certificate_names(), Systemd(), output.progress)
    loaded = done.loaded
    output.result(
        {"loaded": asdict(loaded), "started": list(done.started), "repo": endpoints().repo_url},
        [
            f"registry  https://{endpoints().registry_name}  {loaded.images} images, {human(loaded.written)} new",
            f"repo      {endpoints().repo_url}",
        ],
    )


@serve.command()
@with_output
def down(output: Output) -> None:
    """Stop both; what is loaded stays."""
    machine.require_root("stopping services")
    serving.down(Systemd())
    output.result({"stopped": True}, ["registry and repo are stopped"])


@serve.command()
@with_output
def status(output: Output) -> None:
    """Say what runs, and compare the registry with images.lock."""
    services = describe()
    locked = serving.locked_images(layout(), mount.required(layout()).release)
    images = state.images(locked, RegistryClient(endpoints().registry, layout().ca_certificate))
    told = f"{len(images.lacking)} lacking, {len(images.extra)} not in images.lock"
    row = [
        "images",
        f"{images.locked} in images.lock",
        mark("equal" if images.equal else "not equal", good=images.equal),
    ]
    output.result({"services": services, "images": asdict(images)}, table([*rows(services), [*row, told]]))
    if images.lacking:
        todo = "run `airlock-site serve up`"
        raise VerificationError(f"the registry lacks {', '.join(images.lacking)}", todo=todo)


def describe() -> list[dict[str, Any]]:
    """The services as data."""
    return [asdict(service) for service in state.running(layout(), endpoints(), Systemd())]


def rows(services: list[dict[str, Any]]) -> list[list[str]]:
    """The same as rows for people: what, where, state, more."""
    return [
        [
            service["name"],
            service["url"],
            mark(service["state"], good=service["state"] == "active"),
            "answers" if service["answers"] else mark("does not answer", good=False),
        ]
        for service in services
    ]
