"""``prepare.sh`` before its long work: the folder and the medium must be of one release."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

import airlock_installer

pytestmark = pytest.mark.integration

SHIM = Path(airlock_installer.__file__).parent / "shims/prepare.sh"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What burrito-1.4.4 unpacks to, as far as it is looked at here."""
    made = tmp_path / "burrito-1.4.4"
    made.mkdir()
    shutil.copy(SHIM, made)
    (made / "VERSION").write_text("1.4.4\nairlock 0.1.0\n")
    return made


def prepare(folder: Path, release: str, mode: str = "offline") -> "subprocess.CompletedProcess[str]":
    """Run it with a release's medium mounted, and nobody to answer what it asks."""
    medium = folder.parent / "medium"
    (medium / "release").mkdir(parents=True)
    (medium / "release/release.json").touch()
    (medium / f"burrito-{release}.tar.gz").touch()
    environment = {"PATH": os.environ["PATH"], "AIRLOCK_MEDIA": str(medium)}
    nobody, command = subprocess.DEVNULL, [str(folder / "prepare.sh"), mode]
    return subprocess.run(command, env=environment, stdin=nobody, capture_output=True, text=True, check=False)


def test_medium_of_another_release_is_refused_with_both_named_before_anything_is_asked_or_made(folder: Path) -> None:
    done = prepare(folder, "1.4.5")
    assert done.returncode == 6
    assert "this folder is of burrito-1.4.4, and the medium at" in done.stderr
    assert f"of burrito-1.4.5\n  do:  to install burrito-1.4.5: tar xzf {folder.parent}/medium/" in done.stderr
    assert done.stdout == "", "the interface was asked for"
    assert sorted(path.name for path in folder.iterdir()) == ["VERSION", "prepare.sh"]


def test_medium_of_the_same_release_is_taken(folder: Path) -> None:
    done = prepare(folder, "1.4.4")
    assert (done.returncode, done.stderr) == (3, "")
    assert done.stdout == "Enter management network interface name: "


def test_site_with_networks_does_without_another_release_s_medium(folder: Path) -> None:
    done = prepare(folder, "1.4.5", mode="online")
    assert (done.returncode, done.stderr) == (3, "")
