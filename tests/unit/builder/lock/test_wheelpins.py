"""Which constraints give way where wheels that stay stand against what is to move."""

from collections.abc import Callable, Sequence

import pytest

from airlock_builder.lock.wheelpins import resolved_around
from airlock_core.errors import InputError


def resolver(*conflicts: tuple[str, str], blames: bool = True) -> Callable[[Sequence[str]], Sequence[str]]:
    """Resolves to its constraints, unless two of them conflict; says which as pip does."""

    def resolve(pins: Sequence[str]) -> Sequence[str]:
        for pair in conflicts:
            if set(pair) <= set(pins):
                why = "; ".join(f"The user requested (constraint) {pin}" for pin in pair) if blames else ""
                raise InputError("the requirements cannot be resolved", why=why)
        return pins

    return resolve


def test_only_what_stands_against_what_moves_gives_way() -> None:
    stay = {"lib": ["1"], "tool": ["1"]}
    assert resolved_around(stay, {"app": "2"}, resolver(("app==2", "lib==1"))) == ["app==2", "tool==1"]


def test_of_two_environments_versions_the_other_is_tried_before_none() -> None:
    stay = {"lib": ["2", "1"]}
    assert resolved_around(stay, {"app": "1"}, resolver(("app==1", "lib==2"))) == ["app==1", "lib==1"]


def test_where_nothing_is_blamed_all_that_stays_gives_way_before_what_moves() -> None:
    stay = {"lib": ["1"], "tool": ["1"]}
    assert resolved_around(stay, {"app": "2"}, resolver(("app==2", "lib==1"), blames=False)) == ["app==2"]


def test_what_is_to_move_gives_way_last() -> None:
    conflicts = resolver(("app==2", "new==2"))
    assert resolved_around({"lib": ["1"]}, {"app": "2", "new": "2"}, conflicts) == []


def test_requirements_that_cannot_be_met_at_all_are_refused() -> None:
    def refuse(pins: Sequence[str]) -> Sequence[str]:
        raise InputError("no wheel for app==9 on Python 3.11")

    with pytest.raises(InputError, match="app==9"):
        resolved_around({"lib": ["1"]}, {}, refuse)
