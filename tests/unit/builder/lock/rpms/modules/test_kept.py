"""Module documents kept between runs."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from airlock_builder.lock.rpms.metadata.repodata import Metadata
from airlock_builder.lock.rpms.modules.kept import documents_of
from airlock_builder.lock.rpms.modules.modulemd import ModuleDocuments
from airlock_builder.manifest.model import Repo, Rpms
from airlock_builder.remote.http import HttpClient
from tests.repositories import reached
from tests.unit.builder.lock.rpms.made import Made, repo
from tests.unit.builder.lock.rpms.modules.documents import default, obsoletes, stream

TEXTS = (
    stream("m", "1.10", "platform: [el8], k: [-2]", more="static_context: true\n  demodularized: {rpms: [gone]}"),
    stream("k", "1", "k: [], platform: []", profiles="{a: {rpms: [k, l]}, b: {}}"[1:-1]),
    default("m", "1.10", '{"1.10": [a, b]}', modified=7),
    default("k"),
    obsoletes("m", "1.10", "m:2", more='eol_date: "2030-01-01T00:00Z"'),
    obsoletes("k", "1", more="context: c1\n  reset: true"),
)


@pytest.fixture
def made(tmp_path: Path) -> Repo:
    return repo(tmp_path / "r", Made("a-1-1.x86_64"), modules="".join(TEXTS))


def read(config: Repo, cache: Path) -> ModuleDocuments:
    with HttpClient() as http:
        metadata = Metadata(reached(http, cache, Rpms(repos=(config,))), cache)
        return documents_of(metadata, metadata.state(config))


def kept(cache: Path) -> list[Path]:
    return sorted((cache / "modules").iterdir())


def facts(documents: ModuleDocuments) -> list[Any]:
    """All values of all documents: some do not count where two streams are compared."""
    parts: list[Any] = [*documents.streams, *documents.defaults, *documents.obsoletes]
    return [(type(one), [(field.name, getattr(one, field.name)) for field in fields(one)]) for one in parts]


def test_a_second_run_reads_the_same_documents_without_the_yaml(made: Repo, tmp_path: Path) -> None:
    first = read(made, tmp_path / "cache")
    (tmp_path / "r" / "repodata" / "modules").unlink()
    for path in (tmp_path / "cache" / "sha256").iterdir():
        path.unlink()
    again = read(made, tmp_path / "cache")
    assert facts(again) == facts(first)
    assert len(facts(again)) == len(TEXTS)


def test_a_damaged_file_is_made_anew(made: Repo, tmp_path: Path) -> None:
    first = read(made, tmp_path / "cache")
    (path,) = kept(tmp_path / "cache")
    path.write_text(path.read_text().replace('"gone"', '"evil"'))
    assert facts(read(made, tmp_path / "cache")) == facts(first)
    assert kept(tmp_path / "cache") == [path]


def test_the_same_documents_of_another_repository_are_of_that_one(made: Repo, tmp_path: Path) -> None:
    read(made, tmp_path / "cache")
    other = replace(made, id="other")
    assert {one.repoid for one in read(other, tmp_path / "cache").streams} == {"other"}
    assert len(kept(tmp_path / "cache")) == 1
