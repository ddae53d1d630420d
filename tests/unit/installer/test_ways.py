"""How many blobs are taken at the same time."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_core.lanes import hashing
from airlock_installer.serve import ways
from airlock_installer.serve.crew import THREADS


def devices(root: Path, name: str, rotational: str, partition: str = "") -> Path:
    """The kernel's folder of devices with one disk, 8:1 being it or its partition."""
    disk = root / "devices/pci0000:00/block" / name
    (disk / "queue").mkdir(parents=True)
    (disk / "queue/rotational").write_text(f"{rotational}\n")
    (disk / partition).mkdir(exist_ok=True)
    (root / "dev").mkdir()
    (root / "dev/8:1").symlink_to(disk / partition)
    return root / "dev"


@pytest.mark.parametrize(
    ("name", "rotational", "partition", "found"),
    [
        ("sr0", "1", "", True),
        ("sdb", "1", "sdb1", True),
        ("sdb", "0", "sdb1", False),
        ("nvme0n1", "0", "nvme0n1p1", False),
        ("vda", "1", "vda2", False),
        ("loop0", "1", "", False),
    ],
)
def test_a_disc_or_turning_disk_is_read_in_order_and_no_other(
    tmp_path: Path, name: str, rotational: str, partition: str, found: bool
) -> None:
    assert ways.turns(8, 1, devices(tmp_path, name, rotational, partition)) == found


def test_what_is_on_no_device_does_not_turn(tmp_path: Path) -> None:
    assert not ways.turns(0, 40, tmp_path)


def test_after_the_first_image_more_blobs_are_taken_than_are_hashed_at_once(tmp_path: Path) -> None:
    (tmp_path / "registry.tar").touch()
    way = ways.way(tmp_path / "registry.tar")
    assert way.threads == THREADS
    assert way.most >= max(THREADS, hashing.best().width)
