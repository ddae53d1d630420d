"""Who uses a block device: seen on a loop device of this machine, whoever it is."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

from airlock_installer.steps.playbook import ansible_folder

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def users() -> ModuleType:
    spec = importlib.util.spec_from_file_location("device_users", ansible_folder() / "library/device_users.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def device(tmp_path: Path) -> Iterator[Path]:
    """A block device that nobody uses."""
    if os.geteuid() != 0 or shutil.which("losetup") is None:
        pytest.skip("loop devices are root's")
    image = tmp_path / "disk"
    image.touch()
    os.truncate(image, 64 << 20)
    path = subprocess.run(["losetup", "--find", "--show", image], check=True, capture_output=True, text=True).stdout
    yield Path(path.strip())
    subprocess.run(["losetup", "--detach", path.strip()], check=True)


def test_device_that_nobody_uses_is_used_by_nobody(users: ModuleType, device: Path) -> None:
    with device.open("rb"):  # multipathd and udev have such open, too
        assert users.number(device) not in users.programs()
    assert not users.claimed(device)


def test_program_that_writes_to_a_device_is_named_by_its_path(users: ModuleType, device: Path) -> None:
    with device.open("r+b"):
        assert users.programs()[users.number(device)] == {os.path.realpath(sys.executable)}
        assert not users.claimed(device)


def test_device_that_is_mounted_is_claimed_and_that_is_none_is_not(
    users: ModuleType, device: Path, tmp_path: Path
) -> None:
    subprocess.run(["mkfs.ext4", "-q", device], check=True)
    folder = tmp_path / "mount"
    folder.mkdir()
    subprocess.run(["mount", device, folder], check=True)
    try:
        assert users.claimed(device)
    finally:
        subprocess.run(["umount", folder], check=True)
    assert not users.claimed(device)
    assert not users.claimed(Path("/dev/nothing"))
    assert users.number(tmp_path) == 0
