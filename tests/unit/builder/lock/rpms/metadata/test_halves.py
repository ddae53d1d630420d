"""A large primary.xml read as two halves."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

import pytest

from airlock_builder.lock.rpms.metadata import halves as module
from airlock_builder.lock.rpms.metadata.document import Document
from airlock_builder.lock.rpms.metadata.halves import LARGE, halves
from airlock_builder.lock.rpms.solving.subject import Subjects
from airlock_builder.lock.rpms.solving.universe import Universe
from airlock_builder.manifest.model import Repo
from airlock_core.errors import VerificationError
from tests.unit.builder.lock.rpms.made import Made, repo

NAMES = [f"p{number}" for number in range(40)]


def primary(tmp_path: Path, swap: tuple[str, str] = ("", ""), packages: int = len(NAMES)) -> Document:
    made = [Made(f"{name}-1-1.noarch", files=(f"/usr/bin/{name}",)) for name in NAMES[:packages]]
    repo(tmp_path / "r", *made, swap=swap)
    path = tmp_path / "r" / "repodata" / "primary"
    return Document(path, "http://up/primary.xml", path.stat().st_size)


def loaded(document: Document) -> Universe:
    universe = Universe("x86_64")
    universe.add(Repo(id="r", baseurl=("http://up",)), document.where)
    universe.read_primary("r", document)
    universe.index()
    return universe


def known(universe: Universe) -> list[tuple[str, str, int]]:
    packages = [universe.package(number) for number in universe.ids_of("r")]
    return [(str(one.nevra), one.href, one.size) for one in packages]


@pytest.fixture
def split(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every document is large enough."""
    monkeypatch.setattr(module, "LARGE", 0)


@pytest.mark.usefixtures("split")
def test_the_halves_are_the_whole_and_each_is_a_document(tmp_path: Path) -> None:
    document = primary(tmp_path)
    parts = halves(document, document.beginning())
    assert parts is not None
    texts = []
    for write in parts:
        target = io.BytesIO()
        write(target)
        texts.append(target.getvalue())
    whole = document.path.read_bytes()
    root = whole[: whole.index(b"<package ")]
    assert all(text.startswith(root) and text.endswith(b"</metadata>") for text in map(bytes.rstrip, texts))
    assert texts[0].rstrip().removesuffix(b"</metadata>") + texts[1].removeprefix(root) == whole
    assert len(texts[1]) < len(texts[0]) < 2 * len(texts[1]) + 1000


def test_packages_are_the_same_in_the_same_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = primary(tmp_path)
    whole = loaded(document)
    monkeypatch.setattr(module, "LARGE", 0)
    assert halves(document, document.beginning())
    in_two = loaded(document)
    assert known(in_two) == known(whole)
    assert len(known(in_two)) == len(NAMES)
    owners = [[str(one) for one in two.pool.whatprovides(two.pool.str2id("p39"))] for two in (whole, in_two)]
    assert owners == [["p39-1-1.noarch"]] * 2


@pytest.mark.usefixtures("split")
def test_paths_of_packages_of_both_halves_are_read_behind_them(tmp_path: Path) -> None:
    made = [Made(f"{name}-1-1.noarch", checksum=f"{number:064x}") for number, name in enumerate(NAMES)]
    entries = "".join(
        f'<package pkgid="{one.checksum}" name="{name}" arch="noarch"><version epoch="0" ver="1" rel="1"/>'
        f"<file>/opt/{name}</file></package>"
        for name, one in zip(NAMES, made, strict=True)
    )
    root = f'<filelists xmlns="http://linux.duke.edu/metadata/filelists" packages="{len(NAMES)}">'
    repo(tmp_path / "r", *made, filelists=f"{root}{entries}</filelists>")
    files = tmp_path / "r" / "repodata"
    universe = Universe("x86_64")
    universe.add(Repo(id="r", baseurl=("http://up",)), "w")
    universe.read_primary("r", Document(files / "primary", "w", (files / "primary").stat().st_size))
    universe.read_filelists("r", Document(files / "filelists", "w"))
    subjects = Subjects(universe, set(universe.ids_of("r")))
    universe.index()
    for name in ("p2", "p37"):
        found = subjects.find(f"/opt/{name}")
        assert found is not None
        assert [str(one) for one in found.packages] == [f"{name}-1-1.noarch"]


@pytest.mark.usefixtures("split")
@pytest.mark.parametrize("packages", [0, 1, 2])
def test_a_document_of_few_packages_may_have_an_empty_half(tmp_path: Path, packages: int) -> None:
    assert len(known(loaded(primary(tmp_path, packages=packages)))) == packages


@pytest.mark.usefixtures("split")
@pytest.mark.parametrize("name", ["p2", "p37"])
def test_damage_in_either_half_is_named(tmp_path: Path, name: str) -> None:
    document = primary(tmp_path, swap=(f"<name>{name}</name>", f"<name>{name}</nome>"))
    with pytest.raises(VerificationError, match="cannot read") as caught:
        loaded(document)
    assert caught.value.where == document.where


@pytest.mark.usefixtures("split")
def test_a_count_that_is_wrong_is_told_though_no_half_has_all(tmp_path: Path) -> None:
    document = primary(tmp_path, swap=('packages="40"', 'packages="41"'))
    with pytest.raises(VerificationError, match="contradicts itself"):
        loaded(document)


@pytest.mark.usefixtures("split")
def test_a_document_of_another_size_than_it_says_is_refused(tmp_path: Path) -> None:
    document = primary(tmp_path)
    assert document.open_size
    for size in (document.open_size - 1, document.open_size + 1, document.open_size * 3):
        with pytest.raises(VerificationError, match=r"unpacks to|other content"):
            loaded(Document(document.path, document.where, size))


@pytest.mark.usefixtures("split")
def test_a_document_that_is_cut_is_refused(tmp_path: Path) -> None:
    document = primary(tmp_path)
    packed = tmp_path / "primary.xml.gz"
    packed.write_bytes(gzip.compress(document.path.read_bytes())[:-20])
    with pytest.raises(VerificationError, match="unpacked"):
        loaded(Document(packed, document.where, document.open_size))


@pytest.mark.usefixtures("split")
def test_entries_without_measure_are_refused_in_either_half(tmp_path: Path) -> None:
    for number, name in enumerate(("p2", "p37")):
        many = f"<name>{name}</name>" + '<rpm:entry name="x"/>' * 100_001
        document = primary(tmp_path / str(number), swap=(f"<name>{name}</name>", many))
        with pytest.raises(VerificationError, match="entries of one package"):
            loaded(document)


def test_what_is_small_or_looks_unusual_stays_whole(tmp_path: Path) -> None:
    document = primary(tmp_path)
    large = Document(document.path, document.where, LARGE)
    assert halves(document, document.beginning()) is None
    assert halves(large, document.beginning()) is not None
    assert halves(large, document.beginning().replace(b"metadata", b"x:metadata")) is None
    assert halves(Document(document.path, document.where), document.beginning()) is None
