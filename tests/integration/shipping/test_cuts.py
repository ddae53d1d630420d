"""Pushes and pulls over a wire that breaks, at random points: each ends as one that was never cut.

A seeded sample runs each time; `make soak` runs all.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.oci.content import Stretch
from airlock_builder.remote.oci.places import Ways
from airlock_builder.remote.places import Places
from airlock_builder.remote.traffic import Traffic
from airlock_builder.shipping.artifact import CHECKSUM, LOCK, Layer
from airlock_builder.shipping.contents import Piece
from airlock_builder.shipping.dock import Dock
from airlock_builder.shipping.pull import SCRATCH, pull
from airlock_builder.shipping.push import Shipment, push
from airlock_core import digest
from airlock_core.errors import AirlockError
from airlock_core.imageref import ImageRef
from airlock_core.locks import LOCK_NAMES
from tests.soak import cases
from tests.standin.images import registry
from tests.standin.upstream.cutting import Wire, wire

pytestmark = [pytest.mark.integration, pytest.mark.soak]

SEED = 20264
SIZE = 700_000
CUTS = (3, 50)


@dataclass(frozen=True)
class Wired:
    """A registry behind a wire, and files to bring there.

    Args:
        sources: by the title that each has there.
    """

    wire: Wire
    sources: dict[str, Path]

    def ref(self, name: str) -> ImageRef:
        return ImageRef(self.wire.address, name, "1")

    @property
    def dock(self) -> Dock:
        return Dock(Ways(Places(Mirrors({self.wire.address: f"http://{self.wire.address}"}))), Traffic())

    def push(self, name: str) -> None:
        pieces = [self._piece(title) for title in self.sources]
        push(Shipment("cut", "1", 1, lambda: pieces), self.ref(name), self.dock, force=True)

    def pull(self, name: str, folder: Path) -> None:
        pull(self.ref(name), folder, self.dock)

    def is_whole(self, folder: Path) -> bool:
        return all((folder / name).read_bytes() == path.read_bytes() for name, path in self.sources.items())

    def _piece(self, title: str) -> Piece:
        path = self.sources[title]
        size = path.stat().st_size
        kind = LOCK if title in LOCK_NAMES else CHECKSUM
        return Piece(Layer(title, kind, digest.of_file(path), size), Stretch(path, 0, size))


@pytest.fixture
def wired(tmp_path: Path) -> Iterator[Wired]:
    chance = random.Random(SEED)
    sources = {name: tmp_path / name for name in (*LOCK_NAMES, "large.bin")}
    for name, path in sources.items():
        path.write_bytes(chance.randbytes(SIZE if name == "large.bin" else 3_000))
    with registry.serve(tmp_path / "registry") as running, wire(running.address) as laid:
        yield Wired(laid, sources)


def points(count: int) -> list[int]:
    """Bytes after which the wire breaks."""
    return random.Random(SEED).sample(range(1, SIZE), count)


def test_a_push_that_was_cut_anywhere_ends_as_one_that_was_not(wired: Wired, tmp_path: Path) -> None:
    for number, point in enumerate(points(cases(*CUTS))):
        wired.wire.up.append(point)
        wired.push(f"cut/{number}")
        wired.pull(f"cut/{number}", tmp_path / f"out-{number}")
        assert wired.is_whole(tmp_path / f"out-{number}")
    assert wired.wire.cut == cases(*CUTS)


def test_a_pull_that_was_cut_anywhere_ends_as_one_that_was_not(wired: Wired, tmp_path: Path) -> None:
    wired.push("one")
    for number, point in enumerate(points(cases(*CUTS))):
        wired.wire.down.append(point)
        wired.pull("one", tmp_path / f"out-{number}")
        assert wired.is_whole(tmp_path / f"out-{number}")
    assert wired.wire.cut == cases(*CUTS)


def test_the_next_run_goes_on_where_one_stopped_that_was_cut_again_and_again(wired: Wired, tmp_path: Path) -> None:
    wired.push("one")
    out = tmp_path / "out"
    wired.wire.down += [SIZE // 2] + [1] * 40
    with pytest.raises(AirlockError):
        wired.pull("one", out)
    assert not [path for path in out.iterdir() if path.name != SCRATCH]
    begun = sum(path.stat().st_size for path in (out / SCRATCH).iterdir())
    assert begun > SIZE // 4
    wired.wire.down[:] = [SIZE - begun + 100_000, *[1] * 40]
    wired.pull("one", out)
    assert wired.is_whole(out)
    assert not (out / SCRATCH).exists()


def test_blobs_that_an_earlier_push_sent_whole_are_not_sent_again(wired: Wired, tmp_path: Path) -> None:
    wired.wire.up += [SIZE // 2] + [1] * 200
    with pytest.raises(AirlockError):
        wired.push("one")
    sent = {path.parent.name for path in tmp_path.glob("registry/storage/**/blobs/sha256/*/*/data")}
    wired.wire.up.clear()
    wired.push("one")
    wired.pull("one", tmp_path / "out")
    assert wired.is_whole(tmp_path / "out")
    shutil.rmtree(tmp_path / "out")
    assert sent <= {path.parent.name for path in tmp_path.glob("registry/storage/**/blobs/sha256/*/*/data")}
