"""A command of airlock-site at work on the deployer, to be watched and cut."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.site.node import Node
from tests.site.platform import USER, Platform, wait_until

RUNS = "var/log/airlock/runs"
SECONDS = 600.0


class Running:
    """A run of a step.

    Args:
        process: on this machine, in the deployer's namespaces.
        before: the runs that there were before.
    """

    def __init__(self, site: Platform, process: subprocess.Popen[str], before: set[Path]) -> None:
        self._site, self.process, self._before = site, process, before

    @property
    def lines(self) -> int:
        """How many lines its log has by now."""
        new = runs(self._site) - self._before
        return sum(
            len((folder / "apply.log").read_text().splitlines()) for folder in new if (folder / "apply.log").is_file()
        )

    def wait_for(self, lines: int) -> None:
        """Wait until its log has so many lines, or it has ended."""
        wait_until(lambda: self.lines >= lines or self.process.poll() is not None, SECONDS)

    def go_on(self, seconds: float) -> None:
        """Let it run for some time, or until it has ended."""
        with suppress(subprocess.TimeoutExpired):
            self.process.communicate(timeout=seconds)

    def end(self) -> tuple[int, str]:
        """Wait for its end: its status, and all that it printed."""
        out, err = self.process.communicate(timeout=SECONDS)
        return self.process.returncode, out + err

    def kill(self) -> None:
        """End all its processes at once."""
        for pid in processes(self._site.deployer):
            with suppress(OSError):
                words = Path(f"/proc/{pid}/cmdline").read_bytes() + Path(f"/proc/{pid}/environ").read_bytes()
                if b"airlock_installer" in words or b"AIRLOCK_RUN=" in words:
                    os.kill(pid, signal.SIGKILL)


@contextmanager
def started(site: Platform, *words: str) -> Iterator[Running]:
    """Start a command, which has ended when the block has."""
    before = runs(site)
    command = f"cd /home/{USER}/burrito-*/ && exec airlock-site {' '.join(words)}"
    pipe = subprocess.PIPE
    with subprocess.Popen(
        site.deployer.inside(command), stdin=subprocess.DEVNULL, stdout=pipe, stderr=pipe, text=True
    ) as process:
        running = Running(site, process, before)
        try:
            yield running
        finally:
            if process.poll() is None:
                running.kill()


def runs(site: Platform) -> set[Path]:
    """The folders of all runs' logs."""
    return set((site.deployer.path / RUNS).glob("*"))


def processes(*nodes: Node) -> Iterator[int]:
    """All processes of some nodes, as this machine counts them."""
    own = {Path(f"/proc/{node.leader}/ns/pid").readlink() for node in nodes}
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and (entry / "ns/pid").readlink() in own:
                yield int(entry.name)
