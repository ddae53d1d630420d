"""The compiled part; see ``_sha256.c``."""

from collections.abc import Iterable
from typing import final

KERNELS: tuple[str, ...]
"""What this processor can do, the best last."""
WIDTH: int
"""Messages that the best of them takes at once."""
PROCESSOR_HASHES: bool
"""Whether the processor has instructions for SHA-256, which hashlib uses."""

@final
class Sha256:
    def __new__(cls) -> Sha256: ...
    def update(self, piece: bytes | bytearray | memoryview, /) -> None: ...
    def digest(self) -> bytes: ...
    def hexdigest(self) -> str: ...

def update(pieces: Iterable[tuple[Sha256, bytes | bytearray | memoryview]], kernel: str = ...) -> None: ...
