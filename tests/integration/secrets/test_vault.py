"""``airlock-site vault`` as people use it: on a terminal, typing."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pexpect
import pytest

from airlock_installer.layout import Layout
from airlock_installer.site import samples
from airlock_installer.vault import use

pytestmark = [pytest.mark.integration, pytest.mark.long]

PROGRAM = ["-m", "airlock_installer", "vault"]


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    (tmp_path / "root").mkdir()
    samples.write(tmp_path / "site")
    return Layout(tmp_path / "root")


def _site(layout: Layout) -> Path:
    return layout.root.parent / "site"


def _environment(layout: Layout) -> dict[str, str]:
    return {**os.environ, "AIRLOCK_ROOT": str(layout.root), "NO_COLOR": "1"}


def _heeds_ctrl_c() -> None:
    """As what a person's shell starts; what it starts in the background, these tests maybe, ignores Ctrl-C (sh(1p))."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _typed(layout: Layout, *words: str, answers: list[tuple[str, str]]) -> tuple[int, str]:
    """Type answers to prompts; the exit code, and all that stood on the terminal."""
    arguments = [*PROGRAM, *words, "--site", str(_site(layout))]
    environment = _environment(layout)
    child = pexpect.spawn(
        sys.executable, arguments, env=environment, encoding="utf-8", timeout=60, preexec_fn=_heeds_ctrl_c
    )
    shown = ""
    for prompt, answer in answers:
        child.expect_exact(prompt)
        shown += str(child.before) + str(child.after)
        child.waitnoecho()
        child.sendline(answer)
    child.expect(pexpect.EOF)
    child.close()
    return child.exitstatus or 0, shown + str(child.before)


def _run(layout: Layout, *words: str, given: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *PROGRAM, *words, "--site", str(_site(layout))]
    environment = _environment(layout)
    return subprocess.run(command, env=environment, input=given, capture_output=True, text=True, check=False)


def _all(layout: Layout) -> None:
    _run(layout, "--stdin", given="ssh=one-1\nsudo=two-2\nopenstack-admin=three-3\n")


def test_passwords_are_asked_as_in_the_guide_without_echo_and_twice(layout: Layout) -> None:
    status, shown = _typed(
        layout,
        answers=[
            ("root password:", "canary-ssh"),
            ("root password, again:", "canary-ssh"),
            ("root sudo password (Enter: the same):", ""),
            ("openstack admin password:", "canary-admin"),
            ("openstack admin password, again:", "canary-admin"),
        ],
    )
    assert status == 0
    assert shown.strip().endswith("Encryption successful")
    assert "canary" not in shown
    values = use.of(layout, _site(layout)).read()
    assert values == {
        "vault_ssh_password": "canary-ssh",
        "vault_sudo_password": "canary-ssh",
        "vault_openstack_admin_password": "canary-admin",
    }


def test_two_that_differ_are_asked_for_once_more(layout: Layout) -> None:
    _all(layout)
    prompt = "openstack admin password"
    pairs = [(f"{prompt}:", "a"), (f"{prompt}, again:", "b"), (f"{prompt}:", "new"), (f"{prompt}, again:", "new")]
    status, shown = _typed(layout, "openstack-admin", answers=pairs)
    assert (status, "these two differ: once more" in shown) == (0, True)
    assert use.of(layout, _site(layout)).read()["vault_openstack_admin_password"] == "new"


def test_rerun_changes_the_named_one_alone_and_without_a_name_nothing(layout: Layout) -> None:
    _all(layout)
    before = use.of(layout, _site(layout)).path.read_bytes()
    done = _run(layout)
    assert done.stdout.startswith("all 3 passwords are in ")
    assert use.of(layout, _site(layout)).path.read_bytes() == before
    _run(layout, "--stdin", given="sudo=changed\n")
    assert sorted(use.of(layout, _site(layout)).read().values()) == ["changed", "one-1", "three-3"]


def test_list_shows_names_alone_and_check_fails_where_one_lacks(layout: Layout) -> None:
    _run(layout, "--stdin", given="ssh=canary\n")
    assert _run(layout, "--list").stdout.split() == ["ssh", "there", "sudo", "lacks", "openstack-admin", "lacks"]
    done = _run(layout, "--check")
    assert done.returncode == 3
    assert "lacks: sudo, openstack-admin" in done.stderr
    assert "canary" not in done.stdout + done.stderr
    _all(layout)
    assert _run(layout, "--check").returncode == 0


def test_check_that_fails_is_one_object_with_what_is_there_and_the_fault(layout: Layout) -> None:
    _run(layout, "--stdin", given="ssh=canary\n")
    done = _run(layout, "--check", "--json")
    answer = json.loads(done.stdout)
    assert answer["secrets"] == {"ssh": True, "sudo": False, "openstack-admin": False}
    assert (answer["error"]["what"], answer["exit"], done.returncode) == ("lacks: sudo, openstack-admin", 3, 3)


def test_ctrl_c_in_the_middle_keeps_nothing_of_it_and_says_so(layout: Layout) -> None:
    _run(layout, "--stdin", given="ssh=one-1\n")
    before = use.of(layout, _site(layout)).path.read_bytes()
    prompts = [
        ("root sudo password (Enter: the same):", "canary"),
        ("root sudo password (Enter: the same), again:", "\x03"),
    ]
    status, shown = _typed(layout, answers=prompts)
    assert status == 130
    assert "nothing of this was kept: " in shown
    assert "canary" not in shown
    assert use.of(layout, _site(layout)).path.read_bytes() == before
    assert list(_site(layout).glob("group_vars/all/*vault.yml?*")) == []


def test_without_a_terminal_it_says_what_to_do_and_asks_nothing(layout: Layout) -> None:
    done = _run(layout)
    assert done.returncode == 2
    assert "--stdin" in done.stderr


@pytest.mark.parametrize("given", ["canary\n", "ssh=\n", "netapp-x=canary\n"])
def test_line_that_cannot_be_taken_is_not_shown(layout: Layout, given: str) -> None:
    done = _run(layout, "--stdin", given=given)
    assert done.returncode == 2
    assert "canary" not in done.stdout + done.stderr


def test_no_file_of_site_or_machine_holds_a_secret_in_clear(layout: Layout) -> None:
    _run(layout, "-v", "--stdin", given="ssh=canary-1\nsudo=canary-2\nopenstack-admin=canary-3\n")
    found = [path for path in layout.root.parent.rglob("*") if path.is_file() and b"canary" in path.read_bytes()]
    assert found == []
