"""The medium: its label on a device, its content against its documents."""

from pathlib import Path, PurePosixPath

import pytest

from airlock_core import digest, manifest_file, media
from airlock_core.errors import AirlockError, MachineError
from airlock_core.release import Release
from airlock_installer.layout import Layout
from airlock_installer.media import devices, verify


def _image(path: Path, label: str) -> Path:
    descriptor = b"\x01CD001\x01".ljust(40, b"\0") + label.encode().ljust(32)
    path.write_bytes(bytes(32768) + descriptor.ljust(2048, b"\0"))
    return path


def test_label_is_read_from_the_volume_descriptor(tmp_path: Path) -> None:
    assert devices.volume_label(_image(tmp_path / "iso", "DEMO-1_0")) == "DEMO-1_0"


def test_other_files_have_no_label(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x" * 100)
    assert devices.volume_label(tmp_path / "x") is None
    assert devices.volume_label(tmp_path / "absent") is None


def test_devices_are_found_through_sys_and_whole_ones_come_first(tmp_path: Path) -> None:
    sys_block, dev = tmp_path / "sys", tmp_path / "dev"
    dev.mkdir()
    for name, size in (("sda1", 8), ("sda", 9), ("sr0", 0)):
        (sys_block / name).mkdir(parents=True)
        (sys_block / name / "size").write_text(f"{size}\n")
        _image(dev / name, "DEMO")
    (sys_block / "sda1/partition").touch()
    assert [medium.device.name for medium in devices.media(sys_block, dev)] == ["sda", "sda1"]


def test_absent_label_names_what_is_there() -> None:
    with pytest.raises(MachineError) as caught:
        devices.find("A", (devices.Medium(Path("/dev/sr0"), "B"),))
    assert "B on /dev/sr0" in str(caught.value)


@pytest.fixture
def mounted(tmp_path: Path) -> Layout:
    """A medium of two files and its documents."""
    layout = Layout(tmp_path)
    files = {"BaseOS/a": b"a", "registry.tar": b"tar"}
    for name, data in files.items():
        (layout.medium / name).parent.mkdir(parents=True, exist_ok=True)
        (layout.medium / name).write_bytes(data)
    entries = [manifest_file.Entry(PurePosixPath(n), digest.Digest.sha256(d), len(d)) for n, d in files.items()]
    text = manifest_file.dumps(entries)
    (layout.medium / media.RELEASE).mkdir()
    (layout.medium / media.MANIFEST).write_text(text)
    pinned = digest.Digest.sha256(text.encode())
    release = Release("demo", "1.0", 1, "rocky", "8.10", "x86_64", "DEMO-1_0", 0, pinned, {})
    (layout.medium / media.RELEASE_JSON).write_text(release.dumps())
    return layout


def test_good_medium_leaves_a_marker(mounted: Layout) -> None:
    checked = verify.verify(mounted)
    assert (checked.files, checked.size) == (2, 4)
    assert verify.last(mounted) == checked


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("BaseOS/a", b"b", "BaseOS/a: altered"),
        ("BaseOS/new", b"x", "BaseOS/new: unlisted"),
        ("release/MANIFEST", b"", "release/MANIFEST: altered"),
    ],
)
def test_each_difference_is_named_and_no_marker_is_left(mounted: Layout, name: str, content: bytes, words: str) -> None:
    verify.verify(mounted)
    (mounted.medium / name).write_bytes(content)
    with pytest.raises(AirlockError) as caught:
        verify.verify(mounted)
    assert words in str(caught.value)
    assert verify.last(mounted) is None
