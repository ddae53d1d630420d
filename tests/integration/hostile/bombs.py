"""Small files that unpack to large ones, and headers that ask for much memory."""

from __future__ import annotations

import gzip
import lzma
import zlib
from typing import Any

from tests.integration.hostile import repository as repo
from tests.integration.hostile.cases import COMPS, FILELISTS, MODULES, PRIMARY, UPDATEINFO, Case, case
from tests.integration.hostile.repository import MIB, PATH

_PACKS = {"gzip": gzip.compress, "bzip2": repo.bzip2, "xz": repo.xz, "zstd": repo.zstd}
_ZSTD_WINDOW = b"\x28\xb5\x2f\xfd\x00" + bytes([(31 - 10) << 3]) + b"\x03\x00\x10\x00" * 16
"""A frame without a content size whose window is 2 GiB (RFC 8878, 3.1.1.1.2), and blocks of one byte repeated."""


def bombs() -> list[Case]:
    """Bombs in each packing and in each kind of metadata."""
    return [
        *(_primary(f"{name} bomb, its size told falsely", pack) for name, pack in _PACKS.items()),
        *(_primary(f"{name} bomb, its size told", pack, open_size=str(2048 * MIB)) for name, pack in _PACKS.items()),
        *(_primary(f"{name} bomb, its size not told", pack, open_size="") for name, pack in _PACKS.items()),
        case(
            "gzip bomb as filelists",
            "it may have",
            FILELISTS,
            repo.filelists(pack=repo.bomb(gzip.compress), open_size=""),
            asks=[PATH],
        ),
        case(
            "xz bomb as comps",
            "it may have",
            COMPS,
            repo.comps(pack=repo.bomb(repo.xz), open_size=""),
        ),
        case(
            "zstd bomb as modules",
            "it may have",
            MODULES,
            repo.modules(repo.stream(), pack=repo.bomb(repo.zstd), open_size=""),
        ),
        case(
            "bzip2 bomb as updateinfo",
            "it may have",
            UPDATEINFO,
            repo.updateinfo(pack=repo.bomb(repo.bzip2), open_size=""),
        ),
        case(
            "gzip bomb as updateinfo",
            "it may have",
            UPDATEINFO,
            repo.updateinfo(pack=repo.bomb(gzip.compress)),
        ),
        case(
            "gzip in gzip in gzip",
            "not XML",
            PRIMARY,
            repo.primary(pack=lambda data: gzip.compress(gzip.compress(gzip.compress(data))), open_size=""),
        ),
        case(
            "zstd with a window of 2 GiB",
            "cannot be unpacked",
            PRIMARY,
            repo.primary(pack=lambda data: _ZSTD_WINDOW, open_size=""),
        ),
        case(
            "xz with a dictionary of 1.5 GiB",
            "cannot be unpacked",
            PRIMARY,
            repo.primary(pack=_xz_dictionary),
        ),
        case("zchunk alone", "zchunk", PRIMARY, repo.primary(pack=lambda data: b"\0ZCK1" + data)),
        case("gzip cut in the middle", "cut short", PRIMARY, repo.primary(pack=lambda data: gzip.compress(data)[:-20])),
        case(
            "xz cut in the middle", "cannot be unpacked", PRIMARY, repo.primary(pack=lambda data: repo.xz(data)[:-20])
        ),
        case("zstd cut in the middle", "", PRIMARY, repo.primary(pack=lambda data: repo.zstd(data)[:-20])),
        case("gzip with a wrong checksum", "cannot be unpacked", PRIMARY, repo.primary(pack=_bad_crc)),
        case(
            "gzip with rubbish behind it", "", PRIMARY, repo.primary(pack=lambda data: gzip.compress(data) + b"rubbish")
        ),
        case("an empty file", "", PRIMARY, repo.primary(pack=lambda data: b"")),
    ]


def _primary(name: str, pack: repo.Pack, **how: Any) -> Case:
    return case(name, "it may have", PRIMARY, repo.primary(pack=repo.bomb(pack), **how))


def _xz_dictionary(data: bytes) -> bytes:
    """An xz stream whose header asks for a large dictionary: the size's code in the filter's properties, raised."""
    packed = bytearray(lzma.compress(data, format=lzma.FORMAT_XZ, check=lzma.CHECK_CRC32))
    header = packed[12 : 12 + (packed[12] + 1) * 4]
    header[header.index(b"\x21\x01") + 2] = 39  # 3 GiB; 37 is 1.5 GiB
    header[-4:] = _crc32(bytes(header[:-4]))
    packed[12 : 12 + len(header)] = header
    return bytes(packed)


def _crc32(data: bytes) -> bytes:
    return zlib.crc32(data).to_bytes(4, "little")


def _bad_crc(data: bytes) -> bytes:
    packed = bytearray(gzip.compress(data))
    packed[-6] ^= 1
    return bytes(packed)
