"""``python -m bench site [NODES…]``: the steps on 3, 8 and 16 nodes beside plain Ansible; how they grow; where it goes.

The nodes are containers on this machine and share its processors: what grows with their number here is above all what
their own modules take, which on a site they take side by side. What the deployer takes is counted apart.
"""

from __future__ import annotations

import math
import os
import platform as machine
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from airlock_installer.steps.catalog import CATALOG
from bench.measure import Command, Sample, run
from bench.site.tasks import Times, read
from tests.site import platform
from tests.site.platform import Plan, Platform
from tools.demo import ISO

PLANS = {1: Plan(1), 3: platform.THREE, 8: platform.EIGHT, 16: platform.SIXTEEN}
COUNTS = (3, 8, 16)
ROUNDS = 3
LONGEST = 6
"""Tasks that are told by name."""
FOLDER = "root/bench"
"""Where the deployer has what is measured with, below its root."""


@dataclass
class Figures:
    """What one command took on a number of nodes.

    Args:
        first: on nodes that nothing was done on; None where that makes no difference.
        ours, theirs: when nothing is to be changed any more.
        times: the peer's time, by task.
    """

    first: Sample | None = None
    ours: Sample = field(default_factory=Sample)
    theirs: Sample = field(default_factory=Sample)
    times: Times | None = None

    @property
    def ratio(self) -> float:
        """Our wall time to the peer's."""
        return self.ours.median / self.theirs.median


@dataclass(frozen=True)
class Subject:
    """Something to measure: our command, and the peer's script on the deployer."""

    name: str
    command: str
    peer: str
    script: str
    is_step: bool = False


class Ground:
    """A platform with what is measured with."""

    def __init__(self, site: Platform) -> None:
        self._site = site
        folder = site.deployer.path / FOLDER
        folder.mkdir()
        for name in ("peer.py", "times.py"):
            (folder / name).write_bytes(Path(__file__).with_name(name).read_bytes())

    def subjects(self) -> Iterator[Subject]:
        """What there is to measure, in order: a step needs those before it."""
        yield Subject("ping", "airlock-site ping -q", "ansible -m ping", f"/{FOLDER}/ping.sh")
        # a platform without storage has faults
        check = "airlock-site check -q || test $? -eq 3"
        yield Subject("check", check, "ansible -m setup", f"/{FOLDER}/setup.sh")
        for step in CATALOG.steps:
            if step.work:
                script = f"/{FOLDER}/{step.name}.sh"
                yield Subject(step.name, f"airlock-site run {step.name} -q", "ansible-playbook", script, is_step=True)

    def measure(self, subject: Subject, rounds: int) -> Figures:
        """Run ours and the peer's in turn."""
        figures = Figures()
        ours = self._inside(subject.command)
        if subject.is_step:
            figures.first = Sample()
            run(ours, figures.first)
        self._site.deployer.check(self._shell(f"/opt/airlock/venv/bin/python /{FOLDER}/peer.py {subject.script}"))
        for _ in range(rounds):
            run(ours, figures.ours)
            run(self._inside(f"sh {subject.script}"), figures.theirs)
        if subject.is_step:
            figures.times = read(self._site.deployer.path / FOLDER / "times.jsonl")
        return figures

    def _shell(self, command: str) -> str:
        return f"cd /home/{platform.USER}/burrito-*/ && {command}"

    def _inside(self, command: str) -> Command:
        return self._site.deployer.inside(self._shell(command))


def main(arguments: Sequence[str] = ()) -> None:
    """Print the tables."""
    if not ISO.exists():
        raise SystemExit(f"bench: {ISO} is not there: run `make demo` first")
    counts = [int(word) for word in arguments] or list(COUNTS)
    rounds = int(os.environ.get("AIRLOCK_ROUNDS", ROUNDS))
    system = machine.freedesktop_os_release()["PRETTY_NAME"]
    print(f"{os.cpu_count()} cores for deployer and nodes, {system}; median of {rounds} runs in turn;")
    print("wall seconds, processor seconds at the deployer; ratio: our wall time to the peer's, below 1 is faster")
    taken: dict[str, dict[int, Figures]] = {}
    with tempfile.TemporaryDirectory(prefix="airlock-site-") as scratch:
        layer = platform.deployer(ISO, Path(scratch, "deployer"))
        for count in counts:
            for name, figures in _measured(PLANS[count], Path(scratch, str(count)), layer, rounds):
                taken.setdefault(name, {})[count] = figures
    if len(counts) > 1:
        _growth(counts, taken)
    _tasks(counts, taken)


def _measured(plan: Plan, state: Path, layer: Path, rounds: int) -> Iterator[tuple[str, Figures]]:
    print(f"\n| {len(plan.numbers)} nodes | first run | nothing to change | peer | peer's | ratio |", flush=True)
    print("|---|---|---|---|---|---|")
    with platform.booted(plan, ISO, state, layer) as site:
        site.settle()
        ground = Ground(site)
        for subject in ground.subjects():
            figures = ground.measure(subject, rounds)
            first = _told(figures.first) if figures.first else ""
            cells = [subject.name, first, _told(figures.ours), subject.peer, _told(figures.theirs)]
            print(f"| {' | '.join(cells)} | {figures.ratio:.2f} |", flush=True)
            yield subject.name, figures


def _growth(counts: Sequence[int], taken: dict[str, dict[int, Figures]]) -> None:
    print(f"\n| nothing to change: wall, deployer's processor | {' | '.join(map(str, counts))} | exponents |")
    print(f"|---|{'---|' * len(counts)}---|")
    for name, by_count in taken.items():
        samples = [by_count[count].ours for count in counts]
        cells = " | ".join(f"{sample.median:.1f} s, {sample.busy:.1f} s" for sample in samples)
        wall = _exponent(counts, [sample.median for sample in samples])
        busy = _exponent(counts, [sample.busy for sample in samples])
        print(f"| {name} | {cells} | {wall:.2f}, {busy:.2f} |")


def _exponent(counts: Sequence[int], seconds: Sequence[float]) -> float:
    """How time grows with the number of nodes: 1 is linear."""
    return math.log(seconds[-1] / seconds[0]) / math.log(counts[-1] / counts[0])


def _tasks(counts: Sequence[int], taken: dict[str, dict[int, Figures]]) -> None:
    for name, by_count in taken.items():
        found = {count: figures.times for count, figures in by_count.items() if figures.times}
        if not found:
            continue
        print(f"\n| where the time of {name} goes | {' | '.join(f'{count} nodes' for count in counts)} |")
        print(f"|---|{'---|' * len(counts)}")
        last = found[counts[-1]]
        _row("Ansible's start", [found[count].start for count in counts])
        for task in last.longest(LONGEST):
            _row(task, [found[count].tasks.get(task, 0.0) for count in counts])
        _row("all other tasks", [found[count].others(last.longest(LONGEST)) for count in counts])


def _row(name: str, seconds: Sequence[float]) -> None:
    print(f"| {name} | {' | '.join(f'{each:.1f} s' for each in seconds)} |")


def _told(sample: Sample) -> str:
    return f"{sample.median:.1f} s, {sample.busy:.1f} s"
