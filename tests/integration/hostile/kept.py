"""Hostile archives that take seconds to make, kept between runs until the code that makes them changes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

from tests.standin import cache

NAME = "archive"


def made(name: str, make: Callable[[], bytes], *makers: ModuleType) -> bytes:
    """The archive of one case, made by ``make`` where the cache has it not; ``makers`` are what it is made with."""
    sources = [Path(str(maker.__file__)) for maker in makers]
    folder = cache.artifact("hostile", cache.key_of(name, *sources), lambda empty: _write(empty / NAME, make))
    return (folder / NAME).read_bytes()


def _write(target: Path, make: Callable[[], bytes]) -> None:
    target.write_bytes(make())
