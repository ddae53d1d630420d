"""Wheels of the stand-in that programs are run from."""

from pathlib import Path
from zipfile import ZipFile
from zipimport import zipimporter

import pytest

from tests.standin.packages import wheels


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / "greet-1-py3-none-any.whl"
    with ZipFile(path, "w") as archive:
        archive.writestr("greet/__init__.py", "KINDS = {'hello', 'goodbye'}\n")
        archive.writestr("greet/words.py", "def hello():\n    return 'hello'\n")
        archive.writestr("greet/data.txt", "as it is")
    wheels.add_bytecode(path)
    return path


@pytest.mark.parametrize("module", ["greet", "greet.words"])
def test_modules_are_read_compiled(wheel: Path, module: str) -> None:
    folder, _, name = f"{module}".rpartition(".")
    assert zipimporter(f"{wheel}/{folder}").get_filename(name).endswith(".pyc")


def test_source_and_data_stay(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        assert "return 'hello'" in archive.read("greet/words.py").decode()
        assert archive.read("greet/data.txt") == b"as it is"


def test_a_wheel_made_twice_is_the_same_twice(wheel: Path) -> None:
    once = wheel.read_bytes()
    wheels.add_bytecode(wheel)
    assert wheel.read_bytes() == once
