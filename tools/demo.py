"""`make demo`: the main job on the stand-in upstream, as a release engineer would do it, command by command.

python -m tools.demo build            upstream up, lock, fetch, build iso, verify, inspect
python -m tools.demo boot             boot the ISO in QEMU: it installs, reboots into the disk, and serves
"""

from __future__ import annotations

import argparse
import contextlib
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "build" / "demo"
ISO = FOLDER / "demo.iso"
MANIFEST = ROOT / "manifests" / "demo.yaml"
AIRLOCK = str(Path(sys.executable).with_name("airlock"))


@dataclass
class Clock:
    """The seconds of each stage, in order."""

    stages: dict[str, float] = field(default_factory=dict)

    @contextlib.contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Announce a stage and time it."""
        print(f"\n── {name}", flush=True)
        begin = time.monotonic()
        yield
        self.stages[name] = time.monotonic() - begin

    def table(self) -> str:
        """A line a stage, and the sum."""
        rows = [f"  {name:<44} {seconds:6.1f} s" for name, seconds in self.stages.items()]
        return "\n".join([*rows, f"  {'together':<44} {sum(self.stages.values()):6.1f} s"])


def airlock(*words: str) -> None:
    """Run one command as a user would, and show its command line."""
    print(f"$ airlock {shlex.join(_shown(word) for word in words)}", flush=True)
    subprocess.run([AIRLOCK, *words], cwd=ROOT, check=True)


def _shown(word: str) -> str:
    return word.replace(f"{ROOT}/", "")


def build() -> None:
    """Make, verify and describe the demo's ISO."""
    from tests.standin.upstream import Upstream
    from tests.standin.upstream.prepare import build as prepare

    clock = Clock()
    FOLDER.mkdir(parents=True, exist_ok=True)
    with clock.stage("the stand-in upstream (from the cache where it can)"):
        if not prepare(big=True):
            raise SystemExit(1)
    with Upstream.start(FOLDER / "upstream") as upstream:
        common = ["-m", str(MANIFEST), *upstream.mirror_args]
        with clock.stage("lock: names and versions become digests"):
            airlock("lock", *common, "-q")
        with clock.stage("fetch: what is locked, verified, into the store"):
            airlock("fetch", *common, "-q")
    with clock.stage("build iso: from locks and store alone"):
        airlock("build", "iso", "-m", str(MANIFEST), "-o", str(ISO), "-q")
    with clock.stage("verify: every byte of the ISO"):
        airlock("verify", str(ISO), "-q")
    print(f"\n── what is on {_shown(str(ISO))}", flush=True)
    airlock("inspect", str(ISO))
    print(f"\n── how long it took\n{clock.table()}")
    print(f"\nThe ISO: {ISO}\nBoot it: make demo-boot        (QEMU; FIRMWARE=uefi for UEFI; no hand needed)")


def boot(firmware: Literal["bios", "uefi"]) -> None:
    """Boot the ISO in QEMU on a fresh disk, with the console on this terminal, until it is powered off."""
    from tests.vm.demo import boot_in_foreground

    if not ISO.exists():
        raise SystemExit(f"{ISO} is not there: run `make demo` first")
    boot_in_foreground(ISO, FOLDER, firmware)


def main() -> None:
    """Parse the arguments and do the one job."""
    parser = argparse.ArgumentParser(prog="tools.demo", description=__doc__.splitlines()[0] if __doc__ else None)
    jobs = parser.add_subparsers(dest="job", required=True)
    jobs.add_parser("build")
    jobs.add_parser("boot").add_argument("--firmware", choices=["bios", "uefi"], default="bios")
    arguments = parser.parse_args()
    try:
        build() if arguments.job == "build" else boot(arguments.firmware)
    except subprocess.CalledProcessError as error:
        raise SystemExit(error.returncode) from None


if __name__ == "__main__":
    main()
