"""The base ISO's own packages: one placeholder in BaseOS and in Minimal. A release brings its own in their place."""

import os
from pathlib import Path

from tests.standin.baseiso.tree import VARIANTS
from tests.standin.run import EPOCH, run

SPEC = """\
Name: pebble-placeholder
Version: 1
Release: 1
Summary: The one package of the base ISO before a release is put on it
License: ASL 2.0
BuildArch: noarch
%description
Holds nothing.
%files
"""
MACROS = {
    "_buildhost": "standin.test", "use_source_date_epoch_as_buildtime": "1", "_binary_payload": "w6.gzdio",
    "clamp_mtime_to_source_date_epoch": "1", "_build_id_links": "none",
}  # fmt: skip


def write(medium: Path, scratch: Path) -> None:
    """Write the repositories of ``medium``, building the package in the folder ``scratch``."""
    package = _build_package(scratch)
    for variant in VARIANTS:
        folder = medium / variant / "Packages/p"
        folder.mkdir(parents=True)
        copy = folder / package.name
        copy.write_bytes(package.read_bytes())
        os.utime(copy, (EPOCH, EPOCH))
        run(
            "createrepo_c", "--quiet", "--no-database", "--revision", str(EPOCH), "--set-timestamp-to-revision",
            "--workers", "1", medium / variant,
        )  # fmt: skip


def _build_package(scratch: Path) -> Path:
    spec = scratch / "pebble-placeholder.spec"
    spec.write_text(SPEC)
    defines = [word for name, value in MACROS.items() for word in ("--define", f"{name} {value}")]
    run("rpmbuild", "-bb", "--define", f"_topdir {scratch}/rpmbuild", *defines, spec)
    return next((scratch / "rpmbuild/RPMS").rglob("*.rpm"))
