"""The manifest's model: every key, its type and its default. JSON Schema falls out of it.

Keys and their meaning are the contract's ("Manifest"). Paths are relative to the manifest that names them and are
made absolute while loading; ``$release``, ``$arch`` and ``vars`` are expanded while loading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field
from pathlib import Path
from typing import Annotated, Any, Literal

from airlock_builder.manifest.model.charts import Chart
from airlock_builder.manifest.model.files import Base, Collection, Files, Playbook
from airlock_builder.manifest.model.images import Images
from airlock_builder.manifest.model.rpms import Rpms
from airlock_builder.manifest.model.texts import KickstartValue, Name, Url
from airlock_builder.manifest.model.values import Model, Text, Whole, Written
from airlock_builder.manifest.tree import Node, spelled
from airlock_core.errors import AirlockError
from airlock_core.values import Value


class Metadata(Model):
    """Which release this is; ``number`` only ever goes up."""

    name: Name
    version: Annotated[str, Text(r"^[A-Za-z0-9][A-Za-z0-9._+~-]{0,31}$")]
    number: Annotated[int, Whole(1)]


class Platform(Model):
    """What the release installs."""

    os: Literal["rocky"]
    release: Annotated[str, Text(r"^[89](\.\d{1,2})?$")]
    arch: Literal["x86_64", "aarch64"] = "x86_64"

    @property
    def major(self) -> int:
        """8 or 9."""
        return int(self.release.split(".")[0])


class Python(Model):
    """Python requirements, resolved to wheels for the site's Python."""

    requirements: Path
    version: Annotated[str, Text(r"^3\.\d{1,2}$")] = "3.11"
    index: Url = "https://pypi.org/simple"


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, Mapping | Python) else value


PythonSets = Annotated[tuple[Python, ...], Written(_listed, Python | tuple[Python, ...])]
"""One set of requirements or several; in YAML a mapping is short for a list of one, so that sets add up."""


class Kickstart(Model):
    """Kickstart templates and the values they are rendered with; a list is rendered one item a line."""

    deployer: Path | None = None
    node: Path | None = None
    values: dict[str, KickstartValue] = field(default_factory=dict)


class Content(Model):
    """What a release, or one option of it, carries."""

    rpms: Rpms = field(default_factory=Rpms)
    images: Images = field(default_factory=Images)
    charts: tuple[Chart, ...] = ()
    files: Files = field(default_factory=Files)
    python: PythonSets = ()
    collections: tuple[Collection, ...] = ()
    playbooks: tuple[Playbook, ...] = ()


class _Origin(Value):
    """Where a manifest was read from, and what goes with it and is no value of it."""

    tree: Node | None = None
    notes: tuple[AirlockError, ...] = ()
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


class Manifest(Content):
    """A whole release."""

    apiVersion: Literal["airlock/v1"]  # noqa: N815 - the contract's spelling
    kind: Literal["Release"]
    metadata: Metadata
    platform: Platform
    vars: dict[str, str] = field(default_factory=dict)
    base: Base | None = None
    kickstart: Kickstart = field(default_factory=Kickstart)
    options: dict[Name, Content] = field(default_factory=dict)
    extends: tuple[Path, ...] = ()
    locks: Path | None = None
    _origin = _Origin()

    def contents(self) -> Iterator[tuple[str | None, Content]]:
        """The release's own content, under None, and that of each option by name, sorted."""
        yield None, self
        yield from sorted(self.options.items())

    def loaded_from(
        self, tree: Node, notes: Iterable[AirlockError] = (), secrets: Mapping[str, str] | None = None
    ) -> Manifest:
        """Remember where each value was written; loading alone calls this.

        Args:
            notes: what was read and is not followed.
            secrets: what stood in .repo files, by names that stand for variables.
        """
        object.__setattr__(self, "_origin", _Origin(tree, tuple(notes), secrets or {}))
        return self

    @property
    def notes(self) -> tuple[AirlockError, ...]:
        """What .repo files say and airlock does not follow, being stricter."""
        return self._origin.notes

    def environment(self, own: Mapping[str, str]) -> dict[str, str]:
        """The variables that repositories' secrets are looked up in: a process's own, and those of .repo files."""
        return {**own, **self._origin.secrets}

    @property
    def file(self) -> Path | None:
        """The file that was loaded; None for a manifest that was made of values."""
        return self._origin.tree.place.file if self._origin.tree else None

    def place(self, *path: str | int) -> str:
        """Where the value at a path of this manifest was written: ``file: rpms.repos[1].gpgkey`` or ``list:12``.

        Args:
            path: keys and indices, such as ``"rpms", "repos", 1, "gpgkey"``.
        """
        return str(self._origin.tree.place_of(path)) if self._origin.tree else spelled(path)
