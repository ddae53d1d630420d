"""Archives that are unpacked at the site: whatever unpacks them, nothing comes to lie outside their folder.

A link may lead to what is in the archive, as those of kubespray do. It must lead there in so many words: up first, then
down, and nothing may stand below a link. So no chain of links comes to another place than it seems to.
"""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO, NoReturn

from airlock_core.archives.tar import Header, Member, headers
from airlock_core.errors import VerificationError

_MOST_LINKS = 16


@dataclass(frozen=True)
class Tree:
    """What an archive holds.

    Args:
        files: regular files by path.
        links: where links lead, by path.
        folders: those that have an entry of their own.
    """

    files: Mapping[str, Member]
    links: Mapping[str, str]
    folders: frozenset[str] = frozenset()

    def file(self, path: str) -> Member | None:
        """The regular file that a path means, through links too; None where there is none."""
        for _ in range(_MOST_LINKS):
            if path not in self.links:
                break
            path = self.links[path]
        return self.files.get(path)


def read(archive: BinaryIO, *, where: str) -> Tree:
    """Look through an unpacked archive, which can seek; what files hold is not read.

    Args:
        where: the archive, for errors.

    Raises:
        VerificationError: it is cut or damaged, has something that would not stay in its folder, or too much.
    """
    return _Walk(where).over(archive)


def below_top(found: Tree) -> Tree:
    """The same without the one folder that all stands in, as in archives of releases; as it is where there is none."""
    everything = [*found.files, *found.links, *found.links.values(), *found.folders]
    tops = {path.partition("/")[0] for path in everything}
    top = next(iter(tops), "")
    if len(tops) != 1 or any(path == top for path in (*found.files, *found.links, *found.links.values())):
        return found
    cut = len(top) + 1
    return Tree(
        {path[cut:]: member for path, member in found.files.items()},
        {path[cut:]: target[cut:] for path, target in found.links.items()},
        frozenset(path[cut:] for path in found.folders if path != top),
    )


class _Walk:
    def __init__(self, where: str) -> None:
        self._where = where
        self._files: dict[str, Member] = {}
        self._links: dict[str, str] = {}
        self._folders: set[str] = set()
        self._named: set[str] = set()

    def over(self, archive: BinaryIO) -> Tree:
        for header in headers(archive, where=self._where):
            path = self._path(header.name)
            if path is None:
                continue
            self._folders |= {str(parent) for parent in PurePosixPath(path).parents}
            if header.kind == tarfile.DIRTYPE:
                self._folders.add(path)
                self._named.add(path)
            else:
                self._add(path, header)
        for path in self._links.keys() & self._folders:
            self._refuse(f"has a link with something below it: {path}")
        for path in self._files.keys() & self._folders:
            self._refuse(f"has a file with something below it: {path}")
        return Tree(self._files, self._links, frozenset(self._named))

    def _add(self, path: str, header: Header) -> None:
        if path in self._files or path in self._links:
            self._refuse(f"holds {path} twice")
        if header.kind == tarfile.REGTYPE:
            self._files[path] = header.member
        elif header.kind == tarfile.SYMTYPE:
            self._links[path] = self._target(path, header.target)
        elif header.kind == tarfile.LNKTYPE and (target := self._path(header.target)) in self._files:
            self._files[path] = self._files[str(target)]
        else:
            self._refuse(f"holds {path}, which is neither a file, a folder nor a link within it")

    def _path(self, name: str) -> str | None:
        """A name whose parts are all plain; None for the archive's own folder."""
        parts = [part for part in name.removesuffix("/").split("/") if part != "."]
        if not parts:
            return None
        if any(part in ("", "..") for part in parts) or not name.isprintable():
            self._refuse(f"holds {name!r}, which leads out of it")
        return "/".join(parts)

    def _target(self, path: str, target: str) -> str:
        """Where a symbolic link leads."""
        parts = [part for part in target.removesuffix("/").split("/") if part != "."]
        ups = next((index for index, part in enumerate(parts) if part != ".."), len(parts))
        folder = path.split("/")[:-1]
        if not target or not target.isprintable() or ups > len(folder) or any(one in ("", "..") for one in parts[ups:]):
            self._refuse(f"holds the link {path} → {target}, which leads out of it, or where nobody could tell")
        return "/".join([*folder[: len(folder) - ups], *parts[ups:]])

    def _refuse(self, what: str) -> NoReturn:
        raise VerificationError(what, where=self._where, todo="ask whoever made the archive for another")
