"""The Python environments of a release: requirements, and the Python that they are resolved for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from airlock_builder.manifest.model import Content, Manifest
from airlock_core.locks.files import SITE

_PYTHON = "3.11"
_INDEX = "https://pypi.org/simple"


@dataclass(frozen=True, order=True)
class Environment:
    """Requirements, and what they are resolved for together.

    Args:
        name: ``site``, or that of the playbook project.
        python: its version.
        index: URL of the package index.
        option: whose it is; empty for the release's own.
        files: the lists of requirements, each with whose it is.
    """

    name: str
    python: str
    index: str
    option: str
    files: tuple[tuple[str, Path], ...]

    @property
    def paths(self) -> tuple[Path, ...]:
        """The lists of requirements."""
        return tuple(path for _, path in self.files)

    @property
    def base(self) -> Environment:
        """The release's own, which that of an option adds to."""
        return Environment(self.name, self.python, self.index, "", tuple(one for one in self.files if not one[0]))


def environments(manifest: Manifest) -> Iterator[Environment]:
    """All of them: the site's, what options add to it, and those of playbook projects."""
    own = _sets(manifest)
    for (python, index), paths in own.items():
        yield Environment(SITE, python, index, "", _listed("", paths))
    for option, content in sorted(manifest.options.items()):
        for (python, index), paths in _sets(content).items():
            files = (*_listed("", own.get((python, index), ())), *_listed(option, paths))
            yield Environment(SITE, python, index, option, files)
    for whose, content in manifest.contents():
        known = next(iter((*content.python, *manifest.python)), None)
        version, url = (known.version, known.index) if known else (_PYTHON, _INDEX)
        for playbook in content.playbooks:
            if playbook.requirements:
                files = _listed(whose or "", [playbook.requirements])
                yield Environment(playbook.name, playbook.python or version, url, whose or "", files)


def _sets(content: Content) -> dict[tuple[str, str], list[Path]]:
    """The lists of one release or option that may be resolved together: of one Python and one index."""
    found: dict[tuple[str, str], list[Path]] = {}
    for one in content.python:
        found.setdefault((one.version, one.index), []).append(one.requirements)
    return found


def _listed(whose: str, paths: Iterable[Path]) -> tuple[tuple[str, Path], ...]:
    return tuple((whose, path) for path in paths)
