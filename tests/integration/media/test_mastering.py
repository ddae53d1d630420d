"""Writing an output: one at a time, whole or not at all, and never from a damaged store."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from airlock_builder.master import mastering
from airlock_builder.stage import stage
from airlock_builder.store import Store
from airlock_core import atomic, sidecar
from airlock_core.errors import HeldError, InputError, MachineError, VerificationError
from airlock_core.iso import IsoReader
from airlock_core.staged import StagedMedia
from airlock_core.tree import Piece
from tests.integration.media.material import material
from tests.standin.run import run

pytestmark = pytest.mark.integration

LARGE = 96 << 20


@pytest.fixture
def staged(tmp_path: Path) -> StagedMedia:
    made = material(tmp_path / "made")
    (tmp_path / "staging").mkdir()
    return stage(made.manifest, made.locks, made.store, tmp_path / "staging")


def test_the_second_that_writes_one_output_is_told_who_holds_it(staged: StagedMedia, tmp_path: Path) -> None:
    lock = tmp_path / ".x.iso.lock"
    with atomic.held(lock, "the output"), pytest.raises(HeldError, match=r"held by process \d+"):
        mastering.master(staged, tmp_path / "x.iso")
    assert not (tmp_path / "x.iso").exists()


def test_what_a_killed_run_left_is_no_obstacle_and_goes(staged: StagedMedia, tmp_path: Path) -> None:
    (tmp_path / ".x.iso.part").write_bytes(b"half an image")
    mastering.master(staged, tmp_path / "x.iso")
    assert sorted(path.name for path in tmp_path.glob("*x.iso*")) == [
        "x.iso", "x.iso.release.json", "x.iso.sha256",
    ]  # fmt: skip


def test_a_blob_that_rotted_in_the_store_stops_the_build_and_is_named(tmp_path: Path) -> None:
    made = material(tmp_path / "made")
    (tmp_path / "staging").mkdir()
    ready = stage(made.manifest, made.locks, made.store, tmp_path / "staging")
    chart = made.store.path(made.locks.charts.charts[0].digest)
    raw = bytearray(chart.read_bytes())
    raw[10] ^= 1
    chart.write_bytes(raw)
    with pytest.raises(VerificationError, match=r"charts/pebble-web-0\.1\.0\.tgz: altered"):
        mastering.master(ready, tmp_path / "x.iso")
    assert not list(tmp_path.glob("x.iso*"))


def test_a_layer_that_rotted_in_the_store_stops_the_build_and_is_named(staged: StagedMedia, tmp_path: Path) -> None:
    layer = max(staged.composed[0].pieces, key=lambda piece: piece.size)
    assert isinstance(layer.source, Path)
    raw = bytearray(layer.source.read_bytes())
    raw[-1] ^= 1
    layer.source.write_bytes(raw)
    with pytest.raises(VerificationError, match=layer.digest.hex):
        mastering.master(staged, tmp_path / "x.iso")
    assert not list(tmp_path.glob("x.iso*"))


def test_a_build_takes_no_more_space_than_its_image(staged: StagedMedia, tmp_path: Path) -> None:
    """All that is written on the way stands on one small disk, images of 96 MiB too."""
    blob = Store(tmp_path / "store").add(os.urandom(LARGE))
    piece = Piece(tmp_path / "store/blobs/sha256" / blob.hex, blob, LARGE)
    images = replace(staged.composed[0], pieces=(*staged.composed[0].pieces, piece))
    small = tmp_path / "small"
    small.mkdir()
    run("mount", "-t", "tmpfs", "-o", f"size={LARGE + (80 << 20)}", "tmpfs", small)
    try:
        made = mastering.master(replace(staged, composed=(images,)), small / "x.iso")
        assert made.size > LARGE
    finally:
        run("umount", small)


def test_a_package_that_rotted_in_the_store_is_found_while_staging(tmp_path: Path) -> None:
    made = material(tmp_path / "made")
    (tmp_path / "staging").mkdir()
    package = made.locks.rpms.packages[0]
    blob = made.store.path(package.checksum)
    raw = bytearray(blob.read_bytes())
    raw[-10] ^= 1
    blob.write_bytes(raw)
    with pytest.raises(VerificationError, match=package.filename):
        stage(made.manifest, made.locks, made.store, tmp_path / "staging")


def test_all_that_the_store_lacks_is_named_at_once(tmp_path: Path) -> None:
    made = material(tmp_path / "made")
    for package in made.locks.rpms.packages[:2]:
        made.store.path(package.checksum).unlink()
    with pytest.raises(InputError, match="the store lacks 2 of the locked files") as caught:
        stage(made.manifest, made.locks, made.store, tmp_path)
    assert all(f"the package {package.nevra}" in caught.value.why for package in made.locks.rpms.packages[:2])
    assert "airlock fetch" in caught.value.todo


def test_an_option_that_the_manifest_lacks_is_refused(tmp_path: Path) -> None:
    made = material(tmp_path / "made")
    with pytest.raises(InputError, match="it has: extra"):
        stage(made.manifest, made.locks, made.store, tmp_path, ["netapp"])


def test_no_space_is_said_before_the_work_begins(
    staged: StagedMedia, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mastering, "_SLACK", 1 << 60)
    with pytest.raises(MachineError, match="not enough space"):
        mastering.master(staged, tmp_path / "x.iso")
    assert not list(tmp_path.glob("x.iso*"))


def test_a_disk_that_fills_up_on_the_way_leaves_nothing_under_a_final_name(
    staged: StagedMedia, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mastering, "_require_space", lambda *_: None)  # as if another program took the space later
    small = tmp_path / "small"
    small.mkdir()
    run("mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", small)
    try:
        with pytest.raises(MachineError, match="no space left"):
            mastering.master(staged, small / "x.iso")
        assert list(small.iterdir()) == []
    finally:
        run("umount", small)


@pytest.mark.parametrize("boots", [True, False])
def test_a_base_that_is_not_bootable_or_no_iso_is_refused(staged: StagedMedia, tmp_path: Path, boots: bool) -> None:
    base = tmp_path / "base.iso"
    if boots:
        (tmp_path / "f").mkdir()
        run("xorriso", "-as", "mkisofs", "-quiet", "-R", "-o", base, tmp_path / "f")
    else:
        base.write_bytes(b"nothing")
    with pytest.raises((InputError, VerificationError), match="base"):
        mastering.master(replace(staged, base=base), tmp_path / "x.iso")


def test_an_older_sidecar_never_stands_beside_a_new_image(staged: StagedMedia, tmp_path: Path) -> None:
    output = tmp_path / "x.iso"
    sidecar.beside(output).write_text("of another image")
    mastering.master(staged, output)
    with IsoReader(output) as reader:
        assert sidecar.Sidecar.load(sidecar.beside(output)).size == reader.image_length()
