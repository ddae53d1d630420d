"""Run the layers of the test suite one after the other, say how long each took, and fail where one failed.

    python -m tools.layers lint unit integration site+vm

``brief`` is integration without the files that last longest. Layers with a ``+`` between run side by side: the first
is told as it runs, the others, which give way to it, when they have ended.

All layers that were asked for are run, also after a failure, so that one run tells all.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.standin import cache

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
CORES = os.cpu_count() or 1
Commands = list[list[str]]


@dataclass(frozen=True)
class Outcome:
    """How a layer ended: seconds, and whether every command of it did well."""

    layer: str
    seconds: float
    good: bool


def _python(*words: str) -> list[str]:
    return [sys.executable, "-m", *words]


def _pytest(folder: str, *words: str) -> list[str]:
    return _python("pytest", f"tests/{folder}", "-q", "--durations=5", *words)


def _side_by_side(folder: str, workers: int, *words: str) -> list[str]:
    """Several processes, each with whole files of tests; tests/conftest.py says in which order these begin."""
    many = ("-n", str(workers), "--dist", "loadfile", "--no-loadscope-reorder")
    return _pytest(folder, *many, *words)


def _unit(*words: str) -> list[str]:
    """Which keep a core busy each."""
    return _side_by_side("unit", CORES, *words)


def _integration(*words: str) -> list[str]:
    """Which wait for programs now and then."""
    return _side_by_side("integration", CORES + max(1, CORES // 2), *words)


def _site() -> list[str]:
    """Two platforms, each of which keeps one core busy; tests/site/shared.py says which tests share one."""
    return _pytest("site", "-n", str(min(2, CORES)), "--no-loadscope-reorder")


def _covered() -> Commands:
    counted = ("--cov", "--cov-append", "--cov-report=")
    return [_unit(*counted), _integration(*counted), _python("coverage", "report", "--skip-covered")]


def _scripts() -> list[str]:
    """Shell scripts; the kickstarts' are parts of one another, and the unit tests check what they come to."""
    pathspec = ["*.sh", ".ci/run", ":!kickstart"]
    found = subprocess.run(["git", "ls-files", *pathspec], cwd=ROOT, capture_output=True, text=True, check=True)
    return found.stdout.split()


def commands(layer: str) -> Commands:
    """The commands of a layer."""
    table: dict[str, Callable[[], Commands]] = {
        "lint": lambda: [  # the longest first
            _python("tools.ansible_lint"),
            _python("mypy"),
            [str(BIN / "ruff"), "check", "."],
            [str(BIN / "ruff"), "format", "--check", "."],
            [str(BIN / "lint-imports")],
            ["shellcheck", *_scripts()],
        ],
        "unit": lambda: [_unit()],
        "integration": lambda: [_integration()],
        "brief": lambda: [_integration("-m", "not long")],
        "coverage": _covered,
        "site": lambda: [_site(), ["cat", "build/site/faults.md"]],
        "vm": lambda: [_pytest("vm")],
    }
    return table[layer]()


def environment(inherited: Mapping[str, str]) -> dict[str, str]:
    """What every command of a layer gets: the tools of this environment first, and Python that keeps its bytecode.

    The tests start hundreds of programs of ours, each of which would else compile all that it imports. What mypy knows
    of a file's content it keeps where a fresh clone finds it.
    """
    path = f"{BIN}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    kept = {name: value for name, value in inherited.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PATH": path, "MYPY_CACHE_DIR": str(cache.root() / "mypy")}


def run(layers: Mapping[str, Commands]) -> list[Outcome]:
    """Run layers, with their commands, side by side."""
    (first, leading), *others = layers.items()
    with ThreadPoolExecutor(len(layers)) as pool:
        behind = [pool.submit(_behind, layer, given) for layer, given in others]
        outcomes = [_ahead(first, leading)]
        for each in behind:
            outcome, told = each.result()
            print(told, end="", flush=True)
            outcomes.append(outcome)
    return outcomes


def _ahead(layer: str, given: Commands) -> Outcome:
    """Run all commands of a layer: those of lint, which take one core each, side by side."""
    print(f"\n=== {layer} ===", flush=True)
    begin = time.monotonic()
    if layer == "lint":
        with ThreadPoolExecutor(CORES) as pool:
            statuses = list(pool.map(_told_at_its_end, given))
    else:
        statuses = [_started(command).returncode for command in given]
    return Outcome(layer, time.monotonic() - begin, not any(statuses))


def _behind(layer: str, given: Commands) -> tuple[Outcome, str]:
    """Run all commands of a layer with what others leave of the processors; what they printed, too."""
    begin = time.monotonic()
    ended = [_started(["nice", *command], keeps=True) for command in given]
    outcome = Outcome(layer, time.monotonic() - begin, not any(done.returncode for done in ended))
    return outcome, f"\n=== {layer} ===\n" + "".join(done.stdout + done.stderr for done in ended)


def _told_at_its_end(command: list[str]) -> int:
    done = _started(command, keeps=True)
    print(f"$ {Path(command[0]).name} {' '.join(command[1:])}\n{done.stdout}{done.stderr}", end="", flush=True)
    return done.returncode


def _started(command: list[str], *, keeps: bool = False) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, env=environment(os.environ), check=False, capture_output=keeps, text=True)


def main(groups: list[str]) -> int:
    """Run the layers and print the table; 1 where one failed."""
    if "coverage" in groups:
        (ROOT / ".coverage").unlink(missing_ok=True)
    outcomes = [each for group in groups for each in run({layer: commands(layer) for layer in group.split("+")})]
    print("\n=== layers ===")
    for outcome in outcomes:
        print(f"{outcome.layer:<12} {'passed' if outcome.good else 'FAILED'}  {outcome.seconds:6.1f} s")
    failed = sum(1 for outcome in outcomes if not outcome.good)
    print(f"layers: {len(outcomes) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
