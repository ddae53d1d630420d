"""Read a kickstart as Anaconda does: %pre first, then everything, with RHEL 8's own syntax."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pykickstart import constants
from pykickstart.errors import KickstartError, KickstartParseWarning
from pykickstart.parser import KickstartParser, Script, preprocessKickstart
from pykickstart.sections import NullSection, PreScriptSection
from pykickstart.version import RHEL8, makeVersion

from . import supported
from .errors import InstallError

SECTIONS = ("%pre-install", "%post", "%onerror", "%traceback", "%packages", "%addon", "%anaconda")


def read(path: Path, strict: bool, run_pre: Callable[[list[Any]], None]) -> Any:
    """Return pykickstart's handler filled from the kickstart ``path``.

    The scripts of its %pre sections go to ``run_pre`` first; only then are commands read and %include files
    looked for, since %pre may write them. With ``strict``, a warning is an error.

    Raises InstallError for what cannot be parsed and for what this installer does not do, naming it.
    """
    whole = _expand_appends(path)
    run_pre(pre_scripts(whole))
    return commands(whole, strict)


def pre_scripts(path: Path) -> list[Any]:
    """Return the %pre scripts of the kickstart ``path``; nothing else in it is looked at."""
    parser = _PreParser(makeVersion(RHEL8), missingIncludeIsFatal=False)
    _parse(parser, path)
    return of_type(parser.handler, constants.KS_SCRIPT_PRE)


def commands(path: Path, strict: bool) -> Any:
    """Return the handler of the kickstart ``path`` with all its commands, sections and includes."""
    handler = makeVersion(RHEL8)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        if strict:
            warnings.simplefilter("error", category=KickstartParseWarning)
        _parse(_Parser(handler), path)
    supported.check(handler)
    return handler


def of_type(handler: Any, kind: int) -> list[Any]:
    """Return the scripts in ``handler`` of ``kind`` (KS_SCRIPT_*), in their order."""
    return [script for script in handler.scripts if script.type == kind]


def _parse(parser: KickstartParser, path: Path) -> None:
    try:
        parser.readKickstart(str(path))
    except (KickstartError, KickstartParseWarning) as error:
        raise InstallError(f"kickstart {path}: {' '.join(str(error).split())}") from error


def _expand_appends(path: Path) -> Path:
    """Return the kickstart with its %ksappend lines replaced by the files that they name."""
    try:
        whole = preprocessKickstart(str(path))
    except KickstartError as error:
        raise InstallError(f"kickstart {path}: {error}") from error
    if whole is None:
        raise InstallError(f"kickstart {path} is empty")
    return Path(whole)


class _PreParser(KickstartParser):  # type: ignore[misc]
    """Sees %pre sections alone."""

    def handleCommand(self, lineno: int, args: list[str]) -> None:  # noqa: N802 (pykickstart's name)
        """Leave commands for the second reading: they may use what %pre writes."""

    def setupSections(self) -> None:  # noqa: N802
        """Register %pre, and all others as sections whose content does not matter."""
        self.registerSection(PreScriptSection(self.handler, dataObj=Script))
        for name in SECTIONS:
            self.registerSection(NullSection(self.handler, sectionOpen=name))


class _Parser(KickstartParser):  # type: ignore[misc]
    """Sees everything, and stops at a command that this installer does not carry out."""

    def handleCommand(self, lineno: int, args: list[str]) -> Any:  # noqa: N802
        """Hand a command on to the handler when it is one of ours."""
        supported.check_command(args[0], lineno)
        return super().handleCommand(lineno, args)
