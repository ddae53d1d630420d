"""Faults that a test puts into the server's answers.

    up.faults.cut("/small/rpms/Packages/hello-1.0-1.x86_64.rpm", after=100, times=1)
    up.faults.status("/small/rpms/repodata/*", 503, times=3)

A path may hold ``*`` and ``?`` as in a shell, and ``*`` crosses slashes. ``times`` says how many answers have the
fault, None all of them. Several faults of one path all apply, in the order in which they were made. What alters
bodies leaves HEAD, 304 and error answers alone, and does not count them.
"""

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import chain, repeat

from tests.standin.upstream.reply import CHUNK, NO_ANSWER, Reply, short

Fault = Callable[[Reply], Reply]
ENDLESS_LIMIT = 8 * 1024**3  # bytes: where even an endless body ends, lest a broken client fill the machine
PAUSE_STEP = 0.05  # seconds between looks at whether the server stops


@dataclass
class _Rule:
    path: str
    fault: Fault
    left: int | None
    bodies_only: bool

    def covers(self, path: str, *, has_body: bool) -> bool:
        return fnmatchcase(path, self.path) and (has_body or not self.bodies_only)


class Faults:
    """The faults in force on one server; safe to change while it runs."""

    def __init__(self) -> None:
        self._rules: list[_Rule] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._cleared = 0

    def status(
        self, path: str, code: int, *, headers: Mapping[str, str] | None = None, times: int | None = None
    ) -> None:
        """Answer with status ``code``, some headers, and no content."""
        more = dict(headers or {})
        self._add(path, lambda reply: short(code, f"fault: status {code}", more), times, bodies_only=False)

    def header(self, path: str, name: str, value: str | None, *, times: int | None = None) -> None:
        """Answer with another value of a header, or without it where ``value`` is None."""
        self._add(path, lambda reply: reply.with_header(name, value), times, bodies_only=False)

    def mute(self, path: str, *, seconds: float, times: int | None = None) -> None:
        """Say nothing at all for ``seconds``, and only then answer."""

        def fault(reply: Reply) -> Reply:
            for _ in self._silence(seconds):
                pass
            return reply

        self._add(path, fault, times, bodies_only=False)

    def redirect(self, path: str, to: str, *, code: int = 302, times: int | None = None) -> None:
        """Answer with a redirection to the URL or absolute path ``to``."""
        self._add(path, lambda reply: short(code, f"see {to}", {"Location": to}), times, bodies_only=False)

    def drop(self, path: str, *, times: int | None = None) -> None:
        """Close the connection with no answer at all."""
        self._add(path, lambda reply: Reply(NO_ANSWER, close=True), times, bodies_only=False)

    def cut(self, path: str, *, after: int, times: int | None = None) -> None:
        """Close the connection after ``after`` bytes of the answer's body."""
        self._add(path, lambda reply: replace(reply, body=_first(reply.body, after), close=True), times)

    def stall(self, path: str, *, after: int, seconds: float, times: int | None = None) -> None:
        """Send ``after`` bytes of the body, then nothing for ``seconds``, then close the connection."""

        def fault(reply: Reply) -> Reply:
            return replace(reply, body=chain(_first(reply.body, after), self._silence(seconds)), close=True)

        self._add(path, fault, times)

    def slow(self, path: str, *, seconds: float, chunk: int = CHUNK, times: int | None = None) -> None:
        """Wait for ``seconds`` before each ``chunk`` bytes of the body."""

        def fault(reply: Reply) -> Reply:
            pieces = _in_pieces(reply.body, chunk)
            return replace(reply, body=chain.from_iterable(chain(self._silence(seconds), [p]) for p in pieces))

        self._add(path, fault, times)

    def endless(self, path: str, *, times: int | None = None) -> None:
        """Send the body and then zeros without end, with no Content-Length."""

        def fault(reply: Reply) -> Reply:
            zeros = repeat(bytes(CHUNK), ENDLESS_LIMIT // CHUNK)
            return replace(reply.with_header("Content-Length", None), body=chain(reply.body, zeros), close=True)

        self._add(path, fault, times)

    def flip(self, path: str, *, offset: int, bit: int = 0, times: int | None = None) -> None:
        """Flip ``bit`` (0 is the lowest) of the byte at ``offset`` in the file, in ranges that hold it too."""

        def fault(reply: Reply) -> Reply:
            return replace(reply, body=_flipped(reply.body, offset - reply.start, 1 << bit))

        self._add(path, fault, times)

    def length(self, path: str, *, claims: int, times: int | None = None) -> None:
        """Claim a Content-Length of ``claims`` bytes, whatever the body has, and close after it."""

        def fault(reply: Reply) -> Reply:
            return replace(reply.with_header("Content-Length", str(claims)), close=True)

        self._add(path, fault, times)

    def replace(self, path: str, data: bytes, *, times: int | None = None) -> None:
        """Answer with ``data`` in place of the file, whatever range was asked for."""

        def fault(reply: Reply) -> Reply:
            return Reply(200, {"Content-Length": str(len(data))}, iter([data]))

        self._add(path, fault, times, bodies_only=False)

    def clear(self) -> None:
        """Take back all faults; what is held back just now ends too."""
        with self._lock:
            self._rules.clear()
            self._cleared += 1

    def stop(self) -> None:
        """End all waiting: the server stops."""
        self._stopping.set()

    def apply(self, method: str, path: str, reply: Reply) -> Reply:
        """Return ``reply`` with the faults of ``path`` in it, and count them."""
        for rule in self._take(path, has_body=method == "GET" and reply.status in (200, 206)):
            reply = rule.fault(reply)
        return reply

    def _add(self, path: str, fault: Fault, times: int | None, *, bodies_only: bool = True) -> None:
        with self._lock:
            self._rules.append(_Rule(path, fault, times, bodies_only))

    def _take(self, path: str, *, has_body: bool) -> list[_Rule]:
        with self._lock:
            taken = [rule for rule in self._rules if rule.covers(path, has_body=has_body)]
            for rule in taken:
                rule.left = None if rule.left is None else rule.left - 1
            self._rules = [rule for rule in self._rules if rule.left is None or rule.left > 0]
            return taken

    def _silence(self, seconds: float) -> Iterator[bytes]:
        """Yield empty pieces for ``seconds``, so that the sender may notice in between that it should stop."""
        end, cleared = time.monotonic() + seconds, self._cleared
        while time.monotonic() < end and cleared == self._cleared and not self._stopping.wait(min(PAUSE_STEP, seconds)):
            yield b""


def _first(body: Iterator[bytes], count: int) -> Iterator[bytes]:
    for chunk in body:
        yield chunk[:count]
        count -= len(chunk)
        if count <= 0:
            return


def _in_pieces(body: Iterator[bytes], size: int) -> Iterator[bytes]:
    for chunk in body:
        for at in range(0, len(chunk), size):
            yield chunk[at : at + size]


def _flipped(body: Iterator[bytes], at: int, mask: int) -> Iterator[bytes]:
    for chunk in body:
        if 0 <= at < len(chunk):
            yield chunk[:at] + bytes([chunk[at] ^ mask]) + chunk[at + 1 :]
        else:
            yield chunk
        at -= len(chunk)
