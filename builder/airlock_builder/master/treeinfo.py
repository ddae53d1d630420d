""".treeinfo: text in, text out. It says to installers which repos and boot images the medium has.

Source: productmd, ``doc/treeinfo-1.2.rst``; Anaconda reads ``[checksums]``, ``[stage2]`` and the variants.
"""

from __future__ import annotations

import configparser
import io
from collections.abc import Mapping
from pathlib import PurePosixPath

from airlock_core import media
from airlock_core.digest import Digest
from airlock_core.errors import VerificationError

_VARIANT = media.BASEOS.name


def rewrite(text: str, digests: Mapping[PurePosixPath, Digest], *, where: str) -> str:
    """The base's .treeinfo for a medium whose one repo is BaseOS.

    Args:
        text: the base ISO's.
        digests: of all files of the medium; a checksum of what is no longer there goes.
        where: the file's name, for errors.

    Raises:
        VerificationError: not of the format.
    """
    info = _parse(text, where)
    for section in [name for name in info.sections() if name.startswith("variant-")]:
        info.remove_section(section)
    _checksums(info, digests)
    for section, values in _our_values().items():
        if not info.has_section(section):
            info.add_section(section)
        for key, value in values.items():
            info.set(section, key, value)
    written = io.StringIO()
    info.write(written)
    return written.getvalue().rstrip("\n") + "\n"


def _our_values() -> dict[str, dict[str, str]]:
    packages = str(media.PACKAGES)
    return {
        "general": {
            "packagedir": packages,
            "repository": str(media.BASEOS),
            "variant": _VARIANT,
            "variants": _VARIANT,
        },
        "tree": {"variants": _VARIANT},
        f"variant-{_VARIANT}": {
            "id": _VARIANT,
            "name": _VARIANT,
            "packages": packages,
            "repository": str(media.BASEOS),
            "type": "variant",
            "uid": _VARIANT,
        },
    }


def _parse(text: str, where: str) -> configparser.RawConfigParser:
    info = configparser.RawConfigParser(delimiters=("=",), comment_prefixes=(";", "#"), strict=True)
    info.optionxform = lambda optionstr: optionstr  # type: ignore[method-assign]  # keys are paths: their case counts
    try:
        info.read_string(text)
    except configparser.Error as error:
        raise VerificationError("not a .treeinfo", where=where, why=str(error)) from error
    return info


def _checksums(info: configparser.RawConfigParser, digests: Mapping[PurePosixPath, Digest]) -> None:
    if not info.has_section("checksums"):
        return
    for name in info.options("checksums"):
        digest = digests.get(PurePosixPath(name))
        if digest is None:
            info.remove_option("checksums", name)
        else:
            info.set("checksums", name, str(digest))
