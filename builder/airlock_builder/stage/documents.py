"""The release's own documents: its locks, and the keys that its packages are checked with."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path, PurePosixPath

from airlock_builder.manifest.model import Manifest
from airlock_builder.stage.written import Staging
from airlock_core import media
from airlock_core.errors import InputError
from airlock_core.locks import ReleaseLocks
from airlock_core.signatures import Keyring
from airlock_core.signatures.policy import importable
from airlock_core.tree import MediaFile

_MAX_KEY = 1 << 20


def locks_and_keys(
    manifest: Manifest, locks: ReleaseLocks, *, options: Collection[str], staging: Staging
) -> Iterator[MediaFile]:
    """``release/locks`` (whole, as committed) and ``release/keys``, of which ``unreadable`` is for people alone.

    Raises:
        InputError: a key file that cannot be read, or two of one name with other bytes.
    """
    for name, text in locks.texts().items():
        yield staging.add(media.LOCKS / name, text)
    for name, (path, data) in sorted(_keys(manifest, options).items()):
        for place, content in _sorted_out(name, path, data, manifest.platform.major):
            yield staging.add(place, content)


def _keys(manifest: Manifest, options: Collection[str]) -> dict[str, tuple[Path, bytes]]:
    contents = [manifest, *(manifest.options[option] for option in sorted(options))]
    keys: dict[str, tuple[Path, bytes]] = {}
    for path in (path for content in contents for repo in content.rpms.repos for path in repo.gpgkey):
        name, data = f"{path.name.removesuffix('.asc')}.asc", _read(path)
        if keys.setdefault(name, (path, data))[1] != data:
            raise InputError("two keys of one name", where=str(path), todo="give one of them another name")
    return keys


def _sorted_out(name: str, path: Path, data: bytes, major: int) -> Iterator[tuple[PurePosixPath, bytes]]:
    """A key file as it is; where rpm of the platform would choke on some of its keys, these apart from the others."""
    readable, unreadable = Keyring.load([path]).split(lambda key: importable(key, major))
    if not unreadable.keys:
        yield media.KEYS / name, data
    elif not readable.keys:
        yield media.KEYS_UNREADABLE / name, data
    else:
        yield media.KEYS / name, "".join(readable.armored).encode()
        yield media.KEYS_UNREADABLE / name, "".join(unreadable.armored).encode()


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_KEY + 1)
    except OSError as error:
        raise InputError("the key cannot be read", where=str(path), why=error.strerror or str(error)) from error
    if len(data) > _MAX_KEY:
        raise InputError(f"a key of more than {_MAX_KEY} bytes", where=str(path))
    return data
