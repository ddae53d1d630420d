"""What is made whole or not at all: built under the digest of what it is made from, then named by the link ``current``.

Only the link makes it count, and the link is renamed when all is on the disk: so a cut leaves what was current before,
or nothing, and the next run begins anew. What is made keeps the path that it was built at, as Python environments must.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from airlock_core import atomic
from airlock_core.digest import Digest
from airlock_installer import leftovers

_LINK, _NEW = "current", ".current.new"
_LETTERS = 16


@dataclass(frozen=True)
class Place:
    """A folder whose ``current`` is the one that holds."""

    folder: Path

    @property
    def current(self) -> Path:
        """Where what holds is found."""
        return self.folder / _LINK

    def holds(self, source: Digest) -> bool:
        """Whether what is current was made from this."""
        return self.current.is_dir() and str(self.current.readlink()) == _name(source)

    def make(self, source: Digest, build: Callable[[Path], None]) -> bool:
        """Have what is made from ``source`` current; whether it was made now.

        Args:
            source: digest of all that it is made from.
            build: fills the folder it is given, which is empty and keeps its path; the processes that it starts have
                that folder in :data:`leftovers.VARIABLE`.

        Raises:
            MachineError: no space, no right to write, or what a killed run left at work there does not end. Errors of
                ``build`` leave what was current.
        """
        if self.holds(source):
            return False
        target = self.folder / _name(source)
        leftovers.end(target)
        with atomic.disk_errors(self.folder):
            shutil.rmtree(target, ignore_errors=True)
            target.mkdir(parents=True)
            target.chmod(0o755)
            try:
                build(target)
            except BaseException:
                shutil.rmtree(target, ignore_errors=True)
                raise
            self._switch(target.name)
        return True

    def discard(self) -> None:
        """Have it made anew the next time."""
        self.current.unlink(missing_ok=True)

    def _switch(self, name: str) -> None:
        atomic.sync_filesystem(self.folder)
        link = self.folder / _NEW
        link.unlink(missing_ok=True)
        link.symlink_to(name)
        link.replace(self.current)
        atomic.sync_folder(self.folder)
        for other in self.folder.iterdir():
            if other.name not in (name, _LINK):
                shutil.rmtree(other, ignore_errors=True)


def _name(source: Digest) -> str:
    return source.hex[:_LETTERS]
