"""A release that was built, and the real program beside a real registry."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from airlock_builder.master import master
from airlock_builder.stage import stage
from tests.integration.cli.airlock import Airlock, Ran
from tests.integration.media.material import material
from tests.standin.images import registry
from tests.standin.upstream import Upstream

ISO = "burrito-1.4.4.iso"
TAG = "1.4.4-12"
_ = Upstream
METADATA = {"metadata": {"name": "burrito", "version": "1.4.4", "number": 12}, "locks": "locks"}


@dataclass(frozen=True)
class Shop:
    """The program in a folder that has a release, and a registry.

    Args:
        airlock: runs in the folder with manifest, locks and ISO.
        address: of the registry, which speaks plain HTTP.
        out: what is pulled into; not there yet.
    """

    airlock: Airlock
    address: str
    out: Path

    @property
    def repository(self) -> str:
        """Where the release goes."""
        return f"{self.address}/releases/burrito"

    @property
    def iso(self) -> Path:
        """The ISO that was built."""
        return self.airlock.folder / ISO

    def at(self, address: str) -> Shop:
        """The same at another address of the registry."""
        return replace(self, address=address)

    def push(self, *words: str | Path, tag: str = "", expect: int | None = 0) -> Ran:
        """Push, telling JSON."""
        target = f"{self.repository}:{tag}" if tag else self.repository
        return self.airlock("push", target, *words, *self._common, "-m", "burrito.yaml", expect=expect)

    def pull(self, *words: str | Path, what: str = f":{TAG}", expect: int | None = 0) -> Ran:
        """Pull into :attr:`out`, telling JSON."""
        return self.airlock("pull", f"{self.repository}{what}", "-o", self.out, *words, *self._common, expect=expect)

    @property
    def _common(self) -> tuple[str, ...]:
        return ("--insecure", self.address, "--json")

    def files(self) -> dict[str, bytes]:
        """What was pulled, by path."""
        every = (path for path in self.out.rglob("*") if path.is_file())
        return {str(path.relative_to(self.out)): path.read_bytes() for path in every}


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a manifest, its locks, and the ISO that was built of them."""
    root = tmp_path_factory.mktemp("built")
    folder = root / "release"
    made = material(root / "material")
    Airlock(_made(folder), root / "store").write(METADATA, "burrito.yaml")
    made.locks.write(folder / "locks")
    (root / "staging").mkdir()
    master(stage(made.manifest, made.locks, made.store, root / "staging"), folder / ISO)
    return folder


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.fixture
def shop(built: Path, tmp_path: Path) -> Iterator[Shop]:
    """A copy of the release, and a registry of its own."""
    shutil.copytree(built, tmp_path / "work")
    with registry.serve(tmp_path / "registry") as running:
        yield Shop(Airlock(tmp_path / "work", tmp_path / "store"), running.address, tmp_path / "out")
