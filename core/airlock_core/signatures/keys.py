"""Keys and subkeys, as gpg describes them when it has checked the signatures that bind them.

Source: doc/DETAILS of GnuPG, "Format of the colon listings"; RFC 9580, section 5.2.3.31, for reasons of revocation.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from airlock_core.signatures.openpgp import KEY_NAMES, RSA

WEAK_HASHES = frozenset({1, 2, 3})
"""MD5, SHA-1, RIPEMD-160 (RFC 9580, section 9.5: must not be accepted)."""
MIN_RSA_BITS = 2048
_ALWAYS = 0
_SOFT = ("01", "03")
"""Reasons of revocation that leave older signatures good: superseded, and retired."""
_UNUSABLE = ("i", "n")
"""Validities in gpg's listing: invalid, and not valid."""
_BINDINGS = ("10", "11", "12", "13", "18", "1f")
"""Types of signatures that bind a user id, a subkey, or a key itself."""


@dataclass(frozen=True, order=True)
class Key:
    """One key or subkey.

    Args:
        fingerprint: in full, upper-case hex.
        primary: fingerprint of the key it belongs to; its own where it is no subkey.
        algorithm: by number (RFC 9580, section 9.1).
        bits: length of the key.
        created: seconds since 1970-01-01 UTC.
        expires: likewise, the earlier of its own and its primary key's; None for never.
        revoked: likewise, from when on its signatures do not count: from the beginning where it was compromised or no
            reason was given, from the revocation on where it was superseded or retired; None where it was not revoked.
        valid: its owner's signature binds it.
        signs: it is allowed to sign.
        owner: the user id of its primary key.
        weakly_bound: every signature that binds it, or its primary key to the user id, is made with a weak hash.
    """

    fingerprint: str
    primary: str
    algorithm: int
    bits: int
    created: int
    expires: int | None = None
    revoked: int | None = None
    valid: bool = True
    signs: bool = True
    owner: str = ""
    weakly_bound: bool = False

    @property
    def is_primary(self) -> bool:
        """Whether it is no subkey."""
        return self.fingerprint == self.primary

    @property
    def label(self) -> str:
        """How messages name it: in full, with its owner."""
        return f"{self.fingerprint} ({self.owner})" if self.owner else self.fingerprint

    @property
    def name(self) -> str:
        """Its algorithm, with its length where that says something."""
        name = KEY_NAMES.get(self.algorithm, f"algorithm {self.algorithm}")
        return f"{name} {self.bits}" if self.algorithm in RSA else name

    def describe(self, now: int) -> str:
        """What is known of it, with all that is wrong with it.

        Args:
            now: seconds since 1970-01-01 UTC.
        """
        facts = [self.label, self.name, f"made on {date(self.created)}"]
        ends = self.expires is not None and self.expires > now
        later = [f"expires on {date(self.expires or 0)}"] if ends else []
        weak = ["certified with SHA-1 or weaker alone"] if self.weakly_bound else []
        return "; ".join([", ".join(facts), *self.faults(now), *later, *weak])

    def faults(self, now: int) -> tuple[str, ...]:
        """Why nothing that it signs from now on would be good, or nothing at all."""
        return tuple(self._faults(now))

    def _faults(self, now: int) -> Iterator[str]:
        if self.revoked is not None:
            yield "revoked" if self.revoked == _ALWAYS else f"revoked on {date(self.revoked)}"
        if not self.valid:
            yield "not bound by a valid signature of its owner"
        if self.expires is not None and self.expires <= now:
            yield f"expired on {date(self.expires)}"
        if self.algorithm in RSA and self.bits < MIN_RSA_BITS:
            yield f"weak: fewer than {MIN_RSA_BITS} bits"


def date(seconds: int) -> str:
    """The day of a time in seconds since 1970-01-01 UTC, as messages write it."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d")
    except (OverflowError, ValueError, OSError):
        return f"second {seconds}"


def parse_listing(text: str) -> list[Key]:
    """Read gpg's listing of keys with the signatures on them checked (``--check-sigs --with-colons``)."""
    found: list[Key] = []
    primary: Key | None = None
    for block in _blocks(line.split(":") for line in text.splitlines()):
        key = block.key(primary)
        if key:
            primary = key if primary is None or block.is_primary else primary
            found.append(key)
    return found


@dataclass
class _Block:
    """The lines of one key or subkey: itself, its fingerprint, user ids, and the signatures on them."""

    head: Sequence[str]
    primary_id: str
    fingerprint: str = ""
    owner: str = ""
    bindings: list[int] = field(default_factory=list)
    revocations: list[int] = field(default_factory=list)

    @property
    def is_primary(self) -> bool:
        return self.head[0] == "pub"

    def take(self, fields: Sequence[str]) -> None:
        """Note a line that belongs to it."""
        if fields[0] == "fpr":
            self.fingerprint = self.fingerprint or fields[9]
        elif fields[0] == "uid" and fields[1] != "r":
            self.owner = self.owner or _unescaped(fields[9])
        elif fields[0] == "sig" and fields[1] == "!" and fields[4] == self.primary_id and fields[10][:2] in _BINDINGS:
            self.bindings.append(int(fields[15] or 0))
        elif fields[0] == "rev" and fields[1] == "!" and fields[10][:2] in ("20", "28"):
            reason = fields[10].partition(",")[2]
            self.revocations.append(int(fields[5]) if reason in _SOFT else _ALWAYS)

    def key(self, primary: Key | None) -> Key | None:
        """The key, worth no more than its primary key."""
        if not self.fingerprint:
            return None
        fields = self.head
        own = Key(
            fingerprint=self.fingerprint,
            primary=self.fingerprint,
            algorithm=int(fields[3]),
            bits=int(fields[2]),
            created=int(fields[5]),
            expires=int(fields[6]) if fields[6] else None,
            revoked=min(self.revocations, default=_ALWAYS if fields[1] == "r" else None),
            valid=fields[1] not in _UNUSABLE,
            signs="s" in fields[11],
            owner=self.owner,
            weakly_bound=bool(self.bindings) and all(one in WEAK_HASHES for one in self.bindings),
        )
        return own if self.is_primary or primary is None else _below(own, primary)


def _below(key: Key, primary: Key) -> Key:
    return replace(
        key,
        primary=primary.fingerprint,
        expires=min((end for end in (key.expires, primary.expires) if end is not None), default=None),
        revoked=min((time for time in (key.revoked, primary.revoked) if time is not None), default=None),
        valid=key.valid and primary.valid,
        owner=primary.owner,
        weakly_bound=key.weakly_bound or primary.weakly_bound,
    )


def _blocks(lines: Iterable[Sequence[str]]) -> Iterator[_Block]:
    block: _Block | None = None
    for fields in lines:
        if fields[0] in ("pub", "sub"):
            if block:
                yield block
            block = _Block(fields, fields[4] if fields[0] == "pub" or not block else block.primary_id)
        elif block:
            block.take(fields)
    if block:
        yield block


def _unescaped(text: str) -> str:
    r"""A field of the listing as it was: gpg writes a colon as ``\x3a``."""
    return text.replace("\\x3a", ":").replace("\\x5c", "\\")
