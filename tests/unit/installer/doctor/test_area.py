"""A look that fails is a finding, and the other looks go on."""

from __future__ import annotations

from pathlib import Path
from typing import NoReturn, cast

from airlock_core.errors import Faults, InputError, MachineError
from airlock_installer.cli.doctor import told
from airlock_installer.doctor.area import Area
from airlock_installer.doctor.examine import Examination
from airlock_installer.doctor.finding import error, note, warning
from airlock_installer.doctor.ground import Ground

GROUND = cast(Ground, None)


def _raising(fault: Exception) -> Area[int]:
    def look(ground: Ground) -> NoReturn:
        raise fault

    return Area("somewhere", look, ())


def test_failed_look_is_told_as_it_fails_with_its_remedy() -> None:
    found, facts = _raising(MachineError("cannot be read", where="/x", todo="mend it")).examine(GROUND)
    assert [(one.area, one.what, one.where, one.todo) for one in found] == [
        ("somewhere", "cannot be read", "/x", "mend it")
    ]
    assert facts is None


def test_several_faults_are_several_findings() -> None:
    faults = Faults("two", [InputError("one"), InputError("other")])
    assert [one.what for one in _raising(faults).examine(GROUND)[0]] == ["one", "other"]


def test_disk_that_cannot_be_read_is_named() -> None:
    fault = PermissionError(13, "Permission denied", str(Path("/x")))
    (found,) = _raising(fault).examine(GROUND)[0]
    assert (found.where, found.what) == ("/x", "it cannot be looked at: Permission denied")


def test_remedy_of_several_in_a_row_is_told_once() -> None:
    several = tuple(error(f"blob {number}", todo="mend") for number in range(3))
    lines = told(Examination((*several, warning("w", todo="other"), note("n")), {"registry": None}))
    assert sum(line.endswith("do:  mend") for line in lines) == 1
    assert lines[-1] == "looked at registry: 3 errors, 1 warning, 1 note"


def test_nothing_wrong_is_said() -> None:
    assert told(Examination((), {"medium": None, "disks": None})) == ["looked at medium, disks: all is well"]
