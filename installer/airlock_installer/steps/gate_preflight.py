"""The gate of preflight: the local repo alone, and time from where it must come. It judges what was found, no more.

What is found, by node: ``repos`` (ids that ``dnf repolist --enabled`` shows), ``sources`` (lines of ``chronyc -c -N
sources``) and ``tracking`` (the line of ``chronyc -c tracking``); their columns: chronyc(1), "sources", "tracking".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from airlock_core.errors import AirlockError, GateError
from airlock_installer.site.site import Site
from airlock_installer.steps import gate_faults

REPO = "burrito"
REPO_UNSIGNED = "burrito-unsigned"
"""The same packages, as far as the release takes them without signatures that dnf can check."""
_LOCAL_REFERENCE = "7F7F0101"
_OFFSET = 4
"""The column of the clock's offset, in seconds (chronyc(1), "tracking")."""
_RERUN = "run `airlock-site run preflight` again; its log: `airlock-site logs preflight`"


def told(found: Mapping[str, Any]) -> dict[str, Any]:
    """What was found on one node, for people."""
    sources = [f"{fields[2]} ({fields[1]})" for line in found["sources"] if len(fields := line.split(",")) > 2]
    return {"repos": found["repos"], "time sources": sources, "clock": _clock(found["tracking"])}


def _clock(tracking: list[str]) -> str:
    fields = tracking[0].split(",") if tracking else []
    if len(fields) <= _OFFSET:
        return "no answer from chronyd"
    whom = "its own clock" if fields[0] == _LOCAL_REFERENCE else fields[1]
    return f"follows {whom}, stratum {fields[2]}, {float(fields[_OFFSET]) * 1000:+.3f} ms; {fields[-1]}"


def judge(site: Site, found: Mapping[str, Mapping[str, Any]]) -> list[AirlockError]:
    """Every difference between what the nodes show and what must be true after preflight."""
    faults: list[AirlockError] = []
    for node in site.inventory.hosts:
        if node not in found:
            faults += gate_faults.lost([node])
        else:
            faults += [*_repos(node, found[node]), *_time(node, site, found[node])]
    return faults


def _repos(node: str, found: Mapping[str, Any]) -> Iterator[AirlockError]:
    repos = sorted(found["repos"])
    if REPO not in repos or set(repos) - {REPO, REPO_UNSIGNED}:
        shown = ", ".join(repos) or "none"
        yield GateError(f"dnf repolist: expected {REPO} alone, found {shown}", where=node, todo=_RERUN)


def _time(node: str, site: Site, found: Mapping[str, Any]) -> Iterator[AirlockError]:
    sources = {fields[2]: fields[1] for line in found["sources"] if len(fields := line.split(",")) > 2}
    wanted = expected_sources(node, site)
    if frozenset(sources) != wanted:
        yield GateError(f"chronyc sources: expected {_told(wanted)}, found {_told(sources)}", where=node, todo=_RERUN)
    reference, leap = _reference(found["tracking"])
    if leap != "Normal":
        yield GateError(f"chronyc tracking: expected a clock in step, found {leap!r}", where=node, todo=_RERUN)
    elif _must_follow(node, site) and reference == _LOCAL_REFERENCE:
        todo = f"can {node} reach UDP port 123 of {_told(wanted)}?"
        yield GateError(f"expected to follow {_told(wanted)}, found its own clock alone", where=node, todo=todo)


def expected_sources(node: str, site: Site) -> frozenset[str]:
    """Where its time must come from: control nodes follow ntp_servers or each other, the others the control nodes."""
    servers = site.variables["ntp_servers"]
    if node in site.inventory.control and servers:
        return frozenset(servers)
    return frozenset(site.inventory.address(other) for other in site.inventory.control if other != node)


def _must_follow(node: str, site: Site) -> bool:
    """Whether a node may not live by its own clock: one of the control nodes does where there are no servers."""
    return bool(site.variables["ntp_servers"]) or node not in site.inventory.control


def _reference(tracking: list[str]) -> tuple[str, str]:
    fields = tracking[0].split(",") if tracking else []
    return (fields[0], fields[-1]) if len(fields) > 10 else ("", "no answer from chronyd")


def _told(names: Any) -> str:
    return ", ".join(sorted(names)) or "none"
