"""Files within an ISO image of this machine, by URLs that name the image and, behind ``#``, the file in it.

``https://mirror.example/Rocky-8.10-minimal.iso#BaseOS/repodata/repomd.xml``: what the server has is the image; the
fragment names a part of it (RFC 3986, 3.5).
"""

from __future__ import annotations

import contextlib
import io
import threading
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO
from urllib.parse import unquote, urldefrag

from airlock_builder.remote.failures import MissingError
from airlock_builder.remote.localfiles import LocalFiles
from airlock_core.iso import IsoFile, IsoReader, part_of


def url_of(image: str, path: str) -> str:
    """The URL of a file or folder within an image."""
    return f"{image}#{path}"


def is_within(url: str) -> bool:
    """Whether a URL names a file within an image, and not the image."""
    return bool(urldefrag(url).fragment)


class IsoClient(LocalFiles):
    """A client for the files of one image; it asks no network, but for what ``image`` does.

    Args:
        image: gives the image's path; asked once, with the first file.
    """

    def __init__(self, image: Callable[[], Path]) -> None:
        super().__init__()
        self._image = image
        self._reading = threading.Lock()
        self._path: Path | None = None
        self._files: dict[PurePosixPath, IsoFile] = {}

    @contextlib.contextmanager
    def _opened(self, url: str) -> Iterator[BinaryIO]:
        path = self._read()
        name = PurePosixPath(unquote(urldefrag(url).fragment))
        file = self._files.get(name)
        if file is None:
            raise MissingError(
                "is not in the image", where=url, todo="look at the image's own repodata, or take another"
            )
        with IsoReader(path) as reader:
            yield io.BufferedReader(_Part(reader, file))

    def _read(self) -> Path:
        """The image's path, its folders read."""
        with self._reading:
            if self._path is None:
                path = self._image()
                with IsoReader(path) as reader:
                    self._files = {file.path: file for file in reader.image().files}
                self._path = path
            return self._path


class _Part(io.RawIOBase):
    """One file of an image as a file of its own."""

    def __init__(self, reader: IsoReader, file: IsoFile) -> None:
        super().__init__()
        self._reader = reader
        self._file = file
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._file.size}[whence]
        return self._at

    def readinto(self, buffer: Any) -> int:
        wanted = memoryview(buffer)
        extents = part_of(self._file, self._at, len(wanted))
        done = 0
        for piece in self._reader.chunks(extents):
            wanted[done : done + len(piece)] = piece
            done += len(piece)
        self._at += done
        return done
