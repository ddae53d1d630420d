"""xorriso, wrapped once: what to write as a script of its commands, given in a file.

Thousands of files would not fit on a command line. Source: xorriso(1), "Command line and dialog input": words in
single or double quotes, no escapes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from airlock_builder.master import sparse
from airlock_core import proc
from airlock_core.errors import InputError, VerificationError

_BYTES_PER_SECOND = 4 << 20
"""The slowest disk that is waited for."""
_FIRST = ("-no_rc", "-abort_on", "FAILURE", "-return_with", "FAILURE", "32")
"""As the first arguments these hold before anything is read."""


@dataclass(frozen=True)
class Job:
    """One image to be written.

    Args:
        base: the ISO that it starts from, whose boot equipment is kept; None for an empty one.
        output: the file to write; it must not exist.
        label: volume label.
        epoch: every time on it, seconds since 1970-01-01 UTC.
        gone: paths of the base to be removed.
        files: path on the image and source of each file to be put on it.
        size: bytes that are written, about.
    """

    base: Path | None
    output: Path
    label: str
    epoch: int
    gone: tuple[PurePosixPath, ...]
    files: tuple[tuple[PurePosixPath, Path], ...]
    size: int


def write(job: Job, script: Path) -> None:
    """Write the image; what is zero in it takes no space.

    It comes by way of a pipe: so a large file may be a hole at first, to be filled when its place is known, and costs
    the disk nothing until then.

    Args:
        script: where to put the commands.

    Raises:
        MachineError: no space, no right to write, or no xorriso.
        VerificationError: xorriso could not read what it was given.
    """
    words: list[str | Path] = ["xorriso", *_FIRST, "-options_from_file", script]
    try:
        with sparse.receiving(job.output) as descriptor:
            lines = commands(job, f"/dev/fd/{descriptor}")
            script.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
            timeout = 600 + job.size / _BYTES_PER_SECOND
            proc.run(words, env={"SOURCE_DATE_EPOCH": str(job.epoch)}, timeout=timeout, descriptors=[descriptor])
    except proc.ProcessFailed as error:
        raise VerificationError("xorriso could not write the image", where=str(job.output), why=error.why) from error


def commands(job: Job, output: str) -> list[str]:
    """The script, a command a line; the same for the same job.

    Args:
        output: the path to write to.
    """
    at = datetime.fromtimestamp(job.epoch, UTC)
    start = [f"-indev {quoted(f'stdio:{job.base}')}"] if job.base else []
    return [
        "-report_about WARNING",
        *start,
        f"-outdev {quoted(f'stdio:{output}')}",
        # before any file is replaced: afterwards the EFI image would count as one of unknown origin, and be appended
        *(["-boot_image any replay"] if job.base else []),
        "-overwrite on",
        "-iso_rr_pattern off",
        "-disk_pattern off",
        "-follow link",
        "-rockridge on",
        "-joliet off",
        "-hardlinks off",
        "-acl off",
        "-xattr off",
        "-md5 off",
        "-compliance iso_9660_level=3",
        "-padding included",
        f"-volid {quoted(job.label)}",
        f"-volume_date uuid {at:%Y%m%d%H%M%S}00",
        f"-volume_date all_file_dates ={job.epoch}",
        *(f"-rm_r {quoted('/' + str(path))} --" for path in job.gone),
        *(f"-map {quoted(str(source))} {quoted('/' + str(path))}" for path, source in sorted(job.files)),
        *_normalised(),
        "-commit",
        "-end",
    ]


def _normalised() -> Iterable[str]:
    for kind, mode in (("d", "0555"), ("f", "0444")):
        yield f"-find / -type {kind} -exec chmod {mode} --"
    yield "-find / -exec chown 0 --"
    yield "-find / -exec chgrp 0 --"


def quoted(word: str) -> str:
    """A word as xorriso reads it from a file.

    Raises:
        InputError: it has both kinds of quotes or a line feed.
    """
    for quote in "'\"":
        if quote not in word and "\n" not in word:
            return f"{quote}{word}{quote}"
    raise InputError("a file name that cannot be written to an ISO", where=repr(word))
