"""Metadata in every compression, cut short, and as bombs."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from airlock_core.compression import CHUNK, unpack_file
from airlock_core.errors import VerificationError

CONTENT = b"".join(b"%d " % number for number in range(40_000)) * 8
PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda data: zstandard.ZstdCompressor().compress(data),
}


def unpacked(packed: bytes, folder: Path, *, limit: int = 1 << 30) -> bytes:
    source, target = folder / "packed", io.BytesIO()
    source.write_bytes(packed)
    size = unpack_file(source, target, limit=limit, where="http://x/primary")
    assert size == len(target.getvalue())
    return target.getvalue()


@pytest.mark.parametrize("kind", PACKERS)
def test_each_compression_is_told_by_its_bytes(kind: str, tmp_path: Path) -> None:
    assert unpacked(PACKERS[kind](CONTENT), tmp_path) == CONTENT


@pytest.mark.parametrize("kind", sorted(set(PACKERS) - {"plain"}))
def test_several_streams_behind_one_another_are_one_content(kind: str, tmp_path: Path) -> None:
    assert unpacked(PACKERS[kind](CONTENT) + PACKERS[kind](b"end"), tmp_path) == CONTENT + b"end"


@pytest.mark.parametrize("kind", ["gzip", "bzip2", "xz"])  # zstd's reader leaves it to the size in repomd.xml
def test_a_stream_that_is_cut_short_is_refused(kind: str, tmp_path: Path) -> None:
    packed = PACKERS[kind](CONTENT)
    with pytest.raises(VerificationError, match="http://x/primary"):
        unpacked(packed[: len(packed) // 2], tmp_path)


@pytest.mark.parametrize("kind", PACKERS)
def test_a_bomb_stops_at_its_limit(kind: str, tmp_path: Path) -> None:
    with pytest.raises(VerificationError, match="more than the 1000 bytes"):
        unpacked(PACKERS[kind](bytes(16 << 20)), tmp_path, limit=1000)


def test_a_stream_that_asks_for_gigabytes_of_memory_is_refused(tmp_path: Path) -> None:
    greedy = lzma.compress(b"x", filters=[{"id": lzma.FILTER_LZMA2, "preset": 0, "dict_size": 1 << 30}])
    with pytest.raises(VerificationError, match="cannot be unpacked"):
        unpacked(greedy, tmp_path)


def test_zchunk_is_said_to_be_not_read(tmp_path: Path) -> None:
    with pytest.raises(VerificationError, match="zchunk"):
        unpacked(b"\0ZCK1" + bytes(CHUNK), tmp_path)


@pytest.mark.parametrize("magic", [b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"])
def test_noise_behind_a_magic_number_is_refused(magic: bytes, tmp_path: Path) -> None:
    with pytest.raises(VerificationError, match="http://x/primary"):
        unpacked(magic + b"noise" * 50, tmp_path)


@pytest.mark.parametrize("kind", sorted(set(PACKERS) - {"plain"}))
def test_what_is_out_of_proportion_to_its_packed_size_is_refused_without_any_limit_given(
    kind: str, tmp_path: Path
) -> None:
    packed = PACKERS[kind](bytes(16 << 20)) * 8
    with pytest.raises(VerificationError, match=r"[0-9]+ bytes are no honest packing"):
        unpacked(packed, tmp_path)


def test_what_is_out_of_proportion_so_far_is_refused_whatever_follows(tmp_path: Path) -> None:
    packed = gzip.compress(bytes(64 << 20)) + gzip.compress(os.urandom(4 << 20))
    with pytest.raises(VerificationError, match="no honest packing"):
        unpacked(packed, tmp_path)
