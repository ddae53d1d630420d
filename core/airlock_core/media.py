"""Every path on the medium, named once (contract, "Media"), and the rules for its volume label."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from urllib.parse import unquote

from airlock_core.errors import InputError

DISCINFO = PurePosixPath(".discinfo")
TREEINFO = PurePosixPath(".treeinfo")
ISOLINUX = PurePosixPath("isolinux")
EFI = PurePosixPath("EFI")
IMAGES = PurePosixPath("images")
EFIBOOT_IMG = IMAGES / "efiboot.img"

BASEOS = PurePosixPath("BaseOS")
PACKAGES = BASEOS / "Packages"
REPODATA = BASEOS / "repodata"

SOURCE = PurePosixPath("Source")
SOURCE_PACKAGES = SOURCE / "Packages"
SOURCE_REPODATA = SOURCE / "repodata"

KICKSTARTS = PurePosixPath("ks")
DEPLOYER_KS = KICKSTARTS / "deployer.ks"
NODE_KS = KICKSTARTS / "node.ks"

REGISTRY_TAR = PurePosixPath("registry.tar")
CHARTS = PurePosixPath("charts")
FILES = PurePosixPath("files")
PYPI = PurePosixPath("pypi")
PYPI_REQUIREMENTS = PYPI / "requirements"
"""Of each Python environment its wheels by version and hash: ``<environment>.txt``, for pip."""
PYTHON_OF_REQUIREMENTS = "# Python "
"""Begins the first line of such a list, which names the version of Python that it was resolved for."""
COLLECTIONS = PurePosixPath("collections")
COLLECTIONS_LIST = COLLECTIONS / "requirements.yml"
"""All collections by file name, for ``ansible-galaxy collection install --offline -r`` in that folder."""
PLAYBOOKS = FILES / "playbooks"

RELEASE = PurePosixPath("release")
RELEASE_JSON = RELEASE / "release.json"
MANIFEST = RELEASE / "MANIFEST"
LOCKS = RELEASE / "locks"
SBOM = RELEASE / "sbom"
KEYS = RELEASE / "keys"
KEYS_UNREADABLE = KEYS / "unreadable"
"""Keys that the platform's rpm cannot import: they served when the release was made, and serve auditors."""

BOOT_CATALOGS = (PurePosixPath("isolinux/boot.cat"), PurePosixPath("boot.catalog"))
"""Written by xorriso while mastering; not in MANIFEST."""

UNLISTED = (MANIFEST, RELEASE_JSON, *BOOT_CATALOGS)
"""What MANIFEST does not list: itself, the root document (which holds MANIFEST's digest) and boot catalogues."""

SIGNATURE_SUFFIXES = (".sig", ".asc", ".dsse.json")
"""Endings of the root document's signatures, made after MANIFEST."""

MOUNT_POINT = PurePosixPath("/run/airlock/media")
"""Where the site mounts the medium."""

_LABEL = re.compile(r"[A-Z0-9_-]{1,32}")


def installer_archive(version: str) -> PurePosixPath:
    """The installer's archive, by the name that the offline guide uses."""
    return PurePosixPath(f"burrito-{version}.tar.gz")


def is_listed(path: PurePosixPath) -> bool:
    """Whether MANIFEST must list a file of the medium."""
    signature = path.parent == RELEASE and path.name.endswith(SIGNATURE_SUFFIXES)
    return path not in UNLISTED and not signature


def volume_label(name: str, version: str) -> str:
    """The volume label of a release: ``BURRITO-1_4_4``.

    Blanks break booting by label, so all that is not in ``[A-Z0-9_-]`` becomes ``_``; cut at 32 characters
    (ISO 9660, 8.4.7).
    """
    return re.sub(r"[^A-Z0-9_-]", "_", f"{name}-{version}".upper())[:32]


def checked_label(label: str, *, where: str = "") -> str:
    """A label that people gave, if it is one.

    Raises:
        InputError: it is too long or has other characters.
    """
    if not _LABEL.fullmatch(label):
        raise InputError(f"not a volume label: {label!r}", where=where, todo="use at most 32 of A-Z 0-9 _ -")
    return label


def package_place(folder: PurePosixPath, filename: str) -> PurePosixPath:
    """Where an RPM stands: by the first letter of its name in lower case, as on Rocky's media.

    Args:
        folder: :data:`PACKAGES` or :data:`SOURCE_PACKAGES`.
        filename: as in its URL.

    Raises:
        InputError: it is no name of a file.
    """
    name = safe_relative(unquote(filename), where="rpms.lock")
    return folder / name.name[0].lower() / name.name


def safe_relative(text: str, *, where: str = "") -> PurePosixPath:
    """A path from a lock or a medium that stays below the root.

    Raises:
        InputError: it is absolute, empty, or climbs out with ``..``.
    """
    path = PurePosixPath(text)
    if not text or "\0" in text or path.is_absolute() or ".." in path.parts or path == PurePosixPath("."):
        raise InputError(f"not a path below the root: {text!r}", where=where)
    return path
