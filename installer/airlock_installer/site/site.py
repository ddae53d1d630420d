"""A site: its folder, inventory and variables, read and judged together."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from airlock_core.errors import AirlockError, Faults, InputError, raise_all
from airlock_installer.site import extras, reading
from airlock_installer.site import inventory as inventories
from airlock_installer.site.inventory import Inventory
from airlock_installer.site.kinds import VARIABLES, file_of
from airlock_installer.site.model.backends import Ceph, Hitachi, Netapp, Powerflex
from airlock_installer.site.model.site import Backends, Site
from airlock_installer.site.model.values import Model
from airlock_installer.site.model.variables import Variables
from airlock_installer.site.places import Fault, Source, shown
from airlock_installer.site.rules import RULES

__all__ = ["Backends", "Draft", "Site", "load", "load_variables", "read", "unready"]

T = TypeVar("T")
M = TypeVar("M", bound=Model)


@dataclass
class Draft:
    """A site as far as its files can be read, and all that is wrong with them.

    Args:
        faults: what must be mended at once.
        later: what must be mended before some step, with that step.
        waiting: titles of rules that could not be asked, since ``hosts`` cannot be read.
        unread: keys of files whose values are at fault, so that their defaults stand in for them.
    """

    site: Site
    faults: list[AirlockError] = field(default_factory=list)
    later: list[tuple[str, Fault]] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    unread: set[tuple[Path, str]] = field(default_factory=set)


def load(folder: Path) -> Site:
    """Read a site and judge it. What must be there from a later step on is told by :func:`unready`.

    Raises:
        InputError, Faults: all faults of all files at once.
    """
    draft = read(folder)
    raise_all(f"{shown(folder)}: {len(draft.faults)} faults in the site's files", draft.faults)
    return draft.site


def load_variables(folder: Path) -> Variables:
    """Read a site's ``vars.yml`` alone.

    Raises:
        InputError, Faults: all its faults.
    """
    path = folder / file_of(VARIABLES)
    values, _, faults = reading.read(Variables, path)
    raise_all(f"{shown(path)}: {len(faults)} faults", faults)
    return values


def unready(site: Site, steps: Collection[str]) -> list[Fault]:
    """What must be written into the site's files before some steps may begin."""
    return [fault for rule in RULES if rule.step in steps for fault in rule.judge(site)]


def read(folder: Path) -> Draft:
    """Read a site's files as far as they can be, and judge what was read."""
    files = _Files(folder)
    inventory = files.attempt(lambda: inventories.load(folder / "hosts"), None)
    variables = files.typed(VARIABLES, Variables) or Variables()
    backends = Backends(
        ceph=files.whole("ceph", Ceph),
        netapp=files.whole("netapp", Netapp),
        powerflex=files.whole("powerflex", Powerflex),
        hitachi=files.whole("hitachi", Hitachi),
    )
    files.faults += extras.faults(folder, inventory)
    draft = Draft(Site(folder, inventory or Inventory(), variables, backends, files.sources), files.faults)
    _judge(draft, inventory is not None)
    return draft


def _judge(draft: Draft, hosts: bool) -> None:
    """Ask all rules; what follows from a fault that was told already is not told again."""
    draft.unread = {(fault.file, fault.key) for fault in draft.faults if isinstance(fault, Fault) and fault.key}
    broken = {fault.file for fault in draft.faults if isinstance(fault, Fault) and not fault.key}
    for rule in RULES:
        if rule.hosts and not hosts:
            draft.waiting.append(rule.title)
            continue
        for fault in rule.judge(draft.site):
            if (fault.file, fault.key) in draft.unread or fault.file in broken:
                continue
            if rule.step:
                draft.later.append((rule.step, fault))
            else:
                draft.faults.append(fault)


class _Files:
    """Reading the files one by one, whatever becomes of the others."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.faults: list[AirlockError] = []
        self.sources: dict[str, Source] = {}

    def attempt(self, work: Callable[[], T], otherwise: T) -> T:
        try:
            return work()
        except InputError as fault:
            self.faults.append(fault)
        except Faults as several:
            self.faults += several.faults
        return otherwise

    def typed(self, name: str, kind: type[M]) -> M | None:
        """A file's values, without those that are at fault; None where it cannot be read at all."""
        path = self._folder / file_of(name)
        found = self.attempt(lambda: reading.read(kind, path), None)
        if found is None:
            self.sources[name] = Source(path)
            return None
        values, self.sources[name], faults = found
        self.faults += faults
        return values

    def whole(self, name: str, kind: type[M]) -> M | None:
        """A file's values; None where there is none, or something in it is at fault."""
        if not (self._folder / file_of(name)).exists():
            return None
        before = len(self.faults)
        values = self.typed(name, kind)
        return values if len(self.faults) == before else None
