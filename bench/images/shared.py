"""What the tables of images have in common: how a row is printed, and what others do to verify blobs."""

from __future__ import annotations

import hashlib
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from bench.measure import Command, Row

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


def hashed(file: Path, cores: int) -> Command:
    """The command that hashes all bytes of a file, and does nothing else."""
    return [sys.executable, "-m", "bench.images.hashing", str(cores), file]


def checked(blobs: Path) -> str:
    """The shell's words that compare all blobs of a folder with their names, on all cores."""
    each = 'for name do echo "$name  $name"; done | sha256sum --quiet -c -'
    return f"cd {blobs}/sha256 && ls | xargs -P {os.cpu_count()} -n 8 sh -c '{each}' sh"
