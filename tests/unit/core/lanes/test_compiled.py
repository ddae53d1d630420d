"""The compiled SHA-256: the same digests as hashlib's, however messages come, with every kernel of this processor."""

from __future__ import annotations

import hashlib
import random
import sys
import threading
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

SEED = 180
EDGES = (0, 1, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 191, 192)
"""Lengths about the ends of blocks and of what padding leaves room for."""
VECTORS = {
    b"": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    b"abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq": (
        "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    b"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
    b"hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu": (
        "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"
    ),
    b"a" * 1_000_000: "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
}
"""Examples of NIST ("Cryptographic Standards and Guidelines: Examples with Intermediate Values", SHA-256)."""


@pytest.fixture(params=["plain", "avx2", "avx512"])
def kernel(request: pytest.FixtureRequest, compiled: ModuleType) -> str:
    if request.param not in compiled.KERNELS:
        pytest.skip(f"this processor has no {request.param}")
    return str(request.param)


def test_examples_of_nist_have_their_digests_in_every_lane(compiled: ModuleType, kernel: str) -> None:
    for message, digest in VECTORS.items():
        states = [compiled.Sha256() for _ in range(compiled.WIDTH)]
        compiled.update([(state, message) for state in states], kernel)
        assert {state.hexdigest() for state in states} == {digest}


def test_three_thousand_messages_of_any_length_in_any_pieces_have_the_digests_of_hashlib(
    compiled: ModuleType, kernel: str
) -> None:
    chance = random.Random(SEED)
    for _ in range(200):
        messages = [chance.randbytes(length(chance)) for _ in range(chance.randrange(1, 30))]
        states = [compiled.Sha256() for _ in messages]
        for pieces in rounds(messages, chance):
            compiled.update([(states[number], piece) for number, piece in pieces], kernel)
        assert [state.digest() for state in states] == [hashlib.sha256(message).digest() for message in messages]


def length(chance: random.Random) -> int:
    return chance.choice([chance.choice(EDGES), chance.randrange(3000)])


def rounds(messages: list[bytes], chance: random.Random) -> Iterator[list[tuple[int, memoryview]]]:
    """All bytes of messages, a piece of some of them at a time."""
    left = {number: memoryview(message) for number, message in enumerate(messages)}
    while left:
        pieces = []
        for number in chance.sample(sorted(left), chance.randrange(len(left)) + 1):
            size = chance.choice([*EDGES, chance.randrange(600)])
            pieces.append((number, left[number][:size]))
            left[number] = left[number][size:]
            if not left[number]:
                del left[number]
        yield pieces


def test_a_piece_that_ends_early_leaves_its_lane_to_the_next_and_the_others_as_they_are(
    compiled: ModuleType, kernel: str
) -> None:
    messages = [random.Random(number).randbytes(4096 >> number % 7) for number in range(3 * compiled.WIDTH)]
    states = [compiled.Sha256() for _ in messages]
    compiled.update(zip(states, messages, strict=True), kernel)
    assert [state.hexdigest() for state in states] == [hashlib.sha256(message).hexdigest() for message in messages]


def test_a_message_of_more_bits_than_32_can_count_has_its_digest(compiled: ModuleType) -> None:
    piece = bytes(1 << 24)
    states, other = [compiled.Sha256(), compiled.Sha256()], hashlib.sha256()
    for _ in range(33):
        compiled.update([(state, piece) for state in states])
        other.update(piece)
    assert {state.hexdigest() for state in states} == {other.hexdigest()}


def test_a_digest_that_was_asked_for_early_changes_nothing(compiled: ModuleType) -> None:
    state = compiled.Sha256()
    for piece in (b"a", b"b" * 63, b"c" * 100):
        state.update(piece)
        state.digest()
    assert state.hexdigest() == hashlib.sha256(b"a" + b"b" * 63 + b"c" * 100).hexdigest()


@pytest.mark.parametrize("bad", [5, (5, b""), [b"a", b"b"], (None, b""), "text"])
def test_what_is_no_message_with_a_piece_is_refused_and_holds_nothing(compiled: ModuleType, bad: Any) -> None:
    state, piece = compiled.Sha256(), bytearray(100)
    with pytest.raises(TypeError):
        compiled.update([(state, piece), bad])
    piece.clear()  # impossible while somebody reads it
    state.update(b"abc")
    assert state.hexdigest() == VECTORS[b"abc"]


def test_a_message_twice_in_one_call_is_refused_and_stays_as_it_was(compiled: ModuleType) -> None:
    state = compiled.Sha256()
    with pytest.raises(ValueError, match="one piece at a time"):
        compiled.update([(state, b"a"), (state, b"b")])
    assert state.hexdigest() == VECTORS[b""]


def test_a_piece_that_is_no_bytes_and_a_kernel_that_nobody_has_are_refused(compiled: ModuleType) -> None:
    with pytest.raises(TypeError):
        compiled.Sha256().update("text")
    with pytest.raises(ValueError, match="no kernel abacus"):
        compiled.update([], "abacus")


def test_messages_and_pieces_are_let_go(compiled: ModuleType) -> None:
    state, piece = compiled.Sha256(), bytes(1000)
    before = (sys.getrefcount(state), sys.getrefcount(piece))
    for _ in range(100):
        compiled.update([(state, piece)])
        state.update(piece)
    assert (sys.getrefcount(state), sys.getrefcount(piece)) == before


def test_threads_hash_messages_of_their_own_side_by_side(compiled: ModuleType) -> None:
    found: dict[int, str] = {}

    def work(number: int) -> None:
        state = compiled.Sha256()
        for _ in range(200):
            compiled.update([(state, bytes([number]) * 5000)])
        found[number] = state.hexdigest()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {number: hashlib.sha256(bytes([number]) * 1_000_000).hexdigest() for number in range(4)}
