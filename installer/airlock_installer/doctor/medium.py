"""The medium: there, readable, the right one, checked. Once landing is done, a site is whole without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from airlock_core.errors import AirlockError, MachineError
from airlock_core.release import Release
from airlock_installer.doctor.area import Area
from airlock_installer.doctor.finding import Finding, error, note, warning
from airlock_installer.doctor.ground import Ground
from airlock_installer.media import mount, verify

_STILL = "the nodes are served by landing's copies; `serve up`, `prepare` and mending this machine's own copies need it"


@dataclass(frozen=True)
class MediumFacts:
    """What stands at the medium's place.

    Args:
        place: where it is mounted.
        source: what is mounted there; empty where nothing is.
        label: of the release on it; empty where it cannot be read.
        gone: why it cannot be read; empty where it can.
        altered: what is wrong with its documents; empty where nothing is.
        installed: label of the release that this deployer was installed from; empty where it was not.
        is_installed: whether the medium is that release.
        checked: whether every byte was read since it was mounted.
        is_landed: whether the nodes are served by landing's copies.
    """

    place: str
    source: str = ""
    label: str = ""
    gone: str = ""
    altered: str = ""
    installed: str = ""
    is_installed: bool = True
    checked: bool = True
    is_landed: bool = False


def look(ground: Ground) -> MediumFacts:
    """Look at the medium: its documents are read, its files are not."""
    place, source = str(ground.layout.medium), mount.mounted(ground.layout)
    if source is None:
        return MediumFacts(place, is_landed=ground.is_landed)
    try:
        release = mount.required(ground.layout).release
        verify.check_documents(ground.layout.medium, release)
    except MachineError as fault:
        return MediumFacts(place, source, gone=f"{fault.what} {fault.why}".strip(), is_landed=ground.is_landed)
    except AirlockError as fault:
        return MediumFacts(place, source, altered=f"{fault.what} {fault.why}".strip())
    installed = _installed(ground)
    same = installed in (None, release)
    checked = verify.last(ground.layout) is not None
    told = installed.label if installed else ""
    return MediumFacts(place, source, release.label, installed=told, is_installed=same, checked=checked)


def _installed(ground: Ground) -> Release | None:
    path = ground.layout.release_json
    return Release.loads(path.read_bytes(), where=str(path)) if path.is_file() else None


def missing(facts: MediumFacts) -> Iterator[Finding]:
    """No medium."""
    if facts.source:
        return
    what, todo = "no medium is mounted", "put it in, then: airlock-site media mount"
    if facts.is_landed:
        yield note(what, where=facts.place, why=_STILL, todo=f"where one of these is wanted: {todo}")
    else:
        why = "the local repo serves it as it is, and the registry is loaded and mended from it"
        yield error(what, where=facts.place, why=why, todo=todo)


def gone(facts: MediumFacts) -> Iterator[Finding]:
    """A medium that was pulled out, or that its drive does not give."""
    if not facts.gone:
        return
    what, todo = "the medium cannot be read", "put it in (again), then: airlock-site media mount"
    if facts.is_landed:
        away = f"{todo}; or leave it away: airlock-site media unmount"
        yield warning(what, where=facts.source, why=f"{facts.gone}; {_STILL}", todo=away)
    else:
        yield error(what, where=facts.source, why=facts.gone, todo=f"{todo} && airlock-site media verify")


def altered(facts: MediumFacts) -> Iterator[Finding]:
    """A medium that is not as it was made."""
    if facts.altered:
        todo = "put it in (again), then: airlock-site media mount && airlock-site media verify"
        yield error("the medium cannot be used", where=facts.source, why=facts.altered, todo=todo)


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


AREA = Area("medium", look, (missing, gone, altered, another, unchecked))
