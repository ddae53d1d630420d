"""The artifact's manifest: written the same for the same release, and read back."""

from __future__ import annotations

import json

import pytest

from airlock_builder.shipping.artifact import ISO_PART, LOCK, Artifact, Layer, part_title, tag_of
from airlock_core.digest import Digest

ONE = Digest.sha256(b"one")


def test_it_is_read_back_as_it_was_written() -> None:
    layers = (Layer("rpms.lock", LOCK, ONE, 3), Layer("x.iso.part-000", ISO_PART, ONE, 4, {"airlock.io/part": "0"}))
    one = Artifact("burrito", "1.4.4", 12, layers)
    assert Artifact.loads(one.dumps(), where="here") == one
    assert one.dumps() == Artifact.loads(one.dumps(), where="here").dumps()


def test_the_empty_configuration_is_that_of_the_specification() -> None:
    config = json.loads(Artifact("a", "1", 1, ()).dumps())["config"]
    assert config == {
        "mediaType": "application/vnd.oci.empty.v1+json",
        "digest": "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a",
        "size": 2,
        "data": "e30=",
    }


@pytest.mark.parametrize(
    ("version", "tag"), [("1.4.4", "1.4.4-12"), ("1.4+rc~1", "1.4_rc_1-12"), ("2_0-a", "2_0-a-12")]
)
def test_a_release_has_its_tag(version: str, tag: str) -> None:
    assert tag_of(version, 12) == tag


@pytest.mark.parametrize("count", [1, 3, 1000, 1001, 12_000])
def test_parts_sorted_by_name_are_in_their_order(count: int) -> None:
    titles = [part_title("x.iso", index, count) for index in range(count)]
    assert sorted(titles) == titles
