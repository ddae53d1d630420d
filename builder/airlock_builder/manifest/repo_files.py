"""``rpms.repo_files``: dnf's .repo files as they are, each enabled section as one of the manifest's repos.

Source: dnf.conf(5), "Repo options"; libdnf's ``ConfigRepo``. What a section means to dnf it means here, but that
airlock is stricter: signatures and certificates are always checked, a repository that cannot be had is an error, and
keys come from files that stand here, never from the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from airlock_builder.manifest import dnf_ini
from airlock_builder.manifest.dnf_ini import Section
from airlock_builder.manifest.inputs import parts
from airlock_builder.manifest.repo_section import Read, read_section
from airlock_builder.manifest.tree import Node, Place, shown
from airlock_core.errors import AirlockError, InputError

MAX_BYTES = 1 << 20


def add(tree: Node, known: Mapping[str, str]) -> tuple[list[AirlockError], list[AirlockError], dict[str, str]]:
    """Add the repositories of all .repo files to ``rpms.repos``, in place.

    A repository that the manifest itself gives by the same id wins.

    Args:
        known: what variables stand for.

    Returns:
        the faults, what is not followed and worth knowing, and the secrets that stood in the files, by the names of
        variables that the added repositories name for them.
    """
    own: set[object] = {node.value for content in parts(tree) for node in content.select("rpms.repos.*.id")}
    adding = _Adding(own, known, tree.place.file.parent)
    for content in parts(tree):
        rpms = content.child("rpms")
        if rpms is None or not isinstance(rpms.value, dict):
            continue
        added = [node for file in rpms.select("repo_files.*") for node in adding.read(Path(str(file.value)))]
        repos = rpms.value.setdefault("repos", Node([], rpms.place.at("repos"))) if added else None
        if repos and isinstance(repos.value, list):
            repos.value.extend(added)
    return adding.faults, adding.notes, adding.secrets


class _Adding:
    """What was read so far."""

    def __init__(self, own: set[object], known: Mapping[str, str], manifest: Path) -> None:
        self._own = own
        self._known = known
        self._manifest = manifest
        self._seen: set[Path] = set()
        self.faults: list[AirlockError] = []
        self.notes: list[AirlockError] = []
        self.secrets: dict[str, str] = {}

    def read(self, path: Path) -> Iterator[Node]:
        """The repositories of one file; a file that several manifests name is read once."""
        if path in self._seen or not path.is_file():  # one that is missing was told already
            return
        self._seen.add(path)
        for section in self._sections(path):
            read = Read(path, section, self._known, (path.parent, self._manifest))
            node = read_section(read)
            if read.id in self._own:
                continue
            self.faults += read.faults
            if node:
                self.notes += read.notes
                self.secrets |= read.secrets
                yield node

    def _sections(self, path: Path) -> list[Section]:
        try:
            with path.open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
            text = raw.decode("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            self.faults.append(InputError("cannot be read", where=shown(path), why=str(error)))
            return []
        if len(raw) > MAX_BYTES:
            self.faults.append(InputError(f"longer than {MAX_BYTES} bytes", where=shown(path)))
            return []
        sections, faults = dnf_ini.parse(text)
        for fault in faults:
            where = str(Place(path, line=fault.line))
            self.faults.append(InputError(fault.what, where=where, todo=fault.todo or "correct this line"))
        return [section for section in sections if section.name not in ("", "main")]
