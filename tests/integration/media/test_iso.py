"""The reader of images agrees with another, on our images and on those of others."""

from __future__ import annotations

import io
from pathlib import Path

import pycdlib
import pytest

from airlock_builder.audit.inspect import inspect
from airlock_builder.master import Mastered
from airlock_core import proc
from airlock_core.iso import IsoReader
from tests.integration.media import minibase

pytestmark = pytest.mark.integration


def by_pycdlib(path: Path) -> dict[str, bytes]:
    """Every file's content by its Rock Ridge path."""
    iso = pycdlib.PyCdlib()
    iso.open(str(path))
    found = {}
    for folder, _, names in iso.walk(rr_path="/"):
        for name in names:
            full = f"{folder.rstrip('/')}/{name}"
            iso.get_file_from_iso_fp(content := io.BytesIO(), rr_path=full)
            found[full.removeprefix("/")] = content.getvalue()
    iso.close()
    return found


def by_us(path: Path) -> dict[str, bytes]:
    with IsoReader(path) as reader:
        return {str(file.path): reader.read(file, 1 << 30) for file in reader.image().files}


def test_our_image_is_read_alike(booting: Mastered) -> None:
    assert by_us(booting.iso) == by_pycdlib(booting.iso)


def test_a_base_with_joliet_is_read_alike() -> None:
    assert by_us(minibase.build()) == by_pycdlib(minibase.build())


def test_an_image_with_joliets_names_alone_is_read_by_them(tmp_path: Path) -> None:
    long = "BaseOS/Packages/a-name-that-is-longer-than-31-letters+~1.0^2-1.el8.x86_64.rpm"
    (tmp_path / "tree" / long).parent.mkdir(parents=True)
    (tmp_path / "tree" / long).write_bytes(b"an RPM")
    (tmp_path / "tree/größe.txt").write_bytes(b"a text")
    options = ("-J", "--norock", "-input-charset", "utf-8", "-o", tmp_path / "joliet.iso", tmp_path / "tree")
    proc.run(["xorriso", "-as", "mkisofs", *options], timeout=60)
    assert by_us(tmp_path / "joliet.iso") == {long: b"an RPM", "größe.txt": b"a text"}


def test_an_iso_is_inspected_from_itself(booting: Mastered) -> None:
    found = inspect(booting.iso)
    assert found.counts == {"rpms": 6, "images": 3, "charts": 1, "files": 1, "wheels": 1}
    assert found.label == "BURRITO-1_4_4"
    lines = found.lines()
    assert "burrito 1.4.4 (number 12)" in lines[0]
    assert "  greeter-2.0-1.noarch" in lines
    assert found.sizes["registry.tar"] > 1 << 20
