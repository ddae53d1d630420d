"""``prepare`` from a mounted medium: real pip, real ansible-galaxy, real archives."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import tarfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from airlock_installer import leftovers
from airlock_installer.layout import Layout
from airlock_installer.site import samples
from tests import made_medium, soak, warm
from tests.integration.cli.wheels import Index
from tests.standin.galaxy import Collection

pytestmark = [pytest.mark.integration, pytest.mark.long]

SECONDS = 300.0
"""After which a run is taken to hang, on a machine with much else to do."""
COLLECTIONS = (Collection("ansible.utils", "2.5.0"), Collection("kubernetes.core", "3.2.0", {"ansible.utils": ">=2"}))


def project(text: str = "---\n") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name, mode in (("kubespray-2.1/cluster.yml", 0o644), ("kubespray-2.1/reset.sh", 0o755)):
            info = tarfile.TarInfo(name)
            info.mode, info.size = mode, len(text)
            tar.addfile(info, io.BytesIO(text.encode()))
    return buffer.getvalue()


def files(index: Index, python: str = "3.11") -> dict[str, bytes]:
    wheel = index.has("core", "2.14")
    pin = f"core==2.14 --hash=sha256:{hashlib.sha256(wheel.read_bytes()).hexdigest()}\n"
    listed = "collections:\n" + "".join(f"- name: ./{one.filename}\n  type: file\n" for one in COLLECTIONS)
    return {
        f"pypi/{wheel.name}": wheel.read_bytes(),
        "pypi/requirements/site.txt": b"",
        "pypi/requirements/kubespray.txt": f"# Python {python}\n{pin}".encode(),
        "files/playbooks/kubespray/kubespray-2.1.tar.gz": project(),
        "collections/requirements.yml": listed.encode(),
        **{f"collections/{one.filename}": one.archive for one in COLLECTIONS},
    }


def prepare(layout: Layout, *more: str) -> warm.Ended:
    """Run it to its end, its imports made before."""
    (layout.root / "site").mkdir(exist_ok=True)
    environment = {"PATH": os.environ["PATH"], "HOME": str(layout.root), "AIRLOCK_ROOT": str(layout.root)}
    order = warm.Order([*words(layout)[3:], *more], str(layout.root), environment)
    return warm.program("airlock-site").run(order, seconds=SECONDS)


def words(layout: Layout) -> list[str]:
    return [sys.executable, "-m", "airlock_installer", "prepare", "--site", str(layout.root / "site")]


@pytest.fixture
def deployer(tmp_path: Path) -> Iterator[Layout]:
    made_medium.write(tmp_path / "medium", files(Index(tmp_path / "index")))
    with made_medium.mounted(tmp_path / "root", tmp_path / "medium") as layout:
        yield layout


@dataclass(frozen=True)
class Prepared:
    """A deployer on which one run has made all, with a copy of what it made.

    Args:
        folder: of all this.
        content: of the medium.
        told: what the run said, as JSON.
        seconds: how long it took.
    """

    folder: Path
    layout: Layout
    content: dict[str, bytes]
    told: dict[str, Any]
    seconds: float

    @property
    def medium(self) -> Path:
        return self.folder / "medium"

    @property
    def copy(self) -> Path:
        return self.folder / "copy"

    def restore(self) -> None:
        """Put everything back where it was, whatever was done to it since: environments name their own folder."""
        made_medium.write(self.medium, self.content)
        shutil.rmtree(self.layout.state)
        shutil.copytree(self.copy, self.layout.state, symlinks=True)


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Prepared]:
    folder = tmp_path_factory.mktemp("once")
    content = files(Index(folder / "index"))
    made_medium.write(folder / "medium", content)
    with made_medium.mounted(folder / "root", folder / "medium") as layout:
        began = time.monotonic()
        done = prepare(layout, "--json")
        assert done.status == 0, done.err
        made = Prepared(folder, layout, content, json.loads(done.out), time.monotonic() - began)
        shutil.copytree(layout.state, made.copy, symlinks=True)
        yield made


@pytest.fixture
def prepared(once: Prepared) -> Prepared:
    once.restore()
    return once


def test_project_collections_and_environment_come_from_the_medium_alone(prepared: Prepared) -> None:
    deployer = prepared.layout
    assert {one["what"] for one in prepared.told["made"]} == {
        "2 Ansible collections",
        "playbook project kubespray",
        "Python environment kubespray",
    }
    assert (deployer.playbooks / "kubespray/current/cluster.yml").read_text() == "---\n"
    assert os.access(deployer.playbooks / "kubespray/current/reset.sh", os.X_OK)
    galaxy = deployer.collections / "current/ansible_collections/kubernetes/core/MANIFEST.json"
    assert json.loads(galaxy.read_text())["collection_info"]["version"] == "3.2.0"
    python = deployer.environments / "kubespray/current/venv/bin/python"
    told = [str(python), "-c", "import importlib.metadata as m; print(m.version('core'))"]
    assert subprocess.run(told, capture_output=True, text=True, check=True).stdout == "2.14\n"


def test_second_run_changes_nothing_and_says_so(prepared: Prepared) -> None:
    deployer = prepared.layout
    before = {path: path.lstat().st_mtime_ns for path in deployer.state.rglob("*")}
    done = prepare(deployer)
    assert done.out.startswith("nothing new: ")
    assert {path: path.lstat().st_mtime_ns for path in deployer.state.rglob("*")} == before


def test_what_to_type_for_a_site_of_several_is_said_while_the_inventory_is_the_first_boot_s(prepared: Prepared) -> None:
    hosts = prepared.layout.root / "site/hosts"
    sample = hosts.read_text()
    assert "cp hosts.sample hosts" not in prepare(prepared.layout).out
    hosts.unlink()
    samples.write_one_node(hosts.parent)
    try:
        assert "cp hosts.sample hosts; cp vars.yml.sample vars.yml" in prepare(prepared.layout).out
    finally:
        hosts.write_text(sample)


def test_what_was_made_is_replaced_when_the_medium_has_another(prepared: Prepared) -> None:
    deployer, medium = prepared.layout, prepared.medium
    names = ["pypi", "files", "collections"]
    content = {
        str(path.relative_to(medium)): path.read_bytes()
        for name in names
        for path in (medium / name).rglob("*")
        if path.is_file()
    }
    content["files/playbooks/kubespray/kubespray-2.1.tar.gz"] = project("other")
    made_medium.write(medium, content)
    changed = {one["what"] for one in json.loads(prepare(deployer, "--json").out)["made"] if one["new"]}
    assert changed == {"playbook project kubespray"}
    assert len(list((deployer.playbooks / "kubespray").iterdir())) == 2  # current, and what it leads to


def test_run_that_was_killed_leaves_nothing_that_counts_and_the_next_makes_it_whole(deployer: Layout) -> None:
    site = deployer.root / "site"
    site.mkdir()
    # the archive is unpacked, the environment is begun, and the power goes
    cut = (
        "import os, sys; from airlock_core import atomic; from airlock_installer import cli\n"
        "atomic.sync_filesystem = lambda path: os._exit(9) if 'environments' in str(path) else None\n"
        f"cli.run(['prepare', '--site', {str(site)!r}])\n"
    )
    environment = {**os.environ, "AIRLOCK_ROOT": str(deployer.root)}
    assert (
        subprocess.run([sys.executable, "-c", cut], env=environment, check=False, capture_output=True).returncode == 9
    )
    assert not (deployer.environments / "kubespray/current").exists()
    assert prepare(deployer).status == 0
    names = {path.name for path in (deployer.environments / "kubespray").iterdir()}
    assert len(names - {"current"}) == 1


def test_what_a_killed_run_left_at_work_is_ended_before_the_next_begins(prepared: Prepared) -> None:
    deployer = prepared.layout
    current = deployer.environments / "kubespray/current"
    environment = {**os.environ, leftovers.VARIABLE: str(current.parent / current.readlink())}
    current.unlink()
    pip = subprocess.Popen(["sleep", "600"], env=environment, start_new_session=True)
    try:
        assert prepare(deployer).status == 0
        assert pip.poll() == -signal.SIGTERM
    finally:
        pip.kill()
        pip.wait()


@pytest.mark.soak
def test_runs_cut_at_random_moments_come_to_what_one_run_comes_to(prepared: Prepared) -> None:
    deployer, took = prepared.layout, prepared.seconds
    whole = state(deployer)
    chance = random.Random(7)
    for _ in range(soak.cases(sample=2, full=50)):
        shutil.rmtree(deployer.state)
        command, environment = words(deployer), {**os.environ, "AIRLOCK_ROOT": str(deployer.root)}
        nothing = subprocess.DEVNULL
        process = subprocess.Popen(
            command, env=environment, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True
        )
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0, took))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        done = prepare(deployer)
        assert done.status == 0, done.err
        assert state(deployer) == whole


def state(deployer: Layout) -> dict[str, bytes]:
    """All that was made, but for what names its own moment."""
    own = re.compile(rb"galaxy|RECORD")
    return {
        str(path.relative_to(deployer.state)): path.read_bytes()
        for path in deployer.state.rglob("*")
        if path.is_file() and not own.search(path.name.encode()) and "__pycache__" not in path.parts
    }


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("pypi/core-2.14-py3-none-any.whl", "lacks 1 wheels of the Python environment kubespray"),
        ("collections/ansible-utils-2.5.0.tar.gz", "collections/ansible-utils-2.5.0.tar.gz: missing on the medium"),
        ("files/playbooks/kubespray/kubespray-2.1.tar.gz", "kubespray-2.1.tar.gz: missing on the medium"),
    ],
)
def test_what_the_medium_lacks_is_named(deployer: Layout, tmp_path: Path, name: str, told: str) -> None:
    (tmp_path / "medium" / name).unlink()
    done = prepare(deployer)
    assert done.status == 4
    assert told in done.err


@pytest.mark.parametrize(
    "name",
    [
        "pypi/core-2.14-py3-none-any.whl",
        "pypi/requirements/kubespray.txt",
        "collections/ansible-utils-2.5.0.tar.gz",
        "files/playbooks/kubespray/kubespray-2.1.tar.gz",
    ],
)
def test_one_flipped_bit_is_refused_and_nothing_of_it_is_used(deployer: Layout, tmp_path: Path, name: str) -> None:
    path = tmp_path / "medium" / name
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    done = prepare(deployer)
    assert done.status == 4, done.err
    current = {path.parent.parent.name for path in deployer.state.rglob("current")}
    part = {"pypi": "environments", "collections": "state", "files": "playbooks"}[name.split("/")[0]]
    assert part not in current


def test_python_that_is_not_installed_is_named_with_who_needs_it(tmp_path: Path) -> None:
    made_medium.write(tmp_path / "medium", files(Index(tmp_path / "index"), python="3.99"))
    with made_medium.mounted(tmp_path / "root", tmp_path / "medium") as layout:
        done = prepare(layout)
    assert done.status == 6
    assert "Python environment kubespray: python3.99 is not installed" in done.err


def test_medium_that_is_not_mounted_is_said_and_the_samples_are_there(tmp_path: Path) -> None:
    (tmp_path / "root").mkdir()
    done = prepare(Layout(tmp_path / "root"))
    assert done.status == 6
    assert "no medium is mounted" in done.err
    assert (tmp_path / "root/site/hosts").is_file()
