"""``python -m bench.images.hashing CORES FILE``: SHA-256 of all bytes of a file, each once, and nothing else.

What nobody can go below who verifies them: each core hashes a part of its own, as threads do that hash blobs.
"""

from __future__ import annotations

import hashlib
import os
import sys
from concurrent.futures import ThreadPoolExecutor

PIECE = 1 << 20


def main(cores: str, file: str) -> None:
    """Hash."""
    descriptor = os.open(file, os.O_RDONLY)
    share = -(-os.fstat(descriptor).st_size // int(cores))
    with ThreadPoolExecutor(int(cores)) as pool:
        list(pool.map(lambda core: _hash(descriptor, core * share, share), range(int(cores))))


def _hash(descriptor: int, offset: int, size: int) -> None:
    state, buffer, end = hashlib.sha256(), memoryview(bytearray(PIECE)), offset + size
    while offset < end and (count := os.preadv(descriptor, [buffer[: end - offset]], offset)):
        state.update(buffer[:count])
        offset += count


if __name__ == "__main__":
    main(*sys.argv[1:])
