"""The manifest's repositories as the network knows them: where they stand, and how they are reached."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from airlock_builder.manifest.model import Manifest, Platform, Proxy, RegistryPlace, Repo
from airlock_builder.remote.access import Access, Login
from airlock_builder.remote.repositories import RepoSource
from airlock_builder.remote.rewrites import Rewrite
from airlock_builder.remote.trust import Trust


def repo_sources(repos: Iterable[Repo], base_iso: str = "", root: Path | None = None) -> list[RepoSource]:
    """Where each repository stands.

    Args:
        base_iso: URL of the base ISO, whose own repositories have their files within it.
        root: the manifest's folder, from which locks name the files of plain folders.
    """
    return [_source(repo, base_iso, root or Path()) for repo in repos]


def _source(repo: Repo, base_iso: str, root: Path) -> RepoSource:
    if repo.base_iso:
        from airlock_builder.remote.isofiles import url_of

        return RepoSource(repo.id, (url_of(base_iso, repo.base_iso),), in_image=True)
    if repo.folder:
        from airlock_builder.remote.folderfiles import reference

        base = reference(os.path.relpath(repo.folder, root))
        return RepoSource(repo.id, (base,), folder=repo.folder)
    return RepoSource(repo.id, repo.baseurl, repo.mirrorlist, repo.metalink, _access(repo))


def registry_rewrites(manifest: Manifest) -> list[Rewrite]:
    """Where registries' images are, by the release and all its options."""
    places = [place for _, content in manifest.contents() for place in content.images.registries]
    return [
        Rewrite(place.prefix, place.location or "", place.mirrors, _trust(place), place.blocked) for place in places
    ]


def _trust(place: RegistryPlace) -> Trust:
    return Trust(place.ca, place.client_cert, place.client_key)


def repo_variables(platform: Platform) -> dict[str, str]:
    """What dnf's variables stand for where a server writes them into a list of mirrors."""
    return {"releasever": str(platform.major), "basearch": platform.arch, "arch": platform.arch}


def _access(repo: Repo) -> Access:
    proxy = repo.proxy if isinstance(repo.proxy, Proxy) else Proxy(url=repo.proxy) if repo.proxy else None
    basic, bearer = (repo.auth.basic, repo.auth.bearer) if repo.auth else (None, None)
    return Access(
        proxy=proxy.url if proxy else None,
        proxy_login=_login(proxy.username_env, proxy.password_env) if proxy else None,
        ca=repo.ca,
        client_cert=repo.client_cert,
        client_key=repo.client_key,
        basic=Login(basic.username_env, basic.password_env) if basic else None,
        bearer=bearer.token_env if bearer else None,
    )


def _login(username: str | None, password: str | None) -> Login | None:
    return Login(username, password) if username and password else None
