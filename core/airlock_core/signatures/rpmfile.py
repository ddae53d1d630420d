"""RPM files from their first bytes: signatures, identity, and the signed header itself.

Source: RPM's "Package format" (V4 and V6): a lead of 96 bytes, the signature header padded to 8 bytes, the main header.
"""

from __future__ import annotations

import base64
import hashlib
import struct
from dataclasses import dataclass

from airlock_core.digest import Digest
from airlock_core.errors import VerificationError
from airlock_core.nevra import Nevra

LEAD_BYTES = 96
_LEAD_MAGIC = b"\xed\xab\xee\xdb"
_HEADER_MAGIC = b"\x8e\xad\xe8\x01\x00\x00\x00\x00"
_INTRO_BYTES = 16
_ENTRY_BYTES = 16
_MAX_ENTRIES = 0xFFFF

_INT32, _INT64, _STRING, _BINARY, _I18N = 4, 5, 6, 7, 9
_WIDTHS = {_INT32: 4, _INT64: 8, _BINARY: 1}
_MAX_SIGNATURES = 64

# tags of the signature header; EdDSA and ECDSA signatures stand under the tag named after DSA
_DSA_HEADER, _RSA_HEADER, _LEGACY_PGP, _LEGACY_GPG = 267, 268, 1002, 1005
_OPENPGP = 278  # since RPM 6: any number of signatures over the header, each in base64
_SIZE, _LONG_SIZE = 1000, 270  # of header and payload, in bytes
_SHA256_HEADER = 273  # in hex
# tags of the main header
_NAME, _VERSION, _RELEASE, _EPOCH, _ARCH, _SOURCERPM = 1000, 1001, 1002, 1003, 1022, 1044
_PAYLOAD_DIGEST, _PAYLOAD_ALGORITHM = 5092, 5093  # in hex, since RPM 4.14; OpenPGP's number of its algorithm
_SHA256 = 8
_ALGORITHMS = {_SHA256: "sha256", 9: "sha384", 10: "sha512"}
_TEXTS = (_OPENPGP, _PAYLOAD_DIGEST)


@dataclass(frozen=True)
class RpmHead:
    """What the first bytes of an RPM hold.

    Args:
        nevra: the package's identity as its header has it; the architecture is ``src`` for source packages.
        header: the main header's bytes, which the header signature covers; empty where only what they held is known.
        header_digest: their SHA-256, in hex.
        payload: offset of the payload in the file.
        classic: OpenPGP packets over the header, as every rpm since 4.0 reads them.
        modern: OpenPGP packets over the header that rpm reads since 6; the classic ones may be among them.
        legacy: OpenPGP packets over header and payload, which older packages have as well, and RPM 3's have alone.
        claimed: the header's SHA-256 as the file itself has it, in hex; empty where it does not (before RPM 4.14).
        knows_payload: the header has a digest of the payload, so that what signs the one covers the other.
    """

    nevra: Nevra
    header: bytes
    header_digest: str
    payload: int
    classic: tuple[bytes, ...] = ()
    modern: tuple[bytes, ...] = ()
    legacy: tuple[bytes, ...] = ()
    claimed: str = ""
    knows_payload: bool = True

    @property
    def is_consistent(self) -> bool:
        """Whether the header is the one that the file's own digest speaks of."""
        return self.claimed in ("", self.header_digest)

    @property
    def signatures(self) -> tuple[bytes, ...]:
        """All signatures that are there, each once, the header's first."""
        return tuple(dict.fromkeys((*self.classic, *self.modern, *self.legacy)))

    @property
    def start(self) -> int:
        """Offset in the file from which on the legacy signatures cover it."""
        return self.payload - len(self.header)


def parse_head(data: bytes, *, where: str) -> RpmHead:
    """Read an RPM's lead and both headers.

    Args:
        data: the file, or its first bytes up to the end of the main header at least.
        where: the package or its URL, for errors.

    Raises:
        VerificationError: it is no RPM, is cut short, or contradicts itself.
    """
    try:
        signatures, end = _header(data, _lead(data))
        start = end + -end % 8
        main, end = _header(data, start)
        return RpmHead(
            nevra=_nevra(main),
            header=data[start:end],
            header_digest=hashlib.sha256(data[start:end]).hexdigest(),
            payload=end,
            classic=_present(signatures, _RSA_HEADER, _DSA_HEADER),
            modern=_decoded(signatures.get(_OPENPGP, b"")),
            legacy=_present(signatures, _LEGACY_PGP, _LEGACY_GPG),
            claimed=signatures.get(_SHA256_HEADER, b"").decode("ascii").lower(),
            knows_payload=_knows_payload(main),
        )
    except (ValueError, struct.error, UnicodeDecodeError) as error:
        raise VerificationError("not a sound RPM file", where=where, why=str(error)) from error


def whole_size(data: bytes, *, where: str) -> int | None:
    """Bytes that the whole file must have, as its signature header says; None where it does not (RPM 6).

    Raises:
        VerificationError: as :func:`parse_head`.
    """
    try:
        signatures, end = _header(data, _lead(data))
    except (ValueError, struct.error, UnicodeDecodeError) as error:
        raise VerificationError("not a sound RPM file", where=where, why=str(error)) from error
    size = signatures.get(_LONG_SIZE) or signatures.get(_SIZE)
    return end + -end % 8 + int.from_bytes(size, "big") if size else None


def payload_digest(data: bytes, *, where: str) -> Digest | None:
    """What the payload, as it is packed, must have for a digest by the main header; None before RPM 4.14.

    Raises:
        VerificationError: as :func:`parse_head`.
    """
    try:
        end = _header(data, _lead(data))[1]
        main = _header(data, end + -end % 8)[0]
        text = main.get(_PAYLOAD_DIGEST, b"").partition(b"\0")[0].decode("ascii").lower()
        return Digest(_ALGORITHMS[_payload_algorithm(main)], text) if _knows_payload(main) else None
    except (ValueError, struct.error, UnicodeDecodeError) as error:
        raise VerificationError("not a sound RPM file", where=where, why=str(error)) from error


def _lead(data: bytes) -> int:
    """The offset behind the lead."""
    if data[:4] != _LEAD_MAGIC:
        raise ValueError("no RPM's lead at its beginning")
    return LEAD_BYTES


def _header(data: bytes, start: int) -> tuple[dict[int, bytes], int]:
    """The texts, binaries and numbers of one header by tag, and the offset behind it."""
    intro = data[start : start + _INTRO_BYTES]
    if len(intro) != _INTRO_BYTES or intro[:8] != _HEADER_MAGIC:
        raise ValueError("no header where one must be")
    entries, size = struct.unpack(">II", intro[8:])
    if not 0 < entries <= _MAX_ENTRIES:
        raise ValueError(f"a header of {entries} entries")
    index = start + _INTRO_BYTES
    store = index + entries * _ENTRY_BYTES
    end = store + size
    if end > len(data):
        raise ValueError(f"a header that ends at byte {end} of {len(data)}")
    content = data[store:end]
    found: dict[int, bytes] = {}
    for tag, kind, offset, count in struct.iter_unpack(">IIII", data[index:store]):
        value = _strings(content, offset, count) if tag in _TEXTS else _value(content, kind, offset, count)
        if value is not None and found.setdefault(tag, value) != value:
            raise ValueError(f"tag {tag} stands twice")
    return found, end


def _value(content: bytes, kind: int, offset: int, count: int) -> bytes | None:
    if kind not in (_STRING, _I18N, *_WIDTHS):
        return None
    is_text = kind in (_STRING, _I18N)
    end = content.find(b"\0", offset) if is_text else offset + count * _WIDTHS[kind]
    if not 0 <= offset <= end <= len(content):
        raise ValueError("an entry outside its header")
    return content[offset:end]


def _strings(content: bytes, offset: int, count: int) -> bytes:
    """The bytes of a list of texts, each with the zero byte behind it."""
    end = offset
    for _ in range(count):
        end = content.find(b"\0", end) + 1
        if not 0 <= offset < end:
            raise ValueError("an entry outside its header")
    return content[offset:end]


def _knows_payload(main: dict[int, bytes]) -> bool:
    """Whether the header has a digest of the payload that may be relied on."""
    return bool(main.get(_PAYLOAD_DIGEST, b"").strip(b"\0")) and _payload_algorithm(main) in _ALGORITHMS


def _payload_algorithm(main: dict[int, bytes]) -> int:
    return int.from_bytes(main.get(_PAYLOAD_ALGORITHM, bytes([_SHA256])), "big")


def _nevra(main: dict[int, bytes]) -> Nevra:
    name, version, release, arch = (_text(main, tag) for tag in (_NAME, _VERSION, _RELEASE, _ARCH))
    epoch = int.from_bytes(main.get(_EPOCH, b"\0"), "big")
    return Nevra(name, epoch, version, release, arch if _SOURCERPM in main else "src")


def _text(main: dict[int, bytes], tag: int) -> str:
    if tag not in main:
        raise ValueError(f"tag {tag} is missing")
    return main[tag].decode("utf-8")


def _present(signatures: dict[int, bytes], *tags: int) -> tuple[bytes, ...]:
    return tuple(signatures[tag] for tag in tags if signatures.get(tag))


def _decoded(texts: bytes) -> tuple[bytes, ...]:
    found = texts.split(b"\0")[:-1]
    if len(found) > _MAX_SIGNATURES or not all(found):
        raise ValueError(f"{len(found)} signatures, or an empty one among them")
    return tuple(base64.b64decode(text.translate(None, b"\r\n"), validate=True) for text in found)
