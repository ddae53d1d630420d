"""The store: whole verified blobs, or none."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from airlock_builder.store import Store, default_root
from airlock_core.digest import Digest
from airlock_core.errors import MachineError, VerificationError

BODY = b"some bytes"
DIGEST = Digest.sha256(BODY)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "store")


def fill(part: Path) -> None:
    part.write_bytes(BODY)


def test_a_blob_stands_where_oci_tools_look(store: Store) -> None:
    assert store.ensure(DIGEST, len(BODY), fill)
    assert store.path(DIGEST) == store.blobs / "sha256" / DIGEST.hex
    assert store.read(DIGEST) == BODY


def test_a_blob_is_filled_in_once(store: Store) -> None:
    store.ensure(DIGEST, len(BODY), fill)
    assert not store.ensure(DIGEST, len(BODY), lambda part: pytest.fail("filled in twice"))


def test_other_bytes_never_get_their_name(store: Store) -> None:
    with pytest.raises(VerificationError):
        store.ensure(DIGEST, len(BODY), _other_bytes)
    assert not store.path(DIGEST).exists()
    assert not store.part(DIGEST).exists()


def test_a_failed_fill_keeps_what_came(store: Store) -> None:
    def fail(part: Path) -> None:
        part.write_bytes(BODY[:4])
        raise RuntimeError

    with pytest.raises(RuntimeError):
        store.ensure(DIGEST, len(BODY), fail)
    assert store.part(DIGEST).read_bytes() == BODY[:4]
    assert not store.has(DIGEST)


def test_a_blob_of_another_size_counts_as_absent_and_is_replaced(store: Store) -> None:
    store.ensure(DIGEST, len(BODY), fill)
    store.path(DIGEST).write_bytes(b"rot")
    assert not store.has(DIGEST, len(BODY))
    assert store.ensure(DIGEST, len(BODY), fill)
    assert store.intact(DIGEST, len(BODY))


def test_a_rotten_blob_is_named_on_use(store: Store) -> None:
    store.ensure(DIGEST, len(BODY), fill)
    store.path(DIGEST).write_bytes(b"SOME bytes")
    with pytest.raises(VerificationError, match="the chart is damaged") as caught:
        store.check(DIGEST, subject="the chart")
    assert caught.value.where == str(store.path(DIGEST))


def test_an_absent_blob_is_named(store: Store) -> None:
    with pytest.raises(VerificationError, match="is not in the store"):
        store.check(DIGEST)


def test_a_blob_of_unknown_digest_is_taken_in(store: Store) -> None:
    def take(part: Path) -> tuple[Digest, int]:
        fill(part)
        return DIGEST, len(BODY)

    assert store.receive("ab", take) == (DIGEST, len(BODY))
    assert store.read(DIGEST) == BODY


def test_what_its_writer_hashed_is_not_read_again_and_what_it_did_not_is(store: Store) -> None:
    def altered_since(part: Path) -> Digest:
        part.write_bytes(b"SOME bytes")
        return DIGEST

    store.ensure(DIGEST, len(BODY), altered_since)
    assert store.path(DIGEST).read_bytes() == b"SOME bytes", "the writer's word is taken"
    store.discard(DIGEST)
    with pytest.raises(VerificationError):
        store.ensure(DIGEST, len(BODY), _other_bytes)


@pytest.mark.parametrize("found", [Digest.sha256(b"other"), DIGEST])
def test_a_writer_that_tells_another_digest_or_wrote_too_little_is_refused(store: Store, found: Digest) -> None:
    body = BODY if found != DIGEST else BODY[:-1]
    with pytest.raises(VerificationError):
        store.ensure(DIGEST, len(BODY), lambda part: found if part.write_bytes(body) else None)
    assert not store.path(DIGEST).exists()


def test_no_blob_leaves_or_needs_a_lock_file_of_its_own(store: Store) -> None:
    def look(part: Path) -> None:
        assert [path.name for path in (store.root / "locks").iterdir()] == ["blobs"]
        fill(part)

    store.ensure(DIGEST, len(BODY), look)
    store.add(b"other bytes")
    assert [path.name for path in (store.root / "locks").iterdir()] == ["blobs"]


def test_two_blobs_are_written_at_once(store: Store) -> None:
    other = Digest.sha256(b"other bytes")
    with store.held(DIGEST):
        assert store.ensure(other, 11, lambda part: other if part.write_bytes(b"other bytes") else None)


def test_who_comes_second_waits_and_finds_the_blob(store: Store) -> None:
    begun, go_on = threading.Event(), threading.Event()
    results: dict[str, bool] = {}

    def slow(part: Path) -> None:
        begun.set()
        assert go_on.wait(10)
        fill(part)

    first = threading.Thread(target=lambda: results.update(first=store.ensure(DIGEST, len(BODY), slow)))
    second = threading.Thread(target=lambda: results.update(second=store.ensure(DIGEST, len(BODY), fill)))
    first.start()
    assert begun.wait(10)
    second.start()
    go_on.set()
    first.join(10)
    second.join(10)
    assert results == {"first": True, "second": False}


def test_lack_of_space_is_said_beforehand(store: Store) -> None:
    store.require_space(1)
    with pytest.raises(MachineError, match="not enough space"):
        store.require_space(1 << 60)


def test_a_scratch_folder_is_on_the_same_disk_and_goes(store: Store) -> None:
    with store.scratch() as folder:
        assert folder.is_relative_to(store.root)
    assert not folder.exists()


def test_what_a_killed_run_left_is_swept_away_and_what_is_in_use_is_not(store: Store) -> None:
    left = store.root / "tmp" / "left"
    left.mkdir(parents=True)
    (left / "oci-put-blob1").write_bytes(bytes(1000))
    with store.scratch() as first, store.scratch() as second:
        assert first.is_dir()
        assert second.is_dir()
        assert not left.exists()
    assert list((store.root / "tmp").iterdir()) == []


def test_the_folder_is_the_variables_else_the_caches() -> None:
    assert default_root({"AIRLOCK_STORE": "/s"}) == Path("/s")
    assert default_root({"XDG_CACHE_HOME": "/c"}) == Path("/c/airlock")
    assert default_root({}) == Path.home() / ".cache" / "airlock"


def _other_bytes(part: Path) -> None:
    part.write_bytes(b"other byte")
