"""What a store's content is called."""

from airlock_builder.cli import store
from airlock_builder.upkeep.things import KINDS


def test_each_kind_of_thing_has_words() -> None:
    assert set(store._WORDS) == set(KINDS)
