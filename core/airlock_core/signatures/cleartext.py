"""Documents with their signature below them (``gpg --clearsign``), such as provenance and checksum files.

Source: RFC 9580, section 7, the Cleartext Signature Framework.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from airlock_core.errors import VerificationError
from airlock_core.signatures.judge import Judge
from airlock_core.signatures.keyring import Keyring, certificates
from airlock_core.signatures.openpgp import TEXT_DOCUMENT
from airlock_core.signatures.proofs import Proofs

_BEGIN, _SIGNATURE, _END = (
    b"-----BEGIN PGP SIGNED MESSAGE-----",
    b"-----BEGIN PGP SIGNATURE-----",
    b"-----END PGP SIGNATURE-----",
)
_BLANKS = b" \t\r"


def check_cleartext(keys: Keyring, document: bytes, *, now: int, where: str) -> tuple[str, bytes]:
    """Verify something that was signed once for all, such as a chart's provenance file: its key was good then.

    Args:
        now: seconds since 1970-01-01 UTC.

    Returns:
        the signer's full fingerprint, and the text that is signed, of lines without blanks at their ends.

    Raises:
        VerificationError: it is no such document, or has no valid signature of a listed key; the reasons are named.
    """
    lines, signature = _parted(document, where)
    with _judge(keys, now) as judge:
        return judge.work(signature, b"\r\n".join(lines), where=where), _text(lines)


def check_clear_document(keys: Keyring, document: bytes, *, now: int, where: str) -> tuple[str, bytes]:
    """Verify a clear-signed document that says how things are now, such as a checksum file: its key must be good now.

    Args, Returns, Raises:
        as :func:`check_cleartext`.
    """
    lines, signature = _parted(document, where)
    with _judge(keys, now) as judge:
        return judge.document(signature, b"\r\n".join(lines), where=where), _text(lines)


def is_cleartext(document: bytes) -> bool:
    """Whether a document has its signature below it."""
    return document.startswith(_BEGIN)


def text_of(document: bytes, *, where: str) -> bytes:
    """What a clear-signed document says; its signature is not looked at.

    Raises:
        VerificationError: it is no such document.
    """
    return _text(_parted(document, where)[0])


@contextlib.contextmanager
def _judge(keys: Keyring, now: int) -> Iterator[Judge]:
    with certificates(keys) as ring:
        yield Judge(keys, Proofs(ring, keys), now, kind=TEXT_DOCUMENT)


def _text(lines: list[bytes]) -> bytes:
    return b"\n".join(lines) + b"\n"


def _parted(document: bytes, where: str) -> tuple[list[bytes], bytes]:
    """The lines that are signed, and the signature; nothing else may stand there, which one would take for signed."""
    lines = [line.rstrip(_BLANKS) for line in document.split(b"\n")]
    while lines and not lines[-1]:
        lines.pop()
    if not lines or lines[0] != _BEGIN or lines[-1] != _END or lines.count(_SIGNATURE) != 1 or b"" not in lines:
        raise VerificationError("is no document with an OpenPGP signature below it", where=where)
    start, end = lines.index(b"") + 1, lines.index(_SIGNATURE)
    if start > end or not all(line.startswith(b"Hash: ") for line in lines[1 : start - 1]):
        raise VerificationError("has a head that is no OpenPGP", where=where)
    text = lines[start:end]
    if any(line.startswith(b"-") and not line.startswith(b"- ") for line in text):
        raise VerificationError("has a line that begins with - and is not escaped", where=where)
    return [line.removeprefix(b"- ") for line in text], b"\n".join(lines[end:]) + b"\n"
