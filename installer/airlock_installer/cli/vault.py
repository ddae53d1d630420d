"""``airlock-site vault``: the site's passwords."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import click

from airlock_core import atomic
from airlock_core.errors import InputError, UsageError
from airlock_installer import machine
from airlock_installer.cli.options import layout, site_folder, site_option, with_output
from airlock_installer.cli.output import Output, mark, table
from airlock_installer.site import site as sites
from airlock_installer.steps.person import person
from airlock_installer.vault import use
from airlock_installer.vault.secret import Secret, needed


@click.command(short_help="Type the passwords that steps need.")
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--list", "listing", is_flag=True, help="Say which passwords the site needs, and which are there.")
@click.option("--check", is_flag=True, help="The same; exit 3 when one lacks.")
@click.option("--stdin", "from_stdin", is_flag=True, help="Take lines NAME=PASSWORD from standard input.")
@site_option
@with_output
def vault(
    output: Output, names: tuple[str, ...], listing: bool, check: bool, from_stdin: bool, folder: Path | None
) -> None:
    """Ask for the site's passwords and keep them encrypted in group_vars/all/vault.yml.

    Without a NAME those are asked for that are not there yet; with NAMEs these, to be changed.
    """
    machine.require_root("keeping passwords")
    site = site_folder(folder)
    if not site.is_dir():
        raise InputError("there is no such folder", where=str(site), todo="run `airlock-site prepare`")
    secrets = needed(site, person(site).name, list(sites.load_variables(site).storage_backends))
    _check_names(names, secrets)
    if listing or check:
        _list(output, site, secrets, must=check)
        return
    with atomic.held(layout().run / "vault.lock", "the vault"):
        _keep(output, site, secrets, names, _lines() if from_stdin else None)


def _keep(
    output: Output, site: Path, secrets: tuple[Secret, ...], names: tuple[str, ...], given: Mapping[str, str] | None
) -> None:
    kept = use.of(layout(), site)
    values = kept.read()
    if given is not None:
        _check_names(tuple(given), secrets)
        wanted = [secret for secret in secrets if secret.name in given]
    else:
        wanted = [secret for secret in secrets if secret.name in names or not (names or secret.variable in values)]
    ask: Callable[[Secret, str], str] = _asked if given is None else lambda secret, same: given[secret.name]
    try:
        for secret in wanted:
            same = str(values.get(Secret(secret.same_as, "").variable, ""))
            values[secret.variable] = ask(secret, same)
    except click.Abort:
        click.echo(f"nothing of this was kept: {kept.path} is as it was", err=True)
        raise
    data = {"path": str(kept.path), "changed": [secret.name for secret in wanted]}
    if not wanted:
        more = "airlock-site vault NAME changes one: " + ", ".join(secret.name for secret in secrets)
        output.result(data, [f"all {len(secrets)} passwords are in {kept.path}", more])
        return
    owner = site.stat()
    kept.write(values, owner.st_uid, owner.st_gid)
    output.result(data, ["Encryption successful"])


def _asked(secret: Secret, same: str) -> str:
    """A password as it was typed, without echo, twice."""
    if not sys.stdin.isatty():
        todo = "run it on one, or give lines NAME=PASSWORD with --stdin"
        raise UsageError("passwords are asked for on a terminal", todo=todo)
    while True:
        typed = _hidden(secret.prompt)
        if not typed and secret.same_as:
            return same
        if typed and typed == _hidden(f"{secret.prompt}, again"):
            return typed
        click.echo("these two differ: once more" if typed else "nothing was typed: once more", err=True)


def _hidden(prompt: str) -> str:
    return str(click.prompt(prompt, hide_input=True, default="", show_default=False, err=True))


def _lines() -> dict[str, str]:
    given = {}
    for number, line in enumerate(sys.stdin.read().splitlines(), start=1):
        name, equals, password = line.partition("=")
        if not equals or not password:
            raise UsageError(f"line {number} of standard input is not NAME=PASSWORD")  # its text may be secret
        given[name.strip()] = password
    return given


def _list(output: Output, site: Path, secrets: tuple[Secret, ...], *, must: bool) -> None:
    kept = use.of(layout(), site)
    there = kept.read()
    found = {secret.name: secret.variable in there for secret in secrets}
    rows = [[name, mark("there" if good else "lacks", good=good)] for name, good in found.items()]
    data = {"path": str(kept.path), "secrets": found}
    lacking = [name for name, good in found.items() if not good]
    if must and lacking:
        fault = InputError(f"lacks: {', '.join(lacking)}", where=str(kept.path), todo="run `airlock-site vault`")
        output.failure(fault, data, table(rows))
    output.result(data, table(rows))


def _check_names(names: tuple[str, ...], secrets: tuple[Secret, ...]) -> None:
    known = [secret.name for secret in secrets]
    for name in names:
        if name not in known:
            raise UsageError(f"this site needs no password {name!r}", todo=f"it needs: {', '.join(known)}")


COMMANDS = (vault,)
