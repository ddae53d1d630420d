"""Public keys from files, read by gpg in a home folder of their own, never the user's."""

from __future__ import annotations

import contextlib
import functools
import tempfile
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from airlock_core import proc
from airlock_core.errors import InputError
from airlock_core.signatures.keys import Key, parse_listing
from airlock_core.signatures.openpgp import key_version

__all__ = ["Key", "Keyring", "certificates"]

_GPG = ("gpg", "--batch", "--no-tty", "--no-autostart", "--no-options", "--quiet", "--trust-model", "always")
_SECONDS = 60.0
_MAX_KEY_FILE = 4 << 20
_LAST_VERSION = 5
"""Of keys, that some gpg reads: 5 is its own, 6 that of RFC 9580."""
_LISTING = ("--with-colons", "--with-subkey-fingerprint", "--check-sigs")


@dataclass(frozen=True)
class Keyring:
    """Keys that may sign: what is known of each, and the certificates themselves.

    Args:
        keys: all keys and subkeys, sorted.
        armored: the armoured certificate of each primary key, in the order of their fingerprints, as rpmkeys imports
            them.
    """

    keys: tuple[Key, ...] = ()
    armored: tuple[str, ...] = ()

    @property
    def fingerprints(self) -> tuple[str, ...]:
        """The fingerprints of the primary keys, sorted."""
        return tuple(sorted({key.primary for key in self.keys}))

    @property
    def subkeys(self) -> tuple[tuple[str, str], ...]:
        """The fingerprints of all subkeys that sign, each with that of its primary key, sorted."""
        return tuple(sorted((key.fingerprint, key.primary) for key in self.keys if key.signs and not key.is_primary))

    def find(self, issuer: str) -> Key | None:
        """The key with this fingerprint, or with this key id where only one has it."""
        found = [key for key in self.keys if key.fingerprint == issuer]
        if not found and len(issuer) == 16:
            found = [key for key in self.keys if key.fingerprint.endswith(issuer)]
        return found[0] if len(found) == 1 else None

    def certificate(self, issuer: str) -> str:
        """The armoured certificate that holds a key, found as :meth:`find` does; empty where there is none."""
        key = self.find(issuer)
        return dict(zip(self.fingerprints, self.armored, strict=True)).get(key.primary, "") if key else ""

    def split(self, wanted: Callable[[Key], bool]) -> tuple[Keyring, Keyring]:
        """The certificates whose primary keys are wanted, and the others."""
        chosen = {key.fingerprint for key in self.keys if key.is_primary and wanted(key)}
        return self._of(chosen), self._of(set(self.fingerprints) - chosen)

    def _of(self, primaries: Collection[str]) -> Keyring:
        keys = tuple(key for key in self.keys if key.primary in primaries)
        armored = dict(zip(self.fingerprints, self.armored, strict=True))
        return Keyring(keys, tuple(armored[one] for one in self.fingerprints if one in primaries))

    def __or__(self, other: Keyring) -> Keyring:
        """The keys of both; of a certificate that both have, the other's."""
        certificates = dict(zip(self.fingerprints, self.armored, strict=True))
        certificates |= dict(zip(other.fingerprints, other.armored, strict=True))
        keys = {key for key in self.keys if key.primary not in other.fingerprints} | {*other.keys}
        return Keyring(tuple(sorted(keys)), tuple(certificates[one] for one in sorted(certificates)))

    @classmethod
    def load(cls, files: Iterable[Path]) -> Keyring:
        """Read key files, armoured or not; a file is read by gpg once, however often it is asked for.

        Raises:
            InputError: a file cannot be read or holds no public key.
            MachineError: gpg is not installed.
        """
        loaded = cls()
        for path in files:
            loaded |= _of_file(_content(path), str(path))
        return loaded


@contextlib.contextmanager
def certificates(keyring: Keyring) -> Iterator[Path]:
    """The keyring as one file of certificates, as gpgv reads it, for the length of the block."""
    with _home() as home:
        for text in keyring.armored:
            _gpg(home, "--import", stdin=text.encode("ascii"))
        target = home / "ring.gpg"
        if keyring.armored:
            _gpg(home, "--output", str(target), "--export")
        else:
            target.touch()
        yield target


@functools.lru_cache(maxsize=256)
def _of_file(content: bytes, where: str) -> Keyring:
    with _home() as home:
        result = _gpg(home, "--status-fd", "1", "--import", stdin=content, expect=(0, 1, 2))
        if "[GNUPG:] IMPORT_OK" not in result.stdout:
            raise _unreadable(content, where, result.tail(3))
        keys = parse_listing(_gpg(home, *_LISTING).stdout)
        primaries = sorted({key.primary for key in keys})
        armored = [_gpg(home, "--armor", "--export", primary).stdout for primary in primaries]
    return Keyring(tuple(sorted(keys)), tuple(armored))


def _unreadable(content: bytes, where: str, said: str) -> InputError:
    version = key_version(content)
    if version is None or version <= _LAST_VERSION:
        return InputError("holds no public key that gpg can read", where=where, why=said)
    why = "neither this machine's gpg nor rpm of Enterprise Linux 8 and 9 reads it"
    todo = "ask its owner for the key of version 4 that signs for those"
    return InputError(f"an OpenPGP key of version {version}", where=where, why=why, todo=todo)


def _content(path: Path) -> bytes:
    todo = "put the repo's public key there"
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_KEY_FILE + 1)
    except FileNotFoundError as error:
        raise InputError("there is no such key file", where=str(path), todo=todo) from error
    except OSError as error:
        raise InputError("the key file cannot be read", where=str(path), why=error.strerror or str(error)) from error
    if len(content) > _MAX_KEY_FILE:
        raise InputError(f"a key file of more than {_MAX_KEY_FILE} bytes", where=str(path), todo=todo)
    return content


@contextlib.contextmanager
def _home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="airlock-keys-") as folder:
        yield Path(folder)


def _gpg(home: Path, *arguments: str, stdin: bytes | None = None, expect: Sequence[int] = (0,)) -> proc.Result:
    return proc.run([*_GPG, "--homedir", home, *arguments], timeout=_SECONDS, stdin=stdin, expect=expect)
