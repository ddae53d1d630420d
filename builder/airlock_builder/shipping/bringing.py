"""The blobs of a release brought into a scratch folder, each from the first registry that gives it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from shutil import disk_usage

from airlock_builder.crew import Task
from airlock_builder.remote.oci.registries import Registries
from airlock_builder.shipping.artifact import Layer, Whole
from airlock_builder.shipping.dock import Dock, OnBytes
from airlock_builder.shipping.joining import join, joined_parts
from airlock_core import atomic, sizes
from airlock_core.digest import Digest
from airlock_core.errors import MachineError
from airlock_core.imageref import ImageRef
from airlock_core.progress import Outset, Step

_STAGE = "pull"
_RESERVE = 16 << 20
"""Bytes that stay free."""


@dataclass(frozen=True)
class Bringing:
    """Where a release is, and the folder for what comes of it."""

    registries: Registries
    ref: ImageRef
    scratch: Path
    dock: Dock

    def place(self, file: Whole) -> Path:
        """Where a file is, once it was brought."""
        return self.scratch / f"{_name(file)}.whole"

    def require_space(self, files: Sequence[Whole]) -> None:
        """Say before the work begins that it will not fit.

        Raises:
            MachineError: it will not.
        """
        needed = sum(max(0, file.size - self._begun(file)) for file in files)
        needed += max((layer.size for file in files for layer in file.layers[1:]), default=0)
        self.scratch.mkdir(parents=True, exist_ok=True)
        free = disk_usage(self.scratch).free
        if free < needed + _RESERVE:
            raise MachineError(
                f"not enough space: {sizes.human(needed)} to pull, {sizes.human(free)} free",
                where=str(self.scratch.parent),
                todo="free some space, or pull into another folder with -o",
            )

    def outset(self, files: Sequence[Whole]) -> Outset:
        """What there is to do, and what an earlier run has done of it."""
        every = [layer.size for file in files for layer in file.layers]
        rest = [layer.size for file in files for layer in self._lacking(file)]
        return Outset(_STAGE, len(every), sum(every), len(every) - len(rest), sum(every) - sum(rest))

    def bring(self, files: Sequence[Whole]) -> None:
        """Fetch the blobs of some files that are not there yet, and make the files of them."""
        tasks = [self._task(layer) for file in files for layer in self._lacking(file)]
        self.dock.do("{} blobs could not be pulled; what came is kept", tasks)
        for file in files:
            self._make(file)

    def _lacking(self, file: Whole) -> list[Layer]:
        done = joined_parts(file, self.place(file))
        return [layer for layer in file.layers[done:] if not self._is_whole(layer)]

    def _task(self, layer: Layer) -> Task:
        def work(on_bytes: OnBytes) -> None:
            where = f"{self.ref.name}@{layer.digest}"
            self.registries.download(self.ref.name, layer.digest, layer.size, part, on_bytes, where=where)
            with atomic.disk_errors(part), part.open("rb") as file:
                atomic.sync(file.fileno())
            part.replace(self._blob(layer))

        part = self._part(layer)
        kept = part.stat().st_size if part.is_file() else 0
        return self.dock.task(_STAGE, layer.title, layer.size, self.registries.host(self.ref.name), work, kept=kept)

    def _make(self, file: Whole) -> None:
        target = self.place(file)
        if len(file.layers) == 1:
            if not target.exists():
                self._blob(file.layers[0]).replace(target)
            return
        done = 0

        def on_bytes(count: int) -> None:
            nonlocal done
            done += count
            self.dock.progress(Step("join", file.title, done >> 20, file.size >> 20, unit="MiB"))

        join(file, [self._blob(layer) for layer in file.layers], target, on_bytes)
        self.dock.progress(Step("join", file.title, file.size >> 20, file.size >> 20, unit="MiB", finished=True))

    def _is_whole(self, layer: Layer) -> bool:
        """Whether an earlier run has brought a blob; its digest was found before it got its name."""
        path = self._blob(layer)
        return path.is_file() and path.stat().st_size == layer.size

    def _begun(self, file: Whole) -> int:
        paths = [self.place(file), *(path for one in file.layers for path in (self._part(one), self._blob(one)))]
        return sum(path.stat().st_size for path in paths if path.is_file())

    def _blob(self, layer: Layer) -> Path:
        return self.scratch / _name(layer)

    def _part(self, layer: Layer) -> Path:
        return self.scratch / f"{_name(layer)}.part"


def _name(one: Whole | Layer) -> str:
    """What a file is called on its way: no name that a registry chose, and another for each file of the same bytes."""
    return Digest.sha256(f"{one.digest} {one.title}".encode()).hex
