"""The built file goes onto media: the same bytes wherever it is built, and good for the C library of Rocky Linux 8."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests import lanes_build

GLIBC = (2, 28)


def test_it_has_the_same_bytes_wherever_it_is_built(built: Path, tmp_path: Path) -> None:
    other = tmp_path / "another place, with another name"
    shutil.copytree(lanes_build.ROOT / "core/airlock_core/lanes", other / "core/airlock_core/lanes")
    (tmp_path / "out").mkdir()
    assert lanes_build.build(tmp_path / "out", other).read_bytes() == built.read_bytes()


def test_it_names_no_folder_of_the_machine_that_built_it(built: Path) -> None:
    content = built.read_bytes()
    assert str(lanes_build.ROOT).encode() not in content
    assert str(built.parent).encode() not in content


@pytest.mark.skipif(shutil.which("objdump") is None, reason="objdump (binutils) is not installed")
def test_it_asks_for_no_newer_c_library_than_rocky_8_has_and_for_nothing_but_python_beside_it(built: Path) -> None:
    told = subprocess.run(["objdump", "-p", "-T", built], capture_output=True, text=True, check=True).stdout
    versions = {tuple(map(int, found.split("."))) for found in re.findall(r"GLIBC_([0-9.]+)", told)}
    assert versions
    assert max(versions) <= GLIBC
    assert re.findall(r"NEEDED\s+(\S+)", told) == ["libc.so.6"]
