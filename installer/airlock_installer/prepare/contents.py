"""What the mounted medium has to prepare, by its own documents, and whether its files are what those say."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from airlock_core import digest, media
from airlock_core.digest import Digest
from airlock_core.errors import MachineError, VerificationError
from airlock_core.locks.files import SITE
from airlock_core.manifest_file import Entry

_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_TODO = "run `airlock-site media verify`, which names all that is wrong with the medium"


@dataclass(frozen=True)
class Environment:
    """A Python environment.

    Args:
        name: of the playbook project that it is for.
        python: version of the Python that its wheels were chosen for; empty where the medium does not say.
        requirements: its list of wheels by version and hash.
    """

    name: str
    python: str
    requirements: Path


class Contents:
    """A medium's files by MANIFEST.

    Args:
        folder: where the medium is mounted.
        listed: MANIFEST's entries, checked against the root document.
    """

    def __init__(self, folder: Path, listed: Iterable[Entry]) -> None:
        self.folder = folder
        self._digests: Mapping[PurePosixPath, Digest] = {entry.path: entry.digest for entry in listed}

    def environments(self) -> Iterator[Environment]:
        """The environments of playbook projects; the site's own is made before anything of ours can run.

        Raises:
            VerificationError: a list, or a wheel that it names, is missing or altered.
        """
        for path in self._below(media.PYPI_REQUIREMENTS):
            if path.suffix == ".txt" and path.stem != SITE:
                text = self.checked(path).read_text("utf-8")
                self._check_wheels(path.stem, text)
                yield Environment(path.stem, _python(text), self.folder / path)

    def projects(self) -> dict[str, PurePosixPath]:
        """The archives of playbook projects by name: ``files/playbooks/<name>/<file>``."""
        depth = len(media.PLAYBOOKS.parts)
        return {path.parts[depth]: path for path in self._below(media.PLAYBOOKS) if len(path.parts) == depth + 2}

    def collections(self) -> tuple[PurePosixPath, ...]:
        """The archives of Ansible collections."""
        return tuple(path for path in self._below(media.COLLECTIONS) if path != media.COLLECTIONS_LIST)

    def digest(self, path: PurePosixPath) -> Digest:
        """What a file must be."""
        return self._digests[path]

    def checked(self, path: PurePosixPath) -> Path:
        """A file of the medium, read once.

        Raises:
            VerificationError: it is missing or altered.
            MachineError: it cannot be read.
        """
        place = self.folder / path
        try:
            found = digest.of_file(place)
        except FileNotFoundError:
            raise VerificationError("missing on the medium", where=str(path), todo=_TODO) from None
        except OSError as error:
            why = error.strerror or str(error)
            raise MachineError("cannot be read from the medium", where=str(path), why=why, todo="is it in?") from error
        if found != self._digests[path]:
            why = f"expected {self._digests[path]}, found {found}"
            raise VerificationError("altered on the medium", where=str(path), why=why, todo=_TODO)
        return place

    def _check_wheels(self, name: str, text: str) -> None:
        there = {
            self._digests[path].hex
            for path in self._below(media.PYPI)
            if path.suffix == ".whl" and (self.folder / path).is_file()
        }
        lacking = [line.split()[0] for line in _pins(text) if not there & set(_HASH.findall(line))]
        if lacking:
            raise VerificationError(
                f"the medium lacks {len(lacking)} wheels of the Python environment {name}",
                where=str(media.PYPI),
                why=", ".join(lacking),
                todo=_TODO,
            )

    def _below(self, folder: PurePosixPath) -> list[PurePosixPath]:
        return sorted(path for path in self._digests if path.is_relative_to(folder))


def _pins(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _python(text: str) -> str:
    first = text.partition("\n")[0]
    return first.removeprefix(media.PYTHON_OF_REQUIREMENTS) if first.startswith(media.PYTHON_OF_REQUIREMENTS) else ""
