"""Large primary metadata divided between two processes."""

from __future__ import annotations

import gzip
import io
import tempfile
import threading
from pathlib import Path

import pytest

from airlock_builder.lock.rpms.metadata import division
from airlock_builder.lock.rpms.metadata.division import LARGE, Share, divided
from airlock_builder.lock.rpms.metadata.document import Document
from airlock_builder.lock.rpms.solving.apart import Apart
from airlock_builder.lock.rpms.solving.subject import Subjects
from airlock_builder.lock.rpms.solving.universe import Universe
from airlock_builder.manifest.model import Repo
from airlock_core import compression
from airlock_core.errors import VerificationError
from tests.unit.builder.lock.rpms.made import Made, repo

NAMES = [f"p{number}" for number in range(40)]


def primary(tmp_path: Path, swap: tuple[str, str] = ("", ""), packages: int = len(NAMES)) -> Document:
    made = [Made(f"{name}-1-1.noarch", files=(f"/usr/bin/{name}",)) for name in NAMES[:packages]]
    repo(tmp_path / "r", *made, swap=swap)
    path = tmp_path / "r" / "repodata" / "primary"
    return Document(path, "http://up/primary.xml", path.stat().st_size)


def loaded(*documents: Document) -> Universe:
    """The packages of repositories r0, r1 and so on, read in their shares."""
    universe = Universe("x86_64")
    shares = list(divided(documents))
    read = enumerate(zip(documents, shares, strict=True))
    parts = {f"r{number}": (share.beside, one.where) for number, (one, share) in read if share.beside}
    with Apart("x86_64", parts) as apart:
        for number, (document, share) in enumerate(zip(documents, shares, strict=True)):
            universe.add(Repo(id=f"r{number}", baseurl=("http://up",)), document.where)
            universe.read_primary(f"r{number}", document, share, apart.parsed)
    universe.index()
    return universe


def in_two(document: Document) -> Share:
    """The shares of one document, both of which there must be."""
    (share,) = divided([document])
    assert share.here
    assert share.beside
    return share


def known(universe: Universe) -> list[tuple[str, str, int]]:
    packages = [universe.package(number) for repoid in universe.repos for number in universe.ids_of(repoid)]
    return [(str(one.nevra), one.href, one.size) for one in packages]


@pytest.fixture
def split(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every document is large enough."""
    monkeypatch.setattr(division, "LARGE", 0)


@pytest.mark.usefixtures("split")
def test_the_parts_are_the_whole_and_each_is_a_document(tmp_path: Path) -> None:
    document = primary(tmp_path)
    share = in_two(document)
    texts = []
    for write in (share.here, share.beside):
        target = io.BytesIO()
        assert write
        write(target)
        texts.append(target.getvalue())
    whole = document.path.read_bytes()
    root = whole[: whole.index(b"<package ")]
    assert all(text.startswith(root) and text.endswith(b"</metadata>") for text in map(bytes.rstrip, texts))
    assert texts[0].rstrip().removesuffix(b"</metadata>") + texts[1].removeprefix(root) == whole
    assert len(texts[1]) < len(texts[0]) < 2 * len(texts[1]) + 1000


@pytest.mark.usefixtures("split")
@pytest.mark.parametrize("piece", [1, 7, 100, 4000])
def test_the_cut_is_the_same_in_whatever_pieces_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    document = primary(tmp_path)
    share = in_two(document)
    expected, found = [io.BytesIO() for _ in range(2)], [io.BytesIO() for _ in range(2)]
    for targets in (expected, found):
        for write, target in zip((share.here, share.beside), targets, strict=True):
            assert write
            write(target)
        monkeypatch.setattr(compression, "CHUNK", piece)
    assert [target.getvalue() for target in found] == [target.getvalue() for target in expected]


def test_packages_are_the_same_in_the_same_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    document = primary(tmp_path)
    whole = loaded(document)
    monkeypatch.setattr(division, "LARGE", 0)
    assert in_two(document)
    divided_up = loaded(document)
    assert known(divided_up) == known(whole)
    assert len(known(divided_up)) == len(NAMES)
    owners = [[str(one) for one in two.pool.whatprovides(two.pool.str2id("p39"))] for two in (whole, divided_up)]
    assert owners == [["p39-1-1.noarch"]] * 2


@pytest.mark.parametrize("sizes", [(40, 10, 10), (10, 40, 10), (10, 10, 40), (1, 1), (0, 40), (40, 0)])
def test_of_several_repositories_the_last_are_read_beside_and_stay_the_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sizes: tuple[int, ...]
) -> None:
    documents = [primary(tmp_path / str(number), packages=size) for number, size in enumerate(sizes)]
    whole = loaded(*documents)
    monkeypatch.setattr(division, "LARGE", 0)
    shares = list(divided(documents))
    assert shares[0].here
    assert shares[-1].beside or sizes[-1] == 0
    kinds = [(share.here is not None, share.beside is not None) for share in shares]
    assert kinds == sorted(kinds, key=lambda kind: (not kind[0], kind[1])), "first those that are read here"
    assert known(loaded(*documents)) == known(whole)
    assert [len(universe_of) for universe_of in _by_repo(loaded(*documents))] == list(sizes)


def _by_repo(universe: Universe) -> list[range]:
    return [universe.ids_of(repoid) for repoid in universe.repos]


@pytest.mark.usefixtures("split")
def test_paths_of_packages_of_both_parts_are_read_behind_them(tmp_path: Path) -> None:
    made = [Made(f"{name}-1-1.noarch", checksum=f"{number:064x}") for number, name in enumerate(NAMES)]
    entries = "".join(
        f'<package pkgid="{one.checksum}" name="{name}" arch="noarch"><version epoch="0" ver="1" rel="1"/>'
        f"<file>/opt/{name}</file></package>"
        for name, one in zip(NAMES, made, strict=True)
    )
    root = f'<filelists xmlns="http://linux.duke.edu/metadata/filelists" packages="{len(NAMES)}">'
    repo(tmp_path / "r", *made, filelists=f"{root}{entries}</filelists>")
    files = tmp_path / "r" / "repodata"
    universe = loaded(Document(files / "primary", "w", (files / "primary").stat().st_size))
    universe.read_filelists("r0", Document(files / "filelists", "w"))
    universe.pool.createwhatprovides()
    subjects = Subjects(universe, set(universe.ids_of("r0")))
    for name in ("p2", "p37"):
        found = subjects.find(f"/opt/{name}")
        assert found is not None
        assert [str(one) for one in found.packages] == [f"{name}-1-1.noarch"]


@pytest.mark.usefixtures("split")
@pytest.mark.parametrize("packages", [0, 1, 2])
def test_a_document_of_few_packages_may_have_an_empty_part(tmp_path: Path, packages: int) -> None:
    assert len(known(loaded(primary(tmp_path, packages=packages)))) == packages


@pytest.mark.usefixtures("split")
@pytest.mark.parametrize("name", ["p2", "p37"])
def test_damage_in_either_part_is_named(tmp_path: Path, name: str) -> None:
    document = primary(tmp_path, swap=(f"<name>{name}</name>", f"<name>{name}</nome>"))
    with pytest.raises(VerificationError, match="cannot read") as caught:
        loaded(document)
    assert caught.value.where == document.where


@pytest.mark.usefixtures("split")
def test_a_count_that_is_wrong_is_told_though_no_part_has_all(tmp_path: Path) -> None:
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
def test_entries_without_measure_are_refused_in_either_part(tmp_path: Path) -> None:
    for number, name in enumerate(("p2", "p37")):
        many = f"<name>{name}</name>" + '<rpm:entry name="x"/>' * 100_001
        document = primary(tmp_path / str(number), swap=(f"<name>{name}</name>", many))
        with pytest.raises(VerificationError, match="entries of one package"):
            loaded(document)


def test_what_is_small_stays_whole(tmp_path: Path) -> None:
    document = primary(tmp_path)
    (small,) = divided([document])
    assert (small.here is not None, small.beside) == (True, None)
    assert in_two(Document(document.path, document.where, LARGE))


@pytest.mark.usefixtures("split")
def test_what_looks_unusual_stays_whole(tmp_path: Path) -> None:
    document = primary(tmp_path, swap=("<metadata ", "<metadata><!-- x --><x "))
    (unusual,) = divided([document])
    assert (unusual.here is not None, unusual.beside) == (True, None)


@pytest.mark.usefixtures("split")
def test_what_says_no_size_is_divided_by_a_guess(tmp_path: Path) -> None:
    document = primary(tmp_path)
    unsaid = Document(document.path, document.where)
    assert known(loaded(unsaid, unsaid)) == known(loaded(document, document))


@pytest.mark.usefixtures("split")
def test_where_there_can_be_no_copy_all_is_read_here_and_nothing_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    document = primary(tmp_path)
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    (tmp_path / "tmp").mkdir()
    done = threading.Event()
    thread = threading.Thread(target=done.wait)
    thread.start()
    try:
        assert len(known(loaded(document))) == len(NAMES)
        with pytest.raises(VerificationError):
            loaded(Document(document.path, document.where, document.path.stat().st_size - 1))
    finally:
        done.set()
        thread.join()
    assert list((tmp_path / "tmp").iterdir()) == []
