"""Where the images of a registry, or of a part of it, really are: registries.conf's prefix, location and mirrors.

Source: containers-registries.conf(5), "Remapping and mirroring registries": the longest prefix counts, mirrors are
asked in their order, the location last.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from airlock_core.imageref import ImageRef


@dataclass(frozen=True)
class Rewrite:
    """One prefix.

    Args:
        prefix: ``host[:port][/path]``, as images are named.
        location: the same shape: what stands there in its place; empty for itself.
        mirrors: the same shape: what is asked before.
        ca: file of authorities that may vouch for these registries, beside the system's.
    """

    prefix: str
    location: str = ""
    mirrors: tuple[str, ...] = ()
    ca: Path | None = None

    def fits(self, ref: ImageRef) -> bool:
        """Whether an image stands below the prefix."""
        return f"{ref.name}/".startswith(f"{self.prefix}/")


def rewrite_of(ref: ImageRef, rewrites: Iterable[Rewrite]) -> Rewrite | None:
    """The one with the longest prefix that an image stands below."""
    return max((one for one in rewrites if one.fits(ref)), key=lambda one: len(one.prefix), default=None)
