"""Metadata of some hundred packages: the same bytes whatever the circumstances, and no package is read twice."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import createrepo_c
import pytest

from airlock_builder.stage import repo
from airlock_builder.stage.inputs import StoreView
from airlock_builder.stage.written import Staging
from airlock_builder.store import Store
from airlock_core import media
from airlock_core.errors import Faults
from airlock_core.locks import LockedRpm, RpmArch, RpmsLock
from airlock_core.progress import Notice, Outset, Step, silent
from tests.integration.media.material import Material, material
from tests.standin import synthetic
from tests.standin.run import EPOCH, run

pytestmark = pytest.mark.integration

COUNT = 300


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Material:
    packages = sorted(synthetic.build(COUNT).glob("Packages/*/*.rpm"))
    return material(tmp_path_factory.mktemp("synthetic"), packages=packages)


@pytest.fixture
def fresh(made: Material, tmp_path: Path) -> Material:
    """The same, in a store of its own in which nothing is described yet."""
    store = Store(tmp_path / "store")
    store.blobs.parent.mkdir()
    run("cp", "--archive", made.store.blobs, store.blobs)
    return Material(made.manifest, made.locks, store)


def staged(made: Material, folder: Path, packages: Sequence[LockedRpm] | None = None, epoch: int = EPOCH) -> Path:
    """The folder of the repo, its metadata made and its packages in place."""
    chosen = made.locks.rpms.packages if packages is None else tuple(packages)
    lock = RpmsLock((RpmArch("x86_64", chosen),))
    for file in repo.repository(lock, StoreView(made.store), Staging(folder), epoch=epoch, tell=silent):
        target = folder / file.path
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(file.source)
    return folder / media.BASEOS


def documents(repo: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted((repo / "repodata").iterdir())}


def spoil(made: Material) -> None:
    """Put other bytes of the same length in place of every package."""
    for package in made.locks.rpms.packages:
        made.store.path(package.checksum).write_bytes(bytes(package.size))


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another time zone, locale and umask, one core."""
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.setenv("LC_ALL", "tr_TR.UTF-8")
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    time.tzset()
    before = os.umask(0o077)
    yield
    os.umask(before)
    monkeypatch.undo()
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_order_cores_zone_locale_umask_and_times_of_files_do_not_show(
    made: Material, fresh: Material, tmp_path: Path
) -> None:
    wanted = documents(staged(made, tmp_path / "one"))
    for number, package in enumerate(fresh.locks.rpms.packages):
        os.utime(fresh.store.path(package.checksum), (number, number))
    assert documents(staged(fresh, tmp_path / "two", fresh.locks.rpms.packages[::-1])) == wanted


def test_a_second_build_reads_no_package(fresh: Material, tmp_path: Path) -> None:
    wanted = documents(staged(fresh, tmp_path / "first"))
    spoil(fresh)
    assert documents(staged(fresh, tmp_path / "second")) == wanted


def test_another_time_is_no_reason_to_read_them_again(made: Material, fresh: Material, tmp_path: Path) -> None:
    staged(fresh, tmp_path / "first")
    spoil(fresh)
    later = documents(staged(fresh, tmp_path / "later", epoch=EPOCH + 86400))
    assert later == documents(staged(made, tmp_path / "wanted", epoch=EPOCH + 86400))
    assert later != documents(staged(made, tmp_path / "other"))


def test_only_new_packages_are_read_and_all_that_are_damaged_are_named(fresh: Material, tmp_path: Path) -> None:
    packages = fresh.locks.rpms.packages
    staged(fresh, tmp_path / "some", packages[:290])
    spoil(fresh)
    with pytest.raises(Faults, match="10 packages in the store are damaged") as caught:
        staged(fresh, tmp_path / "all")
    told = str(caught.value)
    assert [package.name for package in packages if package.filename in told] == [one.name for one in packages[290:]]
    assert "airlock fetch --verify" in told


def test_a_damaged_note_is_made_again(fresh: Material, tmp_path: Path) -> None:
    wanted = documents(staged(fresh, tmp_path / "first"))
    notes = next(fresh.store.metadata.rglob("*.sqlite"))
    raw = bytearray(notes.read_bytes())
    for place in range(20_000, len(raw), 3000):
        raw[place] ^= 0x10
    notes.write_bytes(raw)
    assert documents(staged(fresh, tmp_path / "second")) == wanted


def test_it_says_of_each_package_what_createrepo_c_says(made: Material, tmp_path: Path) -> None:
    ours = staged(made, tmp_path / "medium")
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    run("createrepo_c", "--quiet", "--no-database", "--changelog-limit", "10", "--outputdir", theirs, ours)
    assert described(ours) == described(theirs)
    assert len(described(ours)) == COUNT


def described(repo: Path) -> dict[str, dict[str, Any]]:
    """All that the metadata says of each package but the time of its file, which the one knows better."""
    found = {}
    for package in createrepo_c.RepositoryReader.from_path(str(repo)).iter_packages():
        facts = {name: getattr(package, name) for name in dir(package) if not name.startswith("_")}
        plain = {name: value for name, value in facts.items() if isinstance(value, str | int | list | tuple)}
        found[package.nevra()] = {name: value for name, value in plain.items() if name != "time_file"}
    return found


def test_progress_counts_every_package_once(fresh: Material, tmp_path: Path) -> None:
    steps: list[Step | Outset | Notice] = []
    lock = RpmsLock((RpmArch("x86_64", fresh.locks.rpms.packages),))
    list(repo.repository(lock, StoreView(fresh.store), Staging(tmp_path), epoch=EPOCH, tell=steps.append))
    counted = [step.done for step in steps if isinstance(step, Step)]
    assert counted == sorted(counted)
    assert steps[-1] == Step("stage", "BaseOS/repodata", COUNT, COUNT, finished=True, unit="packages")
