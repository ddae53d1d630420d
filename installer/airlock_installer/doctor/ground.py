"""What all looks start from: this deployer, its site, its nodes; each asked once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from airlock_core.errors import AirlockError
from airlock_core.release import Release
from airlock_installer.layout import Layout
from airlock_installer.ledger import Entry, Ledger
from airlock_installer.media import mount
from airlock_installer.media.mount import Mounted
from airlock_installer.reach.nodes import Reached
from airlock_installer.serve import landed
from airlock_installer.serve.endpoints import Endpoints
from airlock_installer.serve.services import Services
from airlock_installer.site import site as sites
from airlock_installer.site.site import Site
from airlock_installer.steps.gather import Looking
from airlock_installer.steps.playbook import Outcome


@dataclass
class Ground:
    """The deployer.

    Args:
        names: by which the registry may be called.
        runner: of our services.
        folder: the site's.
        now: the clock, in seconds since 1970.
        ask: asks all nodes what they are.
        look: runs a playbook that only looks.
        quick: whether blobs and copies are left unread, but for their lengths.
    """

    layout: Layout
    endpoints: Endpoints
    names: frozenset[str]
    runner: Services
    folder: Path
    now: float
    ask: Callable[[], tuple[Reached, ...]]
    look: Callable[[Looking], Outcome]
    quick: bool = False

    @cached_property
    def site(self) -> Site | None:
        """The site; None where its files have faults, which their own look tells."""
        try:
            return sites.load(self.folder)
        except AirlockError:
            return None

    @cached_property
    def mounted(self) -> Mounted | None:
        """The medium; None where there is none, or none that can be read, which its own look tells."""
        try:
            return mount.required(self.layout)
        except AirlockError:
            return None

    @cached_property
    def contents(self) -> tuple[Path, Release] | None:
        """Where the release's own files can be read, the medium or landing's copy, and that release; None: nowhere."""
        try:
            return landed.contents(self.layout)
        except AirlockError:
            return None

    @property
    def is_landed(self) -> bool:
        """Whether the nodes are served by landing's copies, and need no medium for it."""
        return self.layout.landed_json.is_file()

    @cached_property
    def reached(self) -> tuple[Reached, ...]:
        """The nodes' answers; none where the site cannot be read."""
        return self.ask() if self.site else ()

    @cached_property
    def last(self) -> dict[str, Entry]:
        """The last run of each step."""
        return Ledger(self.layout.ledger).last()

    def is_done(self, step: str) -> bool:
        """Whether a step was done here."""
        return step in self.last and self.last[step].state == "committed"
