"""Requests that nothing meets any more: what they are locked as, so that nobody looks for a slip of the pen."""

from __future__ import annotations

from collections.abc import Iterable

from airlock_builder.lock.rpms.solving.absent import Unmet
from airlock_core.errors import AirlockError
from airlock_core.locks import LockedRpm, RpmsLock

_TODO = (
    "take another mirror, or the request out; "
    "`airlock lock --update GLOB`, with what is to move, leaves it as it is locked"
)


def told(faults: Iterable[AirlockError], standing: RpmsLock) -> list[AirlockError]:
    """The same faults, those of requests that the standing lock met with what met them.

    What it met by something that a package provides, or by a path, the lock does not say.
    """
    met = {text: package for package in reversed(standing.packages) for text in _names(package)}
    found = list(faults)
    for fault in found:
        was = met.get(fault.request) if isinstance(fault, Unmet) else None
        if was:
            now = f"; {fault.why}" if fault.why else ""
            fault.why, fault.todo = f"it is locked as {was.nevra}, which repo {was.repoid} lists no more{now}", _TODO
    return found


def _names(package: LockedRpm) -> tuple[str, ...]:
    nevra = package.nevra
    return nevra.name, f"{nevra.name}.{nevra.arch}", str(nevra), str(nevra).removesuffix(f".{nevra.arch}")
