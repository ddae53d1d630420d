"""Public keys from files, read by gpg in a home folder of their own, never the user's."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from airlock_core import proc
from airlock_core.errors import InputError

_GPG = ("gpg", "--batch", "--no-tty", "--no-autostart", "--no-options", "--quiet")
_SECONDS = 60.0
_UNUSABLE = "in"  # field 2 of gpg's colon listing: invalid, or not valid


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
        revoked: it or its primary key was revoked.
        valid: its owner's signature binds it.
        signs: it is allowed to sign.
    """

    fingerprint: str
    primary: str
    algorithm: int
    bits: int
    created: int
    expires: int | None = None
    revoked: bool = False
    valid: bool = True
    signs: bool = True


@dataclass(frozen=True)
class Keyring:
    """Keys that may sign: what is known of each, and the certificates themselves.

    Args:
        keys: all keys and subkeys, sorted.
        armored: one armoured certificate for each primary key, as rpmkeys imports them.
    """

    keys: tuple[Key, ...] = ()
    armored: tuple[str, ...] = ()

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """The fingerprints of the primary keys, sorted."""
        return tuple(sorted({key.primary for key in self.keys}))

    def find(self, issuer: str) -> Key | None:
        """The key with this fingerprint, or with this key id where only one has it."""
        found = [key for key in self.keys if key.fingerprint == issuer]
        if not found and len(issuer) == 16:
            found = [key for key in self.keys if key.fingerprint.endswith(issuer)]
        return found[0] if len(found) == 1 else None

    def __or__(self, other: Keyring) -> Keyring:
        """The keys of both."""
        return Keyring(tuple(sorted({*self.keys, *other.keys})), tuple(dict.fromkeys((*self.armored, *other.armored))))

    @classmethod
    def load(cls, files: Iterable[Path]) -> Keyring:
        """Read key files, armoured or not.

        Raises:
            InputError: a file cannot be read or holds no public key.
            MachineError: gpg is not installed.
        """
        with _home() as home:
            for path in files:
                _import(home, path)
            keys = parse_listing(_gpg(home, "--with-colons", "--with-subkey-fingerprint", "--list-keys").stdout)
            primaries = sorted({key.primary for key in keys})
            armored = [_gpg(home, "--armor", "--export", primary).stdout for primary in primaries]
        return cls(tuple(sorted(keys)), tuple(armored))


@contextlib.contextmanager
def certificates(keyring: Keyring) -> Iterator[Path]:
    """The keyring as one file of certificates, as gpgv reads it, for the length of the block."""
    with _home() as home:
        for index, text in enumerate(keyring.armored):
            path = home / f"{index}.asc"
            path.write_text(text, encoding="ascii")
            _import(home, path)
        target = home / "ring.gpg"
        if keyring.armored:
            _gpg(home, "--output", str(target), "--export")
        else:
            target.touch()
        yield target


def parse_listing(text: str) -> list[Key]:
    """Read gpg's colon listing (doc/DETAILS of GnuPG, "Format of the colon listings")."""
    keys: list[Key] = []
    pending: list[str] | None = None
    for fields in (line.split(":") for line in text.splitlines()):
        if fields[0] in ("pub", "sub"):
            pending = fields
        elif fields[0] == "fpr" and pending:
            keys.append(_key(pending, fields[9], _primary_of(keys) if pending[0] == "sub" else None))
            pending = None
    return keys


def _primary_of(keys: Sequence[Key]) -> Key:
    return next(key for key in reversed(keys) if key.fingerprint == key.primary)


def _key(fields: Sequence[str], fingerprint: str, primary: Key | None) -> Key:
    key = Key(
        fingerprint=fingerprint,
        primary=fingerprint,
        algorithm=int(fields[3]),
        bits=int(fields[2]),
        created=int(fields[5]),
        expires=int(fields[6]) if fields[6] else None,
        revoked=fields[1] == "r",
        valid=fields[1] not in tuple(_UNUSABLE),
        signs="s" in fields[11],
    )
    return _below(key, primary) if primary else key


def _below(key: Key, primary: Key) -> Key:
    """A subkey is worth no more than its primary key."""
    ends = [end for end in (key.expires, primary.expires) if end is not None]
    return replace(
        key,
        primary=primary.fingerprint,
        expires=min(ends) if ends else None,
        revoked=key.revoked or primary.revoked,
        valid=key.valid and primary.valid,
    )


@contextlib.contextmanager
def _home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="airlock-keys-") as folder:
        yield Path(folder)


def _import(home: Path, path: Path) -> None:
    if not path.is_file():
        raise InputError("there is no such key file", where=str(path), todo="put the repo's public key there")
    result = _gpg(home, "--status-fd", "1", "--import", str(path), expect=(0, 1, 2))
    if "[GNUPG:] IMPORT_OK" not in result.stdout:
        raise InputError("holds no public key that gpg can read", where=str(path), why=result.tail(3))


def _gpg(home: Path, *arguments: str, expect: Sequence[int] = (0,)) -> proc.Result:
    return proc.run([*_GPG, "--homedir", home, *arguments], timeout=_SECONDS, expect=expect)
