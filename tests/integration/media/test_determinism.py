"""The same locks make the same bytes, whatever the circumstances."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from airlock_builder.master import Mastered, master
from airlock_builder.stage import stage
from tests.integration.media import minibase
from tests.integration.media.material import Material, material

pytestmark = pytest.mark.integration


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Another time zone, umask, locale and temporary folder."""
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    monkeypatch.setenv("LANG", "tr_TR.UTF-8")
    time.tzset()
    before = os.umask(0o077)
    yield
    os.umask(before)
    monkeypatch.delenv("TZ")
    time.tzset()


@pytest.mark.usefixtures("elsewhere")
def test_time_zone_umask_path_order_and_link_count_do_not_show(booting: Mastered, tmp_path: Path) -> None:
    root = tmp_path / "another path with blanks"
    made = material(root, base=minibase.build())
    disturb(made, root)
    (root / "staging").mkdir()
    staged = stage(turned(made).manifest, turned(made).locks, made.store, root / "staging")
    again = master(staged, tmp_path / "other.iso")
    assert again.digest == booting.digest
    assert (tmp_path / "other.iso").read_bytes() == booting.iso.read_bytes()


def test_a_second_build_from_the_same_store_is_the_same_though_it_reads_no_package(tmp_path: Path) -> None:
    made = material(tmp_path)
    digests = set()
    for name in ("first", "second"):
        folder = tmp_path / name
        folder.mkdir()
        digests.add(master(stage(made.manifest, made.locks, made.store, folder), tmp_path / f"{name}.iso").digest)
    assert len(digests) == 1


def test_the_epoch_is_the_one_that_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = material(tmp_path)
    (tmp_path / "staging").mkdir()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1800000000")
    assert stage(made.manifest, made.locks, made.store, tmp_path / "staging").epoch == 1800000000


def turned(made: Material) -> Material:
    """The same locks with every list the other way round."""
    locks = made.locks
    arches = tuple(replace(arch, packages=arch.packages[::-1]) for arch in locks.rpms.arches)
    return replace(
        made,
        locks=replace(
            locks,
            rpms=replace(locks.rpms, arches=arches),
            images=replace(locks.images, images=locks.images.images[::-1]),
            files=replace(locks.files, files=locks.files.files[::-1]),
        ),
    )


def disturb(made: Material, root: Path) -> None:
    """Give the store's files other times, modes and numbers of links."""
    for number, blob in enumerate(sorted((made.store.blobs / "sha256").iterdir())):
        os.utime(blob, (1_000_000_000 + number, 1_100_000_000 + number))
        blob.chmod(0o755 if number % 2 else 0o600)
        (root / f"link{number}").hardlink_to(blob)
    shutil.rmtree(made.store.metadata, ignore_errors=True)
