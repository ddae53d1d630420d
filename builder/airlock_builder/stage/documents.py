"""The release's own documents: its locks, and the keys that its packages are checked with."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

from airlock_builder.manifest.model import Manifest
from airlock_builder.stage.written import Staging
from airlock_core import media
from airlock_core.errors import InputError
from airlock_core.locks import ReleaseLocks
from airlock_core.tree import MediaFile

_MAX_KEY = 1 << 20


def locks_and_keys(
    manifest: Manifest, locks: ReleaseLocks, *, options: Collection[str], staging: Staging
) -> Iterator[MediaFile]:
    """``release/locks`` (whole, as committed) and ``release/keys``.

    Raises:
        InputError: a key file that cannot be read, or two of one name with other bytes.
    """
    for name, text in locks.texts().items():
        yield staging.add(media.LOCKS / name, text)
    for name, data in sorted(_keys(manifest, options).items()):
        yield staging.add(media.KEYS / name, data)


def _keys(manifest: Manifest, options: Collection[str]) -> dict[str, bytes]:
    contents = [manifest, *(manifest.options[option] for option in sorted(options))]
    keys: dict[str, bytes] = {}
    for path in (path for content in contents for repo in content.rpms.repos for path in repo.gpgkey):
        name, data = f"{path.name.removesuffix('.asc')}.asc", _read(path)
        if keys.setdefault(name, data) != data:
            raise InputError("two keys of one name", where=str(path), todo="give one of them another name")
    return keys


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_KEY + 1)
    except OSError as error:
        raise InputError("the key cannot be read", where=str(path), why=error.strerror or str(error)) from error
    if len(data) > _MAX_KEY:
        raise InputError(f"a key of more than {_MAX_KEY} bytes", where=str(path))
    return data
