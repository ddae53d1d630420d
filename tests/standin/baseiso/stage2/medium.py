"""The medium and the kickstart on it: where they are, and that they are what they should be."""

import shutil
from pathlib import Path

from .errors import InstallError
from .shell import run

MOUNT_POINT = Path("/run/install/repo")
KICKSTART = Path("/run/install/ks.cfg")
OEMDRV = "OEMDRV"  # a disk of this label supplies /ks.cfg when inst.ks is absent
DEVICE_NOTE = Path("/run/install/medium")  # written by stage 1


def device() -> str:
    """Return the device that stage 1 found the medium on."""
    return DEVICE_NOTE.read_text().strip()


def check_checksum() -> None:
    """Check the sum that implantisomd5 put into the medium.

    Raises InstallError when it does not match.
    """
    run("checkisomd5", "--md5sumonly", device())
    run("checkisomd5", device())


def check_arch() -> None:
    """Check that the medium's .discinfo (time, release, arch: a line each) names this machine's architecture.

    Raises InstallError when there is none or another: kickstart's `cdrom` then finds no source.
    """
    info = MOUNT_POINT / ".discinfo"
    lines = info.read_text().splitlines() if info.is_file() else []
    if len(lines) < 3 or lines[2].strip() not in ("x86_64", "ALL"):
        raise InstallError(f"cdrom: no usable medium: {info} has no third line that says x86_64")


def fetch_kickstart(option: str) -> Path:
    """Copy the kickstart that ``option`` (inst.ks=) names to /run/install/ks.cfg and return that path.

    Raises InstallError when there is no such place or file, or when nothing names one.
    """
    if not option:
        return _from_oemdrv()
    kind, _, rest = option.partition(":")
    if kind == "cdrom":
        return _copy(MOUNT_POINT / rest.lstrip("/"), option)
    if kind == "file":
        return _copy(Path(rest), option)
    if kind == "hd":
        where, _, path = rest.partition(":")
        return _from_device(where, path or "/ks.cfg", option)
    raise InstallError(f"inst.ks={option}: only hd:, cdrom: and file: are understood")


def _from_oemdrv() -> Path:
    try:
        return _from_device(f"LABEL={OEMDRV}", "/ks.cfg", OEMDRV)
    except InstallError:
        raise InstallError("no inst.ks= and no disk labelled OEMDRV: this installer works by kickstart alone") from None


def _from_device(where: str, path: str, option: str) -> Path:
    found = _device_of(where)
    if found == device():
        return _copy(MOUNT_POINT / path.lstrip("/"), option)
    folder = Path("/run/install/ksdev")
    folder.mkdir(exist_ok=True)
    run("mount", "-o", "ro", found, folder)
    try:
        return _copy(folder / path.lstrip("/"), option)
    finally:
        run("umount", folder)


def _device_of(where: str) -> str:
    """Return the device for LABEL=x, UUID=x, a path or a bare name."""
    if where.startswith(("LABEL=", "UUID=")):
        return run("findfs", where).strip()
    return where if where.startswith("/dev/") else f"/dev/{where}"


def _copy(source: Path, option: str) -> Path:
    if not source.is_file():
        raise InstallError(f"inst.ks={option}: no such file on the medium ({source})")
    KICKSTART.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, KICKSTART)
    return KICKSTART
