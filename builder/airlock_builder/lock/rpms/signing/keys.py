"""What is worth knowing of the keys that a manifest lists, whether or not they signed anything that was locked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from airlock_builder.manifest.model import Repo
from airlock_core.signatures import Keyring
from airlock_core.signatures.policy import importable

TODO = (
    "put a newer copy of the key into its file, as its owner may have it; until then `lock` refuses what the key "
    "vouches for no more, and rpms.unsigned can take single packages by name, with the reason"
)


def notes(repos: Iterable[Repo], *, major: int, now: int) -> Iterator[str]:
    """A line for each listed key that has expired, was revoked, is weak, or is none for the platform's rpm.

    Args:
        major: of the platform's release.
        now: seconds since 1970-01-01 UTC.
    """
    told: dict[str, list[str]] = {}
    for repo in repos:
        for key in Keyring.load(repo.gpgkey).keys:
            unread = key.is_primary and not importable(key, major)
            if key.faults(now) or unread:
                end = f"; rpm of Enterprise Linux {major} cannot import it" if unread else ""
                told.setdefault(f"{key.describe(now)}{end}", []).append(repo.id)
    for text, ids in told.items():
        listed = ", ".join(dict.fromkeys(ids))
        yield f"repo{'s' if ', ' in listed else ''} {listed}: key {text}"
