"""Space on the disks, here and on the nodes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from airlock_core.sizes import human
from airlock_installer.doctor.area import Area
from airlock_installer.doctor.finding import Finding, error, warning
from airlock_installer.doctor.ground import Ground

_HERE = "this machine"
FULL, NEARLY = 0.02, 0.10
"""Shares of free space (and of file numbers) below which it is an error, and a warning."""


@dataclass(frozen=True, order=True)
class Space:
    """A file system.

    Args:
        node: whose.
        place: a folder in it.
        size, free: bytes.
        files, free_files: how many it can have, how many more (inodes); 0 where that is not known or not bounded.
    """

    node: str
    place: str
    size: int
    free: int
    files: int = 0
    free_files: int = 0


DiskFacts = tuple[Space, ...]


def look(ground: Ground) -> DiskFacts:
    """Ask this machine's file systems, and take the nodes' answers."""
    layout = ground.layout
    here = {path.stat().st_dev: _space(path) for path in _there(layout.log, layout.state, layout.root)}
    nodes = (
        Space(one.login.node, place, size, free)
        for one in ground.reached
        if one.answer and not one.login.is_local
        for place, (size, free) in one.answer.disks.items()
    )
    return (*here.values(), *nodes)


def _there(*paths: Path) -> Iterator[Path]:
    yield from (path for path in paths if path.is_dir())


def _space(path: Path) -> Space:
    found = os.statvfs(path)
    size, free = found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize
    return Space(_HERE, str(path), size, free, found.f_files, found.f_favail)


def full(facts: DiskFacts) -> Iterator[Finding]:
    """A file system without space."""
    for one in facts:
        if one.size and one.free < one.size * FULL:
            yield error(
                f"{one.place} is full: {human(one.free)} of {human(one.size)} free", where=one.node, todo=_todo(one)
            )


def nearly(facts: DiskFacts) -> Iterator[Finding]:
    """A file system with little space."""
    for one in facts:
        if one.size * FULL <= one.free < one.size * NEARLY:
            what = f"{one.place} has little space: {human(one.free)} of {human(one.size)} free"
            yield warning(what, where=one.node, todo=_todo(one))


def numbers(facts: DiskFacts) -> Iterator[Finding]:
    """A file system that can have no more files."""
    for one in facts:
        if one.files and one.free_files < one.files * FULL:
            what = f"{one.place} can have {one.free_files} more files: no inodes are left"
            yield error(what, where=one.node, todo=f"find many small files: du --inodes -x {one.place} | sort -n")


def _todo(one: Space) -> str:
    return f"see what takes it: du -x -h --max-depth=2 {one.place} | sort -h; old logs: journalctl --vacuum-size=200M"


AREA = Area("disks", look, (full, nearly, numbers))
