"""`make setup` says clearly where it may not, and has a table of packages for each distribution it knows."""

import subprocess
from pathlib import Path

import pytest

TOOLS = Path(__file__).parents[3] / "tools"
TABLES = ("debian-12", "ubuntu", "fedora", "rocky-8", "rocky-9")


def setup(os_release: Path) -> "subprocess.CompletedProcess[str]":
    """Run setup as on a machine with another /etc/os-release; the folder for the environment must not come to be."""
    return subprocess.run(
        [TOOLS / "setup.sh", "build/never"],
        env={"PATH": "/usr/bin:/bin", "AIRLOCK_OS_RELEASE": str(os_release)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("text", ["ID=void\n", "ID=debian\nVERSION_ID=11\n"])
def test_a_distribution_without_a_table_is_refused_before_anything_is_installed(text: str, tmp_path: Path) -> None:
    release = tmp_path / "os-release"
    release.write_text(text)
    done = setup(release)
    assert done.returncode == 6
    assert "no table of packages for this distribution" in done.stderr
    assert "tools/packages/" in done.stderr


def test_a_machine_that_does_not_say_what_it_is_is_told_what_to_do(tmp_path: Path) -> None:
    done = setup(tmp_path / "none")
    assert done.returncode == 6
    assert "install the packages of tools/packages/debian-12.txt by hand" in done.stderr


@pytest.mark.parametrize("table", TABLES)
def test_each_table_names_every_package_once_and_says_whether_it_is_tested(table: str) -> None:
    text = (TOOLS / "packages" / f"{table}.txt").read_text()
    names = [word for line in text.splitlines() for word in line.partition("#")[0].split()]
    assert len(names) == len(set(names)) > 10
    assert ("Tested." in text) == (table == "debian-12")
