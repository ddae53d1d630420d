"""``airlock-site run`` and ``install``: the steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from airlock_core.errors import AirlockError, UsageError, raise_all
from airlock_installer import machine, sequence
from airlock_installer.appliance import Appliance
from airlock_installer.cli.options import endpoints, layout, site_folder, site_option, with_output
from airlock_installer.cli.output import Output
from airlock_installer.cli.work import shown
from airlock_installer.engine import Engine, Order, Secrets
from airlock_installer.origin import origin
from airlock_installer.site import site as sites
from airlock_installer.steps import playbook
from airlock_installer.steps.arguments import LOOKING
from airlock_installer.steps.catalog import CATALOG, Catalog, must_be_there
from airlock_installer.steps.step import Situation, Step
from airlock_installer.vault import use

_ARGUMENTS: dict[str, Any] = {"nargs": -1, "type": click.UNPROCESSED, "metavar": "[-- ANSIBLE-ARGS]"}
_Go = Callable[[Output, Situation, Sequence[Step], Order], None]
_PASSING_ON = {"ignore_unknown_options": True}
_check_option = click.option("--check", is_flag=True, help="Tell what would be changed (Ansible's --check --diff).")


def commands(catalog: Catalog, vault: Callable[[Path], Secrets]) -> tuple[click.Command, ...]:
    """The commands that run the steps of a catalog.

    Args:
        vault: what the vault of the site in a folder gives.
    """

    def go(output: Output, situation: Situation, steps: Sequence[Step], order: Order) -> None:
        came = dict.fromkeys((step.name for step in steps), sequence.NOT_BEGUN)
        try:
            faults = sites.unready(situation.site, list(came))
            raise_all(f"{len(faults)} things lack in the site's files before these steps", faults)
            secrets = vault(situation.site.folder)
            _install(output, lambda **more: engine(catalog, situation, secrets=secrets, **more), steps, order, came)
        except AirlockError as error:
            output.failure(error, {"steps": came})
        output.result({"steps": came}, [_summary(came)])

    return _run_command(catalog, go), _install_command(catalog, go)


def _run_command(catalog: Catalog, go: _Go) -> click.Command:
    @click.command(context_settings=_PASSING_ON, short_help="Run one step, then its gate.")
    @click.argument("step")
    @site_option
    @_check_option
    @click.argument("arguments", **_ARGUMENTS)
    @with_output
    def run(output: Output, step: str, folder: Path | None, check: bool, arguments: tuple[str, ...]) -> None:
        """Run one step, done or not, then its gate."""
        chosen = catalog.step(step)
        machine.require_root("running a step")
        situation = situation_of(folder)
        must_be_there((chosen,), situation)
        order = Order(f"run {step}", _arguments(arguments, check=check), again=True)
        go(output, situation, (chosen,), order)

    return run


def _install_command(catalog: Catalog, go: _Go) -> click.Command:
    @click.command(context_settings=_PASSING_ON, short_help="Run all steps that this site needs.")
    @site_option
    @click.option("--from", "start", metavar="STEP", help="The first step to run.")
    @click.option("--until", metavar="STEP", help="The last step to run.")
    @_check_option
    @click.argument("arguments", **_ARGUMENTS)
    @with_output
    def install(
        output: Output,
        folder: Path | None,
        start: str | None,
        until: str | None,
        check: bool,
        arguments: tuple[str, ...],
    ) -> None:
        """Run all the steps that this site needs, in order, each followed by its gate.

        A step that is done with the same inputs is passed over when its gate passes again; a run that was cut is gone
        on with.
        """
        if arguments and not arguments[0].startswith("-"):
            raise UsageError(f"not an argument of ansible-playbook: {arguments[0]}", todo="one step: `run STEP`")
        situation = situation_of(folder)
        steps = catalog.plan(situation, start=start, until=until)
        machine.require_root("installing")
        go(output, situation, steps, Order("install", _arguments(arguments, check=check)))

    return install


def situation_of(folder: Path | None) -> Situation:
    """The site to work on, and whether it is installed from a medium.

    Raises:
        InputError, Faults: the site's files have faults.
    """
    return Situation(sites.load(site_folder(folder)), offline=not Appliance.load(layout()).online)


def engine(catalog: Catalog, situation: Situation, **more: Any) -> Engine:
    """All that steps are run with on this machine."""
    return Engine(layout(), catalog, situation, endpoints(), origin(layout()), **more)


def _install(
    output: Output, make: Callable[..., Engine], steps: Sequence[Step], order: Order, came: dict[str, str]
) -> None:
    ansible, onward = order.tells_all or output.verbose, "`airlock-site install` goes on from here"
    with shown(output, onward, ansible=ansible, came={"steps": came}) as more:
        sequence.install(make(**more), steps, order, came)


def _summary(came: dict[str, str]) -> str:
    ways = {how: [name for name, each in came.items() if each == how] for how in dict.fromkeys(came.values())}
    return "; ".join(f"{_WORDS[how]}: {', '.join(names)}" for how, names in ways.items())


_WORDS = {sequence.DONE: "done", sequence.SKIPPED: "done before", sequence.TOLD: "looked at, nothing was changed"}


def _arguments(given: Sequence[str], *, check: bool) -> tuple[str, ...]:
    if given:
        playbook.check_arguments(given)
    return (*(LOOKING if check else ()), *given)


def vault(folder: Path) -> Secrets:
    """What the vault of the site in a folder gives."""
    return Secrets(use.secrets(layout(), folder), use.arguments(layout(), folder))


COMMANDS = commands(CATALOG, vault)
