"""`airlock why` of Python wheels: from a line of requirements, through what wheels say that they require."""

from __future__ import annotations

import shutil

import pytest

from tests.integration.cli.airlock import Airlock
from tests.integration.cli.wheels import Index

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Airlock:
    """A release of five wheels, none of which is in the store."""
    place = tmp_path_factory.mktemp("wheels")
    airlock, index = Airlock(place / "work", place / "store"), Index(place / "index")
    airlock.folder.mkdir()
    wants = ("Lib_One>=1", 'elsewhere; sys_platform == "win32"', 'more; extra == "all"')
    index.has("app", "1.0", *wants, extras=("all",))
    index.has("lib_one", "1.2", 'base; python_version >= "3.9"')
    index.has("base", "3.0")
    index.has("more", "1.0", "base")
    index.has("tool", "2.0", "app[all]")
    (airlock.folder / "requirements.txt").write_text("# ours\napp==1.0\n-r others.txt\n")
    (airlock.folder / "others.txt").write_text("tool\n")
    airlock.write({"python": {"requirements": "requirements.txt", "index": index.url}, "locks": "."})
    airlock("lock", "-m", "release.yaml")
    return airlock


@pytest.fixture(scope="module")
def fetched(locked: Airlock) -> Airlock:
    """The same with its wheels in a store."""
    found = locked.with_store(shutil.copytree(locked.store, locked.store.with_name("fetched")))
    found("fetch", "-m", "release.yaml")
    return found


def test_the_chain_leads_from_the_line_to_the_wheel(fetched: Airlock) -> None:
    told = fetched("why", "-m", "release.yaml", "--offline", "base").out
    assert told.splitlines()[:-1] == [
        "wheel base 3.0  base-3.0-py3-none-any.whl",
        "  asked for as app==1.0 in requirements.txt:2",
        "    app 1.0 requires Lib_One>=1",
        "    → lib-one 1.2",
        '      lib-one 1.2 requires base; python_version >= "3.9"',
        "      → base 3.0",
        "  needed by others too: 1",
        "    more 1.0 requires base",
    ]


@pytest.mark.parametrize("name", ["Lib.One", "lib-one==1.2", "lib_one-1.2-py3-none-any.whl", "lib-*"])
def test_a_wheel_is_known_by_whatever_means_it(fetched: Airlock, name: str) -> None:
    (found,) = fetched("why", "-m", "release.yaml", "--json", name).json["why"]
    assert [one["wheel"] for one in found["wheels"]] == ["lib_one-1.2-py3-none-any.whl"]


def test_an_extra_is_followed_where_it_is_asked_for(fetched: Airlock) -> None:
    (found,) = fetched("why", "-m", "release.yaml", "--json", "more").json["why"]
    (more,) = found["wheels"]
    assert more["asked"] == {"request": "tool", "where": "others.txt:1", "option": ""}
    assert [arrow["needs"] for arrow in more["chain"]] == ["app[all]", 'more; extra == "all"']
    assert more["unread"] == {}


def test_what_a_line_brought_is_what_would_leave_without_it(fetched: Airlock) -> None:
    told = fetched("why", "-m", "release.yaml", "--brings", "tool", "app", "base").out
    assert "  without tool these would leave: 2 wheels, " in told
    assert "    more 1.0\n    tool 2.0\n" in told
    assert "  without app==1.0 these would leave: 0 wheels, 0 B\n" in told
    assert "  nobody asks for it by name; through it alone came: 0 wheels" in told


def test_of_wheels_that_are_not_in_the_store_it_is_said_what_to_do(locked: Airlock) -> None:
    told = locked("why", "-m", "release.yaml", "base").out
    assert "  no requirement leads to it, as far as they are known\n" in told
    assert "not known; `airlock fetch` brings those that are not in the store: 4\n" in told
    assert "    app-1.0-py3-none-any.whl is not in the store\n" in told
    assert "  asked for as app==1.0 in requirements.txt:2\n" in locked("why", "-m", "release.yaml", "app").out


def test_what_is_no_wheel_is_refused_with_the_nearest(fetched: Airlock) -> None:
    assert "the nearest: base" in fetched("why", "-m", "release.yaml", "bases", expect=3).err
