"""Images and charts of registries locked again without a network: as they were last seen, or by name what never was."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import pytest

from airlock_core.locks import ReleaseLocks
from tests.integration.cli.airlock import Airlock, Ran
from tests.integration.images.vendor import HOST, Vendor
from tests.standin.charts import Chart
from tests.standin.images import attach
from tests.standin.images.push import push_chart, put_manifest

pytestmark = pytest.mark.integration

WEB = f"{HOST}/demo/web:1.0"
DAY = 86_400


@pytest.fixture
def away(vendor: Vendor) -> Airlock:
    """The program with the same store where the registry cannot be reached, without locks that stand."""
    folder = vendor.airlock.folder.with_name("away")
    folder.mkdir()
    return Airlock(folder, vendor.airlock.store, ("--mirror", f"{HOST}=127.0.0.1:9"))


def lock(airlock: Airlock, expect: int = 0, **content: Any) -> Ran:
    airlock.write(content)
    return airlock("lock", "--offline", "-m", "release.yaml", expect=expect)


def seen_before(airlock: Airlock, days: int) -> None:
    """Let what was seen of registries be some days old."""
    then = time.time() - days * DAY - 60
    for path in (airlock.store / "metadata/registries").iterdir():
        os.utime(path, (then, then))


def test_tags_are_what_they_were_last_seen_to_be_and_their_age_is_told(vendor: Vendor, away: Airlock) -> None:
    platforms = ["linux/amd64", "linux/arm64"]
    refs = [WEB, f"{HOST}/demo/tool:1.0"]
    vendor.lock(refs=("demo/web:1.0", "demo/tool:1.0"), platforms=platforms)
    seen_before(vendor.airlock, 12)
    ran = lock(away, images={"refs": refs, "platforms": platforms})
    told = f"offline: taken as registries were last seen to have it: {refs[1]} 12 days ago, {WEB} 12 days ago"
    assert told in " ".join(ran.err.split())
    assert ReleaseLocks.load(away.folder / "locks/release").images.images == vendor.locked


def test_of_many_tags_the_oldest_are_told(vendor: Vendor, away: Airlock) -> None:
    raw = vendor.repository("demo/web").get("1.0")
    names = [f"demo/web:2.{number}" for number in range(7)]
    for name in names:
        put_manifest(vendor.address, "demo/web", name.partition(":")[2], raw, json.loads(raw)["mediaType"])
    vendor.lock(refs=tuple(names))
    ran = lock(away, images={"refs": [f"{HOST}/{name}" for name in names]})
    assert "just now; 2 more later" in ran.err


def test_what_was_never_seen_is_named_each_by_its_name(vendor: Vendor, away: Airlock) -> None:
    vendor.lock()
    refs = [WEB, f"{HOST}/demo/api:1.0", f"{HOST}/demo/web@sha256:{'1' * 64}"]
    charts = [{"oci": f"oci://{HOST}/charts/one", "version": "^1"}]
    told = lock(away, expect=5, images={"refs": refs}, charts=charts).err
    assert f"{HOST}/demo/api:1.0: was never seen from here, and the run is offline" in told
    assert f"{refs[2]}: is not in the store, and the run is offline" in told
    assert f"oci://{HOST}/charts/one: was never seen from here, and the run is offline" in told
    assert f"{WEB}: " not in told
    assert told.endswith("do:  run once without --offline\n")


def test_what_a_registry_lacked_when_it_was_asked_is_told_as_such(vendor: Vendor, away: Airlock) -> None:
    vendor.lock(refs=("demo/web:9",), expect=5)
    seen_before(vendor.airlock, 1)
    told = lock(away, expect=5, images={"refs": [f"{HOST}/demo/web:9"]}).err
    assert "the registry had none when it was last asked, 1 day ago, and the run is offline; its tags: 1.0" in told


def test_a_range_of_a_chart_is_met_by_what_was_listed(vendor: Vendor, away: Airlock, tmp_path: Path) -> None:
    for version in ("1.0.0", "1.1.0"):
        (tmp_path / "one.tgz").write_bytes(Chart("one", version).archive)
        push_chart(tmp_path / "one.tgz", vendor.address, "charts/one")
    charts = [{"oci": f"oci://{HOST}/charts/one", "version": "^1"}]
    vendor.airlock("lock", "-m", vendor.airlock.write({"charts": charts}))
    ran = lock(away, charts=charts)
    assert f"oci://{HOST}/charts/one just now" in ran.err
    (found,) = ReleaseLocks.load(away.folder / "locks/release").charts.charts
    assert found.version == "1.1.0"


def test_signatures_are_held_against_keys_without_a_network(vendor: Vendor, away: Airlock) -> None:
    key, web = attach.key(), vendor.repository("demo/web")
    web.sign(web.digest("1.0"), key)
    images: dict[str, Any] = {"signed": [{"image": "*", "keys": ["key.pub"]}], "attached": ["all"]}
    for folder in (vendor.airlock.folder, away.folder):
        attach.write_public(key, folder / "key.pub")
    vendor.lock(**images)
    lock(away, images={"refs": [WEB], **images})
    assert ReleaseLocks.load(away.folder / "locks/release").images.images == vendor.locked
    attach.write_public(attach.key(), away.folder / "key.pub")
    assert "made by none of these keys" in lock(away, expect=4, images={"refs": [WEB], **images}).err


def test_a_note_that_was_damaged_counts_as_none(vendor: Vendor, away: Airlock) -> None:
    vendor.lock()
    for path in (vendor.airlock.store / "metadata/registries").iterdir():
        path.write_text(path.read_text().replace('"raw": "ey', '"raw": "ez'))
    told = lock(away, expect=5, images={"refs": [WEB]}).err
    assert f"{WEB}: was never seen from here" in told


def test_what_was_seen_is_counted_and_goes_when_it_is_old(vendor: Vendor, away: Airlock) -> None:
    vendor.lock()
    assert "tags and lists of registries, as last seen" in vendor.airlock("store", "stat").out
    vendor.airlock("store", "gc", "--older-than", "30d", "--locks", "locks/release")
    lock(away, images={"refs": [WEB]})
    seen_before(vendor.airlock, 40)
    vendor.airlock("store", "gc", "--older-than", "30d", "--locks", "locks/release")
    assert "was never seen from here" in lock(away, expect=5, images={"refs": [WEB]}).err
