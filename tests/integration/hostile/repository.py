"""Repositories as hostile as a test wants them, written by parts; left alone, every part is sound."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import zstandard

Pack = Callable[[bytes], bytes]
"""A way to compress."""
VICTIM = "victim"
"""The package that every repository has, and every test asks for."""
PATH = "/usr/share/victim/data"
"""A path of it that stands in filelists alone."""
SHA = "ab" * 32
MIB = 1 << 20
FILL = "@fill@"
"""Stands in a text for what is too long to be made before it is written."""

_XMLNS = 'xmlns="http://linux.duke.edu/metadata/{}" xmlns:rpm="http://linux.duke.edu/metadata/rpm"'
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class Part:
    """One metadata file and its record in repomd.xml, which tells the truth where nothing else is given.

    Args:
        kind: such as ``primary``.
        data: the file's content.
        pack: how it is compressed.
        place: the attributes of the record's location.
        digest: kind of digest, and its text.
        size, open_size: what the record says; left out where they are empty.
        more: XML that stands in the record besides.
    """

    kind: str
    data: bytes
    pack: Pack = gzip.compress
    place: str = ""
    digest: tuple[str, str] = ("sha256", "")
    size: str | None = None
    open_size: str | None = None
    more: str = ""

    def write(self, folder: Path, fill: bytes) -> str:
        """Write the file below a repository's folder, filled; its record."""
        data = self.data.replace(FILL.encode(), fill)
        served = self.pack(data)
        (folder / "repodata" / f"{self.kind}.bin").write_bytes(served)
        algorithm, digest = self.digest
        place = self.place or f'href="repodata/{self.kind}.bin"'
        return (
            f'<data type="{self.kind}">'
            f'<checksum type="{algorithm}">{digest or hashlib.sha256(served).hexdigest()}</checksum>'
            f"<location {place}/>"
            f"{_element('size', len(served), self.size)}{_element('open-size', len(data), self.open_size)}"
            f"{self.more}</data>"
        )


def _element(name: str, truth: int, said: str | None) -> str:
    return "" if said == "" else f"<{name}>{truth if said is None else said}</{name}>"


def write(
    folder: Path,
    *parts: Part,
    head: str = "",
    more: str = "",
    swap: tuple[str, str] = ("", ""),
    fill: Callable[[], str] = str,
) -> None:
    """Write a repository; what is not given is sound.

    Args:
        head, more: go into repomd.xml.
        swap: alters it.
        fill: makes what stands in any part in place of :data:`FILL`.
    """
    filling = fill()
    (folder / "repodata").mkdir(parents=True, exist_ok=True)
    given = {part.kind for part in parts}
    whole = [*parts, *(part for part in (primary(), filelists()) if part.kind not in given)]
    records = "".join(part.write(folder, filling.encode()) for part in whole)
    more = more.replace(FILL, filling)
    text = f"{_DECLARATION}{head}<repomd {_XMLNS.format('repo')}><revision>7</revision>{records}{more}</repomd>"
    (folder / "repodata/repomd.xml").write_bytes(swapped(text, swap).encode("utf-8", errors="surrogateescape"))


def swapped(text: str, swap: tuple[str, str]) -> str:
    """A text with all of one thing in it replaced by another; as it is where that one is empty."""
    return text.replace(*swap) if swap[0] else text


def package(name: str = VICTIM, *, more: str = "", swap: tuple[str, str] = ("", "")) -> str:
    """One package of primary.xml, with something ``more`` in its format, or something of it ``swap``ped."""
    entry = f'<rpm:entry name="{name}" flags="EQ" epoch="0" ver="1.0" rel="1"/>'
    text = (
        f'<package type="rpm"><name>{name}</name><arch>x86_64</arch><version epoch="0" ver="1.0" rel="1"/>'
        f'<checksum type="sha256" pkgid="YES">{SHA}</checksum><summary>s</summary><description>d</description>'
        f'<packager>p</packager><url>https://example.test</url><time file="1" build="1"/>'
        f'<size package="1000" installed="2000" archive="2000"/><location href="Packages/{name}-1.0-1.x86_64.rpm"/>'
        f"<format><rpm:license>MIT</rpm:license><rpm:vendor>v</rpm:vendor><rpm:group>g</rpm:group>"
        f"<rpm:buildhost>b</rpm:buildhost><rpm:sourcerpm>{name}-1.0-1.src.rpm</rpm:sourcerpm>"
        f'<rpm:header-range start="100" end="900"/><rpm:provides>{entry}</rpm:provides>{more}</format></package>\n'
    )
    return swapped(text, swap)


def primary(
    *packages: str, head: str = "", count: int | str | None = None, swap: tuple[str, str] = ("", ""), **how: object
) -> Part:
    """primary.xml of some packages; ``swap`` alters all of it, ``how`` goes to its :class:`Part`."""
    entries = packages or (package(),)
    said = len(entries) if count is None else count
    text = f'{_DECLARATION}{head}<metadata {_XMLNS.format("common")} packages="{said}">{"".join(entries)}</metadata>\n'
    return _part("primary", text, swap, how)


def filelists(*, head: str = "", more: str = "", swap: tuple[str, str] = ("", ""), **how: object) -> Part:
    """filelists.xml of the victim, with something ``more`` behind its own path."""
    text = (
        f'{_DECLARATION}{head}<filelists {_XMLNS.format("filelists")} packages="1"><package pkgid="{SHA}" '
        f'name="{VICTIM}" arch="x86_64"><version epoch="0" ver="1.0" rel="1"/><file>{PATH}</file>{more}</package>'
        "</filelists>\n"
    )
    return _part("filelists", text, swap, how)


def comps(*, head: str = "", more: str = "", swap: tuple[str, str] = ("", ""), **how: object) -> Part:
    """comps.xml with a group ``core`` of the victim."""
    text = (
        f"{_DECLARATION}{head}<comps><group><id>core</id><name>Core</name><packagelist>"
        f'<packagereq type="mandatory">{VICTIM}</packagereq></packagelist></group>{more}</comps>\n'
    )
    return _part("group", text, swap, how)


def updateinfo(
    *, head: str = "", more: str = "", swap: tuple[str, str] = ("", ""), text: str = "", **how: object
) -> Part:
    """updateinfo.xml with an update of the victim, and ``text`` in it, and something ``more`` behind it."""
    entry = f'<package name="{VICTIM}" version="1.0" release="1" epoch="0" arch="x86_64"/>'
    text = (
        f'{_DECLARATION}{head}<updates><update type="security"><id>A-1</id><title>mended</title>{text}<pkglist>'
        f"<collection>{entry}</collection></pkglist></update>{more}</updates>\n"
    )
    return _part("updateinfo", text, swap, how)


def modules(text: str, **how: object) -> Part:
    """modules.yaml."""
    return _part("modules", text, ("", ""), how)


def stream(*, more: str = "") -> str:
    """One sound document of modules.yaml, with something ``more`` in its data."""
    return (
        "---\ndocument: modulemd\nversion: 2\ndata:\n  name: victim\n  stream: '1'\n  version: 1\n  context: abcd\n"
        f"  arch: x86_64\n  summary: s\n  description: d\n  license:\n    module: [MIT]\n{more}...\n"
    )


def _part(kind: str, text: str, swap: tuple[str, str], how: dict[str, object]) -> Part:
    return Part(kind, swapped(text, swap).encode("utf-8", errors="surrogateescape"), **how)  # type: ignore[arg-type]


def bomb(compress: Pack, size: int = 4096 * MIB) -> Pack:
    """Packs a file with ``size`` bytes of blanks behind it: one stream again and again, so quickly."""

    def pack(data: bytes) -> bytes:
        return compress(data) + compress(b" " * 16 * MIB) * (size // (16 * MIB))

    return pack


def xz(data: bytes) -> bytes:
    return lzma.compress(data, preset=1)


def bzip2(data: bytes) -> bytes:
    return bz2.compress(data)


def zstd(data: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=3).compress(data)


def plain(data: bytes) -> bytes:
    return data
