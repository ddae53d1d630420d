"""The files by which an installer knows the medium: .discinfo, .treeinfo, media.repo, licence."""

import hashlib
import os
from pathlib import Path

from tests.standin.run import EPOCH

TIMESTAMP = f"{EPOCH}.000000"
VARIANTS = ("BaseOS", "Minimal")
LICENCE = "Pebble is made for tests from Debian's packages, each under its own licence; it is not Rocky Linux.\n"


def write_metadata(medium: Path) -> None:
    """Write .discinfo (time, release, arch: a line each), .treeinfo (productmd 1.2), media.repo and LICENSE."""
    (medium / ".discinfo").write_text(f"{TIMESTAMP}\n8.10\nx86_64\n")
    (medium / ".treeinfo").write_text(_treeinfo(medium))
    (medium / "media.repo").write_text(
        f"[InstallMedia]\nname=Rocky Linux 8.10\nmediaid={TIMESTAMP}\nmetadata_expire=-1\ngpgcheck=0\ncost=500\n"
    )
    (medium / "LICENSE").write_text(LICENCE)


def settle(medium: Path) -> None:
    """Give every file and folder of ``medium`` a fixed mode and time."""
    for path in sorted(medium.rglob("*"), reverse=True):
        path.chmod(0o755 if path.is_dir() else 0o644)
        os.utime(path, (EPOCH, EPOCH))
    medium.chmod(0o755)
    os.utime(medium, (EPOCH, EPOCH))


def _treeinfo(medium: Path) -> str:
    boot_images = {
        "efiboot.img": "images/efiboot.img", "initrd": "images/pxeboot/initrd.img", "kernel": "images/pxeboot/vmlinuz",
    }  # fmt: skip
    summed = sorted({*boot_images.values(), "images/install.img"})
    variants = ",".join(VARIANTS)
    general = {
        "arch": "x86_64", "family": "Rocky Linux", "name": "Rocky Linux 8.10", "packagedir": "BaseOS/Packages",
        "platforms": "x86_64,xen", "repository": "BaseOS", "timestamp": str(EPOCH), "variant": "BaseOS",
        "variants": variants, "version": "8.10",
    }  # fmt: skip
    sections = {
        "checksums": {name: f"sha256:{_sha256(medium / name)}" for name in summed},
        "general": general,
        "header": {"type": "productmd.treeinfo", "version": "1.2"},
        "images-x86_64": boot_images,
        "images-xen": {name: path for name, path in boot_images.items() if name != "efiboot.img"},
        "media": {"discnum": "1", "totaldiscs": "1"},
        "release": {"name": "Rocky Linux", "short": "Rocky", "version": "8.10"},
        "stage2": {"mainimage": "images/install.img"},
        "tree": {"arch": "x86_64", "build_timestamp": str(EPOCH), "platforms": "x86_64,xen", "variants": variants},
        **{f"variant-{name}": _variant(name) for name in VARIANTS},
    }
    return "\n".join(_section(name, values) for name, values in sections.items())


def _variant(name: str) -> dict[str, str]:
    return {
        "id": name, "name": name, "packages": f"{name}/Packages", "repository": name, "type": "variant", "uid": name,
    }  # fmt: skip


def _section(name: str, values: dict[str, str]) -> str:
    return f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in values.items())


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
