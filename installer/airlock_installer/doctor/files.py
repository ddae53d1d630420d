"""The site's files: ``check`` in full, whose faults are findings."""

from __future__ import annotations

from collections.abc import Iterator

from airlock_installer.doctor.area import Area
from airlock_installer.doctor.finding import Finding, note
from airlock_installer.doctor.ground import Ground
from airlock_installer.site import site as sites

SiteFacts = tuple[str, ...]
"""Its nodes."""


def look(ground: Ground) -> SiteFacts:
    """Read the site; each fault becomes a finding."""
    return tuple(sites.load(ground.folder).inventory.hosts)


def alone(facts: SiteFacts) -> Iterator[Finding]:
    """A site of one node, as an appliance has it at first."""
    if len(facts) == 1:
        todo = "for a site of several: copy hosts.sample over hosts"
        yield note(f"the site is {facts[0]} alone", todo=todo)


AREA = Area("site", look, (alone,))
