"""Charts' provenance files: who vouches for an archive.

Source: Helm, "Helm Provenance and Integrity": Chart.yaml and the SHA-256 of the archive by its file name, between them
a line of three dots, signed in clear text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from airlock_builder.charts.archive import Chart
from airlock_core import strict_yaml
from airlock_core.digest import Digest
from airlock_core.errors import InputError, VerificationError
from airlock_core.signatures import Keyring
from airlock_core.signatures.cleartext import check_cleartext

MAX_BYTES = 1 << 20
SUFFIX = ".prov"


def check(
    document: bytes, keys: Keyring, chart: Chart, digest: Digest, filenames: Collection[str], *, now: int, where: str
) -> str:
    """Verify that a listed key vouches for just this archive.

    Args:
        digest: of the archive.
        filenames: by which the archive may be known.
        now: seconds since 1970-01-01 UTC.

    Returns:
        the signer's full fingerprint.

    Raises:
        VerificationError: no valid signature of a listed key, or it is of another chart.
    """
    signer, text = check_cleartext(keys, document, now=now, where=where)
    head, _, rest = text.partition(b"\n...\n")
    metadata, listed = _mapping(head, where), _mapping(rest, where).get("files")
    told = (metadata.get("name"), metadata.get("version"))
    if told != (chart.name, chart.version):
        raise VerificationError(f"is of {told[0]} {told[1]}, not of {chart.name} {chart.version}", where=where)
    sums = {name: str(text) for name, text in listed.items() if name in filenames} if isinstance(listed, dict) else {}
    if not sums:
        raise VerificationError(f"says nothing of {' or '.join(sorted(filenames))}", where=where)
    for name, found in sums.items():
        if found != f"sha256:{digest.hex}":
            raise VerificationError(f"is of other bytes of {name}: {found}, not {digest}", where=where)
    return signer


def _mapping(raw: bytes, where: str) -> Mapping[str, Any]:
    try:
        found = strict_yaml.loads(raw, where=where)
    except InputError as fault:
        raise VerificationError("does not say what it vouches for", where=where, why=fault.what) from fault
    if not isinstance(found, dict):
        raise VerificationError("does not say what it vouches for", where=where)
    return found
