"""What the metadata of a repository says of one RPM file: from its header, through createrepo_c; kept by digest."""

from __future__ import annotations

import html
import json
from dataclasses import asdict, dataclass
from pathlib import Path

import createrepo_c as cr

from airlock_core import atomic
from airlock_core.digest import CHUNK, Digest, of_chunks, of_file
from airlock_core.errors import InputError, VerificationError
from airlock_core.signatures.rpmfile import parse_head, payload_digest, whole_size
from airlock_core.signatures.verify import HEAD_BYTES

_PLACE = "airlock-has-not-placed-this-file.rpm"
_KEPT = 2
"""Which checks passed what is kept: to be raised with each that is added."""
_TODO = "copy it again from where it came, or take it out of the folder"


@dataclass(frozen=True)
class Described:
    """One file.

    Args:
        digest: SHA-256 of it, in hex.
        nevra: its build.
        primary, filelists: its entries; in the first a name stands for its place.
    """

    digest: str
    nevra: str
    primary: str
    filelists: str

    def primary_at(self, href: str) -> str:
        """Its entry in primary.xml for a place in the repository."""
        return self.primary.replace(_PLACE, html.escape(href))


def describe(path: Path, cache: Path) -> Described:
    """What an RPM's header says.

    Raises:
        VerificationError: it is no RPM, cut short, or its payload is another than its header speaks of.
        InputError: it cannot be read.
    """
    try:
        digest = of_file(path)
    except OSError as error:
        raise InputError("cannot be read", where=str(path), why=error.strerror or str(error)) from error
    kept = cache / f"{digest.hex}-{_KEPT}-{cr.VERSION}.json"
    if kept.is_file():
        return Described(**json.loads(kept.read_text(encoding="utf-8")))
    found = _described(path, digest.hex)
    atomic.write(kept, json.dumps(asdict(found)))
    return found


def _described(path: Path, digest: str) -> Described:
    with path.open("rb") as file:
        data = file.read(HEAD_BYTES)
    head, length, whole = parse_head(data, where=str(path)), path.stat().st_size, whole_size(data, where=str(path))
    if whole is not None and whole != length:
        why = f"it has {length} bytes, and its header speaks of {whole}"
        raise VerificationError("an RPM cut short or padded", where=str(path), why=why, todo=_TODO)
    _check_payload(path, head.payload, payload_digest(data, where=str(path)))
    try:
        package = cr.package_from_rpm(str(path), checksum_type=cr.SHA256, location_href=_PLACE, changelog_limit=0)
    except cr.CreaterepoCError as error:
        raise VerificationError("not a sound RPM file", where=str(path), why=str(error), todo=_TODO) from error
    package.time_file = 0
    return Described(digest, str(head.nevra), cr.xml_dump_primary(package), cr.xml_dump_filelists(package))


def _check_payload(path: Path, start: int, expected: Digest | None) -> None:
    """Hold the payload against the header, over which alone a signature may be; no repodata vouches for it here."""
    if expected is None:
        return
    with path.open("rb") as file:
        file.seek(start)
        found, _ = of_chunks(iter(lambda: file.read(CHUNK), b""), expected.algorithm)
    if found != expected:
        why = f"its payload is {found}, and its header speaks of {expected}"
        raise VerificationError("an RPM whose payload was altered", where=str(path), why=why, todo=_TODO)
