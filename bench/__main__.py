"""`make bench`: every table, each from a module of its own; ``python -m bench NAME…`` prints one of them alone."""

from __future__ import annotations

import importlib
import sys

import pytest

TABLES = {
    "peers": "Beside peers",
    "lock": "The same packages as dnf, and as quickly",
    "rocky8": "29 RPMs of Rocky 8 with modules",
    "scale": "From 1,000 to 10,000 RPMs",
    "fetch": "Fetches",
    "images": "Images, from the upstream to the site",
    "site": "Steps on 3, 8 and 16 nodes",
}
"""The modules, in the order of reading, with their headings."""


def main(*words: str) -> None:
    """Print all tables, or what one module prints when it is given the other words."""
    if words:
        importlib.import_module(f"bench.{words[0]}").main(words[1:])
        return
    for name, heading in TABLES.items():
        print(f"## {heading}: `python -m bench {name}`\n", flush=True)
        try:
            importlib.import_module(f"bench.{name}").main([])
        except (pytest.skip.Exception, SystemExit) as reason:  # the demo, or the real data, is not there
            print(f"left out: {reason}")
        print(flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
