"""The medium: there, readable, the right one, checked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from airlock_core.errors import AirlockError
from airlock_core.release import Release
from airlock_installer.doctor.area import Area
from airlock_installer.doctor.finding import Finding, error, warning
from airlock_installer.doctor.ground import Ground
from airlock_installer.media import mount, verify


@dataclass(frozen=True)
class MediumFacts:
    """What stands at the medium's place.

    Args:
        place: where it is mounted.
        source: what is mounted there; empty where nothing is.
        label: of the release on it; empty where it cannot be read.
        unreadable: why it cannot be read, or whose documents were altered.
        installed: label of the release that this deployer was installed from; empty where it was not.
        is_installed: whether the medium is that release.
        checked: whether every byte was read since it was mounted.
    """

    place: str
    source: str = ""
    label: str = ""
    unreadable: str = ""
    installed: str = ""
    is_installed: bool = True
    checked: bool = True


def look(ground: Ground) -> MediumFacts:
    """Look at the medium: its documents are read, its files are not."""
    place, source = str(ground.layout.medium), mount.mounted(ground.layout)
    if source is None:
        return MediumFacts(place)
    try:
        release = mount.required(ground.layout).release
        verify.check_documents(ground.layout.medium, release)
    except AirlockError as fault:
        return MediumFacts(place, source, unreadable=f"{fault.what} {fault.why}".strip())
    installed = _installed(ground)
    same = installed in (None, release)
    checked = verify.last(ground.layout) is not None
    return MediumFacts(place, source, release.label, "", installed.label if installed else "", same, checked)


def _installed(ground: Ground) -> Release | None:
    path = ground.layout.release_json
    return Release.loads(path.read_bytes(), where=str(path)) if path.is_file() else None


def missing(facts: MediumFacts) -> Iterator[Finding]:
    """No medium."""
    if not facts.source:
        why = "the local repo serves it as it is, and the registry is loaded and mended from it"
        yield error(
            "no medium is mounted", where=facts.place, why=why, todo="put it in, then: airlock-site media mount"
        )


def unreadable(facts: MediumFacts) -> Iterator[Finding]:
    """A medium that is damaged or gone."""
    if facts.unreadable:
        todo = "put it in (again), then: airlock-site media mount && airlock-site media verify"
        yield error("the medium cannot be used", where=facts.source, why=facts.unreadable, todo=todo)


def another(facts: MediumFacts) -> Iterator[Finding]:
    """Another release's medium."""
    if not facts.is_installed:
        what = f"another release is mounted than the installed one: {facts.label}, not {facts.installed}"
        yield error(what, where=facts.source, todo="put in the medium that this deployer was installed from")


def unchecked(facts: MediumFacts) -> Iterator[Finding]:
    """A medium that nobody read since it was mounted."""
    if facts.label and not facts.checked:
        todo = "airlock-site media verify"
        yield warning("its files were not checked since it was mounted", where=facts.label, todo=todo)


AREA = Area("medium", look, (missing, unreadable, another, unchecked))
