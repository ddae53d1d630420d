"""The medium at its one place: mounted once, read-only, and mounted anew after somebody pulled it out."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from airlock_core import media
from airlock_core.errors import InputError, MachineError
from airlock_installer.layout import Layout
from airlock_installer.media import mount, verify
from tests import made_medium

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount"),
]
FILES = {"BaseOS/a": b"a"}


@pytest.fixture
def layout(tmp_path: Path) -> Iterator[Layout]:
    """A deployer; whatever is mounted there is taken away."""
    yield Layout(tmp_path / "root")
    while mount.mounted(Layout(tmp_path / "root")):
        mount.unmount(Layout(tmp_path / "root"))


@pytest.fixture
def medium(tmp_path: Path) -> Path:
    made_medium.write(tmp_path / "medium", FILES)
    return tmp_path / "medium"


def break_(medium: Path) -> None:
    """Let nothing be read of it, as of a device that was pulled out."""
    document = medium / media.RELEASE_JSON
    document.unlink()
    document.mkdir()


def test_folder_is_mounted_read_only_once(layout: Layout, medium: Path) -> None:
    assert mount.mount(layout, medium).release.label == "MADE-1"
    with pytest.raises(OSError, match="Read-only"):
        (layout.medium / "x").touch()
    mount.mount(layout, medium)
    assert mount.unmount(layout)
    assert not mount.unmount(layout)


def test_medium_that_was_pulled_out_is_named_and_mounted_anew_though_files_of_it_are_open(
    layout: Layout, medium: Path, tmp_path: Path
) -> None:
    mount.mount(layout, medium)
    verify.verify(layout)
    with (layout.medium / "BaseOS/a").open():
        break_(medium)
        with pytest.raises(MachineError, match="the medium cannot be read") as caught:
            mount.required(layout)
        assert caught.value.todo == "put it in (again), then: airlock-site media mount"
        made_medium.write(tmp_path / "again", {"BaseOS/a": b"b"})
        mount.mount(layout, tmp_path / "again")
    assert (layout.medium / "BaseOS/a").read_bytes() == b"b"
    assert verify.last(layout) is None
    assert not layout.verified_json.exists()


def test_another_medium_than_the_one_that_is_mounted_is_not_taken_for_it(
    layout: Layout, medium: Path, tmp_path: Path
) -> None:
    mount.mount(layout, medium)
    with pytest.raises(MachineError, match="MADE-1 is mounted, not OTHER-2") as caught:
        mount.mount(layout, other(tmp_path / "other.iso"))
    assert caught.value.todo.startswith("run `airlock-site media unmount` first")


def other(path: Path) -> Path:
    """An image with another label (ECMA-119, 8.4)."""
    descriptor = b"\x01CD001\x01".ljust(40, b"\0") + b"OTHER-2".ljust(32)
    path.write_bytes(bytes(32768) + descriptor.ljust(2048, b"\0"))
    return path


def test_nothing_is_let_go_of_where_there_is_nothing_to_mount(layout: Layout, medium: Path, tmp_path: Path) -> None:
    mount.mount(layout, medium)
    break_(medium)
    with pytest.raises(MachineError, match="was not installed from a medium"):
        mount.mount(layout)
    with pytest.raises(InputError, match="no such image, device or folder"):
        mount.mount(layout, tmp_path / "nonesuch")
    assert mount.mounted(layout) is not None


def test_device_that_the_kernel_knows_no_more_was_pulled_out(tmp_path: Path) -> None:
    devices = tmp_path / "devices"
    (devices / "8:17").mkdir(parents=True)
    info = tmp_path / "mountinfo"
    info.write_text(
        "30 1 0:20 / /run rw - tmpfs tmpfs rw\n"
        "31 30 8:17 / /run/airlock/media ro,nosuid - iso9660 /dev/sdb1 ro\n"
        "32 31 8:33 / /run/airlock/media ro,nosuid - iso9660 /dev/sdc1 ro\n"
    )
    found = mount.at(Path("/run/airlock/media"), info)
    assert found == mount.At("/dev/sdc1", "8:33")
    assert found.is_gone(devices)
    assert not mount.At("/dev/sdb1", "8:17").is_gone(devices)
    assert not mount.At("tmpfs", "0:20").is_gone(devices)
    assert not found.is_gone(tmp_path / "nonesuch"), "a container may not show its host's devices"


def test_status_tells_of_a_medium_that_cannot_be_read_and_of_all_else(layout: Layout, medium: Path) -> None:
    mount.mount(layout, medium)
    break_(medium)
    command = [sys.executable, "-m", "airlock_installer", "status", "--site", str(layout.root)]
    environment = {**os.environ, "AIRLOCK_ROOT": str(layout.root)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert rows[0][0] == "medium"
    assert "not readable  the medium cannot be read; put it in (again)" in done.stdout
    assert rows[1][0] == "registry"
