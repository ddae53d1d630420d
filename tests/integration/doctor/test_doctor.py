"""``doctor`` on a deployer whose services are real: what is broken there is named, and nothing else."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from airlock_core.digest import Digest
from airlock_installer.doctor import certificates, images, medium, repo, running
from airlock_installer.doctor.area import AnyArea
from airlock_installer.doctor.examine import examine
from airlock_installer.doctor.finding import Finding, Severity
from airlock_installer.doctor.ground import Ground
from airlock_installer.media import mount
from airlock_installer.serve import services
from airlock_installer.site import samples
from tests.integration.serve.site import Site, site
from tests.registry_tar import Made, make

pytestmark = pytest.mark.integration

CORRUPTED = 50


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    """Thirty small images of more than fifty blobs."""
    return make(tmp_path_factory.mktemp("made"), images=30, size=2 << 20)


@pytest.fixture(scope="module")
def deployer(made: Made) -> Iterator[Site]:
    """A deployer that serves, whole."""
    with site(made) as found:
        found.layout.log.mkdir(parents=True, exist_ok=True)
        samples.write_one_node(found.layout.root / "site")
        found.up()
        yield found


def ground(deployer: Site) -> Ground:
    names = frozenset(["localhost", "127.0.0.1"])
    folder = deployer.layout.root / "site"
    return Ground(deployer.layout, deployer.endpoints, names, deployer.processes, folder, time.time(), lambda: ())


def found(deployer: Site, *areas: AnyArea) -> list[Finding]:
    return [one for area in areas for one in area.examine(ground(deployer))[0] if one.severity is Severity.ERROR]


def test_deployer_that_serves_whole_has_no_error(deployer: Site) -> None:
    assert found(deployer, running.AREA, repo.AREA, images.AREA, certificates.AREA) == []


def test_fifty_corrupted_blobs_are_named_each_with_who_needs_it_and_no_other(deployer: Site) -> None:
    blobs = sorted(deployer.storage.blobs())
    assert len(blobs) > CORRUPTED
    chance = random.Random(50)
    chosen = chance.sample(blobs, CORRUPTED)
    kept = {path: path.read_bytes() for path in chosen}
    for path, data in kept.items():
        at = chance.randrange(len(data))
        path.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
    named = {one.where for one in found(deployer, images.AREA) if "is damaged" in one.what}
    for path, data in kept.items():
        path.write_bytes(data)
    assert named == {str(path) for path in chosen}


def test_blob_and_link_that_vanished_are_told_with_their_image(deployer: Site, made: Made) -> None:
    image = made.images[0]
    path = deployer.storage.blob(image.digest)
    kept = path.read_bytes()
    path.unlink()
    lacking = [one for one in found(deployer, images.AREA) if one.where == image.site_name]
    path.write_bytes(kept)
    assert lacking


def test_stopped_service_and_medium_that_is_gone_are_told_and_the_looks_go_on(deployer: Site) -> None:
    source = deployer.layout.root.parent / "medium"
    deployer.processes.stop(services.REGISTRY)
    deployer.processes.stop(services.REPO)
    mount.unmount(deployer.layout)
    told: list[str] = []
    examination = examine(ground(deployer), told.append)
    mount.mount(deployer.layout, source)
    deployer.up()
    errors = {(one.area, one.what) for one in examination.findings if one.severity is Severity.ERROR}
    assert ("medium", "no medium is mounted") in errors
    assert ("services", "the registry does not run: inactive") in errors
    assert ("services", "the repo does not run: inactive") in errors
    assert list(examination.facts) == told
    assert json.dumps(examination.facts)
    assert [one.severity for one in examination.findings] == sorted(one.severity for one in examination.findings)


def test_medium_whose_documents_were_altered_cannot_be_used(deployer: Site) -> None:
    (one,) = found(deployer, medium.AREA)  # the made medium has no MANIFEST
    assert one.what == "the medium cannot be used"


def test_key_of_another_certificate_is_told(deployer: Site) -> None:
    key = deployer.layout.pki / "registry.key"
    kept = key.read_bytes()
    key.write_bytes((deployer.layout.pki / "ca.key").read_bytes())
    told = [one.where for one in found(deployer, certificates.AREA)]
    key.write_bytes(kept)
    assert told == [str(deployer.layout.pki / "registry.crt")]


def test_file_of_the_medium_that_is_not_served_is_told_as_its_client_finds_it(deployer: Site) -> None:
    path = deployer.layout.root.parent / "medium/BaseOS/repodata/repomd.xml"
    path.parent.mkdir(parents=True)
    path.write_text("<repomd/>")
    assert found(deployer, repo.AREA) == []
    path.chmod(0o600)  # nginx's workers are others
    told = [(one.where, one.what) for one in found(deployer, repo.AREA)]
    path.unlink()
    assert told == [("/BaseOS/repodata/repomd.xml", "the local repo answers with status 403")]


def test_look_changes_nothing(deployer: Site) -> None:
    def state() -> dict[Path, Digest]:
        files = (path for path in deployer.layout.root.rglob("*") if path.is_file() and "log" not in path.parts)
        return {path: Digest.sha256(path.read_bytes()) for path in files}

    before = state()
    examine(ground(deployer), lambda name: None)
    assert state() == before
