"""The gate of landing: registry and local repo whole on each control node, and served at the virtual address.

What is found, by node: ``vip`` and, on control nodes, ``own``: each ``registry`` and ``repo`` with ``asked`` (how many
images or documents it was asked for), ``fault`` (why it does not answer), ``wrong`` (what it does not serve as the
medium says, and why) and of registries ``lacking`` (repositories that are not in its catalog) and ``surplus`` (images
that images.lock does not name: no fault, since an earlier release's stay); ``units`` (their states); ``clients``
(whether what it pulls by is right).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from airlock_core.errors import AirlockError, GateError
from airlock_installer.site.site import Site
from airlock_installer.steps import gate_faults

_RERUN = "run `airlock-site run landing` again; its log: `airlock-site logs landing`"
_SHOWN = 5
_KINDS = {"registry": "image", "repo": "document"}
"""What each service is asked for."""


def told(found: Mapping[str, Any]) -> dict[str, Any]:
    """What was found on one node, for people."""
    services = [f"{unit} {state}" for unit, state in found["units"].items()]
    return {
        **({"services": services} if services else {}),
        **{f"own {service}": _answered(service, answer) for service, answer in found["own"].items()},
        **{f"{service} at the virtual address": _answered(service, answer) for service, answer in found["vip"].items()},
        "pulls by": "the virtual address" if found["clients"] else "files that somebody changed",
    }


def _answered(service: str, answer: Mapping[str, Any]) -> str:
    """How a service answered, in words."""
    if answer["fault"]:
        return f"does not answer: {answer['fault']}"
    lacking, wrong = answer.get("lacking", []), [f"{what}: {why}" for what, why in answer["wrong"].items()]
    wrong += [f"not in its catalog: {', '.join(lacking)}"] if lacking else []
    name = _KINDS[service] + ("" if answer["asked"] == 1 else "s")
    sound = [] if wrong else [f"serves {answer['asked']} {name} as on the medium"]
    surplus = answer.get("surplus", [])
    beside = [f"and {len(surplus)} that images.lock does not name: {', '.join(surplus)}"] if surplus else []
    return "; ".join([*wrong, *sound, *beside])


def judge(site: Site, found: Mapping[str, Mapping[str, Any]]) -> list[AirlockError]:
    """Every difference between what the nodes show and what must be true after landing."""
    nodes = site.inventory.hosts
    there = [node for node in nodes if node in found]
    faults = gate_faults.lost(node for node in nodes if node not in found)
    # What a control node lacks comes before what others see of it at the virtual address.
    for node in there:
        if node in site.inventory.control:
            faults += [
                *gate_faults.idle(node, found[node]["units"], _RERUN),
                *_served(node, "its own", found[node]["own"]),
            ]
    for node in there:
        faults += _served(node, str(site.variables.keepalived_vip), found[node]["vip"])
        faults += _clients(node, found[node])
    return faults


def _served(node: str, place: str, asked: Mapping[str, Mapping[str, Any]]) -> Iterator[AirlockError]:
    """What a node hears of its own services, or of those at the virtual address."""
    for service, answer in asked.items():
        name = f"{place} {service}" if place == "its own" else f"the {service} at {place}"
        if answer["fault"]:
            yield GateError(f"{name} does not answer", where=node, why=answer["fault"], todo=_RERUN)
            continue
        for what, why in list(answer["wrong"].items())[:_SHOWN]:
            yield GateError(f"{name}: expected {what} as it is on the medium", where=node, why=why, todo=_RERUN)
        if (more := len(answer["wrong"]) - _SHOWN) > 0:
            yield GateError(f"{name}: {more} more are not as they are on the medium", where=node, todo=_RERUN)
        if lacking := answer.get("lacking"):
            told = ", ".join(lacking)
            yield GateError(f"{name}: expected in its catalog, not found: {told}", where=node, todo=_RERUN)


def _clients(node: str, found: Mapping[str, Any]) -> Iterator[AirlockError]:
    if not found["clients"]:
        what = "its files for pulling do not lead to the virtual address"
        yield GateError(what, where=node, why="somebody changed them", todo=_RERUN)
