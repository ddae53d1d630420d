"""burrito.repo as the deployer writes it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from airlock_core import media
from airlock_core.digest import Digest
from airlock_core.locks import LockedRpm, ReleaseLocks, RpmArch, RpmsLock
from airlock_installer.layout import Layout
from airlock_installer.serve import dnf
from airlock_installer.serve.endpoints import Endpoints

URL = "http://10.0.0.1:8001"
SIGNED = LockedRpm("a", "1:1-1", "noarch", "http://h/a.rpm", "r", 1, Digest.sha256(b""), signer="F" * 40)


def test_all_packages_are_checked_where_nothing_is_excused() -> None:
    assert dnf.repo_file([URL], ["one.asc", "two.asc"], []) == (
        "# Written by airlock: the packages of the medium. Signatures are checked.\n"
        "[burrito]\nname=Burrito Repo\nbaseurl=http://10.0.0.1:8001/BaseOS\nenabled=1\ngpgcheck=1\n"
        "gpgkey=file:///etc/pki/rpm-gpg/one.asc file:///etc/pki/rpm-gpg/two.asc\n"
    )


def test_all_other_repos_are_switched_off_and_nothing_else_of_their_files_changes(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    ReleaseLocks().write(layout.medium / media.LOCKS)
    folder = tmp_path / "etc/yum.repos.d"
    folder.mkdir(parents=True)
    path = folder / "others.repo"
    path.write_bytes(b"[a]\r\nname=\xe9\r\n[b]\r\nenabled = TRUE\r\n")
    dnf.point(layout, Endpoints("10.0.0.1", "d"))
    assert path.read_bytes() == b"[a]\r\nenabled=0\r\nname=\xe9\r\n[b]\r\nenabled=0\r\n"
    assert "enabled=1\n" in (folder / "burrito.repo").read_text()
    assert dnf.point(layout, Endpoints("10.0.0.1", "d")) == []


def test_what_is_excused_is_read_from_the_lock_on_the_medium(tmp_path: Path) -> None:
    excused = replace(SIGNED, name="b", signer=None, unsigned="the vendor signs nothing")
    locks = tmp_path / media.LOCKS
    ReleaseLocks(rpms=RpmsLock((RpmArch("x86_64", (SIGNED, excused)),))).write(locks)
    assert dnf.excused(tmp_path) == ["b-1-1.noarch"]


def test_keys_that_rpm_cannot_import_are_not_installed(tmp_path: Path) -> None:
    for path in (media.KEYS / "good.asc", media.KEYS_UNREADABLE / "bad.asc"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text("key")
    assert [path.name for path in dnf.key_files(tmp_path)] == ["good.asc"]
