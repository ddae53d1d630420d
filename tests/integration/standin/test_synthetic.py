"""The synthetic repository is one that the real tools take."""

import os
import subprocess
from pathlib import Path

import createrepo_c
import pytest

from tests.standin import synthetic
from tests.standin.keys import PUBLIC_KEY
from tests.standin.run import run
from tests.standin.synthetic import graph
from tests.standin.synthetic.repository import SEED, write

pytestmark = pytest.mark.integration

COUNT = 300


@pytest.fixture(scope="module")
def repo() -> Path:
    return synthetic.build(COUNT)


def rpms(repo: Path) -> list[Path]:
    return sorted(repo.glob("Packages/*/*.rpm"))


def test_rpmkeys_accepts_digests_and_signatures_of_all(repo: Path, tmp_path: Path) -> None:
    run("rpmkeys", "--dbpath", tmp_path, "--import", PUBLIC_KEY)
    told = run("rpmkeys", "--dbpath", tmp_path, "--define", "_pkgverify_level all", "-K", *rpms(repo)).splitlines()
    assert len(told) == COUNT
    assert [line for line in told if not line.endswith(": digests signatures OK")] == []


def test_rpm_reads_what_was_written(repo: Path) -> None:
    wanted = {package.name: package for package in graph.packages(COUNT, SEED)}
    query = "%{NAME} %{EVR}.%{ARCH} %{SOURCERPM}[ %{FILENAMES}]\\n"
    for line in run("rpm", "-qp", "--nosignature", "--qf", query, *rpms(repo)[:50]).splitlines():
        name, evra, source, *files = line.split()
        package = wanted[name]
        assert evra == f"{package.evr}.{package.arch}"
        assert source == f"{package.source}-{package.version}-{package.release}.src.rpm"
        assert files == sorted(file.path for file in package.files)


def test_rpm_installs_them_and_finds_every_file_right(repo: Path, tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("rpm --root needs root")
    root = ("--root", tmp_path, "--dbpath", "/rpmdb")
    chosen = [path for path in rpms(repo) if path.name.startswith(("filesystem-", "glibc-", "bash-"))]
    run("rpm", *root, "--install", "--nosignature", *chosen, *rpms(repo)[10:20], "--nodeps")
    assert run("rpm", *root, "--verify", "--all", "--nodeps") == ""
    assert (tmp_path / "bin/sh").resolve() == tmp_path / "usr/bin/bash"


def test_createrepo_c_took_all_of_them(repo: Path) -> None:
    found = createrepo_c.RepositoryReader.from_path(str(repo))
    assert sorted(package.name for package in found.iter_packages()) == sorted(
        package.name for package in graph.packages(COUNT, SEED)
    )


def test_dnf_solves_with_it_and_sees_its_groups_and_modules(repo: Path, tmp_path: Path) -> None:
    options = (
        "--installroot", tmp_path / "root", f"--setopt=cachedir={tmp_path / 'cache'}", "--setopt=reposdir=",
        "--releasever=9", "--setopt=module_platform_id=platform:el9", "--assumeyes",
        f"--repofrompath=synthetic,file://{repo}", "--repo=synthetic", "--nogpgcheck",
    )  # fmt: skip
    names = [package.name for package in graph.packages(COUNT, SEED)]
    assert set(run("dnf", *options, "repoquery", "--qf", "%{name}").split()) == set(names)
    assert "programs-1" in run("dnf", *options, "group", "list", "--ids", "-v")
    modular = [package.source for package in graph.packages(COUNT, SEED) if package.module]
    assert modular[0] in run("dnf", *options, "module", "list")
    solved = subprocess.run(
        ["dnf", *options, "--assumeno", "install", *names[-20:]], capture_output=True, text=True, check=False
    )
    assert "Operation aborted" in solved.stdout + solved.stderr


def test_who_writes_a_package_does_not_show_in_it(repo: Path, tmp_path: Path) -> None:
    some = list(graph.packages(COUNT, SEED))[100:120]
    write(tmp_path, some)
    for path in rpms(tmp_path):
        assert path.read_bytes() == (repo / path.relative_to(tmp_path)).read_bytes()
