"""When a lock moves, and when it stays though its repositories moved."""

from dataclasses import replace

import pytest

from airlock_builder.lock.changes import settled
from airlock_core.digest import Digest
from airlock_core.locks import LockedRepo, LockedRpm, ModuleMetadata, ReleaseLocks, RpmArch, RpmsLock


def digest(text: str) -> Digest:
    return Digest.sha256(text.encode())


def document(name: str, day: str, base: str = "https://a") -> ModuleMetadata:
    return ModuleMetadata("base", f"{base}/repodata/{name}", 1, digest(name + day))


def locks(day: str, evr: str = "1-1", base: str = "https://a", *, keys: tuple[str, ...] = ("A",)) -> ReleaseLocks:
    rpm = LockedRpm("foo", evr, "noarch", f"{base}/foo-{evr}.noarch.rpm", "base", 1, digest(evr))
    comps, updateinfo = document("comps.xml", day, base), document("updateinfo.xml", day, base)
    repo = LockedRepo("base", digest(day), day, keys, comps, updateinfo, int(day), base)
    return ReleaseLocks(RpmsLock((RpmArch("x86_64", (rpm,), (), (document("modules.yaml", day, base),)),), (repo,)))


def without(found: ReleaseLocks, **facts: object) -> ReleaseLocks:
    repo = replace(found.rpms.repos[0], **facts)  # type: ignore[arg-type]
    return ReleaseLocks(RpmsLock(found.rpms.arches, (repo,)))


def test_newer_metadata_of_the_same_packages_changes_nothing() -> None:
    old = locks("1")
    assert settled(old, locks("2")).locks == old
    assert settled(old, locks("2", base="https://b")).locks == old


def test_where_a_package_moves_all_records_do() -> None:
    new = locks("2", "2-1")
    assert settled(locks("1"), new).locks == new


def test_other_keys_move_the_record_alone_and_say_so() -> None:
    old, new = locks("1"), locks("2", base="https://b", keys=("A", "B"))
    found = settled(old, new)
    (repo,) = found.locks.rpms.repos
    assert (repo.key, repo.repomd, repo.base) == (("A", "B"), digest("2"), "https://a")
    assert repo.comps == document("comps.xml", "2")
    assert found.locks.rpms.arches == old.rpms.arches
    assert found.notes == ("repo base: the manifest gives it other keys",)


@pytest.mark.parametrize("lacking", ["comps", "updateinfo", "timestamp"])
def test_what_an_older_lock_did_not_know_is_added(lacking: str) -> None:
    found = settled(without(locks("1"), **{lacking: None}), locks("2"))
    assert found.locks.rpms.repos == locks("2").rpms.repos
    assert len(found.notes) == 1


@pytest.mark.parametrize("name", ["comps.xml", "updateinfo.xml"])
def test_a_record_whose_document_is_lost_moves(name: str) -> None:
    found = settled(locks("1"), locks("2"), lambda one: one.checksum != document(name, "1").checksum)
    assert found.locks.rpms.repos == locks("2").rpms.repos
    assert found.locks.rpms.arches == locks("1").rpms.arches
    assert found.notes == (f"repo base: the {name} that was locked is not to be had any more",)


def test_modules_that_are_lost_move() -> None:
    found = settled(locks("1"), locks("2"), lambda one: one.checksum != document("modules.yaml", "1").checksum)
    assert found.locks.rpms.arches == locks("2").rpms.arches
    assert found.locks.rpms.repos == locks("1").rpms.repos


def test_a_document_that_did_not_change_is_not_asked_for() -> None:
    old = locks("1")
    new = without(old, repomd=digest("2"), revision="2")
    assert settled(old, new, lambda one: False).locks == old


def streams(found: ReleaseLocks, *names: str) -> ReleaseLocks:
    arch = replace(found.rpms.arches[0], module_streams=names)
    return ReleaseLocks(RpmsLock((arch,), found.rpms.repos))


def test_newer_builds_of_required_streams_move_only_with_the_document_that_has_them() -> None:
    old, new = streams(locks("1"), "a:1:1:c:x86_64"), streams(locks("2"), "a:1:2:c:x86_64")
    assert settled(old, new).locks == old
    (arch,) = settled(old, new, lambda one: one.url != document("modules.yaml", "1").url).locks.rpms.arches
    assert (arch.module_streams, arch.module_metadata) == (("a:1:2:c:x86_64",), (document("modules.yaml", "2"),))


def test_required_streams_that_an_older_lock_did_not_name_are_added() -> None:
    found = settled(locks("1"), streams(locks("2"), "a:1:2:c:x86_64"))
    (arch,) = found.locks.rpms.arches
    assert (arch.module_streams, arch.module_metadata) == (("a:1:2:c:x86_64",), (document("modules.yaml", "2"),))
    assert found.notes == ("the lock did not name the module streams that its own require",)
