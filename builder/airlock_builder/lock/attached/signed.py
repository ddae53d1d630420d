"""Whether images are signed that must be."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from airlock_builder.cosign import Judged, judge
from airlock_builder.lock.attached.wishes import Rule
from airlock_builder.remote.attachments import Attachments
from airlock_core.attached import SIGNATURE
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, VerificationError
from airlock_core.locks import LockedImage

Raw = Callable[[LockedImage], bytes]
"""The bytes of a locked artifact's manifest."""


class Signatures:
    """The signatures beside one image, held against the rules.

    Args:
        image: the image itself.
        entries: what is attached to it.
        raw: gives manifests of those.
    """

    def __init__(self, image: LockedImage, entries: Iterable[LockedImage], attachments: Attachments, raw: Raw) -> None:
        self._image = image
        self._attachments = attachments
        self._raw = raw
        self._entries = {one: one.attachment.subject for one in entries if _is_signature(one) and one.attachment}
        self.signers: dict[LockedImage, str] = {}
        """Who made those that were found good."""

    @property
    def none(self) -> bool:
        """Whether there is none at all."""
        return not self._entries

    def fault(self, rule: Rule, image: Sequence[Digest], parts: Callable[[], Sequence[Digest]]) -> AirlockError | None:
        """What speaks against an image by a rule.

        Args:
            image: its own digest, and that of the index that it was taken from: one signed will do.
            parts: gives its platforms' manifests, of which all must be signed where it is not.
        """
        told: list[str] = []
        if any(self._keeps(rule, digest, told) for digest in image):
            return None
        below = [self._keeps(rule, digest, told) for digest in parts()]
        if below and all(below):
            return None
        asks = f"{rule.place} wants one" + (f" by {_names(rule)}" if rule.keys else "")
        todo = "have its maker sign it, give the key that it is signed with, or take an image that is signed"
        if self.none:
            todo = f"{todo}; images.unsigned excuses one that never is, with a reason"
            return VerificationError("has no signature", where=str(self._image.ref), why=asks, todo=todo)
        why = "\n       ".join((asks, *dict.fromkeys(told)))
        return VerificationError("has no good signature", where=str(self._image.ref), why=why, todo=todo)

    def _keeps(self, rule: Rule, subject: Digest, told: list[str]) -> bool:
        ours = [entry for entry, about in self._entries.items() if about == subject]
        if not rule.keys:
            return bool(ours)
        wanted = {key.fingerprint for key in rule.keys}
        for entry in ours:
            judged = self._judged(entry, rule)
            if judged.signer in wanted:
                self.signers[entry] = judged.signer
                return True
            told += (f"{entry.tag or entry.digest}: {fault}" for fault in judged.faults)
        return False

    def _judged(self, entry: LockedImage, rule: Rule) -> Judged:
        attachment = entry.attachment
        if attachment is None or attachment.signer in {key.fingerprint for key in rule.keys}:
            return Judged(attachment.signer if attachment else "")

        def payload(digest: Digest, size: int) -> bytes:
            return self._attachments.blob(entry.ref.at(digest), digest)

        return judge(self._raw(entry), attachment.subject, rule.keys, payload)


def with_signers(entries: Iterable[LockedImage], signers: dict[LockedImage, str]) -> list[LockedImage]:
    """The same entries, with who signed those of which that is known."""
    return [
        replace(one, attachment=replace(one.attachment, signer=signers[one]))
        if one in signers and one.attachment
        else one
        for one in entries
    ]


def _is_signature(one: LockedImage) -> bool:
    return one.attachment is not None and one.attachment.kind == SIGNATURE


def _names(rule: Rule) -> str:
    return " or ".join(key.file.name for key in rule.keys)
