"""Mounting the medium read-only at its one place."""

from __future__ import annotations

import stat
import time
from dataclasses import dataclass
from pathlib import Path

from airlock_core import media as paths
from airlock_core import proc
from airlock_core.errors import InputError, MachineError, VerificationError
from airlock_core.release import Release
from airlock_installer.layout import Layout
from airlock_installer.media import devices

_TIMEOUT = 120
_OPTIONS = "ro,nodev,nosuid"
_PUT_IN = "put it in (again), then: airlock-site media mount"


@dataclass(frozen=True)
class Mounted:
    """What is mounted: the source as the kernel names it, and the release on it."""

    source: str
    release: Release


def mount(layout: Layout, source: Path | None = None, wait: float = 0) -> Mounted:
    """Mount the medium; nothing happens when the right one is mounted already. One that was pulled out is mounted anew.

    Args:
        wait: seconds to wait for a drive that is still being found, as during a boot.
        source: an image file, a device, or a folder where the medium is mounted already; None: the device that bears
            the label of the installed release.

    Raises:
        MachineError: no such medium, or it cannot be mounted; another than ``source`` is mounted already.
        VerificationError: it is another release than the installed one, and ``source`` was not given.
    """
    if not _can_be_used(layout):
        chosen = source or _find(_installed(layout).label, wait)
        mode = _mode(chosen)
        _let_go(layout)
        layout.medium.mkdir(parents=True, exist_ok=True)
        _mount(chosen, mode, layout.medium)
    state = required(layout)
    if source is None:
        _check_is_installed(layout, state)
    elif (label := _label(source)) != state.release.label:
        todo = "run `airlock-site media unmount` first; `airlock-site serve down` before it, where files are in use"
        raise MachineError(f"{state.release.label} is mounted, not {label}", where=state.source, todo=todo)
    return state


def unmount(layout: Layout) -> bool:
    """Unmount the medium; False where none was mounted.

    Raises:
        MachineError: it is in use.
    """
    if mounted(layout) is None:
        return False
    layout.verified_json.unlink(missing_ok=True)
    _run(["umount", layout.medium], f"{layout.medium} cannot be unmounted", "run `airlock-site serve down` first")
    return True


def mounted(layout: Layout) -> str | None:
    """The source of what is mounted at the medium's place, None where nothing is."""
    found = at(layout.medium)
    return found.source if found else None


@dataclass(frozen=True)
class At:
    """What is mounted somewhere.

    Args:
        source: as the kernel names it.
        number: of its device: ``8:17``.
    """

    source: str
    number: str

    def is_gone(self, devices: Path = Path("/sys/dev/block")) -> bool:
        """Whether its device was pulled out; what is on no block device (major number 0) cannot be."""
        return not self.number.startswith("0:") and devices.is_dir() and not (devices / self.number).exists()


def at(place: Path, mountinfo: Path = Path("/proc/self/mountinfo")) -> At | None:
    """What is mounted at a place, on top of all else there (proc_pid_mountinfo(5))."""
    found = None
    for line in mountinfo.read_text().splitlines():
        before, _, after = line.partition(" - ")
        if before.split()[4] == str(place):
            found = At(after.split()[1], before.split()[2])
    return found


def required(layout: Layout) -> Mounted:
    """The mounted medium and its release.

    Raises:
        MachineError: nothing is mounted, or the medium is gone.
        VerificationError: it is no medium of ours.
    """
    found = at(layout.medium)
    if found is None:
        raise MachineError("no medium is mounted", where=str(layout.medium), todo="run `airlock-site media mount`")
    if found.is_gone():  # the kernel may still have in its memory what was read last
        raise MachineError("the medium was pulled out", where=found.source, todo=_PUT_IN)
    return Mounted(found.source, release_of(layout.medium))


def release_of(folder: Path) -> Release:
    """The release on a mounted medium.

    Raises:
        MachineError: the medium cannot be read.
        VerificationError: there is no root document on it, or no readable one.
    """
    path = folder / paths.RELEASE_JSON
    try:
        return Release.loads(path.read_bytes(), where=str(path))
    except FileNotFoundError:
        raise VerificationError("not a medium of airlock: it has no release document", where=str(path)) from None
    except OSError as error:
        why = error.strerror or str(error)
        raise MachineError("the medium cannot be read", where=str(path), why=why, todo=_PUT_IN) from error
    except InputError as error:
        raise VerificationError(error.what, where=error.where, why=error.why) from error


def _can_be_used(layout: Layout) -> bool:
    """Whether something is mounted that was not pulled out; what is on it is not asked."""
    try:
        required(layout)
    except MachineError:
        return False
    except VerificationError:
        pass
    return True


def _let_go(layout: Layout) -> None:
    """Unmount what was pulled out, though somebody has a file of it open: what nginx serves next is of the new one."""
    while mounted(layout) is not None:
        layout.verified_json.unlink(missing_ok=True)
        _run(["umount", "--lazy", layout.medium], f"{layout.medium} cannot be unmounted", "")


def _find(label: str, wait: float) -> Path:
    deadline = time.monotonic() + wait
    while True:
        try:
            return devices.find(label, devices.media()).device
        except MachineError:
            if time.monotonic() > deadline:
                raise
            time.sleep(1)


def _installed(layout: Layout) -> Release:
    try:
        return Release.loads(layout.release_json.read_bytes(), where=str(layout.release_json))
    except FileNotFoundError:
        raise MachineError(
            "this machine was not installed from a medium, so that its label is not known",
            where=str(layout.release_json),
            todo="say where the medium is: `airlock-site media mount --from ISO|DEVICE|FOLDER`",
        ) from None


def _check_is_installed(layout: Layout, state: Mounted) -> None:
    installed = _installed(layout)
    if state.release != installed:
        raise VerificationError(
            f"another release than the installed one: {_name(state.release)}, not {_name(installed)}",
            where=state.source,
            todo="put in the medium that this deployer was installed from, or name this one with --from",
        )


def _name(release: Release) -> str:
    return f"{release.name} {release.version} (number {release.number}, label {release.label})"


def _label(source: Path) -> str | None:
    return release_of(source).label if source.is_dir() else devices.volume_label(source)


def _mode(source: Path) -> int:
    try:
        return source.stat().st_mode
    except OSError as error:
        raise InputError("no such image, device or folder", where=str(source), why=error.strerror or "") from error


def _mount(source: Path, mode: int, target: Path) -> None:
    todo = "is it a medium of airlock, whole?"
    if stat.S_ISDIR(mode):
        _run(["mount", "--bind", source, target], f"{source} cannot be mounted", todo)
        _run(["mount", "-o", f"remount,bind,{_OPTIONS}", target], f"{source} cannot be mounted read-only", todo)
        return
    loop = ",loop" if stat.S_ISREG(mode) else ""
    _run(["mount", "-t", "iso9660", "-o", _OPTIONS + loop, source, target], f"{source} cannot be mounted", todo)


def _run(command: list[str | Path], failure: str, todo: str) -> None:
    try:
        proc.run(command, timeout=_TIMEOUT)
    except proc.ProcessFailed as error:
        raise MachineError(failure, why=error.why, todo=todo) from error
