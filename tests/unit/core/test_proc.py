import logging
import os
import time
from pathlib import Path

import pytest

from airlock_core import proc
from airlock_core.errors import MachineError


def test_a_process_gets_a_built_environment_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_OF_THE_CALLER", "x")
    found = proc.run(["env"], timeout=10, env={"OURS": "1"}).stdout.splitlines()
    names = {line.split("=", 1)[0] for line in found}
    assert names - {"PWD", "SHLVL", "_"} == {"PATH", "HOME", "LC_ALL", "TZ", "OURS"}


def test_standard_input_is_empty_unless_given() -> None:
    assert proc.run(["cat"], timeout=10).stdout == ""
    assert proc.run(["cat"], timeout=10, stdin=b"given").stdout == "given"


def test_a_failed_process_says_what_ran_and_what_it_said() -> None:
    with pytest.raises(proc.ProcessFailed) as caught:
        proc.run(["sh", "-c", "echo why >&2; exit 3"], timeout=10)
    assert caught.value.result.status == 3
    assert "why" in caught.value.why
    assert "exit 3" in caught.value.where


def test_an_expected_status_is_no_failure() -> None:
    assert proc.run(["false"], timeout=10, expect=(0, 1)).status == 1


def test_a_program_that_is_not_there_is_the_machines_fault() -> None:
    with pytest.raises(MachineError, match="no-such-program is not installed"):
        proc.run(["no-such-program"], timeout=10)


def test_secrets_are_masked_everywhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with pytest.raises(proc.ProcessFailed) as caught:
        proc.run(["sh", "-c", "echo canary; echo canary >&2; exit 1"], timeout=10, secrets=["canary"])
    result = caught.value.result
    assert "canary" not in f"{caught.value} {result} {caplog.text}"


def test_a_process_out_of_time_ends_with_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pid"
    with pytest.raises(MachineError, match="did not end within"):
        proc.run(["sh", "-c", f"sleep 60 & echo $! > {pids}; wait"], timeout=0.5)
    child = int(pids.read_text())
    for _ in range(100):
        if not _alive(child):
            return
        time.sleep(0.05)
    pytest.fail("a child outlived its command")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
