"""RPM files with other signature headers than any rpm of today would write."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Sequence

from airlock_core.signatures.rpmfile import LEAD_BYTES, parse_head

Entry = tuple[int, int, int, bytes]
"""Tag, type, count and content."""
_MAGIC = b"\x8e\xad\xe8\x01\x00\x00\x00\x00"
_REGION = 62
_BINARY = 7
_SIGNATURES = (267, 268, 278, 1002, 1005)
_PAYLOAD_DIGESTS = (5092, 5097)


def with_signatures(data: bytes, signatures: Sequence[Entry]) -> bytes:
    """An RPM with these entries in place of its own signatures; its digests and sizes stay."""
    kept = [entry for entry in _entries(data) if entry[0] not in (_REGION, *_SIGNATURES)]
    header = _written(sorted([*kept, *signatures]))
    start = parse_head(data, where="").start
    return data[:LEAD_BYTES] + header + bytes(-len(header) % 8) + data[start:]


def without_payload_digest(data: bytes) -> bytes:
    """An unsigned RPM whose header does not know its payload, as those before RPM 4.14: the tags bear other numbers."""
    head = parse_head(data, where="")
    header = bytearray(head.header)
    for at in range(16, 16 + 16 * int.from_bytes(header[8:12], "big"), 16):
        tag = int.from_bytes(header[at : at + 4], "big")
        if tag in _PAYLOAD_DIGESTS:
            header[at : at + 4] = (tag + 20_000).to_bytes(4, "big")
    return _digested(data[: head.start] + header + data[head.payload :])


def _digested(data: bytes) -> bytes:
    """The same RPM with digests that fit header and payload."""
    head = parse_head(data, where="")
    texts = {269: hashlib.sha1(head.header).hexdigest(), 273: hashlib.sha256(head.header).hexdigest()}
    sums = {1004: hashlib.md5(data[head.start :]).digest()}
    own = {tag: text.encode() + b"\0" for tag, text in texts.items()} | sums
    entries = [(tag, kind, count, own.get(tag, content)) for tag, kind, count, content in _entries(data)]
    kept = [entry for entry in entries if entry[0] not in (_REGION, *_SIGNATURES)]
    header = _written(kept)
    return data[:LEAD_BYTES] + header + bytes(-len(header) % 8) + data[head.start :]


def _entries(data: bytes) -> list[Entry]:
    count, size = struct.unpack(">II", data[LEAD_BYTES + 8 : LEAD_BYTES + 16])
    index = LEAD_BYTES + 16
    store = data[index + 16 * count : index + 16 * count + size]
    found = list(struct.iter_unpack(">IIII", data[index : index + 16 * count]))
    return [(tag, kind, number, store[at : at + _length(store, kind, at, number)]) for tag, kind, at, number in found]


def _length(store: bytes, kind: int, at: int, count: int) -> int:
    if kind == 6:
        return store.index(b"\0", at) + 1 - at
    return count * {3: 2, 4: 4, 5: 8}.get(kind, 1)


def _written(entries: Sequence[Entry]) -> bytes:
    store, index = b"", b""
    for tag, kind, count, content in entries:
        store += bytes(-len(store) % {3: 2, 4: 4, 5: 8}.get(kind, 1))
        index += struct.pack(">IIII", tag, kind, len(store), count)
        store += content
    number = len(entries) + 1
    region = struct.pack(">IIII", _REGION, _BINARY, len(store), 16)
    store += struct.pack(">IIiI", _REGION, _BINARY, -16 * number, 16)
    return _MAGIC + struct.pack(">II", number, len(store)) + region + index + store
