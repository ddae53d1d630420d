"""No package of real repositories is taken for one that stands there with several digests."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_builder.lock.rpms.metadata.document import Document
from airlock_builder.lock.rpms.solving import twins
from airlock_builder.lock.rpms.solving.universe import Universe
from airlock_builder.manifest.model import Repo
from tests import realdata

pytestmark = [pytest.mark.integration, pytest.mark.long]


@pytest.mark.parametrize("name", ["cs9-baseos", "cs9-appstream", "epel8"])
def test_every_package_of_a_real_repository_may_be_locked(name: str) -> None:
    folder = realdata.folder(f"repodata/{name}") / "repodata" / name
    for primary in sorted(folder.rglob("*-primary.xml.*")):
        universe = Universe("x86_64")
        universe.add(Repo(id=name, baseurl=(folder.as_uri(),)), primary.as_uri())
        universe.read_primary(name, Document(Path(primary), primary.as_uri()))
        universe.index()
        twins.check(universe, {number: universe.package(number) for number in universe.ids_of(name)})
