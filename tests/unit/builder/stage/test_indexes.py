from pathlib import Path

import pytest

from airlock_builder.stage.indexes import project, requirements, simple_index
from airlock_builder.stage.written import Staging
from airlock_core.digest import Digest
from airlock_core.errors import InputError
from airlock_core.locks.files import LockedFile


def wheel(name: str) -> LockedFile:
    return LockedFile(name, f"http://h/{name}", Digest.sha256(name.encode()), 1, "wheel")


WHEELS = [wheel("PyYAML-6.0-cp311-cp311-manylinux_2_28_x86_64.whl"), wheel("ansible_core-2.16.1-py3-none-any.whl")]


def test_requirements_pin_version_and_hash() -> None:
    lines = requirements(WHEELS).splitlines()
    assert lines[0].startswith("ansible-core==2.16.1 --hash=sha256:")
    assert lines[1] == f"pyyaml==6.0 --hash={WHEELS[0].checksum}"


def test_two_builds_of_one_version_are_one_line_with_two_hashes() -> None:
    both = [wheel("a-1-py3-none-any.whl"), wheel("a-1-cp311-cp311-linux_x86_64.whl")]
    assert requirements(both).count("--hash=") == 2
    assert len(requirements(both).splitlines()) == 1


def test_the_index_links_each_wheel_with_its_hash(tmp_path: Path) -> None:
    files = {str(file.path): file.source.read_text() for file in simple_index(WHEELS, Staging(tmp_path))}
    assert set(files) == {
        "pypi/simple/index.html", "pypi/simple/ansible-core/index.html", "pypi/simple/pyyaml/index.html",
    }  # fmt: skip
    assert f"../../{WHEELS[0].filename}#sha256={WHEELS[0].checksum.hex}" in files["pypi/simple/pyyaml/index.html"]


def test_without_wheels_there_is_no_index(tmp_path: Path) -> None:
    assert list(simple_index([], Staging(tmp_path))) == []


@pytest.mark.parametrize("name", ["a.tar.gz", "a-1.whl", "a.whl"])
def test_what_is_no_wheel_is_refused(name: str) -> None:
    with pytest.raises(InputError):
        project(name)
