"""Detached signatures verified by gpgv, which decides the mathematics; whether the key may sign is policy's.

Many at once are verified by one gpg process, of the same code: gpgv takes a process for each.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from airlock_core import proc
from airlock_core.errors import VerificationError
from airlock_core.signatures.openpgp import parse_signature

_SECONDS = 3600.0
_STATUS = "[GNUPG:] "
_MANY = (
    # without --batch, in which gpg looks for no data beside a signature, and ends at the first that is bad
    *("gpg", "--no-options", "--no-tty", "--no-autostart", "--quiet", "--lock-never", "--no-default-keyring"),
    *("--trust-model", "always", "--no-auto-key-retrieve", "--ignore-time-conflict", "--status-fd", "1"),
)


@dataclass(frozen=True)
class Verified:
    """A signature that fits: the full fingerprint of the key or subkey that made it."""

    fingerprint: str


def verify_detached(ring: Path, signature: bytes, data: bytes | BinaryIO) -> Verified | str:
    """Verify one signature over some bytes.

    Args:
        ring: certificates as :func:`~airlock_core.signatures.keyring.certificates` gives them.
        signature: the packet, not armoured.
        data: what was signed; of an open, unbuffered file all from where it stands.

    Returns:
        the signer, or why it does not verify.
    """
    with tempfile.TemporaryDirectory(prefix="airlock-gpgv-") as folder:
        packet = Path(folder, "packet")
        packet.write_bytes(signature)
        # our own policy compares times; gpgv would compare them with this machine's clock
        options = ("--homedir", folder, "--ignore-time-conflict", "--status-fd", "1", "--keyring", ring)
        result = proc.run(["gpgv", *options, packet, "-"], timeout=_SECONDS, stdin=data, expect=(0, 1, 2))
    return _outcome(result)


def verify_many(ring: Path, signed: Sequence[tuple[bytes, bytes]]) -> list[Verified | None]:
    """Verify many signatures.

    Args:
        ring: as for :func:`verify_detached`.
        signed: signatures, not armoured, and the bytes that each is over.

    Returns:
        the signer of each; None where it does not verify, or is anything but one signature packet: gpg would take a
        whole message for signed by itself.
    """
    with tempfile.TemporaryDirectory(prefix="airlock-gpg-") as name:
        folder = Path(name)
        names = [f"{number}.sig" for number, pair in enumerate(signed) if _laid_out(folder / f"{number}", *pair)]
        command: list[str | Path] = [*_MANY, "--homedir", folder, "--keyring", ring, "--multifile", "--verify", *names]
        result = proc.run(command, timeout=_SECONDS, cwd=folder, expect=range(256)) if names else None
    told = dict(_by_file(result.stdout)) if result else {}
    return [_signer(told.get(f"{number}.sig", ())) for number in range(len(signed))]


def _laid_out(path: Path, packet: bytes, data: bytes) -> bool:
    """The data at a path and its signature beside it, where gpg looks for it; False where it is none."""
    try:
        parse_signature(packet, where=path.name)
    except VerificationError:
        return False
    path.write_bytes(data)
    path.with_suffix(".sig").write_bytes(packet)
    return True


def _by_file(status: str) -> Iterator[tuple[str, list[list[str]]]]:
    """The lines on each file, as words (doc/DETAILS of GnuPG, "FILE_START")."""
    lines: list[list[str]] = []
    for words in _lines(status):
        if words[0] == "FILE_START":
            lines = []
            yield words[2], lines
        else:
            lines.append(words)


def _lines(status: str) -> Iterator[list[str]]:
    return (line.removeprefix(_STATUS).split() for line in status.splitlines() if line.startswith(_STATUS))


def _signer(lines: Iterable[Sequence[str]]) -> Verified | None:
    valid = [words for words in lines if words[0] == "VALIDSIG"]
    if len(valid) == 1 and not any(words[0] in ("BADSIG", "ERRSIG") for words in lines):
        return Verified(valid[0][1].upper())
    return None


def _outcome(result: proc.Result) -> Verified | str:
    lines = list(_lines(result.stdout))
    signer = _signer(lines)
    if signer:
        return signer
    if any(words[0] == "BADSIG" for words in lines):
        return "the signature does not fit the content"
    said = [line.removeprefix("gpgv: ") for line in result.stderr.splitlines() if line.startswith("gpgv: ")]
    reasons = [line for line in said if line.startswith("WARNING: ")] or said[-1:] or ["it gives no reason"]
    return f"gpgv does not accept the signature: {'; '.join(reasons)}"
