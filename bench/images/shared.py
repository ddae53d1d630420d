"""What the tables of images have in common: how a row is printed, and what the machine hashes a second."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from bench.measure import Row

HASHED = 256 << 20


def print_table(rows: Iterable[Row]) -> None:
    """Print rows as they come, with their processor time: what a busy machine's clock does not tell."""
    print("| what | airlock | peer | peer's | ratio | processor time | peer's |\n|---|---|---|---|---|---|---|")
    for row in rows:
        print(f"{row.markdown()} {row.ours.busy:.2f} s | {row.theirs.busy:.2f} s |", flush=True)


def hashing() -> str:
    """How fast one core hashes, since that is what fetch, build and load do most."""
    data = bytes(1 << 20)
    state, begin = hashlib.sha256(), time.process_time()
    for _ in range(HASHED >> 20):
        state.update(data)
    return f"SHA-256 {HASHED / (time.process_time() - begin) / 1e9:.2f} GB/s a core"


def hashing_together() -> float:
    """Bytes that all cores together hash in a second of the clock, side by side in threads as a load hashes."""
    cores = os.cpu_count() or 1
    begin = time.monotonic()
    with ThreadPoolExecutor(cores) as pool:
        list(pool.map(_hash, range(cores)))
    return cores * HASHED / (time.monotonic() - begin)


def _hash(_: int) -> None:
    data, state = bytes(1 << 20), hashlib.sha256()
    for _ in range(HASHED >> 20):
        state.update(data)
