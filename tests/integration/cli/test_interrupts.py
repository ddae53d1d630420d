"""Ctrl-C and its like: the program ends soon whatever it waits for, leaves nobody behind, and goes on next time."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from airlock_builder.remote.traffic import PER_HOST, STALL
from airlock_core.locks import ReleaseLocks
from tests.integration.cli.airlock import PROGRAM, SECONDS, UNHELD, Airlock
from tests.integration.cli.conftest import ROOT
from tests.integration.cli.test_machine import asked, wait_until
from tests.standin.upstream import Upstream
from tests.standin.upstream.upstream import REGISTRY_HOST, mirror_args

pytestmark = [pytest.mark.integration, pytest.mark.long]

BLOB = "/small/files/blob.bin"
BLOB_SHA256 = "d698af36109ecccfb776d655a09a50635074340fdba2c69ecaf1e565df001fcf"
STALLED = 300.0
"""Seconds for which a server holds an answer back."""
BOUND = STALL - 2.0
"""Seconds in which a run must have ended, lest it gave up the stalled connection instead; docs/measurements.md has
what it takes."""


def interrupted(process: subprocess.Popen[str], number: signal.Signals = signal.SIGINT) -> str:
    """Interrupt a run; what it said."""
    process.send_signal(number)
    _, err = process.communicate(timeout=BOUND)
    assert "Traceback" not in err
    return err


def is_there(path: Path, size: int) -> Callable[[], bool]:
    return lambda: path.exists() and path.stat().st_size >= size


@pytest.fixture
def hung() -> Iterator[str]:
    """An address whose connections are never made: so many wait already that the kernel answers no more."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, contextlib.ExitStack() as waiting:
        for _ in range(4):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(server.getsockname())
        yield f"127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_fetch_ends_with_the_signals_status_and_the_next_asks_for_the_missing_bytes_alone(
    number: signal.Signals, at_root: Airlock, upstream: Upstream
) -> None:
    upstream.faults.stall("/small/*", after=1000, seconds=STALLED)
    parts = at_root.store / "parts"
    with at_root.started("fetch") as process:
        wait_until(lambda: len(sizes(parts)) == PER_HOST and min(sizes(parts).values()) >= 1000)
        err = interrupted(process, number)
    assert process.returncode == 128 + number
    assert err.splitlines()[-1] == "stopped; a second run goes on from here"
    assert "failed" not in err, "what was cut is no failure"
    begun = sizes(parts)
    assert list(begun.values()) == [1000] * PER_HOST
    assert not begun.keys() & {path.name for path in (at_root.store / "blobs/sha256").iterdir()}
    upstream.faults.clear()
    upstream.forget_requests()
    at_root("fetch")
    assert [request.range for request in upstream.requests if request.range] == ["bytes=1000-"] * PER_HOST
    assert not list(parts.iterdir())


def sizes(parts: Path) -> dict[str, int]:
    """The partial files of what the file server serves, by digest; the registry's blobs come and go beside them."""
    return {path.name: path.stat().st_size for path in parts.glob("*") if path.name in served()}


@cache
def served() -> frozenset[str]:
    """The digests of what the default release has from the file server."""
    locks = ReleaseLocks.load(ROOT)
    packages = (package.checksum for package in locks.rpms.packages)
    charts = (chart.digest for chart in locks.charts.charts if chart.url)
    return frozenset(one.hex for one in (*packages, *charts, *(file.checksum for file in locks.files.files)))


def test_it_does_not_wait_for_the_head_of_an_answer(at_root: Airlock, upstream: Upstream) -> None:
    upstream.faults.mute(BLOB, seconds=STALLED)
    with at_root.started("fetch") as process:
        wait_until(lambda: any(request.path == BLOB for request in asked(upstream)))
        interrupted(process)
    assert process.returncode == 130


@pytest.mark.parametrize("command", ["fetch", "lock"])
def test_it_does_not_wait_for_a_connection(command: str, at_root: Airlock, hung: str, upstream: Upstream) -> None:
    mirrors = mirror_args({"standin.test": hung, REGISTRY_HOST: upstream.registry})
    airlock = Airlock(at_root.folder, at_root.store, tuple(mirrors))
    with airlock.started(*([command, "--check"] if command == "lock" else [command])) as process:
        wait_until(lambda: any(is_connecting(pid, hung) for pid in (process.pid, *children(process.pid))))
        err = interrupted(process)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "stopped; a second run goes on from here"


def is_connecting(pid: int, address: str) -> bool:
    """Whether a process waits for a connection to be made (state SYN_SENT, proc(5))."""
    port = f"0100007F:{int(address.partition(':')[2]):04X}"
    with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it closes files, and ends, while this looks
        rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
        own = {link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir()}
        return any(row[2] == port and row[3] == "02" and f"socket:[{row[9]}]" in own for row in rows)
    return False


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            text = stat.read_text()
            if int(text.rpartition(")")[2].split()[1]) == pid:
                found.append(int(stat.parent.name))
    return found


def test_no_process_outlives_it_nor_anything_that_they_wrote(at_root: Airlock, upstream: Upstream) -> None:
    with upstream.faulty_registry() as registry:
        registry.faults.stall("/v2/*/blobs/*", after=100, seconds=STALLED)
        mirrors = mirror_args({**upstream.mirrors, REGISTRY_HOST: registry.address})
        airlock = Airlock(at_root.folder, at_root.store, tuple(mirrors))
        with airlock.started("fetch") as process:
            wait_until(lambda: bool(list((at_root.store / "tmp").glob("*/layout/oci-put-blob*"))))
            started = children(process.pid)
            assert started
            interrupted(process)
    assert process.returncode == 130
    wait_until(lambda: not any(Path(f"/proc/{pid}/cmdline").exists() for pid in started))
    at_root("fetch")
    assert not list((at_root.store / "tmp").iterdir())


STUBBORN = """
import sys, time
from airlock_builder.cli.interrupts import Interrupts
interrupts = Interrupts(lambda: "stopped\\n")
{hurry}
with interrupts.armed():
    word = "ready"
    while True:
        try:
            print(word, flush=True)
            time.sleep(60)
        except KeyboardInterrupt:
            word = "heard"
"""


@contextlib.contextmanager
def stubborn(hurry: str = "", *signals: str) -> Iterator[subprocess.Popen[str]]:
    """A run that does not end by itself, started with options of env(1) for its signals."""
    command = [*UNHELD, *signals, sys.executable, "-c", STUBBORN.format(hurry=hurry)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process
        process.kill()


def test_a_second_signal_ends_a_run_that_the_first_did_not() -> None:
    with stubborn() as process:
        process.send_signal(signal.SIGINT)
        assert process.stdout
        assert process.stdout.readline() == "heard\n"
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=BOUND) == ("", "stopped\n")
        assert process.returncode == 130


def test_a_run_that_hangs_is_ended_without_a_second_signal() -> None:
    with stubborn("interrupts.hurry()") as process:
        process.send_signal(signal.SIGTERM)
        assert process.communicate(timeout=BOUND) == ("heard\n", "stopped\n")
        assert process.returncode == 143


def test_a_signal_that_was_ignored_before_stays_so() -> None:
    with stubborn("", "--ignore-signal=HUP") as process:
        process.send_signal(signal.SIGHUP)
        time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        assert process.stdout
        assert process.stdout.readline() == "heard\n"
        assert process.poll() is None


def test_the_cursor_is_shown_again(at_root: Airlock, upstream: Upstream) -> None:
    upstream.faults.stall(BLOB, after=1000, seconds=STALLED)
    own, its = os.openpty()
    environment = {**at_root.environment, "TERM": "xterm"}
    command = [str(word) for word in (*UNHELD, PROGRAM, "fetch", *at_root.mirrors)]
    with subprocess.Popen(
        command, cwd=at_root.folder, env=environment, stdin=its, stdout=its, stderr=its, start_new_session=True
    ) as process:
        os.close(its)
        wait_until(is_there(at_root.store / "parts" / BLOB_SHA256, 1000))
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 130
    text = b""
    with contextlib.suppress(OSError):
        while piece := os.read(own, 65536):
            text += piece
    os.close(own)
    assert text.rindex(b"\x1b[?25h") > text.rindex(b"\x1b[?25l")
    assert text.decode().splitlines()[-1] == "stopped; a second run goes on from here"


WAITING = """\
import os, signal, sys, threading, time
from airlock_builder.cli.interrupts import Interrupts

def interrupt():
    time.sleep(0.5)
    os.kill(os.getpid(), signal.SIGTERM)

interrupts, lock = Interrupts(lambda: "farewell"), threading.Lock()
interrupts.hurry()
with interrupts.armed(), lock:
    threading.Thread(target=interrupt, daemon=True).start()
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    lock.acquire()
"""
"""Another thread gets the signal, so that the main one is not woken: as when it comes right before that one waits."""


def test_it_ends_when_the_main_thread_does_not_hear_of_the_signal() -> None:
    done = subprocess.run([sys.executable, "-c", WAITING], timeout=BOUND, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (128 + signal.SIGTERM, "farewell")
