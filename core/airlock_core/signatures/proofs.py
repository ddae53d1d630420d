"""Which key made which signature over which header: proved once, and kept.

A proof says nothing of whether that key may sign, or is listed anywhere: that is judged anew each time. And it is of
the certificate as it was read: where the key's file says anything else (an expiry, a revocation, another subkey), the
signature is proved again.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from airlock_core.digest import Digest
from airlock_core.notebook import Notebook
from airlock_core.signatures.gpgv import Verified, verify_detached, verify_many
from airlock_core.signatures.keyring import Keyring
from airlock_core.signatures.openpgp import parse_signature
from airlock_core.signatures.rpmfile import RpmHead


class Proofs:
    """Proofs by the certificates of one ring.

    Args:
        ring: as :func:`~airlock_core.signatures.keyring.certificates` gives it.
        keys: what the ring holds.
        kept: the file that keeps proofs for later runs; None to keep them no longer than this object.
    """

    def __init__(self, ring: Path, keys: Keyring, kept: Path | None = None) -> None:
        self.ring = ring
        self._keys = keys
        self._notebook = Notebook(kept) if kept else None
        self._known: dict[str, str] = {}
        self._certificates: dict[str, str] = {}

    def gather(self, signed: Iterable[tuple[bytes, RpmHead]]) -> None:
        """Prove signatures over headers, as many as can be, with one process; what fails is left to :meth:`of`.

        Args:
            signed: each exactly one packet. A header that is not there is looked up alone.
        """
        wanted = {self._key(packet, head): (packet, head) for packet, head in signed}
        unknown = {key: pair for key, pair in wanted.items() if key not in self._known}
        if self._notebook:
            self._known |= {key: note.decode("ascii") for key, note in self._notebook.read(unknown).items()}
        left = [key for key in unknown if key not in self._known and unknown[key][1].header]
        if left:
            outcomes = verify_many(self.ring, [(packet, head.header) for packet, head in map(unknown.get, left)])  # type: ignore[misc]
            self._learn({key: one.fingerprint for key, one in zip(left, outcomes, strict=True) if one})

    def knows(self, packet: bytes, head: RpmHead) -> bool:
        """Whether a signature is proved."""
        return self._key(packet, head) in self._known

    def of(self, packet: bytes, head: RpmHead) -> Verified | str:
        """The signer, or why the signature does not verify."""
        key = self._key(packet, head)
        if key in self._known:
            return Verified(self._known[key])
        outcome = verify_detached(self.ring, packet, head.header)
        if isinstance(outcome, Verified):
            self._learn({key: outcome.fingerprint})
        return outcome

    def _learn(self, proofs: dict[str, str]) -> None:
        self._known |= proofs
        if self._notebook:
            self._notebook.write({key: fingerprint.encode("ascii") for key, fingerprint in proofs.items()})

    def _key(self, packet: bytes, head: RpmHead) -> str:
        """What a proof is kept by: signature, header and the certificate of who claims to have signed."""
        certificate = self._certificate(parse_signature(packet, where="").issuer)
        # the header first: what a note is about (notebook.py)
        return f"{head.header_digest} {Digest.sha256(f'{Digest.sha256(packet).hex} {certificate}'.encode()).hex}"

    def _certificate(self, issuer: str) -> str:
        if issuer not in self._certificates:
            self._certificates[issuer] = Digest.sha256(self._keys.certificate(issuer).encode()).hex
        return self._certificates[issuer]
