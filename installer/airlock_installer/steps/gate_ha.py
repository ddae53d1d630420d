"""The gate of ha: keepalived and haproxy active, each virtual address on one control node, and nobody else's.

What is found, by control node: ``units`` (their states), ``interfaces`` (``ip -json -4 address show``), ``answers``
(hardware addresses of the other machines that answer for an address, by address) and ``hardware`` (its own).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from airlock_core.errors import AirlockError, GateError
from airlock_installer.site.site import Site
from airlock_installer.steps import gate_faults

Found = Mapping[str, Mapping[str, Any]]
_RERUN = "run `airlock-site run ha` again; its log: `airlock-site logs ha`"


@dataclass(frozen=True)
class Virtual:
    """A virtual address, and the interface that it belongs on."""

    address: str
    interface: str


def virtual(site: Site) -> tuple[Virtual, ...]:
    """The site's virtual addresses: the management network's, and the service network's where there is one."""
    variables = site.variables
    pairs = (
        (variables.keepalived_vip, variables.mgmt_iface_name),
        (variables.keepalived_vip_svc, variables.svc_iface_name),
    )
    return tuple(Virtual(str(address), interface) for address, interface in pairs if address)


def holders(address: str, found: Found) -> dict[str, str]:
    """The control nodes that have an address, with the interface that has it."""
    return {
        node: str(interface["ifname"])
        for node, each in found.items()
        for interface in each["interfaces"]
        if any(one.get("local") == address for one in interface.get("addr_info", []))
    }


def told(found: Mapping[str, Any]) -> dict[str, Any]:
    """What was found on one control node, for people."""
    return {
        "services": [f"{unit} {state}" for unit, state in found["units"].items()],
        "addresses": [_addresses(each) for each in found["interfaces"] if each.get("addr_info")],
        "answered by": {address: ", ".join(macs) or "nobody else" for address, macs in found["answers"].items()},
    }


def _addresses(interface: Mapping[str, Any]) -> str:
    shown = (f"{one['local']}/{one['prefixlen']}" for one in interface["addr_info"])
    return f"{interface['ifname']} {' '.join(shown)}"


def judge(site: Site, found: Found) -> list[AirlockError]:
    """Every difference between what the control nodes show and what must be true after ha."""
    control = site.inventory.control
    lost = [node for node in control if node not in found]
    faults = gate_faults.lost(lost)
    seen = {node: found[node] for node in control if node in found}
    for node, each in seen.items():
        faults += gate_faults.idle(node, each["units"], _RERUN)
    for one in virtual(site):
        faults += [*_holders(one, seen, lost), *_answers(one, seen, lost)]
    return faults


def _holders(one: Virtual, found: Found, lost: list[str]) -> Iterator[AirlockError]:
    has = holders(one.address, found)
    expected = f"{one.address}: expected on exactly one control node, found on"
    if len(has) > 1:
        todo = "do they reach one another by VRRP (IP protocol 112)? On each: journalctl -u keepalived"
        yield GateError(f"{expected} {len(has)}: {', '.join(has)}", todo=todo)
    elif not has and not lost:
        todo = f"on the control nodes: journalctl -u keepalived -u haproxy; {_RERUN}"
        yield GateError(f"{expected} none", todo=todo)
    for node, interface in has.items():
        if interface != one.interface:
            what = f"{one.address}: expected on {one.interface}, found on {interface}"
            yield GateError(what, where=node, todo=f"ip address delete {one.address}/32 dev {interface}; {_RERUN}")


def _answers(one: Virtual, found: Found, lost: list[str]) -> Iterator[AirlockError]:
    """Nobody answers but who has it, and whoever asks on its network is answered."""
    has = holders(one.address, found)
    rightful = {mac for node in has for mac in found[node]["hardware"]}
    strangers: dict[str, list[str]] = {}
    for node, each in found.items():
        heard = each["answers"].get(one.address, [])
        for mac in heard:
            # A node that could not be looked at may be the one that has it: nothing is known against it.
            if mac not in rightful and (has or not lost):
                strangers.setdefault(mac, []).append(node)
        if has and node not in has and not rightful & set(heard):
            todo = f"are {node} and {', '.join(has)} on one network by {one.interface}?"
            yield GateError(f"{one.address}: {', '.join(has)} does not answer for it", where=node, todo=todo)
    for mac, nodes in strangers.items():
        what = f"{one.address}: another machine answers for it on {one.interface}: {mac}"
        owner = next((node for node, each in found.items() if mac in each["hardware"]), "")
        why = f"heard by {', '.join(nodes)}" + (f"; it is {owner}'s" if owner else "")
        yield GateError(what, why=why, todo="free the address there, or choose another in vars.yml and run ha again")
