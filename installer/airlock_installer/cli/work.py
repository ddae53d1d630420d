"""What a command shows, and how it is stopped, while an engine is at work."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import click

from airlock_core.errors import AirlockError
from airlock_installer.cli.output import Output
from airlock_installer.cli.views import view
from airlock_installer.stopping import Stop, Stopped


@contextlib.contextmanager
def shown(
    output: Output, stopped: str, *, ansible: bool, came: Mapping[str, Any] = MappingProxyType({})
) -> Iterator[dict[str, Any]]:
    """What an engine tells events to, and what it is stopped by, for the length of the block.

    Args:
        stopped: what is said when it was stopped in order, by Ctrl-C or the like.
        ansible: whether all that Ansible prints is told.
        came: what programs are told beside that it was stopped, as it is then.
    """
    stop = Stop()
    moving = not output.as_json and not output.quiet
    try:
        with stop.armed(), view(output.line, ansible=ansible, moving=moving) as watch:
            yield {"watch": watch, "stop": stop}
    except Stopped as told:
        output.result({**came, "error": AirlockError("stopped", todo=stopped).to_json(), "exit": told.status}, [])
        click.echo(f"stopped; {stopped}", err=True)
        raise click.exceptions.Exit(told.status) from None
