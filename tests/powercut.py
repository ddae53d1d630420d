"""A disk that records each write and each flush, and what is on it when the power is cut at any point of the record.

qemu-storage-daemon stands between a loop device and its file and writes the record (its driver ``blklogwrites``). What
was written before a flush is on the disk; what came after the last flush was in the disk's own cache, and each such
write is there whole, in part or not at all. Source: Linux, ``Documentation/admin-guide/device-mapper/log-writes.rst``.
"""

from __future__ import annotations

import os
import random
import struct
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.standin.run import ENVIRONMENT, run

SIZE = 320 << 20
"""XFS takes no less."""
SECTOR = 512
BLOCK = 4096
MAKE = {"ext4": ["mkfs.ext4", "-q"], "xfs": ["mkfs.xfs", "-q"]}
START_SECONDS = 30.0
STOP_SECONDS = 30.0
_MAGIC = 0x6A736677736872
_FLUSH, _DISCARD = 1, 4


@dataclass(frozen=True)
class Write:
    """An entry of the record.

    Args:
        at: offset on the disk.
        data: what was written; nothing for a flush.
        flush: whether all entries before are on the disk for good.
    """

    at: int
    data: bytes
    flush: bool


@dataclass(frozen=True)
class Record:
    """What a disk held at first, and all that was written to it afterwards.

    Args:
        marks: how many entries there were when the work told something, by what it told, in order.
    """

    first: Path
    writes: tuple[Write, ...]
    marks: Mapping[str, int]

    def cut(self, count: int, chance: random.Random, image: Path) -> None:
        """Make the image of the disk whose power is cut after so many writes."""
        run("cp", "--sparse=always", self.first, image)
        flushed = max((number for number in range(count) if self.writes[number].flush), default=0)
        with image.open("r+b") as disk:
            for write in self.writes[:flushed]:
                _put(disk.fileno(), write.at, write.data)
            for write in chance.sample(self.writes[flushed:count], count - flushed):  # in any order
                _put(disk.fileno(), write.at, write.data[: _kept(len(write.data), chance)])


def record(folder: Path, filesystem: str, work: Callable[[Path], Iterable[str] | None]) -> Record:
    """Record what some work writes to a new file system.

    Args:
        filesystem: ``ext4`` or ``xfs``.
        work: gets the folder where the file system is mounted; the record ends as soon as it does. It may tell what it
            has done, each as soon as it has.
    """
    disk, log, first = (folder / name for name in ("disk", "log", "first"))
    with disk.open("wb") as file:
        file.truncate(SIZE)
    log.touch()
    run(*MAKE[filesystem], disk)
    run("cp", "--sparse=always", disk, first)
    with _recorded(folder, disk, log) as exported, mounted(exported, folder / "mounted") as root:
        told = {name: log.stat().st_size for name in work(root) or ()}
        length = log.stat().st_size
    marks = {name: sum(1 for _ in _entries(log, size)) for name, size in told.items()}
    return Record(first, tuple(_entries(log, length)), marks)


@contextmanager
def mounted(image: Path, folder: Path) -> Iterator[Path]:
    """A file system in a file, mounted through a loop device; its journal is replayed."""
    folder.mkdir(exist_ok=True)
    device = str(run("losetup", "--find", "--show", image)).strip()
    with ExitStack() as stack:
        stack.callback(run, "losetup", "--detach", device)
        run("mount", device, folder)
        stack.callback(run, "umount", folder)
        yield folder


@contextmanager
def _recorded(folder: Path, disk: Path, log: Path) -> Iterator[Path]:
    exported = folder / "exported"
    exported.touch()
    words = ["qemu-storage-daemon"]
    words += ["--blockdev", f"driver=file,node-name=disk,filename={disk}"]
    words += ["--blockdev", f"driver=file,node-name=log,filename={log}"]
    words += ["--blockdev", "driver=blklogwrites,node-name=recorded,file=disk,log=log"]
    words += ["--export", f"type=fuse,id=export,node-name=recorded,mountpoint={exported},writable=on"]
    with subprocess.Popen(words, env=ENVIRONMENT, stdin=subprocess.DEVNULL) as daemon:
        try:
            deadline = time.monotonic() + START_SECONDS
            while exported.stat().st_size != SIZE:
                assert daemon.poll() is None, "qemu-storage-daemon has ended"
                assert time.monotonic() < deadline, "qemu-storage-daemon exports nothing"
                time.sleep(0.01)
            yield exported
        finally:
            daemon.terminate()
            daemon.wait(STOP_SECONDS)


def _entries(log: Path, length: int) -> Iterator[Write]:
    """The record as it is up to a length."""
    raw = memoryview(log.read_bytes())[:length]
    magic, _, _, sector = struct.unpack_from("<QQQI", raw)
    assert (magic, sector) == (_MAGIC, SECTOR), "not a record of writes"
    at = sector
    while at + sector <= length:
        start, sectors, flags, _ = struct.unpack_from("<QQQQ", raw, at)
        at += sector
        if flags & _FLUSH:
            yield Write(0, b"", flush=True)
        elif not flags & _DISCARD:
            yield Write(start * sector, bytes(raw[at : at + sectors * sector]), flush=False)
            at += sectors * sector


def _kept(length: int, chance: random.Random) -> int:
    """How many bytes of a write outlive the cut: all, none, or the first blocks, of which a disk tears none."""
    return chance.choice((length, 0, chance.randint(0, length // BLOCK) * BLOCK))


def _put(descriptor: int, at: int, data: bytes) -> None:
    os.pwrite(descriptor, data, at)
