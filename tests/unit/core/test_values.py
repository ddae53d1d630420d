"""Values are what frozen dataclasses are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field, fields, replace

import pytest

from airlock_core.values import Value


class Place(Value):
    host: str
    port: int = 443
    tried: list[str] = field(default_factory=list, compare=False)
    password: str = field(default="", repr=False)


@dataclass(frozen=True)
class Peer:
    host: str
    port: int = 443
    tried: list[str] = field(default_factory=list, compare=False)
    password: str = field(default="", repr=False)


class Ranged(Value):
    low: int
    high: int

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError(f"{self.low} is above {self.high}")


MADE: list[Callable[[type[Place] | type[Peer]], Place | Peer]] = [
    lambda kind: kind("a"),
    lambda kind: kind("a", 80),
    lambda kind: kind("a", port=80, password="x"),
    lambda kind: kind(tried=["b"], host="a"),
    lambda kind: replace(kind("a", 80), host="b"),
]


@pytest.mark.parametrize("make", MADE)
def test_a_value_holds_and_shows_what_a_frozen_dataclass_does(
    make: Callable[[type[Place] | type[Peer]], Place | Peer],
) -> None:
    value, peer = make(Place), make(Peer)
    assert [getattr(value, one.name) for one in fields(value)] == [getattr(peer, one.name) for one in fields(peer)]
    assert repr(value) == repr(peer).replace("Peer", "Place")


def test_values_are_equal_as_frozen_dataclasses_are() -> None:
    for kind in (Place, Peer):
        assert kind("a", tried=["x"]) == kind("a", tried=["y"])
        assert hash(kind("a", tried=["x"])) == hash(kind("a", tried=["y"]))
        assert kind("a") != kind("a", 80)
    assert Place("a") != Peer("a")


@pytest.mark.parametrize(
    ("args", "values"), [((), {}), (("a", 1, [], "", "more"), {}), (("a",), {"host": "b"}), (("a",), {"colour": "red"})]
)
def test_a_value_takes_its_fields_and_nothing_else(args: tuple[object, ...], values: dict[str, object]) -> None:
    for kind in (Place, Peer):
        with pytest.raises(TypeError):
            kind(*args, **values)  # type: ignore[arg-type]


def test_each_value_has_its_own_default() -> None:
    assert Place("a").tried is not Place("a").tried


def test_a_value_does_not_change() -> None:
    value = Place("a")
    with pytest.raises(FrozenInstanceError):
        value.host = "b"  # type: ignore[misc]
    with pytest.raises(FrozenInstanceError):
        del value.host
    assert value.host == "a"


def test_a_value_that_looks_at_itself_refuses() -> None:
    with pytest.raises(ValueError, match="3 is above 2"):
        Ranged(3, 2)
    with pytest.raises(ValueError, match="1 is above 0"):
        replace(Ranged(1, 2), high=0)
