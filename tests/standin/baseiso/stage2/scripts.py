"""Run the kickstart's scripts: before, in the new system, and when something went wrong."""

import os
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .console import say
from .errors import InstallError
from .shell import ENVIRONMENT, log

NAMES = {0: "%pre", 1: "%post", 2: "%traceback", 3: "%pre-install", 4: "%onerror"}


def run_all(scripts: Iterable[Any], root: Path) -> None:
    """Run ``scripts`` in order; those that ask for it run inside the system at ``root``.

    Raises InstallError when one that says --erroronfail ends with another status than 0.
    """
    for script in scripts:
        status = _run(script, root)
        name = f"{NAMES.get(script.type, 'script')} of line {script.lineno}"
        if status == 0:
            continue
        if script.errorOnFail:
            raise InstallError(f"{name} ended with status {status}, and says --erroronfail")
        say(f"{name} ended with status {status}; it does not say --erroronfail, so the installation goes on")


def _run(script: Any, root: Path) -> int:
    inside = root if script.inChroot else Path("/")
    (inside / "tmp").mkdir(exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix="ks-script-", dir=inside / "tmp")
    with os.fdopen(descriptor, "w") as file:
        file.write(script.script)
    path = Path(name)
    path.chmod(0o700)
    where = " in the new system" if script.inChroot else ""
    say(f"running {NAMES.get(script.type, 'script')} of line {script.lineno}{where}")
    seen = Path("/") / path.relative_to(inside)
    words = [*script.interp.split(), str(seen)]
    command = ["chroot", str(root), *words] if script.inChroot else words
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd="/",
        env=ENVIRONMENT,
        check=False,
    )
    _keep_output(script, inside, done.stdout, name)
    path.unlink(missing_ok=True)
    return done.returncode


def _keep_output(script: Any, inside: Path, output: bytes, name: str) -> None:
    """Write what a script printed to the log that it names, and to the installer's own."""
    log(f"# {name}\n{output.decode(errors='replace')}")
    if script.logfile:
        target = inside / script.logfile.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(output)
