"""The way of a step: intent → apply → verify → commit, with one run at a time."""

from __future__ import annotations

import contextlib
import getpass
import os
import pwd
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from airlock_core import atomic
from airlock_core.errors import AirlockError, raise_all
from airlock_installer.layout import Layout
from airlock_installer.ledger import Ledger
from airlock_installer.media import mount
from airlock_installer.serve import dnf
from airlock_installer.serve.endpoints import Endpoints
from airlock_installer.site.site import Site
from airlock_installer.steps import playbook
from airlock_installer.steps.catalog import Step

Tell = Callable[[str], None]


def install(layout: Layout, site: Site, steps: tuple[Step, ...], endpoints: Endpoints, tell: Tell) -> None:
    """Run steps in order; none starts when the gate before it failed."""
    for step in steps:
        run_step(layout, site, step, endpoints, (), tell)


def run_step(
    layout: Layout, site: Site, step: Step, endpoints: Endpoints, arguments: tuple[str, ...], tell: Tell
) -> playbook.Outcome:
    """Run one step, then its gate.

    Raises:
        HeldError: another run holds the site.
        StepError, Faults: tasks failed, by node.
        GateError, Faults: what must be true is not: expected, found, node.
    """
    with atomic.held(layout.lock, "the site"):
        folder = layout.runs / f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime())}-{step.name}"
        ledger = Ledger(layout.ledger)
        run = ledger.begin(step.name, _who(), {name: str(value) for name, value in site.inputs().items()}, folder)
        with _failures(ledger, run):
            outcome = apply(layout, site, step, endpoints, arguments, folder, tell)
            ledger.move(run, "applied", {"counts": outcome.counts})
            evidence = verify(layout, site, step, endpoints, folder, tell)
            ledger.move(run, "verified", {"gate": evidence})
        ledger.move(run, "committed")
    return outcome


def apply(
    layout: Layout,
    site: Site,
    step: Step,
    endpoints: Endpoints,
    arguments: tuple[str, ...],
    folder: Path,
    tell: Tell,
) -> playbook.Outcome:
    """Run a step's playbook."""
    outcome = playbook.run(_call(layout, site, step.playbook, endpoints, folder, arguments), tell)
    raise_all(f"the step {step.name} failed in {len(outcome.faults)} places", outcome.faults)
    return outcome


def verify(layout: Layout, site: Site, step: Step, endpoints: Endpoints, folder: Path, tell: Tell) -> dict[str, Any]:
    """Run a step's gate: it only looks. What was found, by node."""
    tell("")
    tell(f"GATE {step.name}")
    outcome = playbook.run(_call(layout, site, step.gate_playbook, endpoints, folder), _quiet)
    faults = [*outcome.faults, *step.gate(site, outcome.facts)]
    raise_all(f"the gate of {step.name} found {len(faults)} things that must not be", faults)
    tell(f"GATE {step.name}: passed on {len(outcome.facts)} nodes")
    return dict(outcome.facts)


@contextlib.contextmanager
def _failures(ledger: Ledger, run: int) -> Iterator[None]:
    try:
        yield
    except AirlockError as error:
        ledger.move(run, "failed", {"error": error.to_json()})
        raise


def _call(
    layout: Layout,
    site: Site,
    name: str,
    endpoints: Endpoints,
    folder: Path,
    arguments: tuple[str, ...] = (),
) -> playbook.Call:
    owner = pwd.getpwuid(site.folder.stat().st_uid)
    home = Path(owner.pw_dir)
    keys = dnf.key_files(layout.medium)
    return playbook.Call(
        playbook=name,
        inventory=site.hosts_file,
        variable_files=(site.vars_file,),
        variables={
            "airlock_repo_url": endpoints.repo_url,
            "airlock_repo_unsigned": dnf.excused(layout.medium),
            "airlock_repo_keys": [{"path": str(key), "name": dnf.installed_name(key)} for key in keys],
            "airlock_release_epoch": mount.required(layout).release.epoch,
            "airlock_ssh_key": str(home / ".ssh/id_ed25519"),
            "airlock_ssh_user": owner.pw_name,
        },
        folder=folder,
        user=owner.pw_name,
        key=home / ".ssh/id_ed25519",
        arguments=arguments,
    )


def _who() -> str:
    return os.environ.get("SUDO_USER") or getpass.getuser()


def _quiet(line: str) -> None:
    """A gate's tasks are nobody's news; what it found is."""
