"""Several fetches as processes: side by side on one store, killed, interrupted."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from airlock_builder.remote.traffic import STALL
from airlock_core.digest import Digest
from tests.integration.cli.airlock import UNHELD
from tests.integration.fetch.conftest import Fetcher

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
BLOB = "/small/files/blob.bin"
SECONDS = 300.0
"""After which a run is taken to hang, on a machine with much else to do."""


@contextmanager
def started(fetcher: Fetcher, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A fetch of all that the locks hold; killed at the end if it still runs."""
    fetcher.locks.write(folder / "locks")
    command = [sys.executable, "-m", "tests.integration.fetch.process", str(folder / "locks"), str(fetcher.store.root)]
    mirrors = [f"{host}={address}" for host, address in fetcher.upstream.mirrors.items()]
    with subprocess.Popen(
        [*UNHELD, *command, *mirrors], cwd=ROOT, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.kill()


def wait_for_part(fetcher: Fetcher, size: int) -> None:
    """Wait until the blob's partial file has so many bytes."""
    part = fetcher.store.part(fetcher.locks.files.files[0].checksum)
    end = time.monotonic() + SECONDS
    while time.monotonic() < end and not (part.exists() and part.stat().st_size >= size):
        time.sleep(0.02)
    assert part.stat().st_size >= size


def assert_whole(fetcher: Fetcher) -> None:
    assert fetcher.blobs()
    assert all(fetcher.store.intact(Digest("sha256", name)) for name in fetcher.blobs())
    assert not list((fetcher.store.root / "parts").iterdir())


def test_two_runs_share_a_store_and_fetch_each_file_once(fetcher: Fetcher, tmp_path: Path) -> None:
    fetcher.upstream.faults.slow("/small/*", seconds=0.2, chunk=1000)
    with started(fetcher, tmp_path / "a") as first, started(fetcher, tmp_path / "b") as second:
        ends = [process.communicate(timeout=SECONDS)[1] for process in (first, second)]
    assert (first.returncode, second.returncode) == (0, 0), ends
    paths = [request.path for request in fetcher.upstream.requests if request.method == "GET"]
    assert len(paths) == len(set(paths))
    assert_whole(fetcher)


def test_a_killed_run_leaves_nothing_partial_and_the_next_goes_on(fetcher: Fetcher, tmp_path: Path) -> None:
    fetcher.upstream.faults.stall(BLOB, after=1000, seconds=SECONDS)
    with started(fetcher, tmp_path) as process:
        wait_for_part(fetcher, 1000)
        process.kill()
    assert all(fetcher.store.intact(Digest("sha256", name)) for name in fetcher.blobs())
    fetcher.upstream.faults.clear()
    fetcher.upstream.forget_requests()
    fetcher.run()
    assert [request.range for request in fetcher.upstream.requests if request.path == BLOB] == ["bytes=1000-"]
    assert_whole(fetcher)


def test_an_interrupted_run_ends_though_the_server_stalls(fetcher: Fetcher, tmp_path: Path) -> None:
    fetcher.upstream.faults.stall(BLOB, after=1000, seconds=SECONDS)
    with started(fetcher, tmp_path) as process:
        wait_for_part(fetcher, 1000)
        process.send_signal(signal.SIGINT)
        _, text = process.communicate(timeout=STALL - 2)
    assert process.returncode == 130, text
