"""``prepare``: what the steps need on the deployer, made from the mounted medium; what is there already stays."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from airlock_core import atomic, media, proc
from airlock_core.archives.unpacking import unpack
from airlock_core.digest import Digest
from airlock_core.errors import MachineError
from airlock_installer import leftovers
from airlock_installer.layout import Layout
from airlock_installer.media import mount, verify
from airlock_installer.prepare import pythons
from airlock_installer.prepare.contents import Contents
from airlock_installer.prepare.generation import Place

_TIMEOUT = 1800


@dataclass(frozen=True)
class Made:
    """Something that is prepared.

    Args:
        what: in words.
        path: where it is.
        new: whether it was made by this run.
    """

    what: str
    path: Path
    new: bool


def prepare(layout: Layout, tell: Callable[[str], None], *, anew: bool = False) -> tuple[Made, ...]:
    """Make collections, playbook projects and their Python environments from the medium.

    Args:
        tell: gets a line before each longer work.
        anew: make all again.

    Raises:
        HeldError: another run prepares.
        MachineError: no medium, a Python that is not installed, no space.
        VerificationError, Faults: something on the medium is missing or altered; it is named.
    """
    with atomic.held(layout.run / "prepare.lock", "the preparation"):
        release = mount.required(layout).release
        contents = Contents(layout.medium, verify.check_documents(layout.medium, release))
        if anew:
            for place in _places(layout, contents):
                place.discard()
        return tuple(_made(layout, contents, tell))


def _made(layout: Layout, contents: Contents, tell: Callable[[str], None]) -> Iterator[Made]:
    environments = list(contents.environments())
    pythons.require(environments)
    if contents.collections():
        yield _collections(layout, contents, tell)
    for name, path in contents.projects().items():
        yield _project(layout, contents, name, path, tell)
    for environment in environments:
        place = Place(layout.environments / environment.name)
        new = pythons.make(place, environment, layout.medium, tell)
        yield Made(f"Python environment {environment.name}", place.current / "venv", new)


def lacking(layout: Layout) -> tuple[str, ...]:
    """What of the mounted medium is not prepared, in words; by names and digests, nothing is read.

    Raises:
        MachineError, VerificationError: no medium, or its documents are altered.
    """
    contents = Contents(layout.medium, verify.check_documents(layout.medium, mount.required(layout).release))
    found = []
    if contents.collections() and not Place(layout.collections).holds(_collections_source(contents)):
        found.append("Ansible collections")
    for name, path in contents.projects().items():
        if not Place(layout.playbooks / name).holds(contents.digest(path)):
            found.append(f"playbook project {name}")
    for environment in contents.environments():
        if not pythons.holds(Place(layout.environments / environment.name), environment):
            found.append(f"Python environment {environment.name}")
    return tuple(found)


def _places(layout: Layout, contents: Contents) -> Iterator[Place]:
    yield Place(layout.collections)
    yield from (Place(layout.playbooks / name) for name in contents.projects())
    yield from (Place(layout.environments / one.name) for one in contents.environments())


def _project(layout: Layout, contents: Contents, name: str, path: PurePosixPath, tell: Callable[[str], None]) -> Made:
    place = Place(layout.playbooks / name)

    def build(folder: Path) -> None:
        tell(f"the playbook project {name} …")
        unpack(contents.checked(path), folder, where=str(path))

    return Made(f"playbook project {name}", place.current, place.make(contents.digest(path), build))


def _collections(layout: Layout, contents: Contents, tell: Callable[[str], None]) -> Made:
    paths = (media.COLLECTIONS_LIST, *contents.collections())
    source, place = _collections_source(contents), Place(layout.collections)

    def build(folder: Path) -> None:
        tell(f"{len(paths) - 1} Ansible collections …")
        for path in paths:
            contents.checked(path)
        _galaxy(layout.medium / media.COLLECTIONS, folder)

    return Made(f"{len(paths) - 1} Ansible collections", place.current, place.make(source, build))


def _collections_source(contents: Contents) -> Digest:
    paths = (media.COLLECTIONS_LIST, *contents.collections())
    return Digest.sha256("".join(f"{path} {contents.digest(path)}\n" for path in paths).encode())


def _galaxy(source: Path, target: Path) -> None:
    """Install all collections of a folder (ansible-galaxy(1), ``--offline``), which checks their own lists of files."""
    words: list[str | Path] = ["collection", "install", "--offline", "-r", media.COLLECTIONS_LIST.name, "-p", target]
    with tempfile.TemporaryDirectory() as home:
        config = Path(home) / "ansible.cfg"
        config.touch()  # an empty one, so that no file of whoever calls this says anything
        env = {"ANSIBLE_HOME": home, "ANSIBLE_CONFIG": str(config), "ANSIBLE_NOCOLOR": "1"}
        env[leftovers.VARIABLE] = str(target)
        try:
            proc.run([sys.executable, "-m", "ansible", "galaxy", *words], timeout=_TIMEOUT, cwd=source, env=env)
        except proc.ProcessFailed as error:
            raise MachineError("ansible-galaxy could not install it", where=str(source), why=error.why) from error
