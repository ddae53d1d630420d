"""Messages of several threads hashed together."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest

from airlock_core.lanes import Bytes, State
from airlock_core.lanes.hashing import Alone, Hashing, Together, best

PIECE = 1 << 17


class Watched:
    """The compiled part, and how many pieces it was given each time."""

    def __init__(self, compiled: ModuleType) -> None:
        self.WIDTH = 8
        self.calls: list[list[Any]] = []
        self._compiled = compiled

    def Sha256(self) -> State:  # noqa: N802 - as the module has it
        state: State = self._compiled.Sha256()
        return state

    def update(self, pieces: Iterable[tuple[Any, Bytes]]) -> None:
        given = list(pieces)
        self.calls.append([state for state, _ in given])
        self._compiled.update(given)


@pytest.fixture
def watched(compiled: ModuleType) -> Watched:
    return Watched(compiled)


@pytest.fixture(params=["together", "alone", "best"])
def hashing(request: pytest.FixtureRequest) -> Hashing:
    if request.param == "together":
        return Together(request.getfixturevalue("watched"))
    return Alone() if request.param == "alone" else best()


@pytest.mark.parametrize("algorithm", ["sha256", "sha512"])
def test_messages_of_many_threads_have_the_digests_of_hashlib(hashing: Hashing, algorithm: str) -> None:
    def digests(seed: int) -> tuple[str, str]:
        chance = random.Random(seed)
        message, other = hashing.message(algorithm), hashlib.new(algorithm)
        for _ in range(chance.randrange(12)):
            piece = chance.randbytes(chance.choice([0, 1, 100, PIECE, PIECE + 1, 3 * PIECE + 17]))
            message.give(piece)
            other.update(piece)
            message.settle(leave=chance.randrange(3))
        return message.hexdigest(), other.hexdigest()

    with ThreadPoolExecutor(12) as pool:
        for found, expected in pool.map(digests, range(60)):
            assert found == expected


def test_a_buffer_may_be_filled_anew_once_its_piece_is_settled(hashing: Hashing) -> None:
    message, other = hashing.message(), hashlib.sha256()
    buffers = [bytearray(PIECE), bytearray(PIECE)]
    for number in range(10):
        buffer = buffers[number % 2]
        buffer[:] = bytes([number]) * PIECE
        message.give(buffer)
        other.update(buffer)
        message.settle(leave=1)
    assert message.hexdigest() == other.hexdigest()


def test_nothing_is_hashed_before_somebody_waits_and_then_what_all_have_at_hand(watched: Watched) -> None:
    together = Together(watched)
    messages = [together.message() for _ in range(watched.WIDTH)]
    for message in messages:
        message.give(bytes(PIECE))
    assert watched.calls == []
    messages[-1].settle()
    assert [len(call) for call in watched.calls] == [watched.WIDTH]


def test_the_oldest_go_first_beside_the_one_that_waits(watched: Watched) -> None:
    together = Together(watched)
    messages = [together.message() for _ in range(3 * watched.WIDTH)]
    for message in messages:
        message.give(bytes(PIECE))
    messages[-1].settle()
    messages[0].settle()
    assert [len(call) for call in watched.calls] == [watched.WIDTH]
    messages[watched.WIDTH].settle()
    assert [len(call) for call in watched.calls] == [watched.WIDTH] * 2


def test_two_pieces_of_one_message_are_hashed_one_after_the_other(watched: Watched) -> None:
    message = Together(watched).message()
    message.give(b"a" * PIECE)
    message.give(b"b" * PIECE)
    message.settle(leave=1)
    assert [len(call) for call in watched.calls] == [1]
    assert message.hexdigest() == hashlib.sha256(b"a" * PIECE + b"b" * PIECE).hexdigest()


def test_a_message_that_was_given_up_holds_nobody_up(watched: Watched) -> None:
    together = Together(watched)
    together.message().give(bytes(PIECE))
    message = together.message()
    message.give(bytes(PIECE))
    assert message.hexdigest() == hashlib.sha256(bytes(PIECE)).hexdigest()
