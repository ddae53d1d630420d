"""Repositories of a manifest, reached by a client that a test has."""

from __future__ import annotations

from pathlib import Path

from airlock_builder.manifest.model import Rpms
from airlock_builder.manifest.sources import repo_sources
from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.repositories import Repositories


def reached(http: HttpClient, cache: Path, *parts: Rpms) -> Repositories:
    """The repositories of all parts of a release."""
    return Repositories(http, repo_sources([repo for part in parts for repo in part.repos]), cache)
