"""Primary metadata parsed by a copy of this process while this one parses what comes before it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType

from airlock_builder.lock.rpms.metadata.division import Write
from airlock_builder.lock.rpms.solving.universe import Universe
from airlock_core import forks


class Apart:
    """What is parsed in the copy; to be entered where it may begin.

    Args:
        arch: the platform's architecture.
        parts: what writes the documents, by repository, with their URLs for errors.
    """

    def __init__(self, arch: str, parts: Mapping[str, tuple[Write, str]]) -> None:
        self._arch = arch
        self._parts = parts
        self._copy, self._files = ExitStack(), ExitStack()
        self._folder = Path()

    def __enter__(self) -> Apart:
        if self._parts:
            with ExitStack() as files:
                self._folder = Path(files.enter_context(tempfile.TemporaryDirectory(prefix="airlock-")))
                self._copy.enter_context(
                    forks.beside(self._parse)
                )  # where there can be no copy, this parses, and may fail
                self._files = files.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._files:
            self._copy.__exit__(kind, value, traceback)

    def parsed(self, repoid: str) -> Path:
        """A repository's packages of the copy in libsolv's own format, when all are there.

        Raises:
            VerificationError: not metadata as it must be.
        """
        self._copy.close()
        return self._folder / repoid

    def _parse(self) -> None:
        for repoid, (write, where) in self._parts.items():
            universe = Universe(self._arch)
            universe.read_apart(repoid, write, where)
            universe.save(repoid, self._folder / repoid)
