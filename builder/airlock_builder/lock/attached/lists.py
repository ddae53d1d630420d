"""The lists of what refers to images, which airlock writes for registries that do not list it themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from airlock_builder.lock.attached.attach import kept
from airlock_builder.lock.attached.finding import API_OR_TAG
from airlock_builder.remote.attachments import Attachments
from airlock_builder.store import Store
from airlock_core.attached import LIST, artifact, listing, referrers_tag
from airlock_core.digest import Digest
from airlock_core.locks import Attachment, LockedImage

MADE = "made"


def with_lists(images: Iterable[LockedImage], store: Store, attachments: Attachments) -> list[LockedImage]:
    """The same images, and a list for each of which something refers to it.

    What one list names is carried for the same options.
    """
    ordered = list(images)
    groups: dict[tuple[str, Digest], list[LockedImage]] = defaultdict(list)
    for one in ordered:
        if one.attachment and one.attachment.way in API_OR_TAG:
            groups[one.ref.name, one.attachment.subject].append(one)
    moved: dict[LockedImage, LockedImage] = {}
    lists: list[LockedImage] = []
    for (_, subject), members in groups.items():
        options = _options(members)
        moved |= {one: replace(one, options=options) for one in members}
        lists.append(_list(members, subject, options, store, attachments))
    return [*(moved.get(one, one) for one in ordered), *lists]


def _list(
    members: Sequence[LockedImage],
    subject: Digest,
    options: tuple[str, ...],
    store: Store,
    attachments: Attachments,
) -> LockedImage:
    raws = [kept(one.ref, store, attachments) for one in members]
    raw = listing(artifact(raw, where=str(one.ref)) for one, raw in zip(members, raws, strict=True))
    images = {image for one in members if one.attachment for image in one.attachment.images}
    attachment = Attachment(LIST, subject, tuple(sorted(images)), MADE)
    ref = members[0].ref.at(store.add(raw))
    return LockedImage(ref, referrers_tag(subject), (), len(raw), options, attachment=attachment)


def _options(members: Iterable[LockedImage]) -> tuple[str, ...]:
    """Those of all; none where one is carried always."""
    each = [one.options for one in members]
    return tuple(sorted({option for options in each for option in options})) if all(each) else ()
