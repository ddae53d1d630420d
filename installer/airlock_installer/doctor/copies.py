"""Landing's copies on the control nodes: each file read there, and its digest compared with what the release says.

The gate of landing asks for lengths, and a registry serves a rotten blob as it is, so only this look finds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airlock_core.errors import AirlockError, VerificationError
from airlock_core.release import Release
from airlock_installer.doctor.area import Area
from airlock_installer.doctor.finding import Finding, error, warning
from airlock_installer.doctor.ground import Ground
from airlock_installer.reach import ping
from airlock_installer.serve import landed, listing
from airlock_installer.serve.storage import RegistryStorage
from airlock_installer.serve.up import images_of
from airlock_installer.steps.gather import Looking
from airlock_installer.steps.playbook import Outcome

PLAYBOOK = "copies.yml"
_SHOWN = 5
_RERUN, _MOUNT = "airlock-site run landing", "airlock-site media mount"


@dataclass(frozen=True)
class Copies:
    """What is wrong with a node's copies.

    Args:
        wrong: how many files lack or have other bytes.
        differing: files with other bytes.
        lacking: the first of those that are not there.
        unseen: why they could not be looked at; empty where they were.
    """

    node: str
    wrong: int = 0
    differing: tuple[str, ...] = ()
    lacking: tuple[str, ...] = ()
    unseen: str = ""


@dataclass(frozen=True)
class CopiesFacts:
    """The copies of all control nodes that could be reached.

    Args:
        deployer: the control node that is this machine; empty where none is.
        has_medium: whether this machine can take files from the medium.
        unlisted: why images could not be looked at; empty where they were.
    """

    nodes: tuple[Copies, ...]
    deployer: str = ""
    has_medium: bool = True
    unlisted: str = ""


def look(ground: Ground) -> CopiesFacts | None:
    """Have the control nodes read what they have; nothing before landing is done."""
    site = ground.site
    if site is None or not ground.is_landed:
        return None
    ready = [one.login.node for one in ground.reached if not ping.faults([one])]
    nodes = [node for node in site.inventory.control if node in ready]
    if not nodes:
        return None
    address = ground.endpoints.address
    deployer = next((node for node in site.inventory.control if site.inventory.address(node) == address), "")
    variables, unlisted = _wanted(ground, deployer)
    outcome = ground.look(Looking(PLAYBOOK, site, nodes, variables))
    found = tuple(_copies(ground, node, outcome) for node in nodes)
    return CopiesFacts(found, deployer, ground.mounted is not None, unlisted)


def _wanted(ground: Ground, deployer: str) -> tuple[dict[str, Any], str]:
    """The files of the copies, as the playbook takes them; and why those of the registry are not among them."""
    layout = ground.layout
    folder, release, repo = _documented(ground)
    images: listing.Files = []
    unlisted = ""
    try:
        images = listing.registry_files(images_of(folder, release), RegistryStorage(layout.registry_storage))
    except AirlockError as fault:  # what lacks on the deployer is told of its registry
        unlisted = fault.what
    wanted = {
        "airlock_copies_deployer": deployer,
        "airlock_copies_lengths": ground.quick,
        "airlock_copies_repo_folder": str(layout.repo),
        "airlock_copies_repo_files": repo,
        "airlock_copies_registry_folder": str(layout.registry_storage),
        "airlock_copies_registry_files": images,
    }
    return wanted, unlisted


def _documented(ground: Ground) -> tuple[Path, Release, listing.Files]:
    """The folder with the release's documents, that release, and the files of the local repo by these.

    Raises:
        VerificationError: neither the medium nor the deployer's own copy has them whole.
    """
    try:
        folder, release = landed.contents(ground.layout)
        return folder, release, listing.repo_files(folder, release)
    except AirlockError as fault:
        what, why = "the documents by which the copies are known cannot be used", f"{fault.what} {fault.why}".strip()
        todo = f"put the medium in, then: {_MOUNT} && {_RERUN}"
        raise VerificationError(what, where=fault.where, why=why, todo=todo) from fault


def _copies(ground: Ground, node: str, outcome: Outcome) -> Copies:
    if node not in outcome.facts:
        fault = next((fault for fault in outcome.faults if fault.where == node), None)
        return Copies(node, unseen=f"{fault.what}: {fault.why}" if fault else "it gave no answer")
    found = outcome.facts[node]
    folders = {"repo": ground.layout.repo, "registry": ground.layout.registry_storage}

    def paths(kind: str) -> tuple[str, ...]:
        return tuple(str(folder / path) for name, folder in folders.items() for path in found[name][kind])

    return Copies(node, sum(found[name]["wrong"] for name in folders), paths("differing"), paths("lacking"))


def wrong(facts: CopiesFacts) -> Iterator[Finding]:
    """A control node that serves other bytes than the release has, or lacks some: every other pull may meet it."""
    for copies in facts.nodes:
        if copies.wrong:
            files = "1 file lacks or has" if copies.wrong == 1 else f"{copies.wrong} files lack or have"
            what, why = f"{files} other bytes in landing's copies", "\n".join(_told(copies))
            yield error(what, where=copies.node, why=why, todo=_remedy(facts, copies.node))


def _told(copies: Copies) -> Iterator[str]:
    """Some of the files, and how many more there are."""
    others = len(copies.differing)
    for kind, paths, number in (
        ("other bytes", copies.differing, others),
        ("lacking", copies.lacking, copies.wrong - others),
    ):
        if number:
            shown = paths[:_SHOWN]
            more = [f"and {number - len(shown)} more"] if number > len(shown) else []
            yield f"{kind}: {', '.join([*shown, *more])}"


def _remedy(facts: CopiesFacts, node: str) -> str:
    """The other control nodes take files from the deployer, and that one takes them from the medium."""
    if node == facts.deployer and not facts.has_medium:
        return f"put the medium in, then: {_MOUNT} && {_RERUN}"
    return f"{_RERUN}, which fetches them anew"


def unseen(facts: CopiesFacts) -> Iterator[Finding]:
    """A control node that was reached, and whose copies could not be read."""
    for copies in facts.nodes:
        if copies.unseen:
            todo = f"on {copies.node}: is its disk well? journalctl -k; then airlock-site doctor again"
            yield error("landing's copies cannot be looked at", where=copies.node, why=copies.unseen, todo=todo)


def unlisted(facts: CopiesFacts) -> Iterator[Finding]:
    """Images that nobody can name the files of, the deployer's own being damaged."""
    if facts.unlisted:
        what = "images were not looked at on the other control nodes"
        yield warning(what, why=facts.unlisted, todo="mend the deployer's registry, then airlock-site doctor again")


AREA = Area("copies", look, (wrong, unseen, unlisted))
