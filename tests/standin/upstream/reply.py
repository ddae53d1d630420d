"""What the file server answers: status, headers, and a body that can be altered on its way out."""

import mimetypes
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from pathlib import Path

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


@dataclass(frozen=True)
class Conditions:
    """The headers of a request that decide how much of a file is sent."""

    range: str | None = None
    if_range: str | None = None
    if_none_match: str | None = None
    if_modified_since: str | None = None


def short(status: int, text: str, headers: dict[str, str] | None = None) -> Reply:
    """Return an answer with a line of plain text as its body."""
    data = f"{text}\n".encode()
    own = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(data))}
    return Reply(status, {**own, **(headers or {})}, iter([data]))


def of_file(path: Path, asked: Conditions) -> Reply:
    """Return the answer for a file: 200, 206 for a range, 304 when the asker has it, 416 for no such range."""
    stat = path.stat()
    etag = f'"{stat.st_mtime_ns:x}-{stat.st_size:x}"'
    modified = formatdate(stat.st_mtime, usegmt=True)
    common = {"ETag": etag, "Last-Modified": modified, "Accept-Ranges": "bytes"}
    if _is_unchanged(asked, etag, modified):
        return Reply(304, common)
    try:
        part = span(asked.range, stat.st_size) if asked.if_range in (None, etag, modified) else None
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


def _is_unchanged(asked: Conditions, etag: str, modified: str) -> bool:
    """If-None-Match goes before If-Modified-Since (RFC 9110, section 13.2.2)."""
    if asked.if_none_match is not None:
        known = [tag.strip() for tag in asked.if_none_match.split(",")]
        return "*" in known or etag in known
    return asked.if_modified_since == modified


def _read(path: Path, part: range) -> Iterator[bytes]:
    left = len(part)
    with path.open("rb") as file:
        file.seek(part.start)
        while left and (chunk := file.read(min(CHUNK, left))):
            left -= len(chunk)
            yield chunk
