"""Makes everything costly of the stand-in, side by side, and says how long each took."""

import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.standin.images import storage


def build(*, big: bool) -> bool:
    """Make the artifacts that are not in the cache yet; return whether all are there. Prints a line for each."""
    makers = _makers(big=big)
    with ThreadPoolExecutor(len(makers)) as pool:
        runs = {name: pool.submit(_make, name, maker) for name, maker in makers.items()}
    failures = {name: error for name, run in runs.items() if (error := run.exception())}
    for name, error in failures.items():
        print(f"{name}: failed\n{''.join(traceback.format_exception(error))}", flush=True)
    return not failures


def _makers(*, big: bool) -> dict[str, Callable[[], Path]]:
    if not big:
        return {"registry": storage.build}
    from tests.standin import baseiso, packages  # here alone: the small release needs neither

    return {"registry": storage.build, "packages": packages.build, "base ISO": baseiso.build}


def _make(name: str, maker: Callable[[], Path]) -> None:
    begin = time.monotonic()
    path = maker()
    print(f"{name}: {time.monotonic() - begin:.1f} s, {path}", flush=True)
