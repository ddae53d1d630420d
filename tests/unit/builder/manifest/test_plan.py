"""What a plan says, with locks and without."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from airlock_builder.manifest.needs import Item, Sources, Space, items, lacking, output_size, shared
from airlock_builder.manifest.plan import Plan, Row, plan
from airlock_core.digest import Digest
from airlock_core.imageref import ImageRef
from airlock_core.locks import (
    Attachment,
    ChartsLock,
    ImagesLock,
    LockedChart,
    LockedImage,
    LockedRpm,
    ReleaseLocks,
    RpmArch,
    RpmsLock,
)
from tests.unit.builder.manifest.writing import manifest, write

ONE, TWO, LAYER, OTHER = (Digest.sha256(text) for text in (b"1", b"2", b"3", b"4"))


def image(name: str, size: int) -> LockedImage:
    return LockedImage(ImageRef.parse(f"registry.test/{name}:1").at(Digest.sha256(name.encode())), "1", (), size)


def locks() -> ReleaseLocks:
    """One package for two architectures, a chart, two images that share a layer."""
    rpm = LockedRpm("a", "1-1", "noarch", "https://mirror.test/a-1-1.noarch.rpm", "r", 1000, ONE)
    arches = tuple(RpmArch(arch, (rpm,), assumed=("glibc",)) for arch in ("aarch64", "x86_64"))
    chart = LockedChart("c", "1", "https://charts.test", TWO, 24)
    return ReleaseLocks(RpmsLock(arches), ImagesLock((image("x", 510), image("y", 520))), ChartsLock((chart,)))


def sources(*there: Digest, layers: Mapping[str, Mapping[Digest, int]] | None = None) -> Sources:
    known = layers or {}
    return Sources(
        host=lambda url: url.split("/")[2],
        image_host=lambda one: one.ref.host,
        has=lambda digest, size: digest in there,
        begun=lambda digest: 400 if digest == ONE else 0,
        layers=lambda one: known.get(one.ref.repository),
    )


SHARED = {"x": {LAYER: 500, OTHER: 10}, "y": {LAYER: 500, Digest.sha256(b"5"): 20}}


def test_without_locks_there_are_counts_and_no_sizes(tmp_path: Path) -> None:
    write(tmp_path / "r.txt", "# wheels\nclick\n\npydantic==2\n")
    loaded = manifest(
        tmp_path,
        """
        rpms: {packages: [a, b], assume: [glibc]}
        python: {requirements: r.txt}
        options: {more: {rpms: {packages: [b, c]}, images: {refs: [a.test/x:1]}}}
        """,
    )
    planned = plan(loaded, None)
    rows = {row.kind: row for row in planned.rows}
    assert rows["rpms"] == Row("rpms", 3)
    assert rows["python"].requested == 2
    assert rows["images"].requested == 1
    assert rows["charts"] == Row("charts", 0, size=0, fetch=0)
    assert (planned.size, planned.fetch, planned.seconds) == (None, None, None)
    assert "sizes, disk and time: unknown until `airlock lock` has run" in planned.lines()
    assert "assumed at the site: glibc" in planned.lines()
    assert "options: more" in planned.lines()


def test_what_the_store_has_is_not_fetched_and_what_was_begun_is_gone_on_with() -> None:
    found = items(locks(), sources(TWO))
    assert lacking(found, lambda item: item.kind) == {"rpms": (1, 600), "images": (2, 1030)}
    assert lacking(found, lambda item: item.host) == {"mirror.test": (1, 600), "registry.test": (2, 1030)}


def test_layers_that_images_share_count_once_when_their_manifests_are_known() -> None:
    found = items(locks(), sources(OTHER, layers=SHARED))
    assert [item.size for item in found if item.kind == "images"] == [510, 20]
    assert lacking(found, lambda item: item.kind)["images"] == (2, 520)


def test_it_says_where_shared_layers_may_be_counted_twice(tmp_path: Path) -> None:
    loaded = manifest(tmp_path, "")
    assert plan(loaded, locks(), items(locks(), sources())).at_most
    assert not plan(loaded, locks(), items(locks(), sources(layers=SHARED))).at_most


def test_all_goes_straight_into_the_medium_with_no_second_copy_beside_it() -> None:
    assert output_size(items(locks(), sources(ONE, TWO, layers=SHARED))) == 1000 + 24 + 530


def test_what_is_attached_to_images_is_counted_apart_from_them(tmp_path: Path) -> None:
    signed, held = image("x", 510), locks()
    about = Attachment("signature", signed.digest, (signed.digest,), "cosign-tag")
    signature = replace(image("x", 30), tag="sha256-1.sig", attachment=about)
    with_it = replace(held, images=ImagesLock((*held.images.images, signature)))
    lines = words(plan(manifest(tmp_path, ""), with_it, items(with_it, sources())))
    assert "images 0 2 1.0 KiB 1.0 KiB" in lines
    assert "attached 0 1 30 B 30 B" in lines
    assert not any(line.startswith("attached") for line in words(planned(tmp_path)))


def planned(tmp_path: Path, *spaces: Space, rate: int | None = None) -> Plan:
    loaded = manifest(tmp_path, "rpms: {packages: [a]}\n")
    return plan(loaded, locks(), items(locks(), sources(TWO, layers=SHARED)), spaces, rate)


def words(told: Plan) -> list[str]:
    """The lines, without what aligns their columns."""
    return [" ".join(line.split()) for line in told.lines()]


def test_the_plan_tells_counts_sizes_and_what_is_fetched_from_where(tmp_path: Path) -> None:
    told = planned(tmp_path)
    assert (told.size, told.fetch) == (1554, 1130)
    lines = words(told)
    assert "rpms 1 1 1000 B 600 B" in lines
    assert "total 4 1.5 KiB 1.1 KiB" in lines
    assert "mirror.test 1 file 600 B" in lines
    assert "registry.test 2 files 530 B" in lines
    assert told.assumed == ("glibc",)


def test_a_time_is_told_where_somebody_said_how_fast(tmp_path: Path) -> None:
    assert not any("takes" in line for line in planned(tmp_path).lines())
    assert "fetching takes at least 0:18:50 at 1 B/s" in planned(tmp_path, rate=1).lines()


STORE = Space("store", Path("/store"), 1000, 5000, device=1)


def test_places_of_one_file_system_are_taken_together(tmp_path: Path) -> None:
    output = Space("output", Path("/output"), 4500, 5000, device=1)
    assert [(both.needed, both.missing) for both in shared((STORE, output))] == [(5500, 500)]
    assert shared((STORE, replace(output, device=2))) == []
    lines = words(planned(tmp_path, STORE, output))
    assert "store 1000 B 4.9 KiB /store" in lines
    assert "both, on one file system 5.4 KiB 4.9 KiB 500 B too little" in lines


def test_of_many_hosts_those_with_little_are_counted_together(tmp_path: Path) -> None:
    found = [Item("files", f"host-{number:02}.test", number, number) for number in range(1, 31)]
    lines = words(plan(manifest(tmp_path, ""), locks(), found))
    assert "host-30.test 1 file 30 B" in lines
    assert "10 others 10 files 55 B" in lines


def test_the_plan_is_json(tmp_path: Path) -> None:
    data = json.loads(json.dumps(planned(tmp_path, STORE, rate=100).to_json()))
    assert data["content"][0] == {"kind": "base", "requested": 0, "locked": 0, "size": 0, "fetch": 0}
    assert data["hosts"][0] == {"host": "mirror.test", "files": 1, "fetch": 600}
    assert data["space"] == [{"what": "store", "path": "/store", "needed": 1000, "free": 5000}]
    assert (data["size"], data["fetch"], data["seconds"]) == (1554, 1130, 12)
