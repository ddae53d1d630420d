"""No space, runs side by side, Ctrl-C: the machine's own troubles."""

from __future__ import annotations

import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from airlock_builder.remote.traffic import STALL
from airlock_core import proc
from tests.integration.cli.airlock import SECONDS, Airlock
from tests.standin.upstream import Upstream
from tests.standin.upstream.requests import Request

pytestmark = [pytest.mark.integration, pytest.mark.long]

BLOB = "/small/files/blob.bin"
BLOB_SHA256 = "d698af36109ecccfb776d655a09a50635074340fdba2c69ecaf1e565df001fcf"
STALLED = 2 * SECONDS
"""Seconds for which a server holds an answer back: who waits for it is taken to hang."""
BOUND = STALL - 2.0
"""Seconds in which an interrupted run must have ended, lest it gave up the stalled connection instead."""


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A file system of a few bytes."""
    folder.mkdir()
    proc.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], timeout=10)
    try:
        yield folder
    finally:
        proc.run(["umount", folder], timeout=10)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Makes a small file system; skips where this user may not mount."""
    with ExitStack() as stack:

        def make(size: str) -> Path:
            try:
                return stack.enter_context(small_disk(tmp_path / "disk", size))
            except proc.ProcessFailed as failure:
                pytest.skip(f"no right to mount a tmpfs: {failure.why}")

        yield make


def wait_until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end, "waited for too long"
        time.sleep(0.02)


def asked(upstream: Upstream) -> list[Request]:
    """What the server was asked, without waiting for answers that it holds back."""
    return upstream.file_server.log.all(within=0)


def test_a_store_with_no_space_is_told_before_anything_is_fetched(
    at_root: Airlock, disk: Callable[[str], Path], upstream: Upstream
) -> None:
    told = at_root.with_store(disk("8m") / "store")("fetch", expect=6)
    assert re.search(r"not enough space: 1\.7 MiB to fetch, [\d.]+ MiB free", told.err)
    assert "--store" in told.err
    assert not [request for request in upstream.requests if request.path == BLOB]


def test_a_plan_tells_of_too_little_space_and_is_no_failure(at_root: Airlock, disk: Callable[[str], Path]) -> None:
    store = disk("1m") / "store"
    told = at_root.with_store(store)("plan")
    assert re.search(rf"store +[\d.]+ MiB +[\d.]+ [KM]iB  {store}  [\d.]+ [KM]iB too little", told.out)


def test_an_output_with_no_space_is_told_before_the_work_begins(filled: Airlock, disk: Callable[[str], Path]) -> None:
    folder = disk("1m")
    told = filled("build", "iso", "-o", folder / "x.iso", expect=6)
    assert re.search(r"not enough space: at least 1\.7 MiB for the medium, [\d.]+ KiB free", told.err)
    assert "stage  " not in told.err, "said before the work"
    assert [path.name for path in folder.iterdir() if path.stat().st_size] == []


def test_places_that_cannot_be_written_are_named(filled: Airlock, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    told = filled.with_store(tmp_path / "file/store")("fetch", expect=6)
    assert f"{tmp_path}/file/store" in told.err
    told = filled("build", "iso", "-o", tmp_path / "file/x.iso", expect=6)
    assert f"{tmp_path}/file/x.iso: cannot be written" in told.err


def test_two_runs_on_one_store_both_succeed(at_root: Airlock, upstream: Upstream) -> None:
    upstream.faults.slow("/small/*", seconds=0.05, chunk=1000)
    with at_root.started("fetch") as first, at_root.started("fetch") as second:
        ends = [process.communicate(timeout=SECONDS) for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), ends


def test_the_second_that_writes_one_output_names_the_first(filled: Airlock, tmp_path: Path) -> None:
    output = tmp_path / "x.iso"
    lock = tmp_path / ".x.iso.lock"
    with filled.started("build", "iso", "-o", output) as first:
        wait_until(lambda: lock.exists() and bool(lock.read_text()))
        first.send_signal(signal.SIGSTOP)
        told = filled("build", "iso", "-o", output, expect=10)
        assert "stage  " not in told.err, "said before the work"
        first.send_signal(signal.SIGCONT)
        out, err = first.communicate(timeout=SECONDS)
    assert f"the output {output} is held by process {first.pid} on {socket.gethostname()}" in told.err
    assert first.returncode == 0, err
    assert str(output) in out


def test_a_killed_build_leaves_nothing_that_the_next_does_not_clear(filled: Airlock, tmp_path: Path) -> None:
    output = tmp_path / "x.iso"
    with filled.started("build", "iso", "-o", output) as process:
        wait_until(lambda: any(tmp_path.glob(".x.iso.staging/*")))
        process.kill()
    assert not output.exists()
    filled("build", "iso", "-o", output)
    names = sorted(path.name for path in tmp_path.glob("*x.iso*"))
    assert names == ["x.iso", "x.iso.release.json", "x.iso.sha256"]


def test_ctrl_c_ends_a_fetch_soon_and_the_next_run_goes_on(at_root: Airlock, upstream: Upstream) -> None:
    upstream.faults.stall(BLOB, after=1000, seconds=STALLED)
    part = at_root.store / "parts" / BLOB_SHA256
    with at_root.started("fetch") as process:
        wait_until(lambda: part.exists() and part.stat().st_size >= 1000)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=BOUND)
    assert process.returncode == 130, err
    assert err.splitlines()[-1] == "stopped; a second run goes on from here"
    assert "Traceback" not in err
    upstream.faults.clear()
    upstream.forget_requests()
    at_root("fetch")
    assert [request.range for request in asked(upstream) if request.path == BLOB] == ["bytes=1000-"]


def test_ctrl_c_ends_a_lock_soon(at_root: Airlock, upstream: Upstream) -> None:
    upstream.faults.stall("/small/rpms/repodata/*primary*", after=10, seconds=STALLED)
    with at_root.started("lock", "--check") as process:
        wait_until(lambda: any("primary" in request.path for request in asked(upstream)))
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=BOUND)
    assert process.returncode == 130, err
    assert "Traceback" not in err


def test_a_closed_pipe_is_no_defect(at_root: Airlock) -> None:
    with at_root.started("schema") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(timeout=SECONDS) == 0
