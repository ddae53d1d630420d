"""What a server is asked and answers: status, headers, and a body that can be altered on its way out."""

import mimetypes
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from tests.standin.upstream.ranges import Unsatisfiable, span

CHUNK = 64 * 1024
NO_ANSWER = 0  # the status of an answer that is never sent


@dataclass(frozen=True)
class Reply:
    """One answer. ``start`` is where in the file the body begins; ``close`` ends the connection after it."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: Iterator[bytes] = field(default_factory=lambda: iter(()))
    start: int = 0
    close: bool = False

    def with_header(self, name: str, value: str | None) -> "Reply":
        """Return the same answer with header ``name`` set to ``value``, or without it when that is None."""
        others = {k: v for k, v in self.headers.items() if k != name}
        return replace(self, headers=others if value is None else {**others, name: value})


class Headers(Protocol):
    """The headers of a request, by names in any case."""

    def get(self, name: str) -> str | None:
        """Return the value of a header, None when it is not there."""

    def get_all(self, name: str) -> list[str] | None: ...


@dataclass(frozen=True)
class Asked:
    """One request: ``target`` is what stands in its first line, path and query, quoted."""

    method: str
    target: str
    headers: Headers
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path alone, unquoted."""
        return unquote(urlsplit(self.target).path)


Source = Callable[[Asked], Reply]


def short(status: int, text: str, headers: dict[str, str] | None = None) -> Reply:
    """Return an answer with a line of plain text as its body."""
    data = f"{text}\n".encode()
    own = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(data))}
    return Reply(status, {**own, **(headers or {})}, iter([data]))


def of_file(path: Path, headers: Headers) -> Reply:
    """Return the answer for a file: 200, 206 for a range, 304 when the asker has it, 416 for no such range."""
    stat = path.stat()
    etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    modified = formatdate(stat.st_mtime, usegmt=True)
    common = {"ETag": etag, "Last-Modified": modified, "Accept-Ranges": "bytes"}
    if _is_unchanged(headers, etag, modified):
        return Reply(304, common)
    try:
        part = span(headers.get("Range"), stat.st_size) if headers.get("If-Range") in (None, etag, modified) else None
    except Unsatisfiable:
        return short(416, "no such range", {**common, "Content-Range": f"bytes */{stat.st_size}"})
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    return _of_part(path, stat.st_size, part, {**common, "Content-Type": kind})


def _of_part(path: Path, size: int, part: range | None, headers: dict[str, str]) -> Reply:
    sent = range(size) if part is None else part
    headers["Content-Length"] = str(len(sent))
    if part is None:
        return Reply(200, headers, _read(path, sent))
    headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{size}"
    return Reply(206, headers, _read(path, sent), start=part.start)


def _is_unchanged(headers: Headers, etag: str, modified: str) -> bool:
    """If-None-Match goes before If-Modified-Since (RFC 9110, section 13.2.2)."""
    known = headers.get("If-None-Match")
    if known is not None:
        tags = [tag.strip() for tag in known.split(",")]
        return "*" in tags or etag in tags
    return headers.get("If-Modified-Since") == modified


def _read(path: Path, part: range) -> Iterator[bytes]:
    left = len(part)
    with path.open("rb") as file:
        file.seek(part.start)
        while left and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
