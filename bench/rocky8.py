"""``python -m bench rocky8``: 29 real RPMs of Rocky 8 with the real modules and groups of EL 8, locked beside dnf.

createrepo_c and modifyrepo_c make a repository of them as a distribution does. What the 29 require and none of them
has is given by one made package of a second repository, so that both programs can install each. The modules.yaml is of
2018 and the packages are of 2023: builds that no stream of it knows, under names that a default stream owns, are hidden
by that stream, and come where the repository has module_hotfixes.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

import createrepo_c

from airlock_builder.manifest.model import Platform, Repo
from bench.lock import Ground, compared, write_repo
from tests import realdata

PLATFORM = Platform(os="rocky", release="8.8")
_MODULAR = ".module"
_HIDING = re.compile(r"hidden by the active module stream ([^: ]+:[^: ]+):")
_FREE = "with module_hotfixes"
_BASE = "what-the-29-require"
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><metadata xmlns="http://linux.duke.edu/metadata/common" '
    'xmlns:rpm="http://linux.duke.edu/metadata/rpm" packages="1">'
)


def main(_: Sequence[str] = ()) -> None:
    """Print the table."""
    data = realdata.folder("rpms/rocky8", "repodata/el8/modules.yaml", "repodata/el8/comps-baseos-x86_64.xml")
    files = sorted((data / "rpms/rocky8").glob("*.rpm"))
    with tempfile.TemporaryDirectory(prefix="airlock-bench-rocky8-") as folder:
        scratch = Path(folder)
        packages = [createrepo_c.package_from_rpm(str(path)) for path in files]
        repos = [_rocky(scratch / "rocky8", files, data / "repodata/el8"), _base(scratch / "base", packages)]
        names = sorted(package.name for package in packages)
        plain = Ground(repos, scratch, PLATFORM)
        hidden = {name: stream for name in names for stream in _HIDING.findall(str(plain.answer([name])))[:1]}
        modular = [package.name for package in packages if _MODULAR in package.release]
        streams = sorted(set(hidden.values()))
        print(f"{len(names)} packages, {len(modular)} of them builds of modules. With its default streams on,")
        print(
            *(f"{one} hides {', '.join(name for name in names if hidden.get(name) == one)}" for one in streams),
            sep="; ",
        )
        print("\n| compared with dnf | cases | the same | neither can | differ |\n|---|---|---|---|---|")
        left = [name for name in names if name not in hidden]
        compared(plain, f"each of the {len(names)} names", [[name] for name in names])
        compared(plain, f"the {len(left)} that no stream hides, at once", [left])
        free = [replace(repos[0], module_hotfixes=True), repos[1]]
        compared(Ground(free, scratch, PLATFORM), f"each of the {len(names)}, {_FREE}", [[name] for name in names])
        compared(Ground(free, scratch, PLATFORM), f"all {len(names)} at once, {_FREE}", [names])


def _rocky(folder: Path, files: Iterable[Path], metadata: Path) -> Repo:
    """The real packages with the real groups and modules."""
    folder.mkdir()
    for path in files:
        (folder / path.name).symlink_to(path)
    _run("createrepo_c", "--quiet", "--groupfile", metadata / "comps-baseos-x86_64.xml", folder)
    _run("modifyrepo_c", "--mdtype=modules", metadata / "modules.yaml", folder / "repodata")
    return Repo(id="rocky8", baseurl=(folder.as_uri(),))


def _base(folder: Path, packages: Sequence[createrepo_c.Package]) -> Repo:
    """A repository of one package that has what the others lack, in the very versions that they ask for."""
    has = {entry[0] for package in packages for entry in package.provides}
    has |= {_path(entry) for package in packages for entry in package.files}
    lacking = {entry[:5]: entry for package in packages for entry in package.requires if entry[0] not in has}
    base = createrepo_c.Package()
    base.name, base.arch, base.epoch, base.version, base.release = _BASE, "noarch", "0", "1", "1"
    base.pkgId, base.checksum_type, base.location_href = "ab" * 32, "sha256", f"{_BASE}-1-1.noarch.rpm"
    base.size_package, base.rpm_header_start, base.rpm_header_end = 1000, 100, 900
    base.rpm_sourcerpm = f"{_BASE}-1-1.src.rpm"
    base.provides = [(name, "EQ" if flags else None, *evr, False) for name, flags, *evr in sorted(lacking, key=str)]
    folder.mkdir()
    write_repo(folder, "primary.xml", f"{_HEAD}{createrepo_c.xml_dump_primary(base)}</metadata>".encode())
    return Repo(id="base", baseurl=(folder.as_uri(),))


def _path(entry: tuple[str, str, str, str]) -> str:
    return f"{entry[1]}{entry[2]}"


def _run(*words: str | Path) -> None:
    subprocess.run(words, check=True, capture_output=True)
