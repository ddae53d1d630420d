"""Ctrl-C in a push and in a pull: they end soon, whatever they wait for, and the next run goes on."""

from __future__ import annotations

import contextlib
import hashlib
import signal
import socket
from collections.abc import Iterator

import pytest

from airlock_builder.shipping.pull import SCRATCH
from tests.integration.cli.airlock import SECONDS
from tests.integration.cli.test_interrupts import STALLED, interrupted
from tests.integration.cli.test_machine import wait_until
from tests.integration.shipping.conftest import ISO, TAG, Shop
from tests.standin.upstream import forward
from tests.standin.upstream.server import serve

pytestmark = pytest.mark.integration

FAREWELL = "stopped; a second run goes on from here"
BEGUN = 300_000


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_pull_ends_and_the_next_asks_for_the_missing_bytes_alone(number: signal.Signals, shop: Shop) -> None:
    shop.push()
    blob = f"/v2/releases/burrito/blobs/sha256:{hashlib.sha256(shop.iso.read_bytes()).hexdigest()}"
    with serve(forward.source(shop.address)) as server:
        server.faults.stall(blob, after=BEGUN, seconds=STALLED)
        behind = shop.at(server.address)
        source = f"{behind.repository}:{TAG}"
        with shop.airlock.started("pull", source, "-o", shop.out, "--insecure", server.address) as process:
            wait_until(lambda: BEGUN in sizes(shop))
            err = interrupted(process, number)
        killed = number is signal.SIGKILL
        assert process.returncode == (-number if killed else 130)
        assert killed or err.splitlines()[-1] == FAREWELL
        assert not (shop.out / ISO).exists()
        server.faults.clear()
        server.log.clear()
        behind.pull()
        assert [one.range for one in server.log.all() if one.path == blob] == [f"bytes={BEGUN}-"]
    assert shop.files()[ISO] == shop.iso.read_bytes()


def sizes(shop: Shop) -> Iterator[int]:
    """How much of each file is there; one may get another name meanwhile."""
    for part in shop.out.glob(f"{SCRATCH}/*.part"):
        with contextlib.suppress(FileNotFoundError):
            yield part.stat().st_size


@pytest.fixture
def silent() -> Iterator[socket.socket]:
    """A server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(SECONDS)
        yield server


def test_a_push_does_not_wait_for_an_answer(shop: Shop, silent: socket.socket) -> None:
    mirror = f"r.test=127.0.0.1:{silent.getsockname()[1]}"
    with shop.airlock.started("push", "r.test/burrito", "-m", "burrito.yaml", "--mirror", mirror) as process:
        connection, _ = silent.accept()
        with connection:
            assert connection.recv(4)
            err = interrupted(process)
    assert process.returncode == 130
    assert err.splitlines()[-1] == FAREWELL
