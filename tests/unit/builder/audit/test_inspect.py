import json
from dataclasses import replace
from pathlib import Path

import pytest

from airlock_builder.audit.inspect import inspect
from airlock_core.digest import Digest
from airlock_core.errors import InputError
from airlock_core.locks import ChartsLock, LockedChart, LockedRpm, ReleaseLocks, RpmArch, RpmsLock

D = Digest.sha256(b"")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rpm = LockedRpm("bash", "4.4-1", "x86_64", "http://h/bash.rpm", "base", 2048, D)
    charts = ChartsLock((LockedChart("metallb", "0.13.9", "http://h", D, 10),))
    ReleaseLocks(rpms=RpmsLock((RpmArch("x86_64", (rpm,)),)), charts=charts).write(tmp_path)
    return tmp_path


def test_a_lock_is_counted_and_listed(folder: Path) -> None:
    found = inspect(folder / "rpms.lock")
    assert found.lines() == [
        f"{folder}/rpms.lock: 1 rpm", "  packages     2.0 KiB", "packages:", "  bash-4.4-1.x86_64",
    ]  # fmt: skip


def test_a_folder_of_locks_is_taken_together(folder: Path) -> None:
    data = json.loads(json.dumps(inspect(folder).to_json()))
    assert data["counts"] == {"rpms": 1, "charts": 1}
    assert data["charts"] == ["metallb 0.13.9"]


def test_signers_are_counted_and_what_is_excused_is_told_with_both_reasons(tmp_path: Path) -> None:
    def rpm(name: str, signer: str | None) -> LockedRpm:
        return LockedRpm(name, "1-1", "noarch", f"http://h/{name}.rpm", "base", 1, D, signer=signer)

    weak = replace(rpm("b", "F" * 40), unsigned="no other build", objection="signed with SHA-1, which is weak")
    packages = (rpm("a", "F" * 40), weak, replace(rpm("c", None), unsigned="vendor"))
    ReleaseLocks(rpms=RpmsLock((RpmArch("x86_64", packages),))).write(tmp_path)
    found = inspect(tmp_path / "rpms.lock").to_json()
    assert found["signers"] == [f"{'F' * 40}: 2 packages"]
    assert found["unsigned"] == [
        "b-1-1.noarch: signed with SHA-1, which is weak; taken because: no other build",
        "c-1-1.noarch: not signed; taken because: vendor",
    ]


@pytest.mark.parametrize("text", ["a: 1\n", "[]\n", "x"])
def test_what_is_no_lock_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "some.lock").write_text(text)
    with pytest.raises(InputError, match="not a lock"):
        inspect(tmp_path / "some.lock")


def test_a_file_that_is_not_there_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        inspect(tmp_path / "no.iso")
