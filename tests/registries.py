"""The client of registries as tests use it: with little patience."""

from __future__ import annotations

from collections.abc import Iterable

from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.oci.places import Ways
from airlock_builder.remote.oci.registries import Registries
from airlock_builder.remote.places import Places
from airlock_builder.remote.rewrites import Rewrite


def registries(
    mirrors: Mirrors | None = None,
    insecure: Iterable[str] = (),
    *,
    rewrites: Iterable[Rewrite] = (),
    offline: bool = False,
) -> Registries:
    """Registries at these places."""
    return Registries(Ways(Places(mirrors, insecure, rewrites)), offline=offline, pause=0.01)
