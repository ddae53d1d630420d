"""What is promised of downloads, with its counts: cut anywhere, endless, truncated, killed, on a disk that fills up.

Each runs a seeded sample; `make soak` runs them all.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from airlock_builder.remote.http import HttpClient
from airlock_builder.store import Store
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, ExitCode, UpstreamError, VerificationError
from airlock_core.progress import Event, Step
from tests.integration.fetch.conftest import Fetcher
from tests.integration.fetch.test_processes import assert_whole, started
from tests.soak import cases
from tests.standin.upstream import files
from tests.standin.upstream.server import FaultyServer, serve

pytestmark = [pytest.mark.integration, pytest.mark.soak]

SEED = 20260
SIZE = 300_000
PATH = "/big.bin"
BODY = random.Random(SEED).randbytes(SIZE)
DIGEST = Digest.sha256(BODY)
CHUNK = 64 << 10


@pytest.fixture
def server(tmp_path: Path) -> Iterator[FaultyServer]:
    """Serves a file of several chunks."""
    (tmp_path / "big.bin").write_bytes(BODY)
    with serve(files.source({PATH: tmp_path / "big.bin"})) as running:
        yield running


def download(server: FaultyServer, part: Path, *, attempts: int = 2) -> None:
    with HttpClient(pause=0, attempts=attempts) as http:
        http.download(f"http://{server.address}{PATH}", part, size=SIZE, digest=DIGEST)
    assert part.read_bytes() == BODY


def offsets(count: int) -> list[int]:
    """Where bodies are cut: at their ends, about the ends of chunks, and anywhere."""
    marked = [0, 1, SIZE - 1, CHUNK - 1, CHUNK, CHUNK + 1]
    return (marked + random.Random(SEED).sample(range(SIZE), count))[:count]


def test_a_body_cut_anywhere_is_gone_on_with_in_the_same_run(server: FaultyServer, tmp_path: Path) -> None:
    for offset in offsets(cases(12, 100)):
        server.log.clear()
        server.faults.cut(PATH, after=offset, times=1)
        download(server, tmp_path / str(offset))
        assert [request.range for request in server.log.all()] == [None, f"bytes={offset}-" if offset else None]


def test_a_body_cut_anywhere_is_gone_on_with_in_the_next_run(server: FaultyServer, tmp_path: Path) -> None:
    for offset in offsets(cases(12, 100)):
        part = tmp_path / str(offset)
        server.faults.cut(PATH, after=offset, times=1)
        with pytest.raises(UpstreamError):
            download(server, part, attempts=1)
        server.log.clear()
        download(server, part, attempts=1)
        assert [request.sent for request in server.log.all()] == [SIZE - offset]


def test_an_endless_body_is_left_after_one_byte_too_many(server: FaultyServer, tmp_path: Path) -> None:
    server.faults.endless(PATH)
    took: list[int] = []
    with HttpClient(attempts=1) as http, pytest.raises(VerificationError, match="another size"):
        http.download(
            f"http://{server.address}{PATH}", tmp_path / "part", size=SIZE, digest=DIGEST, on_bytes=took.append
        )
    assert sum(count for count in took if count > 0) == SIZE + 1
    assert not (tmp_path / "part").exists()


@pytest.mark.parametrize("says", ["nothing", "less", "more"])
def test_a_body_that_is_too_short_is_never_taken_for_whole(says: str, server: FaultyServer, tmp_path: Path) -> None:
    short = BODY[:1000]
    server.faults.replace(PATH, short)
    if says == "nothing":
        server.faults.header(PATH, "Content-Length", None)
        server.faults.cut(PATH, after=1000)
    if says == "more":
        server.faults.length(PATH, claims=SIZE)
    with pytest.raises(AirlockError) as caught:
        download(server, tmp_path / "part", attempts=2)
    assert caught.value.exit_code == (ExitCode.VERIFICATION if says == "less" else ExitCode.UPSTREAM)
    assert PATH in caught.value.where


def test_runs_killed_anywhere_leave_nothing_partial_under_a_final_name(fetcher: Fetcher, tmp_path: Path) -> None:
    chance = random.Random(SEED)
    fetcher.upstream.faults.slow("/small/*", seconds=0.05, chunk=1000)
    for _ in range(cases(5, 200)):
        with started(fetcher, tmp_path) as process:
            with suppress(subprocess.TimeoutExpired):
                process.wait(0.5 + chance.random() * 1.5)
            process.kill()
        assert all(fetcher.store.intact(Digest("sha256", name)) for name in fetcher.blobs())
        if process.returncode == 0:  # it was done: begin anew
            shutil.rmtree(fetcher.store.root)
    fetcher.upstream.faults.clear()
    fetcher.run()
    assert_whole(fetcher)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 16 MiB beside the reserve that a fetch leaves free."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small tmpfs")
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=32m", "none", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def fill(disk: Path) -> None:
    """Leave no byte free."""
    with suppress(OSError), (disk / "filler").open("wb") as filler:
        while True:
            filler.write(bytes(1 << 16))
            filler.flush()


def filling(disk: Path, after: int) -> Callable[[Event], None]:
    """Progress that fills the disk at an event of those that come while bytes do."""
    count = 0

    def tell(event: Event) -> None:
        nonlocal count
        count += isinstance(event, Step) and not event.finished
        if count == after:
            fill(disk)

    return tell


def test_a_disk_that_fills_up_anywhere_is_told_and_the_next_run_goes_on(fetcher: Fetcher, disk: Path) -> None:
    fetcher.upstream.faults.slow("/small/*", seconds=0, chunk=500)
    fetcher.run()
    steps = sum(isinstance(event, Step) and not event.finished for event in fetcher.events)
    codes = []
    for number in range(cases(4, 50)):
        fetcher.store = Store(disk / f"store-{number}")
        fetcher.progress = filling(disk, random.Random(SEED + number).randrange(1, steps))
        try:
            fetcher.run()
        except AirlockError as fault:
            codes.append(fault.exit_code)
        assert all(fetcher.store.intact(Digest("sha256", name)) for name in fetcher.blobs())
        (disk / "filler").unlink(missing_ok=True)
        fetcher.run()
        assert_whole(fetcher)
        shutil.rmtree(fetcher.store.root)
    assert set(codes) == {ExitCode.MACHINE}
