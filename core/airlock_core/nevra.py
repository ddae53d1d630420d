"""RPM package identities: name, epoch, version, release, architecture."""

from __future__ import annotations

import re
from dataclasses import dataclass

from airlock_core.errors import InputError

_SHAPE = re.compile(
    r"(?P<name>[^\s/:]+)-(?:(?P<epoch>[0-9]{1,10}):)?(?P<version>[^\s/:-]+)-(?P<release>[^\s/:-]+)\.(?P<arch>[^\s/:.-]+)"
)


@dataclass(frozen=True, order=True)
class Nevra:
    """One package build, as rpm names it (rpm-version(7), "NEVRA")."""

    name: str
    epoch: int
    version: str
    release: str
    arch: str

    @classmethod
    def parse(cls, text: str) -> Nevra:
        """Read ``name-[epoch:]version-release.arch``.

        Raises:
            InputError: the text has another shape.
        """
        match = _SHAPE.fullmatch(text)
        if not match:
            raise InputError(f"not a package build: {text!r}", todo="write it as name-[epoch:]version-release.arch")
        return cls(match["name"], int(match["epoch"] or 0), match["version"], match["release"], match["arch"])

    @classmethod
    def of(cls, name: str, evr: str, arch: str) -> Nevra:
        """Put together name, ``[epoch:]version-release`` and architecture."""
        return cls.parse(f"{name}-{evr}.{arch}")

    @property
    def evr(self) -> str:
        """``[epoch:]version-release``, the epoch only where it is not 0, as lock files write it."""
        epoch = f"{self.epoch}:" if self.epoch else ""
        return f"{epoch}{self.version}-{self.release}"

    @property
    def filename(self) -> str:
        """The usual file name: no epoch."""
        return f"{self.name}-{self.version}-{self.release}.{self.arch}.rpm"

    def __str__(self) -> str:
        return f"{self.name}-{self.evr}.{self.arch}"
