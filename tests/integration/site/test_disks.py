"""What is on a block device and who uses it: seen on a loop device of this machine, whoever it is."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from airlock_installer.steps.playbook import ansible_folder

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def disks() -> ModuleType:
    spec = importlib.util.spec_from_file_location("disks", ansible_folder() / "library/disks.py")
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


def test_device_that_nobody_uses_is_used_by_nobody(disks: ModuleType, device: Path) -> None:
    with device.open("rb"):  # multipathd and udev have such open, too
        assert disks.number(device) not in disks.programs()
    assert not disks.claimed(device)


def test_program_that_writes_to_a_device_is_named_by_its_path(disks: ModuleType, device: Path) -> None:
    with device.open("r+b"):
        assert disks.programs()[disks.number(device)] == {os.path.realpath(sys.executable)}
        assert not disks.claimed(device)


def test_device_that_is_mounted_is_claimed_and_that_is_none_is_not(
    disks: ModuleType, device: Path, tmp_path: Path
) -> None:
    subprocess.run(["mkfs.ext4", "-q", device], check=True)
    folder = tmp_path / "mount"
    folder.mkdir()
    subprocess.run(["mount", device, folder], check=True)
    try:
        assert disks.claimed(device)
    finally:
        subprocess.run(["umount", folder], check=True)
    assert not disks.claimed(device)
    assert not disks.claimed(Path("/dev/nothing"))
    assert disks.number(tmp_path) == 0


def test_device_with_zeros_alone_has_nothing_on_it_and_one_with_a_byte_has(disks: ModuleType, device: Path) -> None:
    assert not disks.written(device)
    assert not disks.written(Path("/dev/nothing"))
    with device.open("r+b") as file:
        file.seek((1 << 20) - 1)
        file.write(b"x")
    assert disks.written(device)


def test_osds_of_ceph_volume_and_of_cephadm_are_found_by_their_links(disks: ModuleType, tmp_path: Path) -> None:
    for folder in ("osd/ceph-0", "f5d2/osd.1"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "block").symlink_to(f"/dev/of/{Path(folder).name}")
    (tmp_path / "osd/block").mkdir()
    assert sorted(disks.osds(tmp_path)) == ["/dev/of/ceph-0", "/dev/of/osd.1"]
    assert disks.osds(tmp_path / "nothing") == []


def test_all_is_told_at_once_of_a_device_by_another_name(device: Path, tmp_path: Path) -> None:
    subprocess.run(["mkswap", "--label", "one", device], check=True, capture_output=True)
    name = tmp_path / "by-name"
    name.symlink_to(device)
    told = _answer(name, tmp_path / "nothing")
    one, other = told["devices"]
    assert (one["path"], one["real"], one["written"], one["claimed"]) == (str(name), str(device), True, False)
    assert one["signatures"][-1].endswith(",swap")
    assert (other["signatures"], other["written"], other["programs"]) == ([], False, [])
    assert str(device) in [disk["name"] for disk in told["lsblk"]["blockdevices"]]
    assert told["root_gb"] == -(-shutil.disk_usage("/").total // 10**9)


def test_lsblk_that_is_not_there_is_a_fault_where_devices_are_named(tmp_path: Path) -> None:
    told = _answer(tmp_path / "device", path=str(tmp_path))
    assert told["failed"]
    assert told["msg"] == "lsblk does not tell what is on the disks: lsblk is not on this node"
    assert _answer(path=str(tmp_path))["lsblk"] == {}


def _answer(*paths: Path, path: str = "/usr/sbin:/usr/bin:/sbin:/bin") -> dict[str, Any]:
    """What the module says, run as Ansible runs it: arguments as JSON on its standard input."""
    given = json.dumps({"ANSIBLE_MODULE_ARGS": {"paths": [str(each) for each in paths]}})
    words = [sys.executable, str(ansible_folder() / "library/disks.py")]
    done = subprocess.run(words, input=given, capture_output=True, text=True, env={"PATH": path}, check=False)
    told: dict[str, Any] = json.loads(done.stdout)
    return told
