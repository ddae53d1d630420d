"""What stands before sshpass for Ansible: the password is taken in before ssh can be over."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from airlock_installer.steps import sshpass
from tests.integration.steps.bench import WORK, Bench

FINDS = """\
    - name: Find sshpass
      ansible.builtin.raw: cat "$(command -v sshpass)" > {folder}/found
      changed_when: false
  handlers:
"""
PASSWORD = "p'ass \"wörd\\"


@pytest.fixture
def path(tmp_path: Path) -> str:
    """PATH with the program first, and a real sshpass that ends at once, or says what it got."""
    for name, text in (
        ("first", f"#!{sys.executable} -IS\n{Path(sshpass.__file__).read_text()}"),
        ("real", '#!/bin/sh\ncase $1 in -d*) cat /dev/fd/${1#-d};; esac; shift; echo "$@"; exit 7\n'),
    ):
        (tmp_path / name).mkdir()
        program = tmp_path / name / "sshpass"
        program.write_text(text)
        program.chmod(0o700)
    return f"{tmp_path}/first:{tmp_path}/real:/usr/bin:/bin"


def _started(path: str, descriptor: int) -> subprocess.Popen[str]:
    words = ["sshpass", f"-d{descriptor}", "ssh", "-o", "a b"]
    env = {**os.environ, "PATH": path}
    program = path.split(":")[0] + "/sshpass"
    return subprocess.Popen(
        words, executable=program, env=env, pass_fds=[descriptor], stdout=subprocess.PIPE, text=True
    )


def test_password_can_be_written_however_long_after_the_start(path: str) -> None:
    read, write = os.pipe()
    process = _started(path, read)
    os.close(read)
    with pytest.raises(subprocess.TimeoutExpired):  # the real one would have ended, and the write failed
        process.wait(0.5)
    os.write(write, f"{PASSWORD}\n".encode())
    os.close(write)
    told, _ = process.communicate(timeout=30)
    assert told == f"{PASSWORD}\nssh -o a b\n"
    assert process.returncode == 7


def test_without_a_password_the_real_one_is_run_as_it_was_called(path: str) -> None:
    done = subprocess.run(["sshpass", "-V"], env={"PATH": path}, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (7, "\n")


def test_where_there_is_no_other_that_is_said(path: str) -> None:
    env = {"PATH": path.split(":")[0]}
    done = subprocess.run([f"{env['PATH']}/sshpass"], env=env, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "sshpass: not installed\n")


def test_ansible_finds_it_before_any_other_while_a_step_runs(bench: Bench) -> None:
    bench.playbook("one", WORK.replace("  handlers:\n", FINDS))
    bench.run("run", "one")
    found = (bench.done / "found").read_text()
    assert found == f"#!{sys.executable} -IS\n{Path(sshpass.__file__).read_text()}"
