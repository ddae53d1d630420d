"""Which entries of an index are carried, and which images collide."""

from __future__ import annotations

import pytest

from airlock_builder.lock.carried import choose
from airlock_builder.lock.images import collisions
from airlock_core.digest import Digest
from airlock_core.errors import InputError
from airlock_core.imageref import ImageRef
from airlock_core.locks import LockedImage
from airlock_core.oci import OCI_INDEX, OCI_MANIFEST, Descriptor, Document


def entry(platform: str) -> Descriptor:
    return Descriptor(OCI_MANIFEST, Digest.sha256(platform.encode()), 1, platform)


INDEX = Document(
    OCI_INDEX,
    tuple(entry(name) for name in ("linux/amd64", "linux/arm/v6", "linux/arm/v7", "linux/arm64/v8", "unknown/unknown")),
)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (["linux/amd64"], ["linux/amd64"]),
        (["linux/arm64"], ["linux/arm64/v8"]),
        (["linux/arm"], ["linux/arm/v6"]),
        (["linux/arm/v7"], ["linux/arm/v7"]),
        (["linux/amd64", "linux/arm64"], ["linux/amd64", "linux/arm64/v8"]),
        (["linux/arm64", "linux/arm64/v8"], ["linux/arm64/v8"]),
    ],
)
def test_a_platform_fits_any_variant_unless_it_names_one(asked: list[str], found: list[str]) -> None:
    assert [child.platform for child in choose(INDEX, asked, where="x")] == found


def test_what_lacks_is_named_with_what_is_there() -> None:
    with pytest.raises(InputError, match=r"not there for linux/s390x; only for linux/amd64, linux/arm/v6"):
        choose(INDEX, ["linux/amd64", "linux/s390x"], where="x")


def image(host: str, digit: str, tag: str | None = "1") -> LockedImage:
    return LockedImage(ImageRef.parse(f"{host}/a/b@sha256:{digit * 64}"), tag, (), 1)


def test_images_of_two_hosts_with_one_name_collide_when_they_differ() -> None:
    (fault,) = collisions([image("x.test", "0"), image("y.test", "1")])
    assert "x.test/a/b" in fault.what
    assert "y.test/a/b" in fault.what
    assert not collisions([image("x.test", "0"), image("y.test", "0")])


def test_images_without_a_tag_are_told_apart_by_digest() -> None:
    assert not collisions([image("x.test", "0", None), image("y.test", "1", None)])


@pytest.mark.parametrize(("one", "other"), [("x.test/a", "library/a"), ("x.test/a", "x.test/a/b"), ("a:1", "a:2")])
def test_names_that_stay_apart_without_their_hosts_do_not_collide(one: str, other: str) -> None:
    refs = [ImageRef.parse(text) for text in (one, other)]
    pinned = [ref.at(Digest.sha256(str(ref).encode())) for ref in refs]
    assert not collisions(LockedImage(at, ref.tag, (), 1) for at, ref in zip(pinned, refs, strict=True))


def test_the_hosts_own_short_names_collide_with_others_that_spell_them_out() -> None:
    assert collisions([of("nginx:1", "0"), of("x.test/library/nginx:1", "1")])
    assert not collisions([of("nginx:1", "0"), of("docker.io/library/nginx:1", "0")])


def test_tags_that_differ_by_case_are_two_names_and_repositories_have_no_capitals() -> None:
    """As registries have it (OCI distribution specification, "Pulling manifests")."""
    assert not collisions([of("x.test/a:v1", "0"), of("y.test/a:V1", "1")])
    with pytest.raises(InputError, match="not an image reference"):
        ImageRef.parse("x.test/A:v1")


def of(text: str, digit: str) -> LockedImage:
    ref = ImageRef.parse(text)
    return LockedImage(ref.at(Digest("sha256", digit * 64)), ref.tag, (), 1)
