"""Archives that pass for charts and mean harm, each with the words that airlock must have for it."""

from __future__ import annotations

import gzip
import io
import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator

SOUND = b"apiVersion: v2\nname: victim\nversion: 1.0.0\n"
Make = Callable[[], bytes]


def entry(name: str, content: bytes = b"", **more: object) -> bytes:
    """One entry of a tar archive, header and content, with attributes of its TarInfo set at will."""
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for key, value in more.items():
        setattr(info, key, value)
    kept = info.size
    padded = content + b"\0" * (-len(content) % 512)
    info.size = kept
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape") + padded


def chart(*more: bytes, yaml: bytes = SOUND) -> bytes:
    """An archive, gzipped, of a Chart.yaml and further entries."""
    return gzip.compress(entry("victim/Chart.yaml", yaml) + b"".join(more) + b"\0" * 1024)


def pax(records: bytes, kind: bytes = b"x") -> bytes:
    """An extended header with raw records."""
    return entry("pax", records, type=kind)


def record(key: str, value: str) -> bytes:
    """One record of an extended header."""
    body = f" {key}={value}\n".encode()
    length = next(n for n in range(len(body), len(body) + 9) if len(str(n)) + len(body) == n)
    return str(length).encode() + body


def zeros(size: int, before: bytes = b"") -> bytes:
    """A gzip file of so many zeros behind something, made without holding them."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1 << 20)
    packed = [packer.compress(before), *(packer.compress(block) for _ in range(size >> 20))]
    return b"".join((*packed, packer.flush()))


def nested(depth: int) -> bytes:
    """Charts as archives within one another."""
    inner = chart()
    for _ in range(depth):
        inner = chart(entry("victim/charts/a.tgz", inner))
    return inner


def many_entries(count: int) -> bytes:
    """Empty files without end."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 31)
    parts = [packer.compress(entry("victim/Chart.yaml", SOUND))]
    parts += [packer.compress(entry(f"victim/f{number}")) for number in range(count)]
    return b"".join((*parts, packer.compress(b"\0" * 1024), packer.flush()))


def small_bombs(count: int) -> bytes:
    """Archives within the archive, each below every bound by itself."""
    bomb = zeros(30 << 20, before=entry("victim/Chart.yaml", SOUND))
    return chart(*(entry(f"victim/charts/b{number}.tgz", bomb) for number in range(count)))


def broken_checksum() -> bytes:
    """A header that was altered."""
    plain = bytearray(entry("victim/Chart.yaml", SOUND) + b"\0" * 1024)
    plain[0:1] = b"w"
    return gzip.compress(bytes(plain))


def odd_size(field: bytes) -> bytes:
    """A header whose field for the size holds what it should not."""
    header = bytearray(entry("victim/a", b"")[:512])
    header[124:136] = field
    header[148:156] = b" " * 8
    header[148:156] = f"{sum(header):06o}\0 ".encode()
    return chart(bytes(header))


def aliases() -> bytes:
    """The billion laughs in YAML."""
    lines = ["a: &a [x, x, x, x, x, x, x, x, x]"]
    lines += [
        f"{one}: &{one} [{', '.join([f'*{before}'] * 9)}]" for before, one in zip("abcdefgh", "bcdefghi", strict=True)
    ]
    return SOUND + "\n".join(lines).encode() + b"\n"


def deep_folders(depth: int) -> bytes:
    """Charts within charts, unpacked, deeper than a stack."""
    path = "victim/" + "charts/a/" * depth
    return chart(pax(record("path", f"{path}Chart.yaml")), entry("x", SOUND))


def cases() -> list[tuple[str, Make, str]]:
    """Name, maker and words of each."""
    return [*_paths(), *_kinds(), *_sizes(), *_headers(), *_damaged(), *_no_charts()]


def _with(*more: bytes) -> Make:
    return lambda: chart(*more)


def _paths() -> Iterator[tuple[str, Make, str]]:
    outside = "holds a path that is not plainly below its root"
    names = ("../up", "victim/../../up", "/etc/cron.d/up", "victim/./a", "victim//a", "victim\\..\\up", "C:/up", "..")
    for name in (*names, "victim/a\nb"):
        yield f"path {name!r}", _with(entry(name, b"x")), outside
    yield "path of a GNU long name", _with(entry("l", b"../up\0", type=b"L"), entry("victim/a", b"x")), outside
    yield "path of an extended header", _with(pax(record("path", "/etc/up")), entry("victim/a", b"x")), outside
    yield "path that is no UTF-8", _with(entry("victim/\udcff", b"x")), "a name that is no UTF-8"
    yield "one path twice", _with(entry("victim/a", b"x"), entry("victim/a", b"y")), "one path twice"


def _kinds() -> Iterator[tuple[str, Make, str]]:
    kinds = {
        b"1": "a hard link", b"2": "a symbolic link", b"3": "a device", b"4": "a device", b"6": "a named pipe",
        b"S": "a sparse file", b"K": "a link with a long name", b"Z": "b'Z'",
    }  # fmt: skip
    for kind, what in kinds.items():
        yield f"entry of type {kind.decode()}", _with(entry("victim/a", type=kind, linkname="/etc/passwd")), what


def _sizes() -> Iterator[tuple[str, Make, str]]:
    too_much = "unpacks to more than"
    yield "a file of 6 MiB", lambda: chart(entry("victim/a", bytes(6 << 20))), "bytes in victim/a"
    yield "150,000 files", lambda: many_entries(150_000), too_much
    yield "12,000 files", lambda: many_entries(12_000), "has more entries than any chart"
    yield "1 GiB of zeros", lambda: zeros(1 << 30), too_much
    yield "zeros behind the end", lambda: chart() + zeros(512 << 20), too_much
    yield "40 bombs inside", lambda: small_bombs(40), too_much
    yield "archives 50 deep", lambda: nested(50), "charts within charts"
    yield "folders 3,000 deep", lambda: deep_folders(3000), "is no chart"


def _headers() -> Iterator[tuple[str, Make, str]]:
    not_taken = "an extended header that is not taken"
    told = pax(record("size", "99999999999"))
    yield "a size beyond all", lambda: odd_size(b"\x80" + b"\xff" * 11), "bytes in victim/a"
    yield "a size below nothing", lambda: odd_size(b"-0000000001\0"), "has -1 bytes"
    yield "a size that is not there", lambda: odd_size(b"00000010000\0"), "is cut short"
    yield "an extended header of 32 MiB", lambda: chart(pax(bytes(32 << 20))), "has a header of"
    yield "an extended header that is none", _with(pax(b"999 path=x\n")), "an extended header that no tar writes"
    yield "a size in an extended header", _with(told, entry("victim/a", b"x")), "99999999999 bytes in victim/a"
    yield "a global path", _with(pax(record("path", "victim/a"), b"g")), not_taken
    yield "a sparse file in pax", _with(pax(record("GNU.sparse.major", "1")), entry("victim/a", b"x")), not_taken
    yield "a header that was altered", broken_checksum, "bad checksum"


def _damaged() -> Iterator[tuple[str, Make, str]]:
    whole = entry("victim/Chart.yaml", SOUND)
    hidden = whole + b"\0" * 512 + entry("victim/a", b"x")
    yield "something behind the end", lambda: gzip.compress(hidden), "goes on behind its end"
    yield "cut within the gzip", lambda: chart(entry("victim/a", bytes(range(256)) * 900))[:-900], "cut short"
    yield "cut within the tar", lambda: gzip.compress(whole[:-500]), "is cut short"
    yield "noise", lambda: b"\x1f\x8b\x08" + bytes(range(256)), "cannot be unpacked"
    yield "no archive", lambda: b"<html>not found</html>", "is no gzip archive"
    yield "xz", lambda: lzma.compress(gzip.decompress(chart())), "is no gzip archive"


def _no_charts() -> Iterator[tuple[str, Make, str]]:
    several = "not all of it stands in one folder"
    yield "two folders at the top", _with(entry("other/a", b"x")), several
    yield "a file at the top", _with(entry("a", b"x")), several
    yield "no Chart.yaml", lambda: gzip.compress(entry("victim/a", b"x") + b"\0" * 1024), "it has no Chart.yaml"
    other = SOUND.replace(b"victim", b"other")
    for name, yaml, said in (
        ("with aliases", aliases(), "anchors and aliases are not allowed"),
        ("with a key twice", SOUND + b"name: other\n", "stands twice"),
        ("of a number", b"name: victim\nversion: 1.0\n", "no version that is a text"),
        ("that is a list", b"- a\n", "expected a mapping"),
        ("of another chart", other, "is the chart other 1.0.0, not victim"),
        ("with dependencies that are none", SOUND + b"dependencies: [1]\n", "no list of names"),
    ):
        yield f"Chart.yaml {name}", lambda yaml=yaml: chart(yaml=yaml), said  # type: ignore[misc]


def sound() -> bytes:
    """An archive like those, without harm."""
    buffer = io.BytesIO(chart(entry("victim/templates/a.yaml", b"a: 1\n"), pax(record("comment", "x"), b"g")))
    return buffer.getvalue()
