"""All repos but ours are switched off, and no other byte of their files changes."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from airlock_installer.on_nodes.repo_files import switched_off
from tests.integration.roles.playing import Stage

pytestmark = pytest.mark.integration

OTHERS = b"""\
# enabled=1
[said]
name = \xec\x98\xa4\xed\x94\x88
baseurl=http://h/a
enabled = TRUE\t
enabled_metadata=1

[unsaid]
; enabled=1
name=b
baseurl=http://h/a
 enabled=1
[off]
enabled=0
[last]
baseurl=http://h/b
"""
AFTERWARDS = b"""\
# enabled=1
[said]
name = \xec\x98\xa4\xed\x94\x88
baseurl=http://h/a
enabled=0\t
enabled_metadata=1

[unsaid]
enabled=0
; enabled=1
name=b
baseurl=http://h/a
 enabled=1
[off]
enabled=0
[last]
enabled=0
baseurl=http://h/b
"""
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8"}
ROLE = """\
- name: Local repo
  hosts: control1
  gather_facts: false
  roles:
    - role: local_repo
      vars:
        local_repo_urls: ["http://192.0.2.1:8001"]
"""


@pytest.mark.long
def test_role_switches_all_others_off_and_changes_nothing_the_second_time(stage: Stage, tmp_path: Path) -> None:
    folder = stage.etc / "yum.repos.d"
    folder.mkdir(parents=True)
    (folder / "others.repo").write_bytes(OTHERS)
    (folder / "others.repo").chmod(0o640)
    (folder / "windows.repo").write_bytes(OTHERS.replace(b"\n", b"\r\n"))
    (folder / "list.txt").write_bytes(OTHERS)
    playbook = tmp_path / "role.yml"
    playbook.write_text(ROLE)
    dry = stage.play(playbook, {}, "--check")
    assert dry.status == 0, dry.err
    assert "Switch all other repos off" in dry.changed
    assert (folder / "others.repo").read_bytes() == OTHERS
    played = stage.play(playbook, {})
    assert played.status == 0, played.err
    assert (folder / "others.repo").read_bytes() == AFTERWARDS
    assert (folder / "others.repo").stat().st_mode & 0o777 == 0o640
    assert (folder / "windows.repo").read_bytes() == AFTERWARDS.replace(b"\n", b"\r\n")
    assert (folder / "list.txt").read_bytes() == OTHERS
    assert b"enabled=1\n" in (folder / "burrito.repo").read_bytes()
    assert stage.play(playbook, {}).changed == set()


def test_dnf_itself_sees_none_of_them_any_more(tmp_path: Path) -> None:
    assert _enabled(tmp_path / "before", OTHERS) == {"said", "unsaid", "last"}
    assert _enabled(tmp_path / "after", switched_off(OTHERS)) == set()


def _enabled(folder: Path, text: bytes) -> set[str]:
    folder.mkdir()
    (folder / "others.repo").write_bytes(text)
    command = ["dnf", "-q", f"--setopt=reposdir={folder}", f"--setopt=cachedir={folder}", "--releasever=8", "repolist"]
    done = subprocess.run([*command, "--enabled"], check=True, capture_output=True, text=True, env=ENVIRONMENT)
    return {line.split()[0] for line in done.stdout.splitlines()[1:]}


@pytest.mark.parametrize("word", ["1", "yes", "Yes", "true", "TRUE", "on", "On"])
def test_every_word_of_dnf_for_yes_counts(word: str) -> None:
    assert switched_off(f"[a]\nenabled={word}\n\n[b]\nenabled = {word}".encode()) == b"[a]\nenabled=0\n\n[b]\nenabled=0"


@pytest.mark.parametrize(
    "text", [b"", b"# nothing\n", b"[a]\nenabled=0\n", b"[a]\nname=n\nenabled = no\n", b"[main]\na=b\n"]
)
def test_file_without_a_repo_that_is_on_stays_as_it_is(text: bytes) -> None:
    assert switched_off(text) == text
