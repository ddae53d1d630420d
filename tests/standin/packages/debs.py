"""Debian packages as values: what their control files say, and what a set of them needs."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.standin.packages.names import words
from tests.standin.run import run

# Debian's own machinery: its work is done by the time a package is converted, or systemd and rpm do it.
MACHINERY = frozenset(
    words("""
    adduser ucf debconf dpkg init-system-helpers runit-helper lsb-base sysvinit-utils sensible-utils linux-base
    initramfs-tools containernetworking-plugins perl-base perl-modules-5.36
    """)
)


@dataclass(frozen=True)
class Deb:
    """One package: its control fields (Debian Policy, chapter 5) and where its file is, if it was fetched."""

    name: str
    version: str
    architecture: str
    summary: str
    depends: str
    provides: tuple[str, ...]
    file: Path | None = None

    @property
    def upstream(self) -> str:
        """Return the version without epoch and Debian revision, as RPM's Version takes it."""
        return re.sub(r"[^A-Za-z0-9.+~]", ".", self._parts()[0])

    @property
    def revision(self) -> str:
        """Return the Debian revision, as RPM's Release takes it."""
        return re.sub(r"[^A-Za-z0-9.]", ".", self._parts()[1] or "1")

    def _parts(self) -> tuple[str, str]:
        upstream, _, revision = (
            self.version.partition(":")[2].rpartition("-") if ":" in self.version else (self.version.rpartition("-"))
        )
        return (upstream, revision) if upstream else (revision, "")


def read_folder(folder: Path) -> dict[str, Deb]:
    """Return the packages whose files are in ``folder``, by name."""
    debs = (parse(run("dpkg-deb", "--field", file), file) for file in sorted(folder.glob("*.deb")))
    return {deb.name: deb for deb in debs}


def read_status(status: Path) -> dict[str, Deb]:
    """Return the packages that a dpkg ``status`` file lists, by name."""
    debs = (parse(stanza) for stanza in status.read_text().strip().split("\n\n"))
    return {deb.name: deb for deb in debs}


def parse(control: str, file: Path | None = None) -> Deb:
    """Return the package that the text of a control file describes."""
    unfolded = re.sub(r"\n[ \t]+.*", "", control)
    fields = {key.lower(): value.strip() for key, _, value in (line.partition(":") for line in unfolded.splitlines())}
    return Deb(
        name=fields["package"],
        version=fields["version"],
        architecture=fields["architecture"],
        summary=fields.get("description", fields["package"]),
        depends=", ".join(fields[key] for key in ("pre-depends", "depends") if fields.get(key)),
        provides=tuple(_names(fields.get("provides", ""))),
        file=file,
    )


def requirements(deb: Deb, there: Mapping[str, Deb]) -> list[str]:
    """Return the names of the packages among ``there`` that ``deb`` needs, Debian's machinery left out."""
    providers = {provided: one.name for one in there.values() for provided in one.provides}
    found = (_first(group, there, providers) for group in deb.depends.split(",") if group.strip())
    return sorted({name for name in found if name})


def closure(wanted: Iterable[str], there: Mapping[str, Deb], base: Iterable[str]) -> list[str]:
    """Return ``wanted`` and all that they need among ``there`` and that is not in ``base``, sorted by name."""
    known, queue = set(base), list(wanted)
    closed: set[str] = set()
    while queue:
        name = queue.pop()
        if name not in closed and name not in known:
            closed.add(name)
            queue.extend(requirements(there[name], there))
    return sorted(closed)


def _first(group: str, there: Mapping[str, Deb], providers: Mapping[str, str]) -> str | None:
    alternatives = list(_names(group.replace("|", ",")))
    known = [providers.get(name, name) for name in alternatives if name in there or name in providers]
    if not known and not MACHINERY.intersection(alternatives):
        raise LookupError(f"no package at hand for the requirement {group.strip()!r}")
    return None if MACHINERY.intersection((*alternatives, *known)) else known[0]


def _names(relation: str) -> Iterator[str]:
    """Yield the bare names of a comma-separated relation, without version, architecture and qualifier."""
    for part in relation.split(","):
        if word := re.match(r"\s*([a-z0-9][a-z0-9+.-]*)", part):
            yield word[1]
