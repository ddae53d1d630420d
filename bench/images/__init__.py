"""``python -m bench images [NAME [MIB [COUNT]]]``: images from the upstream to the site, a module for each table."""

from __future__ import annotations

import importlib
import os
import platform
from collections.abc import Sequence

from bench.images.shared import hashing

TABLES = {
    "fetch": "Fetching",
    "tar": "registry.tar",
    "load": "Loading at the site",
}
"""The modules, in the order of reading, with their headings."""
MIB, COUNT = "2048", "20"
"""Bytes of all blobs together, and how many images have them."""


def main(words: Sequence[str]) -> None:
    """Print all tables, or one of them, for images of some size."""
    name, mib, count = (*words, *("", MIB, COUNT)[len(words) :])
    print(f"{os.cpu_count()} cores, {platform.freedesktop_os_release()['PRETTY_NAME']}, {hashing()}")
    for table in (name,) if name else TABLES:
        print(f"\n### {TABLES[table]}: `python -m bench images {table}`\n", flush=True)
        importlib.import_module(f"bench.images.{table}").main(int(mib), int(count))
