"""The demo's ISO, made as `make demo` makes it, and one machine for each firmware that it was installed on."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.demo import built
from tests.vm import demo, qemu

FIRMWARES: tuple[demo.Firmware, ...] = ("bios", "uefi")


@pytest.fixture(scope="session")
def demo_iso() -> Path:
    """The ISO of `make demo`, built anew from its locks and the store."""
    return built()


@pytest.fixture(scope="session")
def machines(
    request: pytest.FixtureRequest, demo_iso: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Future[qemu.Guest]]]:
    """The machines that the chosen tests need, installing side by side: each has work for about one core."""
    wanted = [firmware for firmware in FIRMWARES if firmware in _asked(request.session)]
    with ExitStack() as running, ThreadPoolExecutor(len(wanted)) as pool:

        def install(firmware: demo.Firmware, state: Path) -> qemu.Guest:
            return running.enter_context(demo.installed(demo_iso, state, firmware))

        folders = {firmware: tmp_path_factory.mktemp(f"vm-{firmware}", numbered=False) for firmware in wanted}
        yield {firmware: pool.submit(install, firmware, folder) for firmware, folder in folders.items()}


@pytest.fixture(scope="session", params=FIRMWARES)
def deployer(request: pytest.FixtureRequest, machines: dict[str, Future[qemu.Guest]]) -> qemu.Guest:
    """The appliance, installed from the ISO and up from its disk, with each firmware."""
    return machines[request.param].result()


def _asked(session: pytest.Session) -> set[object]:
    marked = (getattr(item, "callspec", None) for item in session.items)
    return {call.params.get("deployer") for call in marked if call is not None}
