"""Control groups for nodes that are containers: to each its own.

systemd-nspawn puts what it boots into ``payload`` below the group that it was called in (``--keep-unit``). Two systemds
below one group share each service's: one removes a group that the other is about to put a process in (which ends with
status 219, CGROUP), and waits in vain for a group to empty that holds the other's processes.
"""

import errno
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path

MOUNTS = {
    Path("/sys/fs/cgroup/systemd"): "name=systemd",
    Path("/sys/fs/cgroup/unified"): "",
    Path("/sys/fs/cgroup"): "",
}
"""Where systemd has its groups: in two hierarchies, or in one (cgroups(7)); what /proc/pid/cgroup calls them."""
GONE_SECONDS = 30.0
POLL = 0.05
ENTER = 'while test "$1" != --; do echo $$ > "$1/cgroup.procs" || exit; shift; done; shift; exec "$@"'


@contextmanager
def own() -> Iterator[tuple[Path, ...]]:
    """Make a group that nobody is in, by its folder in each hierarchy; it goes when its processes have ended."""
    groups = _new(_parents())
    try:
        yield groups
    finally:
        for each in groups:
            _remove(each)


def entering(groups: Sequence[Path], words: Sequence[str]) -> list[str]:
    """The words that run a command in a group."""
    return ["sh", "-c", ENTER, "sh", *map(str, groups), "--", *words]


def _parents() -> list[Path]:
    """Return the group that this process is in."""
    lines = Path("/proc/self/cgroup").read_text().splitlines()
    paths = {name: path for _, name, path in (line.split(":", 2) for line in lines)}
    return [
        mount / paths[name].lstrip("/")
        for mount, name in MOUNTS.items()
        if name in paths and (mount / "cgroup.procs").exists()
    ]


def _new(parents: Sequence[Path]) -> tuple[Path, ...]:
    for number in count(1):
        first, *others = (parent / f"airlock-node-{number}" for parent in parents)
        try:
            first.mkdir()
        except FileExistsError:
            continue
        for each in others:
            each.mkdir(exist_ok=True)
        return first, *others
    raise AssertionError


def _remove(group: Path) -> None:
    deadline = time.monotonic() + GONE_SECONDS
    for folder, _, _ in os.walk(group, topdown=False):
        while not _gone(Path(folder)):
            assert time.monotonic() < deadline, f"{folder}: processes are left in it"
            time.sleep(POLL)


def _gone(folder: Path) -> bool:
    """Whether a group could be removed: it cannot while a process in it ends."""
    try:
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno != errno.EBUSY:
            raise
        return False
    return True
