import json
from pathlib import Path

from airlock_builder.manifest.plan import Row, plan
from airlock_core.digest import Digest
from airlock_core.locks import ChartsLock, LockedChart, LockedRpm, ReleaseLocks, RpmArch, RpmsLock
from tests.unit.builder.manifest.writing import manifest, write


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
    assert rows["charts"] == Row("charts", 0, size=0)
    assert planned.disk is None
    assert "sizes, disk and time: unknown until `airlock lock` has run" in planned.lines()
    assert "assumed at the site: glibc" in planned.lines()
    assert "options: more" in planned.lines()


def test_with_locks_each_rpm_counts_once_and_sizes_add_up(tmp_path: Path) -> None:
    digest = Digest.sha256(b"")
    rpm = LockedRpm("a", "1-1", "noarch", "https://mirror.test/a-1-1.noarch.rpm", "r", 1000, digest)
    arches = tuple(RpmArch(arch, (rpm,), assumed=("glibc",)) for arch in ("aarch64", "x86_64"))
    locks = ReleaseLocks(
        rpms=RpmsLock(arches),
        charts=ChartsLock((LockedChart("c", "1", "https://charts.test", digest, 24),)),
    )
    planned = plan(manifest(tmp_path, "rpms: {packages: [a]}\n"), locks)
    assert (planned.download, planned.disk) == (1024, 2048)
    assert planned.assumed == ("glibc",)
    assert any("fetched: 1.0 KiB; disk needed: 2.0 KiB" in line for line in planned.lines())


def test_the_plan_is_json(tmp_path: Path) -> None:
    data = json.loads(json.dumps(plan(manifest(tmp_path, ""), None).to_json()))
    assert data["content"][0] == {"kind": "base", "requested": 0, "locked": None, "size": 0}
