"""Locks what is attached to images: as it is upstream, or as it stands where nobody asks for it to move."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from airlock_builder.lock.attached.finding import TAG, Finder, Found
from airlock_builder.lock.attached.signed import Signatures, with_signers
from airlock_builder.lock.attached.wishes import ALL, SIGNATURES, Wishes, wants
from airlock_builder.lock.carried import Carried, Documents, resolve
from airlock_builder.lock.keeping import Keeping
from airlock_builder.remote.attachments import Attachments
from airlock_builder.store import Store
from airlock_core import oci
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError, raise_all
from airlock_core.imageref import ImageRef
from airlock_core.locks import Attachment, LockedImage
from airlock_core.progress import Progress, Step


@dataclass(frozen=True)
class Resolved:
    """An image that is locked.

    Args:
        kinds: what of its artifacts is wanted.
        carried: its documents, where they were looked at; an image that stays was not.
    """

    image: LockedImage
    kinds: frozenset[str]
    carried: Carried | None = None


@dataclass(frozen=True)
class Attaching:
    """What attaching works with.

    Args:
        documents: where images' own documents are.
        note: told what is worth knowing and no fault.
    """

    wishes: Wishes
    documents: Documents
    attachments: Attachments
    store: Store
    keeping: Keeping
    note: Callable[[str], None]
    progress: Progress

    def locked(self, resolved: Resolved) -> list[LockedImage]:
        """An image, and after it all that is carried beside it.

        Raises:
            UpstreamError, VerificationError: what is attached cannot be had, is not what is said, or bounds are passed;
                the image must be signed and is not.
            Faults: several of these.
        """
        rules = self.wishes.rules_for(resolved.image)
        kinds = resolved.kinds | ({SIGNATURES} if rules and ALL not in resolved.kinds else set())
        if not kinds:
            return [replace(resolved.image, sought=(), unsigned="")]
        beside = _Beside(self, replace(resolved, kinds=frozenset(kinds)))
        entries = [] if resolved.image.archive else beside.entries()
        signatures = Signatures(resolved.image, entries, self.attachments, beside.raw)
        faults = [signatures.fault(rule, beside.own, lambda: beside.parts) for rule in rules]
        excuse = self.wishes.excuse(resolved.image) if any(faults) and signatures.none else ""
        raise_all(f"{resolved.image.ref} is not signed as it must be", _of(faults) if not excuse else ())
        sought = () if resolved.image.archive else tuple(sorted(kinds))
        image = replace(resolved.image, sought=sought, unsigned=excuse)
        return [image, *with_signers(entries, signatures.signers)]


def _of(faults: Sequence[AirlockError | None]) -> list[AirlockError]:
    return [fault for fault in faults if fault]


class _Beside:
    """What stands, and what is upstream, beside one image."""

    def __init__(self, tools: Attaching, resolved: Resolved) -> None:
        self._tools = tools
        self._resolved = resolved
        self._image = resolved.image
        self._raws: dict[Digest, bytes] = {}

    @property
    def own(self) -> list[Digest]:
        """The digests of the image itself."""
        return [digest for digest in (self._image.digest, self._image.index) if digest]

    @property
    def parts(self) -> tuple[Digest, ...]:
        """The manifests of its platforms, where it is an index."""
        return () if self._image.archive else self._carried.manifests

    @cached_property
    def _carried(self) -> Carried:
        if self._resolved.carried:
            return self._resolved.carried
        ref = self._image.ref.at(self._image.index or self._image.digest)
        return resolve(ref, self._image.platforms, self._tools.documents)

    def raw(self, entry: LockedImage) -> bytes:
        """The manifest of an artifact: as it was found, from the store, or by its digest."""
        known = self._raws.get(entry.digest)
        if known is not None:
            return known
        return kept(entry.ref, self._tools.store, self._tools.attachments)

    def entries(self) -> list[LockedImage]:
        """All that is carried."""
        standing = [replace(one, options=self._image.options) for one in self._standing()]
        new = self._new_kinds()
        asked = new | {name for name in self._resolved.kinds for one in standing if self._moves(one) and _is(name, one)}
        if not asked:
            return standing
        fresh = [self._entry(found) for found in self._found(asked)]
        return self._settled(standing, fresh, new, asked)

    def _standing(self) -> Iterator[LockedImage]:
        for one in self._tools.keeping.attached(self._image):
            if one.attachment and any(_is(name, one) for name in self._resolved.kinds):
                yield replace(one, attachment=replace(one.attachment, images=(self._image.digest,)))

    def _new_kinds(self) -> set[str]:
        """What is asked for anew: all of an image that moves, else what was not looked for when it was locked."""
        before = self._tools.keeping.sought(self._image)
        return {kind for kind in self._resolved.kinds if before is None or kind not in before}

    def _moves(self, one: LockedImage) -> bool:
        return self._tools.keeping.is_named(one)

    def _found(self, asked: Collection[str]) -> Iterator[Found]:
        finder = Finder(self._tools.attachments, asked)
        for digest in dict.fromkeys((*self.own, *self.parts)):
            yield from finder.of(self._image.ref.at(digest))
        for digest, about in self._carried.attestations:
            yield from finder.within(self._image.ref.at(digest), self._image.ref.at(about))

    def _entry(self, found: Found) -> LockedImage:
        self._raws[found.ref.pinned] = found.raw
        self._tools.store.add(found.raw)
        document = oci.parse(found.raw, where=str(found.ref))
        sizes = {child.digest: child.size for child in document.children}
        size = len(found.raw) + sum(sizes.values())
        name = f"{found.kind} of {self._image.site_name}"
        self._tools.progress(Step("lock", name, size, size, finished=True))
        # cosign's tags hold what looks like an image: the tag alone says what it is
        what = "" if found.way == TAG else found.artifact.artifact_type
        attachment = Attachment(found.kind, found.about.pinned, (self._image.digest,), found.way, what)
        return LockedImage(found.ref, found.tag, (), size, self._image.options, attachment=attachment)

    def _settled(
        self,
        standing: Sequence[LockedImage],
        fresh: Sequence[LockedImage],
        new: Collection[str],
        asked: Collection[str],
    ) -> list[LockedImage]:
        """What stands, but for what may move and did; and what is new of kinds that are asked for anew."""
        found = {_place(one): one for one in fresh}
        settled = {_place(one): one for one in standing}
        for place, one in found.items():
            before = settled.get(place)
            allowed = any(_is(name, one) for name in new) or (before is not None and self._moves(before))
            if before is None or before.digest != one.digest:
                settled |= {place: one} if allowed else {}
        for place, one in settled.items():
            if place not in found and one.attachment and any(_is(name, one) for name in asked):
                what = f"the {one.attachment.kind} {one.tag or one.digest} is there no more: it stays as it is locked"
                self._tools.note(f"{self._image.ref.name}: {what}")
        return list(settled.values())


def kept(ref: ImageRef, store: Store, attachments: Attachments) -> bytes:
    """A manifest, from the store where it is there and right.

    Raises:
        UpstreamError, VerificationError: it is not, and cannot be had.
    """
    return store.read(ref.pinned) if store.intact(ref.pinned) else attachments.manifest(ref)


def _is(name: str, one: LockedImage) -> bool:
    return one.attachment is not None and wants((name,), one.attachment.kind, one.attachment.type)


def _place(one: LockedImage) -> tuple[str, str]:
    """What makes two artifacts one that moved: its tag; all others are themselves alone."""
    by_tag = one.attachment is not None and one.attachment.way == TAG
    return ("tag", one.tag or "") if by_tag else ("digest", str(one.digest))
