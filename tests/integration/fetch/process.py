"""A fetch as a process of its own: ``python -m tests.integration.fetch.process LOCKS STORE HOST=HOST:PORT…``.

Ends with the exit code of the error, 130 when interrupted.
"""

from __future__ import annotations

import sys
from pathlib import Path

from airlock_builder.fetch import fetch
from airlock_builder.remote.charts_oci import ChartsOci
from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.registry import Registry
from airlock_builder.store import Store
from airlock_core.errors import AirlockError
from airlock_core.locks import ReleaseLocks
from airlock_core.signatures import Keyring
from tests.registries import registries
from tests.standin.keys import PUBLIC_KEY


def main(locks: str, store: str, *options: str) -> int:
    mirrors = Mirrors.parse(options)
    keys = Keyring.load([PUBLIC_KEY])
    try:
        with HttpClient(mirrors, pause=0.01) as http:
            places = registries(mirrors)
            fetch(ReleaseLocks.load(Path(locks)), Store(Path(store)), http, Registry(places), ChartsOci(places), keys)
    except AirlockError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
