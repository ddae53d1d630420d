"""Numbers of releases in a registry only go up, by the real program and the real registry."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.integration.cli.airlock import Ran
from tests.integration.shipping.conftest import METADATA, TAG, Shop
from tests.standin.upstream import forward
from tests.standin.upstream.server import serve

pytestmark = [pytest.mark.integration, pytest.mark.long]


def push(shop: Shop, number: int, *words: str, tag: str = "", name: str = "burrito", expect: int = 0) -> Ran:
    """Push locks and manifest of a release with this number."""
    shop.airlock.write({**METADATA, "metadata": {"name": name, "version": "1.4.4", "number": number}}, "burrito.yaml")
    return shop.push("--without-iso", *words, tag=tag, expect=expect)


def number_of(shop: Shop, tag: str) -> int:
    """The number of the release that a tag stands for."""
    found: int = shop.pull("--without-iso", "--force", what=f":{tag}").json["number"]
    return found


def test_a_tag_that_moves_is_not_moved_back_even_by_force(shop: Shop) -> None:
    push(shop, 12, tag="latest")
    told = push(shop, 11, "--force", tag="latest", expect=3).err
    assert "the registry has a newer release, and numbers only go up" in told
    assert "latest is burrito 1.4.4, number 12; this is number 11" in told
    assert "--allow-rollback" in told
    assert number_of(shop, "latest") == 12


def test_going_back_is_done_where_it_is_told(shop: Shop) -> None:
    push(shop, 12, tag="latest")
    assert "the tag is there already" in push(shop, 11, "--allow-rollback", tag="latest", expect=3).err
    push(shop, 11, "--allow-rollback", "--force", tag="latest")
    assert number_of(shop, "latest") == 11


@pytest.mark.parametrize("tag", ["latest", "burrito", "stable-9"])
def test_no_older_release_is_pushed_beside_a_newer_one_that_a_moving_tag_has(shop: Shop, tag: str) -> None:
    push(shop, 12, tag=tag)
    assert f"{tag} is burrito 1.4.4, number 12; this is number 11" in push(shop, 11, expect=3).err
    push(shop, 11, "--allow-rollback")
    assert number_of(shop, "1.4.4-11") == 11


def test_however_many_tags_there_are_each_is_looked_at(shop: Shop, tmp_path: Path) -> None:
    push(shop, 1)
    tags = tmp_path / "registry/storage/docker/registry/v2/repositories/releases/burrito/_manifests/tags"
    for number in range(150):
        shutil.copytree(tags / "1.4.4-1", tags / f"1.4.4-{number:03}-1")
    push(shop, 12, tag="stable-9")
    assert "stable-9 is burrito 1.4.4, number 12; this is number 11" in push(shop, 11, expect=3).err


def test_tags_of_single_releases_keep_nobody_from_pushing_an_older_one(shop: Shop) -> None:
    push(shop, 12)
    push(shop, 11)
    assert (number_of(shop, TAG), number_of(shop, "1.4.4-11")) == (12, 11)


def test_a_newer_release_goes_beside_and_in_place_of_an_older_one(shop: Shop) -> None:
    push(shop, 12, tag="latest")
    push(shop, 13)
    push(shop, 13, "--force", tag="latest")
    assert number_of(shop, "latest") == 13


def test_what_is_there_already_is_there_whatever_came_after_it(shop: Shop) -> None:
    push(shop, 11)
    push(shop, 12, tag="latest")
    assert push(shop, 11).json["unchanged"]


def test_releases_of_another_name_have_numbers_of_their_own(shop: Shop) -> None:
    push(shop, 12, tag="latest")
    push(shop, 3, name="taco")


def test_the_iso_is_not_read_before_the_number_is_known_to_do(shop: Shop) -> None:
    push(shop, 13, tag="latest")
    shop.airlock.write(METADATA, "burrito.yaml")
    (shop.airlock.folder / "burrito-1.4.4.iso").write_bytes(b"no ISO at all")
    assert "number 13; this is number 12" in shop.push(expect=3).err


def test_a_registry_that_lists_no_tags_is_asked_for_the_usual_ones(shop: Shop, tmp_path: Path) -> None:
    push(shop, 12, tag="latest")
    with serve(forward.source(shop.address)) as server:
        server.faults.status("/v2/releases/burrito/tags/list", 405)
        assert "latest is burrito 1.4.4, number 12" in push(shop.at(server.address), 11, expect=3).err


def test_what_is_no_release_among_the_tags_is_passed_over(shop: Shop, tmp_path: Path) -> None:
    push(shop, 12)
    with serve(forward.source(shop.address)) as server:
        tags = b'{"name": "releases/burrito", "tags": ["../../../else", "image", "sha256-0.sig", 7]}'
        server.faults.replace("/v2/releases/burrito/tags/list", tags)
        server.faults.replace("/v2/releases/burrito/manifests/image", b'{"schemaVersion": 2}')
        assert push(shop.at(server.address), 12).json["unchanged"]
        before = {one.path for one in server.log.all()}
        told = push(shop.at(server.address), 11, expect=5).err  # this server takes nothing that is written to it
        assert "newer release" not in told
        asked = {one.path for one in server.log.all()} - before
    assert "/v2/releases/burrito/manifests/image" in asked
    assert not [path for path in asked if "else" in path or "sha256-0" in path]
