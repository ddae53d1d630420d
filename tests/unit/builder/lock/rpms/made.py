"""Repositories of metadata alone, made in a folder, for questions to the solver."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from airlock_builder.manifest.checking import checked
from airlock_builder.manifest.model import Repo


@dataclass(frozen=True)
class Made:
    """One package: ``name-[epoch:]version-release.arch``, and names with an optional ``>= version``."""

    nevra: str
    requires: Sequence[str] = ()
    provides: Sequence[str] = ()
    conflicts: Sequence[str] = ()
    obsoletes: Sequence[str] = ()
    recommends: Sequence[str] = ()
    supplements: Sequence[str] = ()
    files: Sequence[str] = ()
    href: str = ""
    base: str = ""
    checksum: str = "ab" * 32
    sourcerpm: str = "other-1-1.src.rpm"

    @property
    def xml(self) -> str:
        """Its entry in primary.xml."""
        rest, _, arch = self.nevra.rpartition(".")
        name, version, release = rest.rsplit("-", 2)
        epoch, _, version = version.rpartition(":")
        own = f'<rpm:entry name="{name}" flags="EQ" epoch="{epoch or 0}" ver="{version}" rel="{release}"/>'
        return (
            f'<package type="rpm"><name>{name}</name><arch>{arch}</arch><version epoch="{epoch or 0}" ver="{version}" '
            f'rel="{release}"/><checksum type="sha256" pkgid="YES">{self.checksum}</checksum><summary/><description/>'
            f'<size package="1000" installed="1" archive="1"/><location {self.base} '
            f'href="{self.href or f"{name}-{version}-{release}.{arch}.rpm"}"/>'
            f"<format><rpm:sourcerpm>{self.sourcerpm}</rpm:sourcerpm>"
            f'<rpm:header-range start="100" end="900"/><rpm:provides>{own}{_entries(self.provides)}</rpm:provides>'
            f"<rpm:requires>{_entries(self.requires)}</rpm:requires>"
            f"<rpm:conflicts>{_entries(self.conflicts)}</rpm:conflicts>"
            f"<rpm:obsoletes>{_entries(self.obsoletes)}</rpm:obsoletes>"
            f"<rpm:recommends>{_entries(self.recommends)}</rpm:recommends>"
            f"<rpm:supplements>{_entries(self.supplements)}</rpm:supplements>"
            f"{''.join(f'<file>{path}</file>' for path in self.files)}</format></package>"
        )


def repo(
    folder: Path,
    *packages: Made,
    modules: str = "",
    filelists: str = "",
    comps: str = "",
    head: str = "",
    count: int | None = None,
    swap: tuple[str, str] = ("", ""),
    **facts: object,
) -> Repo:
    """Write a repository into a new folder; it is named after the folder. ``swap`` damages primary.xml."""
    data = folder / "repodata"
    data.mkdir(parents=True)
    size = len(packages) if count is None else count
    primary = (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<metadata xmlns="http://linux.duke.edu/metadata/common" '
        f'xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="{size}">'
        f"{''.join(package.xml for package in packages)}</metadata>"
    )
    primary = primary.replace(*swap)
    texts = {"primary": primary, "modules": modules, "filelists": filelists, "group": comps}
    records = "".join(_record(data, kind, text) for kind, text in texts.items() if text)
    (data / "repomd.xml").write_text(
        f'<repomd xmlns="http://linux.duke.edu/metadata/repo"><revision>1</revision>{records}</repomd>'
    )
    return checked(Repo, {"id": folder.name, "baseurl": folder.as_uri(), **facts})


def _record(folder: Path, kind: str, text: str) -> str:
    raw = text.encode(errors="surrogateescape")  # a test may ask for bytes that are no UTF-8
    (folder / kind).write_bytes(raw)
    return (
        f'<data type="{kind}"><checksum type="sha256">{hashlib.sha256(raw).hexdigest()}</checksum>'
        f'<location href="repodata/{kind}"/><size>{len(raw)}</size><open-size>{len(raw)}</open-size></data>'
    )


def _entries(texts: Sequence[str]) -> str:
    return "".join(_entry(text) for text in texts)


def _entry(text: str) -> str:
    name, _, rest = text.partition(" ")
    if not rest:
        return f'<rpm:entry name="{name}"/>'
    operator, _, version = rest.partition(" ")
    flags = {"=": "EQ", ">=": "GE", "<": "LT", "<=": "LE", ">": "GT"}[operator]
    return f'<rpm:entry name="{name}" flags="{flags}" epoch="0" ver="{version}"/>'
