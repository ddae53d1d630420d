"""Settings of the new system that are a file or two each: language, keyboard, clock, SELinux, services."""

import os
import re
from pathlib import Path
from typing import Any

from pykickstart import constants

from .console import say
from .errors import InstallError
from .shell import run_in, succeeds_in

SELINUX = {
    constants.SELINUX_DISABLED: "disabled",
    constants.SELINUX_PERMISSIVE: "permissive",
    constants.SELINUX_ENFORCING: "enforcing",
}


def configure(handler: Any, root: Path) -> None:
    """Carry out the settings of the kickstart in the system at ``root``."""
    _set_language(handler, root)
    _set_clock(handler.timezone, root)
    if handler.selinux.selinux is not None:
        _write(root / "etc/selinux/config", f"SELINUX={SELINUX[handler.selinux.selinux]}\nSELINUXTYPE=targeted\n")
    _set_firewall(handler.firewall, root)
    _set_services(handler.services, root)
    _make_unique(root)


def with_servers(chrony: str, servers: list[str]) -> str:
    """Return the chrony.conf ``chrony`` with ``servers`` in place of the sources that it has."""
    kept = [line for line in chrony.splitlines() if not re.match(r"\s*(server|pool|peer)\s", line)]
    return "\n".join([*(f"server {server} iburst" for server in servers), *kept]) + "\n"


def _set_language(handler: Any, root: Path) -> None:
    _write(root / "etc/locale.conf", f'LANG="{handler.lang.lang or "en_US.UTF-8"}"\n')
    keymap = handler.keyboard.vc_keymap or handler.keyboard.keyboard or "us"
    _write(root / "etc/vconsole.conf", f'KEYMAP="{keymap}"\n')


def _set_clock(wish: Any, root: Path) -> None:
    zone = wish.timezone or "America/New_York"  # Anaconda's own default
    if not (root / "usr/share/zoneinfo" / zone).is_file():
        say(f"timezone {zone}: the installed system does not know it; its clock shows UTC")
    localtime = root / "etc/localtime"
    localtime.unlink(missing_ok=True)
    localtime.symlink_to(f"../usr/share/zoneinfo/{zone}")
    if not wish.isUtc:
        _write(root / "etc/adjtime", "0.0 0 0.0\n0\nLOCAL\n")
    chrony = root / "etc/chrony.conf"
    if wish.ntpservers and chrony.is_file():
        chrony.write_text(with_servers(chrony.read_text(), list(wish.ntpservers)))
    if wish.nontp and succeeds_in(root, "systemctl", "cat", "chronyd.service"):
        run_in(root, "systemctl", "disable", "chronyd.service")


def _set_firewall(wish: Any, root: Path) -> None:
    if not (root / "usr/sbin/firewalld").exists():
        if wish.enabled:
            say("firewall --enabled: firewalld is not installed; nothing filters")
        return
    if wish.enabled is not None:
        run_in(root, "systemctl", "enable" if wish.enabled else "disable", "firewalld.service")


def _set_services(wish: Any, root: Path) -> None:
    """Disable, then enable. One that cannot be enabled is an error, one that cannot be disabled is none, as there."""
    for service in wish.disabled:
        succeeds_in(root, "systemctl", "disable", _unit(service))
    for service in wish.enabled:
        if not succeeds_in(root, "systemctl", "enable", _unit(service)):
            raise InstallError(f"services --enabled={service}: the installed system cannot enable it")


def _make_unique(root: Path) -> None:
    """Give the system what no other has: machine id and random seed."""
    identity = root / "etc/machine-id"
    identity.unlink(missing_ok=True)
    _write(identity, os.urandom(16).hex() + "\n")
    identity.chmod(0o444)
    seed = root / "var/lib/systemd/random-seed"
    seed.parent.mkdir(parents=True, exist_ok=True)
    seed.write_bytes(os.urandom(512))
    seed.chmod(0o600)


def _unit(name: str) -> str:
    return name if "." in name else f"{name}.service"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
