"""What of a kickstart this installer carries out. Anything else is an error that names it, never passed over."""

from collections.abc import Iterator
from typing import Any

from .errors import InstallError

# Read and without effect here, as they have none on an unattended text installation from the medium.
IGNORED = {
    "auth", "authconfig", "authselect", "autostep", "cmdline", "eula", "firstboot", "graphical", "install", "logging",
    "mediacheck", "skipx", "text", "unsupported_hardware", "xconfig", "rhsm", "syspurpose",
}  # fmt: skip

# Command -> the attributes of its pykickstart object that are honoured. An attribute that a kickstart sets
# to something else than its default and that is not listed stops the installation.
HONOURED: dict[str, set[str]] = {
    "autopart": {"autopart", "type", "fstype", "nohome", "noboot", "noswap", "lvm"},
    "bootloader": {"location", "appendLine", "bootDrive", "timeout", "driveorder", "leavebootorder", "nombr", "linear"},
    "cdrom": {"method"},
    "clearpart": {"type", "drives", "initAll", "disklabel"},
    "firewall": {"enabled", "ports", "services", "trusts", "remove_services", "use_system_defaults"},
    "group": {"name", "gid"},
    "halt": {"action"},
    "ignoredisk": {"ignoredisk", "onlyuse"},
    "keyboard": {"keyboard", "vc_keymap", "x_layouts", "switch_options", "kbd"},
    "lang": {"lang", "addsupport"},
    "module": {"name", "stream", "enable"},
    "network": {
        "bootProto", "device", "gateway", "hostname", "ip", "mtu", "nameserver", "netmask", "nodns", "onboot",
        "activate", "nodefroute", "noipv4", "noipv6", "ipv6", "ipv6gateway", "interfacename", "ipv4_dns_search",
    },
    "partition": {
        "active", "primOnly", "fstype", "grow", "maxSizeMB", "disk", "recommended", "hibernation", "size",
        "mountpoint", "mntpoint", "fsopts", "label", "format", "mkfsopts", "bytesPerInode",
    },
    "poweroff": {"action", "eject"},
    "reboot": {"action", "eject"},
    "repo": {"name", "baseurl", "cost", "includepkgs", "excludepkgs", "install", "noverifyssl", "ignoregroups"},
    "reqpart": {"reqpart", "addBoot"},
    "rootpw": {"password", "isCrypted", "lock"},
    "selinux": {"selinux"},
    "services": {"enabled", "disabled"},
    "shutdown": {"action", "eject"},
    "sshkey": {"username", "key", "sshkey"},
    "timezone": {"timezone", "isUtc", "nontp", "ntpservers"},
    "user": {"name", "groups", "homedir", "isCrypted", "password", "shell", "uid", "lock", "gecos", "gid"},
    "zerombr": {"zerombr"},
}  # fmt: skip
ALIASES = {"part": "partition"}
SAME_OBJECT = {"poweroff": "reboot", "halt": "reboot", "shutdown": "reboot"}
# pykickstart's own bookkeeping on each object.
BOOKKEEPING = {
    "lineno",
    "currentCmd",
    "currentLine",
    "handler",
    "op",
    "seen",
    "writePriority",
    "dataObj",
    "preceededInclude",
}
LISTS = {
    "group": "groupList", "module": "moduleList", "network": "network", "partition": "partitions", "repo": "repoList",
    "sshkey": "sshUserList", "user": "userList",
}  # fmt: skip


def check_command(name: str, lineno: int) -> None:
    """Raise InstallError when the command ``name`` on line ``lineno`` is one that this installer does not do."""
    known = ALIASES.get(name, name)
    if known not in HONOURED and known not in IGNORED:
        raise InstallError(f"kickstart line {lineno}: the command {name} is not supported by this installer")


def check(handler: Any) -> None:
    """Raise InstallError naming every option in ``handler`` that this installer would not honour."""
    faults = list(_unsupported_options(handler))
    if faults:
        raise InstallError("kickstart: not supported by this installer: " + "; ".join(faults))


def _unsupported_options(handler: Any) -> Iterator[str]:
    for command, honoured in HONOURED.items():
        if command in SAME_OBJECT:
            continue
        for item in _objects(handler, command):
            for name in sorted(_changed(item) - honoured - BOOKKEEPING - {LISTS.get(command, "")}):
                yield f"line {item.lineno}: {command} {name}={getattr(item, name)!r}"


def _objects(handler: Any, command: str) -> list[Any]:
    whole = getattr(handler, command)
    listed = LISTS.get(command)
    return list(getattr(whole, listed)) if listed else [whole] if whole.seen else []


def _changed(item: Any) -> set[str]:
    """Return the public attributes of ``item`` that differ from those of a fresh object of its class."""
    fresh = vars(type(item)())
    return {name for name, value in vars(item).items() if not name.startswith("_") and fresh.get(name) != value}
