#!/usr/bin/python
"""Have files of a list on a node, each with the bytes that its digest says, fetched where they lack or are others.

It runs on the nodes, under Python 3.6 there. A file is written beside its place, hashed on the way, put on the disk,
and only then takes its name: what has a name is whole, after a power cut too, and what was cut goes on where it was.
"""

import contextlib
import ctypes
import errno
import hashlib
import http.client
import os
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

from ansible.module_utils.basic import AnsibleModule

DOCUMENTATION = """
module: mirror
short_description: Files of a list, verified by their digests
description:
  - Reads what is there, and fetches what lacks or has other bytes than its digest says.
  - Files of one wave are on the disk before those of the next take their names.
  - In check mode it only reads, and gives way to all else on the node for processor and disk.
options:
  root: {description: The folder that paths of files are below., type: path, required: true}
  files:
    description: >-
      Each with C(path) and C(wave), and either C(text) or C(source) (below O(url)), C(digest) and C(size).
    type: list
    elements: dict
    required: true
  url: {description: "Where sources are: http, https, or file for a folder of this machine.", type: str, default: ""}
  ca: {description: The certificate that https must come from., type: path}
  accept: {description: Types of content that are asked for., type: str, default: "*/*"}
  what: {description: What the files are, for messages., type: str, default: files}
  todo: {description: What to do about a source with other bytes, for messages., type: str, default: ""}
  threads: {description: How many are read or fetched at once., type: int, default: 4}
  reserve: {description: Bytes that stay free., type: int, default: 67108864}
  lengths: {description: Whether a file of the right length counts as right., type: bool, default: false}
  timeout: {description: Seconds without a byte after which a source counts as dead., type: float, default: 60}
author: airlock
"""
RETURN = """
fetched: {description: How many were fetched or written., returned: always, type: int}
bytes: {description: How many bytes these have., returned: always, type: int}
mended: {description: Paths that were there with other bytes., returned: always, type: list}
lacking: {description: The first of the paths that were not there., returned: always, type: list}
"""

PIECE = 1 << 20
MODE = 0o644
FOLDER_MODE = 0o755
SHOWN = 10
LAST = 19
SIZES = ("bytes", "KiB", "MiB", "GiB", "TiB")


class Fault(Exception):
    """Other bytes than those that must come: it keeps no other file from being fetched."""


class Broken(Exception):
    """No source, no space: nothing can go on."""


class Wanted:
    """A file of the list."""

    def __init__(self, root: Path, given: "dict[str, Any]") -> None:
        self.name = str(given["path"])
        if self.name.startswith("/") or ".." in self.name.split("/"):
            raise Broken(f"not a path below {root}: {self.name}")
        self.path = root / self.name
        # Where it is until it is whole.
        self.part = self.path.parent / f".{self.path.name}.part"
        self.wave = int(given["wave"])
        self.text = given["text"].encode() if "text" in given else None  # type: bytes | None
        self.source = str(given.get("source", ""))
        self.digest = str(given.get("digest", ""))
        self.algorithm = self.digest.partition(":")[0]
        self.size = int(given["size"]) if self.text is None else len(self.text)

    def is_right(self, *, lengths: bool) -> bool:
        """Whether it is there with its bytes, or with as many as it must have where lengths are enough."""
        try:
            if self.text is not None:
                return self.path.read_bytes() == self.text
            if self.path.stat().st_size != self.size:
                return False
            return lengths or self.shown(self.state(self.path)) == self.digest
        except OSError:
            return False

    def state(self, path: Path, length: "int | None" = None) -> "Any":
        """The hash of a file's first bytes, or of all, to go on with."""
        state = hashlib.new(self.algorithm)
        left = self.size if length is None else length
        with path.open("rb") as file:
            while left > 0:
                piece = file.read(min(PIECE, left))
                if not piece:
                    break
                state.update(piece)
                left -= len(piece)
        return state

    def shown(self, state: "Any") -> str:
        """A hash as digests are written."""
        return f"{self.algorithm}:{state.hexdigest()}"


class Folder:
    """Sources in a folder of this machine."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def pieces(self, source: str, offset: int) -> "tuple[int, Iterator[bytes]]":
        """Where the bytes begin, and they themselves."""
        return offset, self._read(self.root / source, offset)

    def _read(self, path: Path, offset: int) -> "Iterator[bytes]":
        with path.open("rb") as file:
            file.seek(offset)
            yield from iter(lambda: file.read(PIECE), b"")


class Web:
    """Sources of an HTTP server, by one connection for each thread."""

    def __init__(self, url: str, ca: "str | None", accept: str, timeout: float) -> None:
        self.parts, self.ca, self.accept, self.timeout = urlsplit(url), ca, accept, timeout
        self.local = threading.local()

    def pieces(self, source: str, offset: int) -> "tuple[int, Iterator[bytes]]":
        """Where the bytes begin, which may be the beginning of the file, and they themselves."""
        headers = {"Accept": self.accept}
        if offset:
            headers["Range"] = f"bytes={offset}-"
        path = quote(self.parts.path.rstrip("/") + "/" + source.lstrip("/"), safe="/:@")
        answer = self._ask(path, headers)
        if answer.status not in (http.client.OK, http.client.PARTIAL_CONTENT):
            answer.read()
            raise Fault("{}://{}{} answers with status {}".format(*self.parts[:2], path, answer.status))  # noqa: EM103
        begin = offset if answer.status == http.client.PARTIAL_CONTENT else 0
        return begin, iter(lambda: answer.read(PIECE), b"")

    def _ask(self, path: str, headers: "dict[str, str]") -> http.client.HTTPResponse:
        used = getattr(self.local, "connection", None)
        try:
            return self._answer(used or self._connect(), path, headers)
        except (http.client.ImproperConnectionState, BrokenPipeError, ConnectionResetError):
            if used is None:
                raise
            # The server had closed it, being idle; or what came by it was not read to its end.
            used.close()
            return self._answer(self._connect(), path, headers)

    def _answer(
        self, connection: http.client.HTTPConnection, path: str, headers: "dict[str, str]"
    ) -> http.client.HTTPResponse:
        connection.request("GET", path, headers=headers)
        return connection.getresponse()

    def _connect(self) -> http.client.HTTPConnection:
        host, port = str(self.parts.hostname), self.parts.port
        if self.parts.scheme == "https":
            # Not before it is asked: to a dry run the CA's certificate may be still to come.
            context = ssl.create_default_context(cafile=self.ca)
            made = http.client.HTTPSConnection(host, port, timeout=self.timeout, context=context)
        else:
            made = http.client.HTTPConnection(host, port, timeout=self.timeout)  # type: ignore[assignment]
        self.local.connection = made
        return made


class Mirror:
    """Files below a root, and where they come from."""

    def __init__(self, root: Path, source: "Folder | Web", what: str, threads: int) -> None:
        self.root, self.source, self.what, self.threads = root, source, what, threads
        self.broken = None  # type: Broken | None

    def wrong(self, files: "list[Wanted]", *, lengths: bool) -> "list[Wanted]":
        """Those that lack or have other bytes."""
        with ThreadPoolExecutor(self.threads) as pool:
            found = pool.map(lambda each: each.is_right(lengths=lengths), files)
            return [each for each, right in zip(files, found) if not right]  # noqa: B905

    def check_space(self, files: "list[Wanted]", reserve: int) -> None:
        """Raise :class:`Broken` where files do not fit."""
        need = sum(max(each.size - length(each.part), 0) for each in files) + reserve
        folder(self.root)
        state = os.statvfs(str(self.root))
        free = state.f_bavail * state.f_frsize
        if files and need > free:
            told = "no space for the {} in {}: {} are needed, {} are free, {} lack. Free so much there and run again"
            raise Broken(told.format(self.what, self.root, *map(human, (need, free, need - free))))

    def fetch(self, files: "list[Wanted]") -> "list[str]":
        """Fetch files wave by wave; what is wrong with their sources. After a wave with faults none begins."""
        for wave in sorted({each.wave for each in files}):
            some = [each for each in files if each.wave == wave]
            with ThreadPoolExecutor(self.threads) as pool:
                faults = [fault for fault in pool.map(self.bring, some) if fault]
            if self.broken:
                raise self.broken
            # All is on the disk before texts, which may lead to it, take their names.
            synced(self.root)
            for each in some:
                if each.text is not None:
                    each.part.replace(each.path)
            if faults:
                return faults
        if files:
            synced(self.root)
        return []

    def bring(self, file: Wanted) -> str:
        """Write a file; what is wrong with its source. A text does not get its name yet."""
        if self.broken:
            return ""
        try:
            folder(file.path.parent)
            if file.text is not None:
                file.part.write_bytes(file.text)
                file.part.chmod(MODE)
            else:
                receive(self.source, file)
                file.part.replace(file.path)
        except Fault as fault:
            return str(fault)
        except (OSError, http.client.HTTPException) as error:
            self.broken = self.broken or Broken(self.reason(error, file))
        return ""

    def reason(self, error: Exception, file: Wanted) -> str:
        """Why nothing can go on."""
        if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            told = "no space left for the {}, at {}. Free some and run again: it goes on there"
            return told.format(self.what, file.path)
        told = "{}: {}: {}. Run again: what is there is kept"
        return told.format(self.what, file.source or file.path, error or type(error).__name__)


def receive(source: "Folder | Web", file: Wanted) -> None:
    """Write a file beside its place; what was there of it is gone on with, and thrown away where that ends badly."""
    kept = length(file.part)
    found = copied(source, file, kept if kept <= file.size else 0)
    if found != file.digest and kept:
        found = copied(source, file, 0)
    if found != file.digest:
        file.part.unlink()
        raise Fault(f"{file.source}: its bytes have {found}, and must have {file.digest}")


def copied(source: "Folder | Web", file: Wanted, kept: int) -> str:
    """Write the bytes behind those that are kept; the digest of all."""
    size, pieces = source.pieces(file.source, kept) if kept < file.size or not kept else (kept, iter(()))
    state = file.state(file.part, size) if size else hashlib.new(file.algorithm)
    with file.part.open("r+b" if size else "wb") as part:
        part.seek(size)
        for piece in pieces:
            size += len(piece)
            if size > file.size:
                raise Fault(f"{file.source}: more than the {file.size} bytes that it must have")
            part.write(piece)
            state.update(piece)
        part.truncate()
        part.flush()
        os.fsync(part.fileno())
    file.part.chmod(MODE)
    if size < file.size:
        raise ConnectionAbortedError(f"it ended after {size} of {file.size} bytes")
    return file.shown(state)


def synced(root: Path) -> None:
    """Put all that was written to a folder's file system on the disk, and wait for no other (syncfs(2))."""
    descriptor = os.open(str(root), os.O_RDONLY | os.O_DIRECTORY)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(descriptor):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(root))
    finally:
        os.close(descriptor)


def length(path: Path) -> int:
    """Bytes of a file; none where it is not there."""
    try:
        return path.stat().st_size
    except OSError:
        return 0


def folder(path: Path) -> None:
    """Make a folder with its parents, that services may look into."""
    if path.is_dir():
        return
    folder(path.parent)
    with contextlib.suppress(FileExistsError):
        path.mkdir()
        path.chmod(FOLDER_MODE)


def human(size: float) -> str:
    """A size for people."""
    for unit in SIZES[:-1]:
        if size < 1024:
            return ("{:.0f} {}" if unit == SIZES[0] else "{:.1f} {}").format(size, unit)
        size /= 1024
    return f"{size:.1f} {SIZES[-1]}"


def told(faults: "list[str]", what: str, todo: str) -> str:
    """What is wrong with sources, in words."""
    more = [f"and {len(faults) - SHOWN} more"] if len(faults) > SHOWN else []
    end = [todo] if todo else []
    return "; ".join([f"{len(faults)} of the {what} cannot be had", *faults[:SHOWN], *more, *end])


def main() -> None:
    """The module."""
    module = AnsibleModule(
        argument_spec={
            "root": {"type": "path", "required": True},
            "files": {"type": "list", "elements": "dict", "required": True},
            "url": {"type": "str", "default": ""},
            "ca": {"type": "path"},
            "accept": {"type": "str", "default": "*/*"},
            "what": {"type": "str", "default": "files"},
            "todo": {"type": "str", "default": ""},
            "threads": {"type": "int", "default": 4},
            "lengths": {"type": "bool", "default": False},
            "reserve": {"type": "int", "default": 64 << 20},
            "timeout": {"type": "float", "default": 60},
        },
        supports_check_mode=True,
    )
    given = module.params
    parts = urlsplit(given["url"])
    # Without the list that was given: it would be thousands of lines of the log.
    quiet = {"invocation": {}}  # type: dict[str, dict[str, str]]
    try:
        source = Folder(Path(parts.path)) if parts.scheme == "file" else web(given)  # type: Folder | Web
        root = Path(given["root"])
        mirror = Mirror(root, source, given["what"], given["threads"])
        files = [Wanted(root, each) for each in given["files"]]
        if module.check_mode:
            # With it goes the disk (ioprio_set(2)): nobody waits for who only looks.
            os.nice(LAST)
        wrong = mirror.wrong(files, lengths=given["lengths"])
        mended = sorted(each.name for each in wrong if each.path.exists())
        lacking = sorted(each.name for each in wrong if not each.path.exists())[:SHOWN]
        faults = []
        if not module.check_mode:
            mirror.check_space(wrong, given["reserve"])
            faults = mirror.fetch(wrong)
    except (Broken, OSError) as error:
        module.fail_json(msg=str(error), **quiet)
    if faults:
        module.fail_json(msg=told(faults, given["what"], given["todo"]), **quiet)
    size = sum(each.size for each in wrong)
    module.exit_json(changed=bool(wrong), fetched=len(wrong), bytes=size, mended=mended, lacking=lacking, **quiet)


def web(given: "dict[str, Any]") -> Web:
    """Sources of an HTTP server, as the module was told."""
    return Web(given["url"], given["ca"], given["accept"], given["timeout"])


if __name__ == "__main__":
    main()
