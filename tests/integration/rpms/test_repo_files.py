""".repo files: read as dnf's own library reads them, and locked from by the real program."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from airlock_builder.manifest.dnf_ini import parse
from airlock_builder.manifest.dnf_vars import substituted
from tests.integration.cli.airlock import Airlock
from tests.standin.keys import PUBLIC_KEY
from tests.standin.upstream import Upstream
from tests.unit.builder.manifest import test_repo_files as samples

pytestmark = pytest.mark.integration

PYTHON = "/usr/bin/python3"
LIBDNF = """
import json, sys
import libdnf
parser = libdnf.conf.ConfigParser()
parser.read(sys.argv[1])
found = {}
for section in parser.getData():
    values = {key: parser.getValue(section, key) for key in parser.getData()[section] if key[0] not in "#;"}
    substitute, known = libdnf.conf.ConfigParser.substitute, json.loads(sys.argv[2])
    found[section] = {key: substitute(text, known) for key, text in values.items()}
print(json.dumps(found))
"""
VARIABLES = {"releasever": "8", "basearch": "x86_64", "rltype": "", "contentdir": "pub", "infra": "stock"}
FILES = [samples.ROCKY, samples.EPEL, samples.KUBERNETES, samples.DOCKER]
ODD = [
    "[a]\r\nx = 1\r\n\ty\r\n",
    "\ufeff[a]\nx=a=b ; c\n;y\n#z\n",
    " [a] # b\nx  =  \ny=\n  1\n",
    "[a]\nx=$releasever$\n",
]
REFUSED = [
    "x=1\n",
    "[a\n",
    "[]\n",
    "[a] b c\n",
    "[a]\n x\n",
    "[a]\nx=1\n\n y\n",
    "[a]\nx=1\n#\n y\n",
    "[a]\nx\n",
    "[a]\n=1\n",
]


def libdnf(text: str, folder: Path) -> dict[str, dict[str, str]] | None:
    """What libdnf reads; None where it refuses."""
    path = folder / "x.repo"
    path.write_text(text, newline="")
    done = subprocess.run(
        [PYTHON, "-c", LIBDNF, path, json.dumps(VARIABLES)], capture_output=True, text=True, check=False
    )
    if "No module named" in done.stderr:
        pytest.skip("dnf's library for Python is not here: apt-get install python3-libdnf")
    found: dict[str, dict[str, str]] | None = json.loads(done.stdout) if done.returncode == 0 else None
    return found


@pytest.mark.parametrize("text", [*FILES, *ODD])
def test_a_file_means_what_it_means_to_libdnf(text: str, tmp_path: Path) -> None:
    sections, faults = parse(text)
    ours = {
        section.name: {key: substituted(one.text, VARIABLES, lambda name: None) for key, one in section.values.items()}
        for section in sections
    }
    assert faults == []
    assert ours == libdnf(text, tmp_path)


@pytest.mark.parametrize("text", REFUSED)
def test_what_libdnf_refuses_is_refused(text: str, tmp_path: Path) -> None:
    assert libdnf(text, tmp_path) is None
    assert parse(text)[1] != []


@pytest.fixture
def airlock(upstream: Upstream, tmp_path: Path) -> Airlock:
    work = tmp_path / "work"
    (work / "repos/keys").mkdir(parents=True)
    shutil.copy(PUBLIC_KEY, work / "repos/keys/gpg")
    return Airlock(work, tmp_path / "store", tuple(upstream.mirror_args))


def test_a_release_is_locked_and_fetched_from_a_repo_file(airlock: Airlock) -> None:
    text = "[small]\nbaseurl=http://standin.test/$tree/rpms\nrepo_gpgcheck=1\ngpgkey=https://standin.test/gpg\n"
    (airlock.folder / "repos/small.repo").write_text(text)
    rpms = {"repo_files": ["repos/small.repo"], "packages": ["hello"]}
    path = airlock.write({"vars": {"tree": "small"}, "rpms": rpms})
    airlock("lock", "-m", path)
    airlock("lock", "--check", "-m", path)
    airlock("fetch", "-m", path)
    lock = (airlock.folder / "locks/release/rpms.lock").read_text()
    assert "http://standin.test/small/rpms/Packages/hello-1.1-1.x86_64.rpm" in lock


def test_no_secret_of_a_repo_file_is_told_or_kept(airlock: Airlock, upstream: Upstream) -> None:
    text = (
        "[small]\nbaseurl=http://standin.test/small/rpms\ngpgkey=https://standin.test/gpg\n"
        "username=reader\npassword=canary-word\n"
    )
    (airlock.folder / "repos/small.repo").write_text(text)
    path = airlock.write({"rpms": {"repo_files": ["repos/small.repo"], "packages": ["hello"]}})
    for words in (("lint",), ("lock", "-vvv"), ("fetch", "-vvv"), ("lock", "--dry-run", "nosuch", "-vvv")):
        told = airlock(*words, "-m", path, expect=None)
        assert "canary-word" not in told.out + told.err
    kept = [file for file in (*airlock.store.rglob("*"), *airlock.folder.rglob("*")) if file.is_file()]
    assert [file.name for file in kept if b"canary-word" in file.read_bytes()] == ["small.repo"]
