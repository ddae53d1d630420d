"""No space: said beforehand where it can be known, and nothing partial under a final name where not."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from airlock_builder.lock.taken import take
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.registry import Registry
from airlock_builder.store import Store
from airlock_core.errors import ExitCode, MachineError
from tests.integration.fetch.conftest import Fetcher
from tests.registries import registries

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a small tmpfs"),
]

BLOB = "/small/files/blob.bin"


@pytest.fixture
def small_store(tmp_path: Path) -> Iterator[Store]:
    """A store on a disk of 512 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "none", folder], check=True)
    yield Store(folder / "store")
    subprocess.run(["umount", folder], check=True)


def test_it_is_said_before_the_work_begins(fetcher: Fetcher, small_store: Store) -> None:
    with pytest.raises(MachineError, match="not enough space") as caught:
        replace(fetcher, store=small_store).run()
    assert caught.value.exit_code == ExitCode.MACHINE
    assert not fetcher.upstream.requests


def test_a_lock_says_so_before_it_takes_a_file(fetcher: Fetcher, small_store: Store) -> None:
    with pytest.raises(MachineError, match="not enough space"):
        take(f"http://standin.test{BLOB}", fetcher.http, small_store)
    assert [request.method for request in fetcher.upstream.requests] == ["HEAD"]


def test_a_download_of_unknown_size_stops(fetcher: Fetcher, small_store: Store) -> None:
    fetcher.upstream.faults.endless(BLOB)
    url = f"http://standin.test{BLOB}"
    with pytest.raises(MachineError, match="no space left"):
        small_store.receive("ab", lambda part: fetcher.http.download_unlocked(url, part))
    assert not list(small_store.blobs.glob("*/*"))


def test_an_image_stops(fetcher: Fetcher, small_store: Store) -> None:
    registry = Registry(registries(Mirrors(fetcher.upstream.mirrors)))
    web = next(image for image in fetcher.locks.images.images if image.ref.repository == "demo/web")
    with small_store.scratch() as scratch, pytest.raises(MachineError, match="no space left"):
        registry.copy(web.ref, layout=scratch / "layout", blobs=small_store.blobs)
    assert all(small_store.intact(replace(web.digest, hex=path.name)) for path in small_store.blobs.glob("*/*"))
