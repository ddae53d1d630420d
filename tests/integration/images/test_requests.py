"""What locking images asks registries for, counted: each document once, and no program started for it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from airlock_core.locks import ReleaseLocks
from tests.integration.cli.airlock import Airlock, Ran
from tests.integration.images.vendor import HOST
from tests.standin.upstream import Upstream
from tests.standin.upstream.server import FaultyServer
from tests.standin.upstream.upstream import mirror_args

pytestmark = pytest.mark.integration

NAMES = ("web", "api", "tool")


@dataclass(frozen=True)
class Counted:
    """The program, without skopeo, beside a registry that notes what it is asked."""

    airlock: Airlock
    server: FaultyServer

    def lock(self, *words: str, **images: object) -> tuple[Ran, list[str]]:
        """Lock; what was asked for, without the names of the images' host."""
        refs = [f"{HOST}/demo/{name}:1.0" for name in NAMES]
        self.airlock.write({"images": {"refs": refs, **images}})
        before = len(self.server.log.all())
        ran = self.airlock("lock", *words, "-m", "release.yaml")
        return ran, [one.path for one in self.server.log.all()[before:]]


@pytest.fixture
def counted(alone: Airlock, running_upstream: Upstream, tmp_path: Path) -> Iterator[Counted]:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/skopeo").write_text("#!/bin/sh\nexit 3\n")
    (tmp_path / "bin/skopeo").chmod(0o755)
    path = f"{tmp_path / 'bin'}:{alone.environment['PATH']}"
    with running_upstream.faulty_registry() as server:
        mirrors = tuple(mirror_args({HOST: server.address}))
        yield Counted(replace(alone, mirrors=mirrors, env={"PATH": path}), server)


def test_each_document_is_asked_for_once_by_no_program_of_its_own(counted: Counted) -> None:
    _, asked = counted.lock(platforms=["linux/amd64"])
    assert len(asked) == len(set(asked)) == 2 * len(NAMES)


def test_what_is_known_by_digest_is_asked_for_no_second_time(counted: Counted) -> None:
    counted.lock(platforms=["linux/amd64"])
    _, asked = counted.lock(platforms=["linux/amd64"])
    assert sorted(asked) == sorted(f"/v2/demo/{name}/manifests/1.0" for name in NAMES)


def test_a_registry_that_may_do_without_tls_is_asked_once_whether_it_does(counted: Counted) -> None:
    there = {"prefix": HOST, "location": counted.server.address}
    plain = replace(counted, airlock=replace(counted.airlock, mirrors=()))
    _, asked = plain.lock(platforms=["linux/amd64"], registries=[there], insecure=[counted.server.address])
    assert len(asked) == 2 * len(NAMES)


def test_a_mirror_that_gives_other_bytes_is_passed_over(counted: Counted, running_upstream: Upstream) -> None:
    counted.server.faults.header("/v2/demo/*/manifests/*", "Docker-Content-Digest", f"sha256:{'0' * 64}")
    places = {"prefix": HOST, "location": running_upstream.registry, "mirrors": [counted.server.address]}
    both = [counted.server.address, running_upstream.registry]
    one = replace(counted, airlock=replace(counted.airlock, mirrors=()))
    _, asked = one.lock(platforms=["linux/amd64"], registries=[places], insecure=both)
    assert asked
    assert len(ReleaseLocks.load(one.airlock.folder / "locks/release").images.images) == len(NAMES)


def test_a_configuration_that_is_none_is_a_fault_of_the_image(counted: Counted) -> None:
    """As where something that is no image has an image's media type."""
    raw = json.dumps({"schemaVersion": 2, "config": CONFIG, "layers": []}).encode()
    counted.server.faults.replace("/v2/demo/web/manifests/1.0", raw)
    counted.airlock.write({"images": {"refs": [f"{HOST}/demo/web:1.0"]}})
    ran = counted.airlock("lock", "-m", "release.yaml", expect=5)
    assert f"{HOST}/demo/web@{CONFIG['digest']}: cannot be fetched" in ran.err


def test_of_a_tag_that_is_not_there_the_nearest_are_told(counted: Counted) -> None:
    refs = [f"{HOST}/demo/web:1.00", f"{HOST}/demo/none:1.0"]
    counted.airlock.write({"images": {"refs": refs}})
    told = counted.airlock("lock", "-m", "release.yaml", expect=5).err
    assert "MANIFEST_UNKNOWN manifest unknown; its tags: 1.0" in told
    assert "MANIFEST_UNKNOWN manifest unknown; there is no such repository" in told


CONFIG = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": f"sha256:{'1' * 64}", "size": 2}
