"""``doctor`` on a deployer whose services are real: what is broken there is named, and nothing else."""

from __future__ import annotations

import json
import os
import random
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from airlock_core import media
from airlock_core.digest import Digest
from airlock_core.errors import StepError
from airlock_installer.doctor import certificates, clocks, copies, images, medium, repo, running, steps
from airlock_installer.doctor.area import AnyArea
from airlock_installer.doctor.examine import examine
from airlock_installer.doctor.finding import Finding, Severity
from airlock_installer.doctor.ground import Ground
from airlock_installer.ledger import COMMITTED, PARTIAL, Begun, Ledger
from airlock_installer.masking import Mask
from airlock_installer.media import mount
from airlock_installer.reach.login import Login
from airlock_installer.reach.nodes import Reached
from airlock_installer.reach.probe import Answer
from airlock_installer.serve import landed, services
from airlock_installer.site import samples
from airlock_installer.site import site as sites
from airlock_installer.site.inventory import Inventory
from airlock_installer.site.model.variables import Variables
from airlock_installer.steps import gather
from airlock_installer.steps.gather import Looking
from airlock_installer.steps.playbook import Outcome
from tests import made_medium
from tests.integration.serve.site import Site, site
from tests.registry_tar import Made, make
from tests.serve_process import Processes

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
    return Ground(
        deployer.layout, deployer.endpoints, names, deployer.processes, folder, time.time(), lambda: (), _play
    )


def _play(looking: Looking) -> Outcome:
    """Run a playbook where nobody needs a password."""
    return gather.look(looking, (), Mask(()))


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


def test_part_of_a_step_that_was_cut_when_the_whole_was_done_is_told(deployer: Site) -> None:
    ledger = Ledger(deployer.layout.ledger)
    whole = ledger.begin(Begun("ha", "clex"), deployer.layout.runs)
    ledger.move(whole.id, COMMITTED)
    assert found(deployer, steps.AREA) == []
    ledger.begin(Begun("ha", "clex", PARTIAL, arguments=["--limit", "control2"]), deployer.layout.runs)
    (told,) = found(deployer, steps.AREA)
    assert told.what.startswith("a part of ha was run since")
    assert "clex with --limit control2 was cut while it was applied" in told.why
    ledger.move(ledger.begin(Begun("ha", "clex"), deployer.layout.runs).id, COMMITTED)
    assert found(deployer, steps.AREA) == []


class Booted(Processes):
    """Services after a boot at which no medium was found."""

    def state(self, unit: str) -> str:
        return "failed" if unit == "airlock-media.service" else super().state(unit)


@contextmanager
def without_medium(deployer: Site) -> Iterator[Ground]:
    """The deployer once landing is done and the medium gone; its nginx shows what stands at the medium's place."""
    layout, source = deployer.layout, deployer.layout.root.parent / "medium"
    lock = f"{media.LOCKS}/images.lock"
    files = {lock: (source / lock).read_bytes(), "BaseOS/repodata/repomd.xml": b"<repomd/>"}
    made_medium.write(layout.repo, files)
    mount.unmount(layout)
    shutil.copytree(layout.repo, layout.medium, dirs_exist_ok=True)
    layout.landed_json.write_text(landed.text("127.0.0.1"))
    looked = ground(deployer)
    looked.runner = Booted(layout, deployer.processes.running)
    try:
        yield looked
    finally:
        layout.landed_json.unlink()
        for path in (layout.repo, *layout.medium.iterdir()):
            shutil.rmtree(path)
        mount.mount(layout, source)


def test_landed_deployer_whose_medium_is_gone_has_no_error_and_says_what_it_is_needed_for(deployer: Site) -> None:
    with without_medium(deployer) as looked:
        areas = (medium.AREA, running.AREA, repo.AREA, images.AREA, clocks.AREA)
        told = [one for area in areas for one in area.examine(looked)[0] if one.area != "clocks" or "made" in one.what]
    notes = [one for one in told if one.area == "medium"]
    assert [(one.severity, one.what) for one in notes] == [(Severity.NOTE, "no medium is mounted")]
    assert "`serve up`" in notes[0].why
    assert [one for one in told if one.severity is not Severity.NOTE] == []


def test_unit_of_the_medium_that_failed_for_want_of_it_is_told_once(deployer: Site) -> None:
    looked = ground(deployer)
    looked.runner = Booted(deployer.layout, deployer.processes.running)
    assert [one.where for one in running.AREA.examine(looked)[0] if "failed" in one.what] == ["airlock-media.service"]
    with without_medium(deployer) as looked:
        deployer.layout.landed_json.rename(deployer.layout.etc / "kept")
        told = [one for area in (medium.AREA, running.AREA) for one in area.examine(looked)[0]]
        (deployer.layout.etc / "kept").rename(deployer.layout.landed_json)
    assert [one.what for one in told if one.severity is Severity.ERROR] == ["no medium is mounted"]


def test_image_that_lacks_and_file_that_is_not_served_are_told_without_the_medium_too(
    deployer: Site, made: Made
) -> None:
    path = deployer.storage.blob(made.images[0].digest)
    with without_medium(deployer) as looked:
        kept = path.read_bytes()
        path.unlink()
        (deployer.layout.medium / "BaseOS/repodata/repomd.xml").write_text("<other/>")
        lacking = {one.where for one in images.AREA.examine(looked)[0] if one.severity is Severity.ERROR}
        served = [(one.where, one.todo) for one in repo.AREA.examine(looked)[0]]
        path.write_bytes(kept)
    assert made.images[0].site_name in lacking
    assert served == [("/BaseOS/repodata/repomd.xml", "airlock-site run landing")]


def test_clock_before_the_release_is_told_without_the_medium_too(deployer: Site) -> None:
    with without_medium(deployer) as looked:
        looked.now = made_medium.EPOCH - 86400
        told = clocks.AREA.examine(looked)[0]
    assert any("the release was made on" in one.what for one in told)


@contextmanager
def two_control_nodes(deployer: Site) -> Iterator[Ground]:
    """A landed site whose second control node is this machine too: its copies are what stands here."""
    hosts = {name: {"ip": f"127.0.0.{at}", "ansible_connection": "local"} for at, name in enumerate(("c1", "c2"), 1)}
    words = f"ansible_connection=local ansible_python_interpreter={sys.executable}"
    lines = [f"{name} ip={each['ip']} {words}" for name, each in hosts.items()]
    with without_medium(deployer) as looked:
        folder = deployer.layout.root / "two"
        folder.mkdir(exist_ok=True)
        (folder / "hosts").write_text("\n".join([*lines, "[kube_control_plane]", *hosts]) + "\n")
        looked.site = sites.Site(folder, Inventory(hosts, {"kube_control_plane": list(hosts)}), Variables())
        answer = Answer(looked.now, "root", "c", "/usr/bin/python3 3.6.8", "root")
        logins = [Login(name, str(each["ip"]), "root", 22, Path("/key"), is_local=True) for name, each in hosts.items()]
        looked.reached = tuple(Reached(login, "no ssh", answer) for login in logins)
        yield looked


@pytest.mark.skipif(os.geteuid() != 0, reason="the playbook becomes root")
def test_rotten_copies_of_a_control_node_are_told_by_node_and_file_and_the_deployer_s_registry_is_not_read_twice(
    deployer: Site,
) -> None:
    blob = max(deployer.storage.blobs(), key=lambda path: path.stat().st_size)
    kept = blob.read_bytes()
    with two_control_nodes(deployer) as looked:
        sound = copies.AREA.examine(looked)
        blob.write_bytes(bytes([kept[0] ^ 1]) + kept[1:])
        rotten, _ = copies.AREA.examine(looked)
        looked.quick = True
        quick, _ = copies.AREA.examine(looked)
        looked.quick = False
        blob.write_bytes(kept)
        (deployer.layout.repo / "BaseOS/repodata/repomd.xml").unlink()
        lacking, _ = copies.AREA.examine(looked)
    assert sound == ([], copies.CopiesFacts((copies.Copies("c1"), copies.Copies("c2")), "c1", has_medium=False))
    assert [(one.where, one.why) for one in rotten] == [("c2", f"other bytes: {blob}")]
    assert quick == []
    gone = f"lacking: {deployer.layout.repo}/BaseOS/repodata/repomd.xml"
    assert [(one.where, one.why) for one in lacking] == [("c1", gone), ("c2", gone)]


@pytest.mark.skipif(os.geteuid() != 0, reason="the playbook becomes root")
def test_copies_of_images_that_the_deployer_itself_has_not_whole_are_said_to_be_unseen(
    deployer: Site, made: Made
) -> None:
    path = deployer.storage.blob(made.images[0].digest)
    kept = path.read_bytes()
    with two_control_nodes(deployer) as looked:
        path.unlink()
        told, _ = copies.AREA.examine(looked)
        path.write_bytes(kept)
    assert [(one.severity, one.what) for one in told] == [
        (Severity.WARNING, "images were not looked at on the other control nodes")
    ]


def test_control_nodes_that_were_reached_are_looked_at_alone_and_one_that_fails_is_told_with_its_reason(
    deployer: Site,
) -> None:
    asked: list[Looking] = []

    def failing(looking: Looking) -> Outcome:
        asked.append(looking)
        return Outcome(faults=[StepError("the task 'Read' failed", where="c2", why="Input/output error")])

    with two_control_nodes(deployer) as looked:
        first, second = looked.reached
        looked.reached = (replace(first, answer=None), second)
        looked.look = failing
        (told,), _ = copies.AREA.examine(looked)
    assert [list(looking.nodes) for looking in asked] == [["c2"]]
    assert (told.where, told.why) == ("c2", "the task 'Read' failed: Input/output error")


def test_deployer_s_copy_without_its_documents_is_told_with_where_they_are(deployer: Site) -> None:
    with two_control_nodes(deployer) as looked:
        path = deployer.layout.repo / media.MANIFEST
        path.write_text("")
        (told,), _ = copies.AREA.examine(looked)
    assert told.what == "the documents by which the copies are known cannot be used"
    assert told.todo == "put the medium in, then: airlock-site media mount && airlock-site run landing"


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
