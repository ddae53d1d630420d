"""registry.tar read as a stranger's: each case names what it does, nothing is written, nothing grows."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from airlock_core.digest import Digest
from airlock_core.errors import MachineError, VerificationError
from airlock_installer.serve.archive import Archive, Member

BLOB = b"bytes of a blob"
NAME = f"blobs/sha256/{Digest.sha256(BLOB).hex}"
END = bytes(1024)


def header(name: str, size: int = 0, kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type, info.linkname = size, kind, link
    return info.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")


def file(name: str, data: bytes = BLOB, kind: bytes = tarfile.REGTYPE) -> bytes:
    return header(name, len(data), kind) + data + bytes(-len(data) % 512)


def extended(**records: str) -> bytes:
    lines = b""
    for key, value in records.items():
        body = f" {key.replace('__', '.')}={value}\n".encode()
        length = len(body) + len(str(len(body)))
        lines += str(length + (len(str(length)) - len(str(len(body))))).encode() + body
    return file("extended", lines, tarfile.XHDTYPE)


def raw_size(field: bytes) -> bytes:
    """A header whose size is written as these bytes, with a checksum that agrees."""
    raw = bytearray(header(NAME, len(BLOB)))
    raw[124:136] = field.ljust(12, b"\0")
    raw[148:156] = b" " * 8
    raw[148:156] = f"{sum(raw):06o}\0 ".encode()
    return bytes(raw) + BLOB.ljust(512, b"\0") + END


HOSTILE: dict[str, tuple[bytes, str]] = {
    "a name above the root": (file("../outside") + END, r"'\.\./outside', which no image layout has"),
    "an absolute name": (file("/etc/passwd") + END, "'/etc/passwd', which no image layout has"),
    "a name that climbs below blobs": (file("blobs/sha256/../../x") + END, "which no image layout has"),
    "a name that climbs and comes back": (file("x/../index.json") + END, "which no image layout has"),
    "a name of two slashes": (file("blobs//sha256/aa") + END, "which no image layout has"),
    "a foreign file": (file("blobs/notes.txt") + END, "'blobs/notes.txt', which no image layout has"),
    "a blob of a weak algorithm": (file("blobs/md5/" + "a" * 32) + END, "which no image layout has"),
    "a digest that is too short": (file("blobs/sha256/abc") + END, "no name of a blob"),
    "a digest in capitals": (file(NAME.upper().replace("BLOBS/SHA256", "blobs/sha256")) + END, "no image layout has"),
    "a terminal's commands in a name": (file("\x1b[2Jx") + END, "no image layout has"),
    "a symbolic link": (header(NAME, kind=tarfile.SYMTYPE, link="/etc/passwd") + END, "the symbolic link"),
    "a hard link": (header(NAME, kind=tarfile.LNKTYPE, link="/etc/passwd") + END, "the hard link"),
    "a device": (header(NAME, kind=tarfile.CHRTYPE) + END, "an entry of the kind"),
    "a pipe": (header(NAME, kind=tarfile.FIFOTYPE) + END, "an entry of the kind"),
    "a sparse file": (file(NAME, kind=tarfile.GNUTYPE_SPARSE) + END, "an entry of the kind"),
    "GNU's long name": (file("././@LongLink", b"../outside\0", tarfile.GNUTYPE_LONGNAME) + END, "an entry of the kind"),
    "a global header": (file("global", b"", tarfile.XGLTYPE) + END, "an entry of the kind"),
    "a foreign folder": (header("etc", kind=tarfile.DIRTYPE) + END, "the folder 'etc'"),
    "a blob that stands twice": (file(NAME) + file(NAME) + END, "stands twice"),
    "a blob that stands twice under two spellings": (file(NAME) + file(f"./{NAME}") + END, "stands twice"),
    "a folder that stands twice": (header("blobs", kind=tarfile.DIRTYPE) * 2 + END, "stands twice"),
    "a size beyond the end": (header(NAME, 1 << 30) + BLOB, f"says that it has {1 << 30} bytes"),
    "a size of a petabyte": (raw_size(b"\x80" + (1 << 50).to_bytes(11, "big")), "says that it has"),
    "a negative size": (raw_size(b"\xff" * 12), "says that it has -1 bytes"),
    "a size that is no number": (raw_size(b"many"), "not a tar archive from here on"),
    "a wrong checksum": (file(NAME).replace(b"ustar", b"Ustar") + END, "not a tar archive from here on"),
    "no tar at all": (b"hello" * 1000, "not a tar archive from here on"),
    "gzip": (b"\x1f\x8b\x08" + bytes(509), "not a tar archive from here on"),
    "nothing": (b"", "ends without the mark of its end"),
    "no end": (file(NAME), "ends without the mark of its end"),
    "half a header": (file(NAME) + file("index.json")[:300], "ends without the mark of its end"),
    "an extended name above the root": (extended(path="../outside") + file(NAME) + END, "no image layout has"),
    "an extended size beyond the end": (extended(size=str(1 << 60)) + file(NAME) + END, "says that it has"),
    "an extended size that is no number": (extended(size="-5") + file(NAME) + END, "extended header that no tar"),
    "an extended size in other digits": (extended(size="٣") + file(NAME) + END, "extended header that no tar"),
    "an extended size of many digits": (extended(size="9" * 9000) + file(NAME) + END, "extended header that no tar"),
    "a sparse map": (extended(GNU__sparse__map="0,1") + file(NAME) + END, "with 'GNU.sparse.map'"),
    "an extended link": (extended(linkpath="/etc") + file(NAME) + END, "with 'linkpath'"),
    "an extended header for another": (extended(size="1") * 2 + file(NAME) + END, "extended header that no tar"),
    "an endless extended header": (file("e", bytes(1 << 17), tarfile.XHDTYPE) + END, "an extended header of 131072"),
    "records that lie about their length": (file("e", b"99 a=b\n", tarfile.XHDTYPE) + END, "extended header that no"),
    "records that go backwards": (file("e", b"3 path=x\n", tarfile.XHDTYPE) + END, "extended header that no"),
}  # fmt: skip


def read(path: Path) -> list[Member]:
    with Archive.opened(path) as archive:
        return list(archive.members())


@pytest.mark.parametrize(("raw", "told"), HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_archive_is_refused_with_what_and_where(tmp_path: Path, raw: bytes, told: str) -> None:
    path = tmp_path / "registry.tar"
    path.write_bytes(raw)
    with pytest.raises(VerificationError, match=told) as caught:
        read(path)
    assert caught.value.where.startswith(f"{path}: byte ")


def test_archive_of_terabytes_of_folders_ends_at_the_second(tmp_path: Path) -> None:
    path = tmp_path / "registry.tar"
    with path.open("wb") as sparse:
        sparse.write(header("blobs", kind=tarfile.DIRTYPE) * 2)
        sparse.truncate(1 << 43)
    with pytest.raises(VerificationError, match="stands twice"):
        read(path)


def _written(write: Callable[[tarfile.TarFile], None], form: int) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=form) as tar:
        write(tar)
    return target.getvalue()


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_layouts_of_other_tools_are_read_with_folders_dots_and_times(tmp_path: Path, form: int) -> None:
    def write(tar: tarfile.TarFile) -> None:
        for folder in ("./", "./blobs", "./blobs/sha256"):
            info = tarfile.TarInfo(folder)
            info.type = tarfile.DIRTYPE
            tar.addfile(info)
        info = tarfile.TarInfo(f"./{NAME}")
        info.size, info.mtime = len(BLOB), 1700000000.5 if form == tarfile.PAX_FORMAT else 1700000000
        tar.addfile(info, io.BytesIO(BLOB))

    path = tmp_path / "registry.tar"
    path.write_bytes(_written(write, form))
    (member,) = read(path)
    assert (member.name, member.size, member.digest) == (NAME, len(BLOB), Digest.sha256(BLOB))


def test_long_names_and_sizes_come_from_the_extended_header(tmp_path: Path) -> None:
    digest = Digest("sha512", "ab" * 64)
    path = tmp_path / "registry.tar"
    path.write_bytes(extended(path=f"blobs/sha512/{digest.hex}", size=str(len(BLOB))) + file("short") + END)
    with Archive.opened(path) as archive:
        (member,) = archive.members()
        assert (member.digest, archive.read(member, 100)) == (digest, BLOB)


def test_failing_drive_is_told_apart_from_a_damaged_archive() -> None:
    with (
        Archive.opened(Path("/proc/self/mem")) as archive,
        pytest.raises(MachineError, match="cannot be read") as caught,
    ):
        list(archive.members())
    assert caught.value.why == "Input/output error"
