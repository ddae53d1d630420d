"""Locked content into the store: by digest alone, each byte once, verified before it gets its name."""

from airlock_builder.fetch.fetcher import Fetched, fetch

__all__ = ["Fetched", "fetch"]
