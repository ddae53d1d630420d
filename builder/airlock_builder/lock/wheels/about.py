"""What a wheel says of itself.

Format: PEP 427 (``NAME-VERSION.dist-info/METADATA``) and the core metadata specification (``Requires-Dist``).
"""

from __future__ import annotations

import email
import zipfile
import zlib
from collections.abc import Sequence
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement

from airlock_core.errors import VerificationError

_MOST = 4 << 20
"""Bytes of METADATA: with the longest descriptions some hundred thousand."""


def required_by(path: Path, where: str) -> Sequence[Requirement]:
    """The requirements of a wheel, with their markers.

    Raises:
        VerificationError: no sound wheel.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            (name,) = [one for one in archive.namelist() if one.count("/") == 1 and one.endswith(".dist-info/METADATA")]
            with archive.open(name) as member:
                data = member.read(_MOST + 1)
    except (OSError, ValueError, zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError) as error:
        raise VerificationError("is no wheel whose METADATA can be read", where=where, why=str(error)) from error
    if len(data) > _MOST:
        raise VerificationError(f"has more than {_MOST} bytes of METADATA", where=where)
    listed = email.message_from_string(data.decode(errors="replace")).get_all("Requires-Dist") or []
    try:
        return [Requirement(str(text)) for text in listed]
    except InvalidRequirement as error:
        what = "has a requirement in its METADATA that nobody can read"
        raise VerificationError(what, where=where, why=str(error).partition("\n")[0]) from error
