"""The harness itself, on a machine with nothing to boot."""

import gc
from pathlib import Path

import pytest

from tests.vm import qemu

pytestmark = pytest.mark.vm


def test_a_machine_that_ended_leaves_no_process_and_nothing_open(tmp_path: Path) -> None:
    machine = qemu.Machine(disk=qemu.create_disk(tmp_path / "disk.qcow2", 1), memory=128)
    with qemu.boot(machine, tmp_path) as guest:
        assert guest.ssh_port > 0
        guest.cut_power()
        guest.wait_for_end(10)
    del guest
    gc.collect()  # what was left open warns now, and a warning is an error


def test_what_does_not_come_is_an_error_with_the_end_of_the_console(tmp_path: Path) -> None:
    machine = qemu.Machine(disk=qemu.create_disk(tmp_path / "disk.qcow2", 1), memory=128)
    with (
        pytest.raises(qemu.GuestError, match="did not show 'login:' within 1 s"),
        qemu.boot(machine, tmp_path) as guest,
    ):
        guest.wait_for("login:", 1)
