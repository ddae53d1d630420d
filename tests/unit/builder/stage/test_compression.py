import bz2
import gzip
import lzma
from collections.abc import Callable

import pytest
import zstandard

from airlock_builder.stage.compression import decompressed
from airlock_core.errors import VerificationError

PACKERS = [gzip.compress, bz2.compress, lzma.compress, zstandard.compress]
CONTENT = bytes(range(256)) * 8_000


@pytest.mark.parametrize("pack", PACKERS)
def test_every_kind_is_unpacked_whole(pack: Callable[[bytes], bytes]) -> None:
    assert decompressed(pack(CONTENT), limit=len(CONTENT), where="x") == CONTENT


def test_what_is_not_packed_stays() -> None:
    assert decompressed(b"<comps/>", limit=100, where="x") == b"<comps/>"


@pytest.mark.parametrize("pack", [*PACKERS, bytes])
def test_more_than_the_limit_is_refused(pack: Callable[[bytes], bytes]) -> None:
    with pytest.raises(VerificationError, match="more than"):
        decompressed(pack(bytes(5_000_000)), limit=100_000, where="x")


@pytest.mark.parametrize("pack", PACKERS[:3])
def test_what_is_cut_short_is_refused(pack: Callable[[bytes], bytes]) -> None:
    packed = pack(CONTENT)
    with pytest.raises(VerificationError):
        decompressed(packed[: len(packed) // 2], limit=len(CONTENT), where="x")


@pytest.mark.parametrize("magic", [b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"])
def test_noise_behind_a_magic_number_is_refused(magic: bytes) -> None:
    with pytest.raises(VerificationError):
        decompressed(magic + b"noise" * 50, limit=1000, where="x")
