"""One package as values."""

import hashlib
import stat
from dataclasses import dataclass

DIRECTORY, REGULAR, PROGRAM, SYMLINK = 0o040755, 0o100644, 0o100755, 0o120777


@dataclass(frozen=True, order=True)
class Relation:
    """What a package provides, requires and the like; ``sense`` is empty or a comparison with ``version``."""

    name: str
    sense: str = ""
    version: str = ""


@dataclass(frozen=True, order=True)
class File:
    """One file.

    Args:
        path: absolute.
        size: bytes of a regular file; which they are follows from its path.
        mode: with the type's bits.
        target: where a symbolic link leads.
        is_doc: marked as documentation.
    """

    path: str
    size: int = 0
    mode: int = REGULAR
    target: str = ""
    is_doc: bool = False

    @property
    def is_regular(self) -> bool:
        """Whether it is neither a folder nor a link."""
        return stat.S_ISREG(self.mode)

    @property
    def content(self) -> bytes:
        """What stands in the archive for it."""
        if not self.is_regular:
            return self.target.encode()
        return hashlib.shake_128(self.path.encode()).hexdigest(self.size // 2 + 1)[: self.size].encode()


@dataclass(frozen=True)
class Package:
    """One binary package; ``source`` is the name of its source package, whose version is the same."""

    name: str
    version: str
    release: str
    arch: str
    source: str
    summary: str = ""
    description: str = ""
    epoch: int = 0
    files: tuple[File, ...] = ()
    requires: tuple[Relation, ...] = ()
    provides: tuple[Relation, ...] = ()
    recommends: tuple[Relation, ...] = ()
    conflicts: tuple[Relation, ...] = ()
    obsoletes: tuple[Relation, ...] = ()
    changelog: tuple[tuple[int, str, str], ...] = ()
    module: str = ""

    @property
    def evr(self) -> str:
        """Epoch where there is one, version, release."""
        return (f"{self.epoch}:" if self.epoch else "") + f"{self.version}-{self.release}"

    @property
    def nevra(self) -> str:
        """As modules.yaml lists it."""
        return f"{self.name}-{self.epoch}:{self.version}-{self.release}.{self.arch}"

    @property
    def file_name(self) -> str:
        """The name of its RPM file."""
        return f"{self.name}-{self.version}-{self.release}.{self.arch}.rpm"
