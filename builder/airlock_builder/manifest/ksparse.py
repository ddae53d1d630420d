"""Rendered kickstarts read by pykickstart, Anaconda's own parser, with the syntax of the platform's release."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from pykickstart.errors import KickstartError
from pykickstart.parser import KickstartParser
from pykickstart.version import makeVersion

from airlock_builder.manifest.anaconda import packages_of
from airlock_builder.manifest.kickstart import Rendered, render_all
from airlock_builder.manifest.kspackages import KickstartPackages
from airlock_builder.manifest.model import Manifest
from airlock_core.errors import AirlockError, InputError

MOST_FAULTS = 20
"""Parsing stops at so many: what follows is noise."""


@dataclass(frozen=True)
class Parsed:
    """What a kickstart says, and what is wrong with it.

    Args:
        handler: pykickstart's handler with all commands and sections; of the last reading where there were faults.
        faults: syntax errors, and what the platform's release calls deprecated or unknown, by line.
    """

    handler: Any
    faults: tuple[AirlockError, ...]

    @property
    def packages(self) -> tuple[str, ...]:
        """What %packages asks for: ``@^environment``, ``@group`` and package names."""
        section = self.handler.packages
        environment = [f"@^{section.environment}"] if section.environment else []
        return (*environment, *(f"@{group.name}" for group in section.groupList), *section.packageList)

    @property
    def objects(self) -> Iterator[tuple[str, Any]]:
        """Each command that is given, with pykickstart's object of it; ``user`` and the like have one a line."""
        commands = {id(command): (name, command) for name, command in reversed(self.handler.commands.items())}
        for name, command in commands.values():  # an alias such as `partition` shares its command's object
            listed = command.dataList() if hasattr(command, "dataList") else None
            for item in [command] if listed is None else listed:
                if getattr(item, "lineno", 0):
                    yield name, item

    @property
    def without(self) -> tuple[str, ...]:
        """What %packages leaves out: ``-name`` and ``-@group``, without the dash."""
        section = self.handler.packages
        return (*(f"@{group.name}" for group in section.excludedGroupList), *section.excludedList)


def requested(manifest: Manifest) -> tuple[KickstartPackages, ...]:
    """What the manifest's kickstarts install; the medium must hold it all.

    Raises:
        InputError, Faults: the kickstarts cannot be rendered, or leave a choice to the installer.
    """
    major = manifest.platform.major
    rendered = render_all(manifest)
    return tuple(packages_of(name, parse(one, major).handler, one) for name, one in sorted(rendered.items()))


def parse(rendered: Rendered, major: int) -> Parsed:
    """Read a kickstart; a line that is wrong is passed over, so that all faults are found.

    Args:
        rendered: the kickstart.
        major: 8 or 9, the platform's release.
    """
    lines = rendered.text.splitlines()
    faults: list[AirlockError] = []
    while True:
        handler, error, warned = _read("\n".join(lines) + "\n", major)
        line = _line_of(error)
        if error is None or len(faults) >= MOST_FAULTS:
            break
        faults.append(InputError(_said(error), where=rendered.place(line), why=_by(major)))
        if not 0 < line <= len(lines) or not lines[line - 1]:
            break
        lines[line - 1] = ""
    faults += [InputError(" ".join(text.split()), where=rendered.place(line), why=_by(major)) for line, text in warned]
    return Parsed(handler, tuple(faults))


def _by(major: int) -> str:
    return f"by the kickstart syntax of release {major}"


class _Parser(KickstartParser):  # type: ignore[misc] # pykickstart has no types
    """Notes the line of each warning, which most warnings do not say themselves."""

    def __init__(self, handler: Any, caught: list[warnings.WarningMessage]) -> None:
        super().__init__(handler, followIncludes=False)
        self.caught = caught
        self.lines: dict[int, int] = {}

    def handleCommand(self, lineno: int, args: list[str]) -> Any:  # noqa: N802 - pykickstart's name
        before = len(self.caught)
        try:
            return super().handleCommand(lineno, args)
        finally:
            self.lines.update(dict.fromkeys(range(before, len(self.caught)), lineno))


def _read(text: str, major: int) -> tuple[Any, KickstartError | None, list[tuple[int, str]]]:
    error = None
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        parser = _Parser(makeVersion(f"RHEL{major}"), caught)
        try:
            parser.readKickstartFromString(text)
        except KickstartError as failure:
            error = failure
    return parser.handler, error, [(parser.lines.get(index, 0), str(item.message)) for index, item in enumerate(caught)]


def _line_of(error: KickstartError | None) -> int:
    return int(getattr(error, "lineno", 0) or 0) if error else 0


def _said(error: KickstartError) -> str:
    return " ".join(str(getattr(error, "message", "") or error).split()).rstrip(".")
