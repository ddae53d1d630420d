"""A package as the bytes of an RPM file of format 4, as Enterprise Linux 9 builds them: header signed, payload hashed.

Source: rpm.org, "V4 Package format", "RPM lead", "Tags"; the numbers of tags and flags stand in rpmtag.h and rpmds.h.
"""

import hashlib
import stat
import struct
from collections.abc import Callable, Sequence

import zstandard

from tests.standin.run import EPOCH
from tests.standin.synthetic.header import Entries, Kind, Value, encode
from tests.standin.synthetic.package import File, Package, Relation

_RESERVED = 4128
"""Bytes of the signature header that are left for signatures to come; a signature takes its own from there."""
_SENSES = {"": 0, "<": 2, ">": 4, "=": 8, "<=": 10, ">=": 12}
_FEATURE = 1 << 24 | _SENSES["<="]
_FEATURES = {
    "CompressedFileNames": "3.0.4-1",
    "FileDigests": "4.6.0-1",
    "PayloadFilesHavePrefix": "4.0-1",
    "PayloadIsZstd": "5.4.18-1",
}
_RICH = {"RichDependencies": "4.12.0-1"}
_DOC, _SHA256 = 2, 8


def encoded(package: Package, sign: Callable[[bytes], bytes]) -> bytes:
    """The RPM file.

    Args:
        sign: makes the OpenPGP signature packet over the main header.
    """
    files = sorted(package.files)
    contents = [file.content for file in files]
    archive = _cpio(files, contents)
    payload = zstandard.ZstdCompressor(level=1).compress(archive)
    about = {**_identity(package), **_payload(payload, archive), **_relations(package), **_changelog(package)}
    main = encode({**about, **_files(files, contents)}, 63)
    signatures = encode(_signatures(main, payload, len(archive), sign(main)), 62)
    return _lead(package) + signatures + bytes(-len(signatures) % 8) + main + payload


def _lead(package: Package) -> bytes:
    name = package.file_name.removesuffix(f".{package.arch}.rpm").encode()[:65]
    return struct.pack(">4sBBHH66sHH16x", b"\xed\xab\xee\xdb", 3, 0, 0, 1, name, 1, 5)


def _signatures(main: bytes, payload: bytes, archive: int, signature: bytes) -> Entries:
    return {
        268: (Kind.BIN, signature),
        269: (Kind.STRING, hashlib.sha1(main).hexdigest()),
        273: (Kind.STRING, hashlib.sha256(main).hexdigest()),
        1000: (Kind.INT32, [len(main) + len(payload)]),
        1004: (Kind.BIN, hashlib.md5(main + payload).digest()),
        1007: (Kind.INT32, [archive]),
        1008: (Kind.BIN, bytes(_RESERVED - len(signature))),
    }


def _identity(package: Package) -> Entries:
    found: dict[int, tuple[Kind, Value]] = {
        100: (Kind.STRING_ARRAY, ["C"]),
        1000: (Kind.STRING, package.name),
        1001: (Kind.STRING, package.version),
        1002: (Kind.STRING, package.release),
        1004: (Kind.I18NSTRING, [package.summary]),
        1005: (Kind.I18NSTRING, [package.description]),
        1006: (Kind.INT32, [EPOCH]),
        1007: (Kind.STRING, "builder.standin.test"),
        1011: (Kind.STRING, "Pebble"),
        1014: (Kind.STRING, "MIT"),
        1016: (Kind.I18NSTRING, ["Unspecified"]),
        1020: (Kind.STRING, f"http://standin.test/{package.source}"),
        1021: (Kind.STRING, "linux"),
        1022: (Kind.STRING, package.arch),
        1044: (Kind.STRING, f"{package.source}-{package.version}-{package.release}.src.rpm"),
        1064: (Kind.STRING, "4.16.1.3"),
        1132: (Kind.STRING, f"{package.arch}-redhat-linux-gnu"),
        5062: (Kind.STRING, "utf-8"),
    }
    if package.epoch:
        found[1003] = (Kind.INT32, [package.epoch])
    if package.module:
        found[5096] = (Kind.STRING, package.module)
    return found


def _payload(payload: bytes, archive: bytes) -> Entries:
    return {
        1124: (Kind.STRING, "cpio"),
        1125: (Kind.STRING, "zstd"),
        1126: (Kind.STRING, "1"),
        5092: (Kind.STRING_ARRAY, [hashlib.sha256(payload).hexdigest()]),
        5093: (Kind.INT32, [_SHA256]),
        5097: (Kind.STRING_ARRAY, [hashlib.sha256(archive).hexdigest()]),
    }


def _changelog(package: Package) -> Entries:
    if not package.changelog:
        return {}
    times, names, texts = zip(*package.changelog, strict=True)
    return {1080: (Kind.INT32, times), 1081: (Kind.STRING_ARRAY, names), 1082: (Kind.STRING_ARRAY, texts)}


def _relations(package: Package) -> Entries:
    own = [Relation(package.name, "=", package.evr)]
    if package.arch == "x86_64":
        own.append(Relation(f"{package.name}(x86-64)", "=", package.evr))
    return {
        **_relation(sorted({*own, *package.provides}), 1047, 1112, 1113),
        **_relation([*sorted(set(package.requires)), *_features(package)], 1049, 1048, 1050),
        **_relation(package.conflicts, 1054, 1053, 1055),
        **_relation(package.obsoletes, 1090, 1114, 1115),
        **_relation(package.recommends, 5046, 5048, 5047),
    }


def _features(package: Package) -> list[Relation]:
    """What the package asks of rpm itself."""
    is_rich = any(relation.name.startswith("(") for relation in package.requires)
    needed = _FEATURES | (_RICH if is_rich else {})
    return [Relation(f"rpmlib({name})", "rpmlib", version) for name, version in sorted(needed.items())]


def _relation(relations: Sequence[Relation], names: int, flags: int, versions: int) -> Entries:
    if not relations:
        return {}
    return {
        names: (Kind.STRING_ARRAY, [relation.name for relation in relations]),
        flags: (Kind.INT32, [_SENSES.get(relation.sense, _FEATURE) for relation in relations]),
        versions: (Kind.STRING_ARRAY, [relation.version for relation in relations]),
    }


def _files(files: Sequence[File], contents: Sequence[bytes]) -> Entries:
    count = len(files)
    total = sum(len(content) for file, content in zip(files, contents, strict=True) if file.is_regular)
    if not files:
        return {1009: (Kind.INT32, [0])}
    pairs = [file.path.rpartition("/") for file in files]
    folders = {f"{folder}/": None for folder, _, _ in pairs}
    number = {folder: index for index, folder in enumerate(folders)}
    digests = [
        hashlib.sha256(content).hexdigest() if file.is_regular else ""
        for file, content in zip(files, contents, strict=True)
    ]
    return {
        1009: (Kind.INT32, [total]),
        1028: (Kind.INT32, [len(content) for content in contents]),
        1030: (Kind.INT16, [file.mode for file in files]),
        1033: (Kind.INT16, [0] * count),
        1034: (Kind.INT32, [EPOCH] * count),
        1035: (Kind.STRING_ARRAY, digests),
        1036: (Kind.STRING_ARRAY, [file.target for file in files]),
        1037: (Kind.INT32, [_DOC * file.is_doc for file in files]),
        1039: (Kind.STRING_ARRAY, ["root"] * count),
        1040: (Kind.STRING_ARRAY, ["root"] * count),
        1045: (Kind.INT32, [0xFFFFFFFF] * count),
        1095: (Kind.INT32, [1] * count),
        1096: (Kind.INT32, range(1, count + 1)),
        1097: (Kind.STRING_ARRAY, [""] * count),
        1116: (Kind.INT32, [number[f"{folder}/"] for folder, _, _ in pairs]),
        1117: (Kind.STRING_ARRAY, [name for _, _, name in pairs]),
        1118: (Kind.STRING_ARRAY, list(folders)),
        5011: (Kind.INT32, [_SHA256]),
    }


def _cpio(files: Sequence[File], contents: Sequence[bytes]) -> bytes:
    """The archive in the "new ASCII" format (cpio(5)), its paths relative to the root."""
    archive = bytearray()
    for number, (file, content) in enumerate(zip(files, contents, strict=True), start=1):
        _add(archive, f".{file.path}", content, (number, file.mode, 2 if stat.S_ISDIR(file.mode) else 1, EPOCH))
    _add(archive, "TRAILER!!!", b"", (0, 0, 1, 0))
    return bytes(archive)


def _add(archive: bytearray, name: str, content: bytes, about: tuple[int, int, int, int]) -> None:
    inode, mode, links, time = about
    raw = name.encode() + b"\0"
    archive += b"070701%08x%08x%08x%08x%08x%08x%08x" % (inode, mode, 0, 0, links, time, len(content))
    archive += b"%08x%08x%08x%08x%08x%08x" % (0, 0, 0, 0, len(raw), 0)
    archive += raw
    archive += bytes(-len(archive) % 4)
    archive += content
    archive += bytes(-len(archive) % 4)
