"""What a person reads, and what the next run does, when the upstream fails or lies."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from airlock_core import digest
from tests.integration.cli.airlock import Airlock
from tests.integration.cli.conftest import ROOT
from tests.standin.upstream import Upstream
from tests.standin.upstream.upstream import REGISTRY_HOST, mirror_args

pytestmark = pytest.mark.integration

BLOB = "/small/files/blob.bin"
BLOB_SHA256 = "d698af36109ecccfb776d655a09a50635074340fdba2c69ecaf1e565df001fcf"
HELLO = "/small/rpms/Packages/hello-1.1-1.x86_64.rpm"


def assert_whole(airlock: Airlock) -> None:
    """Everything under a final name is what its name says."""
    for path in (airlock.store / "blobs/sha256").glob("*"):
        assert digest.of_file(path).hex == path.name


def test_bytes_that_do_not_match_are_told_with_both_digests_and_the_url(at_root: Airlock, upstream: Upstream) -> None:
    upstream.faults.flip(BLOB, offset=7)
    told = at_root("fetch", expect=4)
    assert (
        f"http://standin.test{BLOB}: other bytes than locked: expected sha256:{BLOB_SHA256}, found sha256:" in told.err
    )
    assert not (at_root.store / "blobs/sha256" / BLOB_SHA256).exists()
    upstream.faults.clear()
    assert "1 fetched" in at_root("fetch").out, "all else was fetched by the first run"


def test_a_package_that_is_not_there_is_told_with_url_and_repo(at_root: Airlock, upstream: Upstream) -> None:
    upstream.faults.status(HELLO, 404)
    told = at_root("fetch", expect=5)
    assert f"http://standin.test{HELLO}: package hello-1.1-1.x86_64 of repo small: cannot be fetched" in told.err
    assert "404 Not Found" in told.err
    assert_whole(at_root)
    upstream.faults.clear()
    assert "1 fetched" in at_root("fetch").out


def test_a_download_that_is_cut_again_and_again_fails_and_the_next_run_goes_on(
    at_root: Airlock, upstream: Upstream
) -> None:
    upstream.faults.cut(BLOB, after=100)
    told = at_root("fetch", expect=5)
    assert f"http://standin.test{BLOB}: cannot be fetched" in told.err
    assert "closed" in told.err
    assert not (at_root.store / "blobs/sha256" / BLOB_SHA256).exists()
    upstream.faults.clear()
    upstream.forget_requests()
    at_root("fetch")
    asked = [request.range for request in upstream.requests if request.path == BLOB]
    assert asked == ["bytes=400-"], "four attempts had brought 100 bytes each"


def test_an_upstream_that_is_down_is_named(airlock: Airlock) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        mirrors = {"standin.test": address, REGISTRY_HOST: address}
        told = Airlock(ROOT, airlock.store, tuple(mirror_args(mirrors)))("fetch", expect=5)
    registry = f"Connection refused, after 4 attempts at {address}"
    assert told.err.count(registry) == 4, "for each image and the registry's chart, and no more"
    assert f"(mirror {address})" in told.err
    assert told.err.count("what was fetched so far is kept") == 1
    assert "what was fetched so far is kept" in told.err


def test_offline_fetch_names_what_is_not_there(at_root: Airlock) -> None:
    told = at_root("fetch", "--offline", expect=5)
    assert "--offline" in told.err
    assert "registry.standin.test/demo/web" in told.err


def test_offline_lock_and_fetch_of_what_is_there_need_no_network(filled: Airlock, upstream: Upstream) -> None:
    upstream.forget_requests()
    told = filled("fetch", "--offline", "--json").json
    assert (told["new"], told["new_bytes"]) == (0, 0)
    told = filled("lock", "--offline", "--dry-run", "--json").json
    assert len(told["packages"]) == 4
    assert not upstream.requests


def test_a_blob_damaged_in_the_store_stops_the_build_and_is_fetched_anew_when_asked(
    filled: Airlock, tmp_path: Path
) -> None:
    blob = filled.store / "blobs/sha256" / BLOB_SHA256
    blob.write_bytes(b"x" + blob.read_bytes()[1:])
    told = filled("build", "iso", "-o", tmp_path / "x.iso", expect=4)
    assert "files/standin.test/small/files/blob.bin" in told.err
    assert not (tmp_path / "x.iso").exists()
    assert "run `airlock fetch --verify`" in told.err
    assert "1 fetched" in filled("fetch", "--verify").out
    filled("build", "iso", "-o", tmp_path / "x.iso")
