"""Image references locked: tag to digest, platform by platform, with the size of all that will be carried."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from airlock_builder.lock.carried import Carried, Documents, resolve
from airlock_builder.lock.gather import Requests, gather
from airlock_builder.lock.keeping import Keeping
from airlock_builder.lock.shelved import Shelved
from airlock_builder.manifest.model import Manifest
from airlock_builder.store import Store
from airlock_core.errors import AirlockError, Attempts, InputError, UpstreamError, raise_all
from airlock_core.imageref import ImageRef
from airlock_core.locks import Attachment, ImagesLock, LockedImage
from airlock_core.progress import Progress, Step, silent

if TYPE_CHECKING:
    from airlock_builder.remote.attachments import Attachments
    from airlock_builder.remote.registry import Registry

JOBS = 4
"""Registries asked at once."""


def lock_images(
    manifest: Manifest,
    registry: Registry,
    store: Store,
    *,
    attachments: Attachments | None = None,
    keeping: Keeping | None = None,
    progress: Progress = silent,
    note: Callable[[str], None] = lambda text: None,
) -> ImagesLock:
    """Resolve every image of the manifest and its options, but for references that stay as they are locked.

    Archives are always read: what they held when they were locked is nowhere else.

    Args:
        attachments: what registries have attached to images; needed where the manifest wants any of it.
        note: told what is worth knowing and no fault.

    Raises:
        UpstreamError: an image is not there, or its registry cannot be reached.
        InputError: a platform that is asked for is not there; two images would have one name at the site; an archive's
            image has no name.
        VerificationError: an archive is damaged or hostile; an image that must be signed is not.
        Faults: several of these; every image is tried.
    """
    wanted = _wanted(manifest)
    documents = Shelved(registry, store)
    attach = _attaching(manifest, documents, attachments, store, keeping or Keeping(), progress, note)

    def lock(ref: ImageRef) -> list[LockedImage]:
        image, carried = _locked(ref, wanted[ref], documents, keeping or Keeping(), progress)
        return attach(image, wanted[ref].kinds, carried)

    def archived() -> list[list[LockedImage]]:
        found = _archived(manifest, store, progress)
        return [attach(image, frozenset(), None) for image in found]

    parts, none = Attempts(), list[list[LockedImage]]()
    refs = sorted(wanted, key=str)
    groups = parts.attempt(
        lambda: gather(lock, refs, jobs=JOBS, what="images could not be locked", interrupt=registry.cancel), none
    )
    groups = groups + parts.attempt(archived, none)
    raise_all(f"{len(parts.faults)} images could not be locked", parts.faults)
    images = merged(image for group in groups for image in group)
    images = _with_lists(images, store, attachments)
    raise_all("images collide at the site", collisions(images))
    return ImagesLock(tuple(images))


def _locked(
    ref: ImageRef, wanted: _Wanted, documents: Documents, keeping: Keeping, progress: Progress
) -> tuple[LockedImage, Carried | None]:
    """One image by its digest, with what was read of it; nothing was where it stays as it is locked."""
    stays = keeping.image(ref, wanted.platforms, wanted.options)
    if stays:
        return stays, None
    standing = keeping.standing_image(ref)
    if standing:
        carried = _for_others(standing, wanted.platforms, documents)
    else:
        carried = resolve(ref, wanted.platforms, documents)
    progress(Step("lock", str(ref), carried.size, carried.size, finished=True))
    at = ref.at(carried.digest)
    return LockedImage(at, ref.tag, carried.platforms, carried.size, wanted.options, index=carried.index), carried


Attach = Callable[[LockedImage, frozenset[str], Carried | None], list[LockedImage]]


def _attaching(
    manifest: Manifest,
    documents: Documents,
    attachments: Attachments | None,
    store: Store,
    keeping: Keeping,
    progress: Progress,
    note: Callable[[str], None],
) -> Attach:
    """What makes of an image that is locked itself and all that is carried beside it."""
    if not wants_attached(manifest):
        return lambda image, kinds, carried: [replace(image, sought=(), unsigned="")]
    if attachments is None:
        raise AssertionError("what is attached to images cannot be looked for")
    # loaded by those alone who carry signatures
    from airlock_builder.lock.attached.attach import Attaching, Resolved
    from airlock_builder.lock.attached.wishes import Wishes

    wishes = Wishes.of(manifest)
    for rule in wishes.rules:
        if not rule.keys:
            note(f"{rule.place} gives no keys: that signatures are there is looked at, and not who made them")
    tools = Attaching(wishes, documents, attachments, store, keeping, note, progress)
    return lambda image, kinds, carried: tools.locked(Resolved(image, kinds, carried))


def wants_attached(manifest: Manifest) -> bool:
    """Whether a manifest wants anything that is attached to images."""
    contents = [content.images for _, content in manifest.contents()]
    return any(images.attached or images.signed for images in contents)


def _with_lists(images: list[LockedImage], store: Store, attachments: Attachments | None) -> list[LockedImage]:
    if attachments is None or not any(image.attachment for image in images):
        return images
    from airlock_builder.lock.attached.lists import with_lists

    return with_lists(images, store, attachments)


def _archived(manifest: Manifest, store: Store, progress: Progress) -> list[LockedImage]:
    if not any(content.images.archives for _, content in manifest.contents()):
        return []
    from airlock_builder.lock.archives import lock_archives

    return lock_archives(manifest, store, progress=progress)


def merged(images: Iterable[LockedImage]) -> list[LockedImage]:
    """The same image from several places once, of the first of them, for all that ask for it."""
    found: dict[tuple[ImageRef, str | None], LockedImage] = {}
    for image in images:
        before = found.setdefault((image.ref, image.tag), image)
        if before is not image:
            options = before.options and image.options and tuple(sorted({*before.options, *image.options}))
            attachment = _attached_to_both(before.attachment, image.attachment)
            found[image.ref, image.tag] = replace(before, options=options or (), attachment=attachment)
    return list(found.values())


def _attached_to_both(before: Attachment | None, after: Attachment | None) -> Attachment | None:
    """What the same artifact is to the images of both."""
    if before is None or after is None:
        return None
    images = tuple(sorted({*before.images, *after.images}))
    return replace(before, images=images, signer=before.signer or after.signer)


def collisions(images: Iterable[LockedImage]) -> list[AirlockError]:
    """Images that would have the same name at the site, where the original host is no part of it, and differ."""
    named: dict[str, list[LockedImage]] = defaultdict(list)
    for image in images:
        if image.tag:
            named[image.site_name].append(image)
    return [
        InputError(
            f"several images would be {name} at the site: {' and '.join(str(image.ref) for image in those)}",
            where="images",
            todo="keep one of them, or give one another tag or repository upstream",
        )
        for name, those in sorted(named.items())
        if len({image.digest for image in those}) > 1
    ]


@dataclass(frozen=True)
class _Wanted:
    platforms: tuple[str, ...]
    options: tuple[str, ...]
    kinds: frozenset[str]


def _wanted(manifest: Manifest) -> dict[ImageRef, _Wanted]:
    """Each image once, with the platforms, artifacts and options that ask for it."""
    requests: Requests[ImageRef] = Requests()
    platforms: dict[ImageRef, set[str]] = defaultdict(set)
    kinds: dict[ImageRef, set[str]] = defaultdict(lambda: set(manifest.images.attached))
    faults: list[AirlockError] = []
    for option, content in [(None, manifest), *sorted(manifest.options.items())]:
        for index, text in enumerate(content.images.refs):
            prefix = f"options.{option}." if option else ""
            try:
                ref = ImageRef.parse(text, where=f"{prefix}images.refs[{index}]")
            except InputError as fault:
                faults.append(fault)
                continue
            requests.add(ref, option)
            platforms[ref] |= set(content.images.platforms)
            kinds[ref] |= set(content.images.attached)
    raise_all("image references have faults", faults)
    return {
        ref: _Wanted(tuple(sorted(platforms[ref])), options, frozenset(kinds[ref])) for ref, options in requests.items()
    }


def _for_others(locked: LockedImage, platforms: Sequence[str], documents: Documents) -> Carried:
    """What is locked, for other platforms: from the index that it was taken from, wherever its tag is now.

    Raises:
        UpstreamError: the registry no longer has that index, and the image was not named to move.
    """
    try:
        return resolve(locked.ref.at(locked.index or locked.digest), platforms, documents)
    except UpstreamError as fault:
        had, asked = ", ".join(locked.platforms), ", ".join(platforms)
        raise UpstreamError(
            f"locked for {had}, asked for {asked}, and what is locked cannot be had",
            where=str(locked.ref),
            why=fault.what,
            todo=f"move it too (--update '{locked.site_name}'), or take back images.platforms",
        ) from fault
