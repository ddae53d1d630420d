"""Answers from folders: a file server in the shape of a distribution's mirror."""

from collections.abc import Mapping
from pathlib import Path

from tests.standin.upstream.reply import Asked, Reply, Source, of_file, short


def source(routes: Mapping[str, Path]) -> Source:
    """Return answers from folders and files at URL prefixes; the longest prefix wins."""

    def answer(asked: Asked) -> Reply:
        return _answer(locate(routes, asked.path), asked)

    return answer


def locate(routes: Mapping[str, Path], path: str) -> Path | None:
    """Return the file or folder that a URL path names, None when there is none or it would leave its route."""
    for prefix in sorted(routes, key=len, reverse=True):
        rest = _below(prefix.rstrip("/"), path)
        if rest is None:
            continue
        if ".." in rest.split("/"):
            return None
        found = routes[prefix] / rest if rest else routes[prefix]
        if found.exists():
            return found
    return None


def _below(root: str, path: str) -> str | None:
    """Return ``path`` relative to ``root``, empty for the root itself, None for what is elsewhere."""
    if path == root:
        return ""
    return path.removeprefix(f"{root}/") if path.startswith(f"{root}/") else None


def _answer(file: Path | None, asked: Asked) -> Reply:
    if file is None:
        return short(404, f"nothing at {asked.path}")
    if not file.is_dir():
        return of_file(file, asked.headers)
    if not asked.path.endswith("/"):
        return short(301, "a folder", {"Location": f"{asked.path}/"})
    index = file / "index.html"  # folders are not listed, but a package index (PEP 503) has pages of its own
    return of_file(index, asked.headers) if index.is_file() else short(404, f"no index at {asked.path}")
