"""The demo's ISO, made as `make demo` makes it, and one machine for each firmware that it was installed on."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.vm import demo, qemu

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def demo_iso() -> Path:
    """The ISO of `make demo`, built anew from its locks and the store."""
    subprocess.run([sys.executable, "-m", "tools.demo", "build"], cwd=ROOT, check=True, timeout=900)
    return ROOT / "build" / "demo" / "demo.iso"


@pytest.fixture(scope="session", params=["bios", "uefi"])
def deployer(
    request: pytest.FixtureRequest, demo_iso: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[qemu.Guest]:
    """The appliance, installed from the ISO and up from its disk, with each firmware."""
    state = tmp_path_factory.mktemp(f"vm-{request.param}")
    with demo.installed(demo_iso, state, request.param) as guest:
        yield guest
