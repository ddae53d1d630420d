"""Who signed a package or a document, and all that speaks against it: the parser, gpgv and policy together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import BinaryIO

from airlock_core.errors import VerificationError
from airlock_core.signatures import policy
from airlock_core.signatures.gpgv import Verified, verify_detached
from airlock_core.signatures.keyring import Keyring, certificates
from airlock_core.signatures.keys import date
from airlock_core.signatures.openpgp import BINARY_DOCUMENT, Signature, parse_signature, signature_packets
from airlock_core.signatures.policy import Kind, Objection, is_verifiable
from airlock_core.signatures.proofs import Proofs
from airlock_core.signatures.rpmfile import RpmHead


@dataclass(frozen=True)
class Verdict:
    """What is to be thought of a package's signatures.

    Args:
        signer: full fingerprint of the listed key (or subkey) whose signature fits; None where there is none.
        objections: all that speaks against it; where there is none, and a signer, it may be trusted.
        unproven: the only signatures cover the payload, which was not there to be read: ``signer`` is None then.
    """

    signer: str | None = None
    objections: tuple[Objection, ...] = ()
    unproven: bool = False

    @property
    def is_good(self) -> bool:
        """Whether a listed key signed it and nothing speaks against that."""
        return self.signer is not None and not self.objections

    @property
    def is_excusable(self) -> bool:
        """Whether a manifest may take it all the same: it has no proof, but nothing disproves it either."""
        return policy.excusable(self.objections)

    @property
    def text(self) -> str:
        """All objections, each once."""
        return "; ".join(dict.fromkeys(map(str, self.objections)))


@dataclass(frozen=True)
class Judge:
    """Judges signatures by one set of keys.

    Args:
        keys: those that may sign.
        proofs: by their certificates. Whether the key of a proof may sign is judged anew whenever it is asked.
        now: seconds since 1970-01-01 UTC.
        major: of the Enterprise Linux whose rpm will check the package again; None where nobody will.
        kind: the type that signatures must be of.
    """

    keys: Keyring
    proofs: Proofs
    now: int
    major: int | None = None
    kind: int = BINARY_DOCUMENT

    def gather(self, heads: Iterable[RpmHead]) -> None:
        """Have signatures proved, all with one process, before :meth:`package` is asked for each."""
        self.proofs.gather((packet, head) for head in heads for packet in self._provable(head))

    def is_ready(self, head: RpmHead) -> bool:
        """Whether :meth:`package` can judge it: its header is there, or all that must be proved is."""
        return bool(head.header) or all(self.proofs.knows(packet, head) for packet in self._provable(head))

    def _provable(self, head: RpmHead) -> list[bytes]:
        """The signatures over the header that are worth a look."""
        return [packet for packet in dict.fromkeys((*head.classic, *head.modern)) if self._is_listed(packet)]

    def _is_listed(self, packet: bytes) -> bool:
        try:
            return self._is_known(packet, "")
        except VerificationError:
            return False

    def package(self, head: RpmHead, *, where: str, whole: BinaryIO | None = None) -> Verdict:
        """Judge a package by its header, and by the whole file where only that is signed.

        Args:
            head: the package's lead and headers.
            where: how errors name it.
            whole: the file, opened without a buffer; None where it is not there.

        Raises:
            VerificationError: a signature that cannot be read.
        """
        if not head.signatures:
            return Verdict(objections=(policy.unsigned(),))
        if not head.classic and not head.modern:
            return self._legacy(head, where, whole)
        verdicts = [self._one(packet, head, where) for packet in head.classic]
        verdicts += self._modern(head, where)
        # beside a signature over the header these say nothing new; rpmkeys verifies them where the payload is
        verdicts += [Verdict(objections=self._claimed(packet, where)) for packet in head.legacy]
        if not (head.knows_payload or head.legacy):
            verdicts.append(Verdict(objections=(policy.partial(),)))
        return _together(verdicts)

    def document(self, signature: bytes, data: bytes, *, where: str) -> str:
        """Judge a signed document such as repomd.xml: one of its signatures must be good.

        Returns:
            the signer's full fingerprint.

        Raises:
            VerificationError: no valid signature of a listed key; the reasons are named.
        """
        found = [self._one(packet, data, where) for packet in signature_packets(signature, where=where)]
        return _good([self._still_stands(verdict) for verdict in found], where)

    def work(self, signature: bytes, data: bytes, *, where: str) -> str:
        """Judge something that was signed once for all, such as a chart: its key must have been good then.

        Returns, Raises:
            as :meth:`document`.
        """
        return _good([self._one(packet, data, where) for packet in signature_packets(signature, where=where)], where)

    def _legacy(self, head: RpmHead, where: str, whole: BinaryIO | None) -> Verdict:
        if whole is None:
            objections = tuple(one for packet in head.legacy for one in self._claimed(packet, where))
            return Verdict(objections=objections, unproven=not objections)
        verdicts = []
        for packet in head.legacy:
            whole.seek(head.start)
            verdicts.append(self._one(packet, whole, where))
        return _together(verdicts)

    def _modern(self, head: RpmHead, where: str) -> list[Verdict]:
        """Those of RPM 6: beside another good signature, one that nobody here can judge says nothing."""
        found = [
            (self._one(packet, head, where), self._is_known(packet, where))
            for packet in head.modern
            if packet not in head.classic
        ]
        proven = bool(head.classic) or any(verdict.signer for verdict, _ in found)
        verdicts = [verdict for verdict, known in found if known or not proven]
        if not head.classic and self.major is not None:
            verdicts.append(Verdict(objections=(policy.modern_alone(self.major),)))
        return verdicts

    def _is_known(self, packet: bytes, where: str) -> bool:
        signature = parse_signature(packet, where=where)
        return self.keys.find(signature.issuer) is not None and is_verifiable(signature)

    def _claimed(self, packet: bytes, where: str) -> tuple[Objection, ...]:
        """What speaks against a signature as it describes itself, not verified."""
        signature = parse_signature(packet, where=where)
        return self._objections(signature, signature.issuer)

    def _one(self, packet: bytes, data: RpmHead | bytes | BinaryIO, where: str) -> Verdict:
        """What speaks against one signature, and its signer where it fits."""
        signature = parse_signature(packet, where=where)
        if self.keys.find(signature.issuer) is None or not is_verifiable(signature):
            return Verdict(objections=self._objections(signature, signature.issuer))
        outcome = self._verified(packet, data)
        if isinstance(outcome, str):
            return Verdict(objections=(*self._objections(signature, signature.issuer), policy.altered(outcome)))
        # from here on the key is the one that really made it, whatever the packet claims
        return Verdict(outcome.fingerprint, self._objections(signature, outcome.fingerprint))

    def _verified(self, packet: bytes, data: RpmHead | bytes | BinaryIO) -> Verified | str:
        if isinstance(data, RpmHead):
            return self.proofs.of(packet, data)
        return verify_detached(self.proofs.ring, packet, data)

    def _objections(self, signature: Signature, signer: str) -> tuple[Objection, ...]:
        key = self.keys.find(signer)
        found = [*policy.of_signature(signature, self.now, self.kind)]
        found += [*policy.of_key(signature, key, self.keys)] if key else [policy.unlisted(signature, self.keys)]
        if not is_verifiable(signature):
            found.append(policy.unverifiable(signature))
        elif self.major is not None:
            found += policy.of_site(signature, key, self.major)
        return tuple(found)

    def _still_stands(self, verdict: Verdict) -> Verdict:
        """A document says how things are now, so its key must be good now; a package was made when it was."""
        key = self.keys.find(verdict.signer or "")
        if key is None or key.expires is None or key.expires > self.now:
            return verdict
        text = f"its key {key.label} expired on {date(key.expires)}: ask its owner for a newer copy of the key"
        return Verdict(verdict.signer, (*verdict.objections, Objection(Kind.EXPIRED, text)))


def check_document(keys: Keyring, signature: bytes, data: bytes, *, now: int, where: str) -> str:
    """Verify a signed document such as repomd.xml, and that its key may sign.

    Args:
        signature: detached; one or several, armoured or not.
        now: seconds since 1970-01-01 UTC.

    Returns:
        the signer's full fingerprint.

    Raises:
        VerificationError: no valid signature of a listed key; the reasons are named.
    """
    with certificates(keys) as ring:
        return Judge(keys, Proofs(ring, keys), now).document(signature, data, where=where)


def _together(verdicts: list[Verdict]) -> Verdict:
    """All must be good; the signer is the first that is one."""
    signer = next((verdict.signer for verdict in verdicts if verdict.signer), None)
    return Verdict(signer, tuple(dict.fromkeys(one for verdict in verdicts for one in verdict.objections)))


def _good(found: list[Verdict], where: str) -> str:
    """The signer of the first signature that is good."""
    good = next((verdict for verdict in found if verdict.is_good), None)
    if good is None:
        why = "; ".join(dict.fromkeys(verdict.text for verdict in found))
        fits = all(verdict.is_excusable for verdict in found)
        what = "its signature is not to be trusted" if fits else "its signature does not verify"
        raise VerificationError(what, where=where, why=why)
    return str(good.signer)
