"""Where repositories are asked, by the rules of containers-registries.conf(5)."""

from __future__ import annotations

import pytest

from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.places import Places
from airlock_builder.remote.rewrites import Rewrite
from airlock_core.errors import InputError

REWRITES = (
    Rewrite("vendor.test", "a.lan"),
    Rewrite("vendor.test/deep", "b.lan/x", ("c.lan/y", "d.lan")),
    Rewrite("*.vendor.test", "e.lan/any"),
    Rewrite("eu.vendor.test", "f.lan"),
    Rewrite("*.open.test"),
    Rewrite("closed.test", blocked=True),
    Rewrite("closed.test/but"),
)


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("vendor.test/web", ["a.lan/web"]),
        ("vendor.test/deep/web", ["c.lan/y/web", "d.lan/web", "b.lan/x/web"]),
        ("vendor.test/deeper/web", ["a.lan/deeper/web"]),
        ("us.vendor.test/web", ["e.lan/any/web"]),
        ("a.b.vendor.test:5000/web", ["e.lan/any/web"]),
        ("eu.vendor.test/web", ["f.lan/web"]),
        ("myvendor.test/web", ["myvendor.test/web"]),
        ("x.open.test/web", ["x.open.test/web"]),
        ("closed.test/but/this", ["closed.test/but/this"]),
        ("mirrored.test/web", ["127.0.0.1:5/web"]),
    ],
)
def test_the_longest_match_says_where(name: str, asked: list[str]) -> None:
    places = Places(Mirrors({"mirrored.test": "127.0.0.1:5"}), (), REWRITES)
    found = places.route(name).repositories(name)
    assert [f"{place.address}/{path}" for place, path in found] == asked


@pytest.mark.parametrize("mirrors", [{}, {"closed.test": "127.0.0.1:5"}])
def test_what_is_blocked_is_asked_for_nowhere(mirrors: dict[str, str]) -> None:
    with pytest.raises(InputError, match=r"closed\.test/web is blocked: nothing is taken from closed\.test"):
        Places(Mirrors(mirrors), (), REWRITES).route("closed.test/web")
