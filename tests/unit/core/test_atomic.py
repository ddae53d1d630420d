import errno
import multiprocessing
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from airlock_core import atomic
from airlock_core.errors import HeldError, MachineError


def test_a_written_file_is_whole_with_its_mode_and_nothing_beside_it(tmp_path: Path) -> None:
    atomic.write(tmp_path / "deep/x", "ü", mode=0o600)
    assert (tmp_path / "deep/x").read_bytes() == "ü".encode()
    assert (tmp_path / "deep/x").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in (tmp_path / "deep").iterdir()] == ["x"]


def test_a_failure_on_the_way_leaves_the_old_file(tmp_path: Path) -> None:
    (path := tmp_path / "x").write_text("old")
    with pytest.raises(RuntimeError), atomic.replacing(path) as part:  # noqa: PT012 - the block is what fails
        part.write_text("half")
        raise RuntimeError
    assert path.read_text() == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES])
def test_a_disk_that_takes_nothing_is_the_machines_fault(code: int) -> None:
    with pytest.raises(MachineError) as caught, atomic.disk_errors(Path("/some/where")):
        raise OSError(code, os.strerror(code))
    assert caught.value.where == "/some/where"


def test_other_errors_pass() -> None:
    with pytest.raises(FileNotFoundError), atomic.disk_errors(Path("x")):
        raise FileNotFoundError(errno.ENOENT, "x")


def test_the_second_holder_is_told_who_is_first(tmp_path: Path) -> None:
    with (
        atomic.held(tmp_path / "lock", "the output"),
        pytest.raises(HeldError, match=f"held by process {os.getpid()} on"),
        atomic.held(tmp_path / "lock", "the output"),
    ):
        pytest.fail("held twice")


def test_a_lock_is_free_after_its_block_even_a_failed_one(tmp_path: Path) -> None:
    for _ in range(2):
        with pytest.raises(RuntimeError), atomic.held(tmp_path / "lock", "x"):
            raise RuntimeError


def _hold_and_die(path: Path) -> None:
    with atomic.held(path, "x"):
        os._exit(9)


def test_a_holder_that_died_holds_nothing(tmp_path: Path) -> None:
    process = multiprocessing.get_context("spawn").Process(target=_hold_and_die, args=(tmp_path / "lock",))
    process.start()
    process.join(30)
    assert process.exitcode == 9
    with atomic.held(tmp_path / "lock", "x"):
        pass


def test_of_many_that_wait_one_at_a_time_holds_and_no_lock_file_stays(tmp_path: Path) -> None:
    lock, inside, most = tmp_path / "lock", [], []

    def work(_: int) -> None:
        for _ in range(25):
            with atomic.held(lock, "the counter", wait=True):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    assert most == [1] * (16 * 25)
    assert not lock.exists()
