"""Python environments made offline: from the medium's wheels alone, every hash checked by pip."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Iterable
from importlib import resources
from pathlib import Path

from airlock_core import media, proc
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, MachineError, VerificationError, raise_all
from airlock_installer import leftovers
from airlock_installer.prepare.contents import Environment
from airlock_installer.prepare.generation import Place

_TIMEOUT = 3600
_ALTERED = "DO NOT MATCH THE HASHES"


def require(environments: Iterable[Environment]) -> None:
    """See that every Python that is needed is installed.

    Raises:
        MachineError, Faults: one is not; by the environment that needs it.
    """
    faults: list[AirlockError] = [_lacking(one) for one in environments if _program(one.python) is None]
    raise_all(f"{len(faults)} Python environments need a Python that is not installed", faults)


def make(place: Place, environment: Environment, medium: Path, tell: Callable[[str], None]) -> bool:
    """Have an environment current, with its programs in ``venv/bin``; whether it was made now.

    Args:
        tell: gets a line before it is made.

    Raises:
        VerificationError: a wheel on the medium is altered.
        MachineError: pip or Python failed.
    """
    program = _program(environment.python)
    if program is None:
        raise _lacking(environment)
    source = _source(environment, program)

    def build(folder: Path) -> None:
        tell(f"the Python environment {environment.name} …")
        _build(folder, environment, medium, program)

    return place.make(source, build)


def holds(place: Place, environment: Environment) -> bool:
    """Whether the current one was made from this, by the Python that there is."""
    program = _program(environment.python)
    return program is not None and place.holds(_source(environment, program))


def _source(environment: Environment, program: str) -> Digest:
    version = proc.run([program, "-VV"], timeout=_TIMEOUT).stdout
    return Digest.sha256(f"{program}\n{version}\n".encode() + environment.requirements.read_bytes())


def _build(folder: Path, environment: Environment, medium: Path, program: str) -> None:
    script = resources.files("airlock_installer") / "shims" / "make-venv.sh"
    words: list[str | Path] = ["sh", str(script), medium / media.PYPI, folder, environment.requirements, program]
    try:
        proc.run(words, timeout=_TIMEOUT, env={leftovers.VARIABLE: str(folder)})
    except proc.ProcessFailed as error:
        where = f"Python environment {environment.name}"
        if _ALTERED in error.why:
            todo = "run `airlock-site media verify`"
            raise VerificationError("a wheel is altered", where=where, why=error.why, todo=todo) from error
        raise MachineError("pip could not make it from the medium", where=where, why=error.why) from error


def _program(version: str) -> str | None:
    """The interpreter of a version; the one that runs this where it is that, or none is asked for."""
    found = shutil.which(f"python{version}", path=proc.environment()["PATH"]) if version else None
    own = version in ("", f"{sys.version_info.major}.{sys.version_info.minor}")
    return found or (str(Path(sys.base_prefix) / "bin" / "python3") if own else None)


def _lacking(environment: Environment) -> MachineError:
    name = f"python{environment.python}"
    todo = f"install it: `dnf install {name}` (on Rocky 8 older ones are called python39, python38)"
    return MachineError(f"{name} is not installed", where=f"Python environment {environment.name}", todo=todo)
