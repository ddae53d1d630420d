"""The new system's host name and interfaces, by the kickstart's `network` commands."""

import ipaddress
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .errors import InstallError
from .shell import run_in

DEFAULT_HOSTNAME = "localhost.localdomain"
FIRST_LINK = ("", "link", "bootif", "ibft")  # values of --device= that mean "the one that is connected"


def configure(handler: Any, root: Path, interfaces: Sequence[str]) -> None:
    """Write host name and interface configuration into the system at ``root``.

    As on Rocky 8 each interface gets an ifcfg file; where the system brings systemd-networkd and no
    NetworkManager, which would read that, it gets a .network file too.
    """
    (root / "etc/hostname").write_text(hostname(handler) + "\n")
    networkd = (root / "usr/lib/systemd/systemd-networkd").exists() and not (root / "usr/sbin/NetworkManager").exists()
    for wish in handler.network.network:
        if _only_hostname(wish):
            continue
        device = resolve(wish.device, interfaces)
        _write(root / "etc/sysconfig/network-scripts" / f"ifcfg-{device}", ifcfg(wish, device))
        if networkd and wish.onboot:
            _write(root / "etc/systemd/network" / f"10-{device}.network", networkd_unit(wish, device))
    if networkd and list((root / "etc/systemd/network").glob("*.network")):
        run_in(root, "systemctl", "enable", "systemd-networkd.service")


def hostname(handler: Any) -> str:
    """Return the last --hostname= given, or Rocky's default."""
    given = [wish.hostname for wish in handler.network.network if wish.hostname]
    return given[-1] if given else DEFAULT_HOSTNAME


def resolve(name: str, interfaces: Sequence[str]) -> str:
    """Return the interface that --device=``name`` means on this machine.

    Raises InstallError when the machine has none.
    """
    if name not in FIRST_LINK:
        return name
    if not interfaces:
        raise InstallError(f"network --device={name}: this machine has no network interface")
    return interfaces[0]


def ifcfg(wish: Any, device: str) -> str:
    """Return the ifcfg file of ``device`` (network-scripts' sysconfig.txt)."""
    static = wish.bootProto == "static"
    values = {
        "TYPE": "Ethernet", "DEVICE": device, "NAME": device, "BOOTPROTO": "none" if static else wish.bootProto,
        "ONBOOT": "yes" if wish.onboot else "no", "DEFROUTE": "no" if wish.nodefroute else "yes",
        "IPV6INIT": "no" if wish.noipv6 else "yes",
    }  # fmt: skip
    if static:
        values |= {"IPADDR": wish.ip, "PREFIX": str(prefix_length(wish.netmask))}
    if wish.gateway:
        values["GATEWAY"] = wish.gateway
    if wish.mtu:
        values["MTU"] = str(wish.mtu)
    for number, server in enumerate(_servers(wish), start=1):
        values[f"DNS{number}"] = server
    return "".join(f"{name}={value}\n" for name, value in values.items())


def networkd_unit(wish: Any, device: str) -> str:
    """Return the systemd.network(5) file of ``device``."""
    lines = ["[Match]", f"Name={device}", "", "[Network]"]
    if wish.bootProto == "dhcp" and not wish.noipv4:
        lines += ["DHCP=ipv4"]
    if wish.bootProto == "static":
        lines += [f"Address={wish.ip}/{prefix_length(wish.netmask)}"]
        lines += [f"Gateway={wish.gateway}"] if wish.gateway and not wish.nodefroute else []
    lines += [f"DNS={server}" for server in _servers(wish)]
    if wish.noipv6:
        lines += ["LinkLocalAddressing=no", "IPv6AcceptRA=no"]
    if wish.mtu:
        lines += ["", "[Link]", f"MTUBytes={wish.mtu}"]
    return "\n".join(lines) + "\n"


def prefix_length(netmask: str) -> int:
    """Return the prefix length of ``netmask``: 255.255.255.0 is 24."""
    try:
        return ipaddress.IPv4Network(f"0.0.0.0/{netmask}").prefixlen
    except ValueError as error:
        raise InstallError(f"network --netmask={netmask}: {error}") from error


def _servers(wish: Any) -> list[str]:
    return [server.strip() for server in (wish.nameserver or "").split(",") if server.strip() and not wish.nodns]


def _only_hostname(wish: Any) -> bool:
    """Return whether the command gives a host name and nothing about an interface, as Anaconda understands it."""
    return bool(wish.hostname and not wish.device and not wish.ip and wish.activate is None)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
