"""A vendor's registry, whose images people sign, and the program that finds it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from airlock_core.locks import LockedImage, ReleaseLocks
from tests.integration.cli.airlock import Airlock, Ran
from tests.standin.images.attach import Repository

HOST = "vendor.test"


@dataclass(frozen=True)
class Vendor:
    """A registry whose images people sign, and the program that finds it."""

    address: str
    airlock: Airlock

    def repository(self, name: str) -> Repository:
        return Repository(self.address, name)

    def lock(self, *words: str, refs: tuple[str, ...] = ("demo/web:1.0",), expect: int = 0, **images: Any) -> Ran:
        named = {"refs": [f"{HOST}/{ref}" for ref in refs], **images}
        self.airlock.write({"images": named})
        return self.airlock("lock", "-m", "release.yaml", *words, expect=expect)

    @property
    def locked(self) -> tuple[LockedImage, ...]:
        return ReleaseLocks.load(self.airlock.folder / "locks/release").images.images

    def attached(self) -> dict[str, LockedImage]:
        """By digest, without the lists that airlock writes."""
        return {str(one.digest): one for one in self.locked if one.attachment and one.attachment.kind != "referrers"}

    def lists(self) -> dict[str, LockedImage]:
        """By tag."""
        return {str(one.tag): one for one in self.locked if one.attachment and one.attachment.kind == "referrers"}


def as_list(digest: str) -> str:
    """The tag that stands for what is attached to a digest."""
    return digest.replace(":", "-")
