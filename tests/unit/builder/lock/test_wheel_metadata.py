"""What wheels say that they require, read from files that may be anything."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from airlock_builder.lock.wheels.about import required_by
from airlock_builder.remote.index import Target
from airlock_core.errors import VerificationError


def wheel(folder: Path, metadata: str, place: str = "app-1.dist-info/METADATA") -> Path:
    path = folder / "app-1-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(place, metadata)
    return path


def test_requirements_are_read_and_the_description_is_not(tmp_path: Path) -> None:
    text = "Metadata-Version: 2.1\nRequires-Dist: lib (>=1)\nRequires-Dist: b; extra == 'x'\n\nRequires-Dist: no\n"
    assert [str(one) for one in required_by(wheel(tmp_path, text), "app")] == ["lib>=1", 'b; extra == "x"']


@pytest.mark.parametrize(
    ("metadata", "place", "told"),
    [
        ("x" * (5 << 20), "app-1.dist-info/METADATA", "has more than"),
        ("Requires-Dist: >>> 1\n", "app-1.dist-info/METADATA", "nobody can read"),
        ("Name: app\n", "app-1.dist-info/deeper/METADATA", "is no wheel"),
    ],
)
def test_a_wheel_that_cannot_be_read_is_named(tmp_path: Path, metadata: str, place: str, told: str) -> None:
    with pytest.raises(VerificationError, match=told) as caught:
        required_by(wheel(tmp_path, metadata, place), "app-1.whl")
    assert caught.value.where == "app-1.whl"


def test_what_is_no_archive_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.whl").write_bytes(b"PK\x03\x04 and no more")
    with pytest.raises(VerificationError, match="is no wheel"):
        required_by(tmp_path / "a.whl", "a.whl")


def test_markers_are_those_of_the_site_and_not_of_this_machine(tmp_path: Path) -> None:
    text = "Requires-Dist: a; python_version < '3.12' and platform_machine == 'aarch64' and sys_platform == 'linux'\n"
    (one,) = required_by(wheel(tmp_path, text), "app")
    assert one.marker
    assert one.marker.evaluate({**Target("3.11", 8, "aarch64").markers, "extra": ""})
    assert not one.marker.evaluate({**Target("3.12", 8, "aarch64").markers, "extra": ""})
    assert not one.marker.evaluate({**Target("3.11", 8, "x86_64").markers, "extra": ""})
