"""``vars.yml``: its keys, their shapes and defaults."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from airlock_core import strict_yaml
from airlock_core.errors import AirlockError, InputError, raise_all

LEVELS = ("moderato", "allegro", "vivace")
BACKENDS = ("ceph", "netapp", "powerflex", "hitachi")


def load(path: Path) -> dict[str, Any]:
    """Read vars.yml and check its shape; keys that it lacks have their defaults.

    Raises:
        InputError, Faults: all faults at once, each with its key.
    """
    data = strict_yaml.load(path) or {}
    if not isinstance(data, dict):
        raise InputError("must hold keys and values", where=str(path))
    faults = list(_faults(data, str(path)))
    raise_all(f"{path}: {len(faults)} faults", faults)
    return {**{key: rule.default for key, rule in _RULES.items()}, **data}


def _faults(data: Mapping[str, Any], where: str) -> list[AirlockError]:
    faults: list[AirlockError] = []
    for key, value in data.items():
        rule = _RULES.get(str(key))
        if rule is None:
            faults.append(InputError("an unknown key", where=f"{where}: {key}", todo=f"known: {', '.join(_RULES)}"))
        elif not rule.accepts(value):
            faults.append(InputError(f"not {rule.shape}: {value!r}", where=f"{where}: {key}"))
    return faults


class _Rule:
    """A key's default, its shape in words, and the test for it."""

    def __init__(self, default: Any, shape: str, accepts: Callable[[Any], bool]) -> None:
        self.default, self.shape, self.accepts = default, shape, accepts


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value)


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and all(map(_is_text, value))


def _is_address(value: Any) -> bool:
    try:
        return value in ("", None) or bool(ipaddress.IPv4Address(value))
    except ValueError:
        return False


def _is_minimum(value: Any) -> bool:
    return isinstance(value, dict) and all(
        role in ("control", "compute", "storage")
        and isinstance(sizes, dict)
        and all(key in ("cpus", "memory_mb", "disk_gb") and isinstance(size, int) for key, size in sizes.items())
        for role, sizes in value.items()
    )


def _name(default: str) -> _Rule:
    return _Rule(default, "the name of an interface", _is_text)


def _flag(default: bool) -> _Rule:
    return _Rule(default, "true or false", lambda value: isinstance(value, bool))


def _level() -> _Rule:
    return _Rule(LEVELS[0], f"one of {', '.join(LEVELS)}", lambda value: value in LEVELS)


_RULES: dict[str, _Rule] = {
    "svc_iface_name": _name("eth0"),
    "mgmt_iface_name": _name("eth1"),
    "provider_iface_name": _name("eth2"),
    "overlay_iface_name": _Rule("eth3", "the name of an interface, or null", lambda v: v is None or _is_text(v)),
    "storage_iface_name": _name("eth4"),
    "ntp_servers": _Rule([], "a list of names or addresses", _is_texts),
    "keepalived_vip": _Rule("", "an IPv4 address", _is_address),
    "keepalived_vip_svc": _Rule("", "an IPv4 address, or empty", _is_address),
    "metallb_enabled": _flag(default=False),
    "metallb_ip_range": _Rule([], "a list of ranges of addresses", _is_texts),
    "ha_level": _level(),
    "k8s_ha_level": _level(),
    "storage_backends": _Rule(
        [],
        f"a list of {', '.join(BACKENDS)}",
        lambda value: isinstance(value, list) and all(backend in BACKENDS for backend in value),
    ),
    "deploy_ssh_key": _flag(default=True),
    "checklist_minimum": _Rule({}, "{control|compute|storage: {cpus, memory_mb, disk_gb: numbers}}", _is_minimum),
}
