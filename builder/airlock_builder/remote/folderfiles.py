"""Files of a folder of this machine, by URLs that name them from the manifest's folder: ``vendor/powerflex/x.rpm``.

A URL without a scheme is a relative reference (RFC 3986, 4.2): a lock with such URLs holds on any machine that has
manifest and folder beside one another.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote, unquote

from airlock_builder.remote import local
from airlock_builder.remote.localfiles import LocalFiles
from airlock_core.errors import AirlockError

SAFE = "/~+^=,@!()"
"""Beside letters, digits and ``_.-``: what stands in a path as it is."""
_METADATA = "repodata/"


def reference(path: str) -> str:
    """A relative path as a URL."""
    text = quote(path, safe=SAFE)
    return text if text.startswith(("/", "../")) else f"./{text}" if ":" in text.partition("/")[0] else text


class FolderClient(LocalFiles):
    """A client for the files of one folder; it asks no network.

    Args:
        base: the folder's URL.
        folder: where it is.
        repodata: gives the folder that holds its repodata, which may be made for it; asked once, when it is needed.
    """

    def __init__(self, base: str, folder: Path, repodata: Callable[[Path], Path]) -> None:
        super().__init__()
        self._base = base.rstrip("/")
        self._folder = folder
        self._repodata = repodata
        self._asking = threading.Lock()
        self._metadata: Path | None = None

    def _opened(self, url: str) -> AbstractContextManager[BinaryIO]:
        return _named(url, self._path(url))

    def _path(self, url: str) -> Path:
        href = url.removeprefix(f"{self._base}/")
        if href.startswith(_METADATA):
            return self._place() / unquote(href)
        return self._folder / unquote(href)

    def _place(self) -> Path:
        with self._asking:
            if self._metadata is None:
                self._metadata = self._repodata(self._folder)
            return self._metadata


@contextlib.contextmanager
def _named(url: str, path: Path) -> Iterator[BinaryIO]:
    """A file, whose errors name its URL."""
    name = path.absolute().as_uri()
    try:
        with local.opened(name) as file:
            yield file
    except AirlockError as fault:
        fault.where, fault.todo = fault.where.replace(name, url), "put the file back as it was, or lock anew"
        raise
