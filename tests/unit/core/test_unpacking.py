"""Unpacking archives of strangers at the site."""

import io
import os
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from airlock_core.archives.unpacking import unpack
from airlock_core.errors import VerificationError


def _entry(name: str, **fields: object) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    for key, value in fields.items():
        setattr(info, key, value)
    return info


def _archive(path: Path, *entries: tarfile.TarInfo, data: Mapping[str, bytes] | None = None) -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for info in entries:
            content = (data or {}).get(info.name, b"")
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return path


def _unpacked(tmp_path: Path, *entries: tarfile.TarInfo, data: Mapping[str, bytes] | None = None) -> Path:
    target = tmp_path / "target"
    target.mkdir()
    unpack(_archive(tmp_path / "a.tar.gz", *entries, data=data), target, where="a.tar.gz")
    return target


def test_files_and_links_stand_below_the_folder_without_the_archive_s_own_top(tmp_path: Path) -> None:
    link = _entry("kubespray-2.1/roles/x", type=tarfile.SYMTYPE, linkname="../cluster.yml")
    content = {"kubespray-2.1/cluster.yml": b"- hosts: all\n"}
    found = _unpacked(tmp_path, _entry("kubespray-2.1/cluster.yml"), link, data=content)
    assert (found / "cluster.yml").read_bytes() == b"- hosts: all\n"
    assert os.readlink(found / "roles/x") == "../cluster.yml"  # noqa: PTH115 - the link itself is meant
    assert (found / "roles/x").read_bytes() == b"- hosts: all\n"


def test_programs_stay_programs_and_nothing_else_of_the_modes_is_kept(tmp_path: Path) -> None:
    found = _unpacked(tmp_path, _entry("run.sh", mode=0o4711), _entry("data", mode=0o600))
    assert [(found / name).stat().st_mode & 0o7777 for name in ("run.sh", "data")] == [0o755, 0o644]


def test_archive_without_a_top_folder_is_unpacked_as_it_is(tmp_path: Path) -> None:
    found = _unpacked(tmp_path, _entry("a/one"), _entry("b/two"))
    assert sorted(str(path.relative_to(found)) for path in found.rglob("*")) == ["a", "a/one", "b", "b/two"]


@pytest.mark.parametrize(
    "entries",
    [
        [_entry("../out")],
        [_entry("/etc/out")],
        [_entry("a", type=tarfile.SYMTYPE, linkname="../../etc"), _entry("b")],
        [_entry("a", type=tarfile.SYMTYPE, linkname="."), _entry("a/b")],
        [_entry("a", type=tarfile.LNKTYPE, linkname="../out")],
        [_entry("a", type=tarfile.FIFOTYPE), _entry("b")],
        [_entry("a"), _entry("a")],
        [_entry("a", type=tarfile.DIRTYPE)],
    ],
    ids=["climbs", "absolute", "link out", "below a link", "hard link out", "pipe", "twice", "nothing in it"],
)
def test_hostile_archive_is_refused_and_leaves_nothing_behind(tmp_path: Path, entries: list[tarfile.TarInfo]) -> None:
    with pytest.raises(VerificationError):
        _unpacked(tmp_path, *entries)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.tar.gz", "target"]
