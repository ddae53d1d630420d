"""The files that a manifest names: their paths made absolute, and list files read into it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from airlock_builder.manifest.tree import Node, Place
from airlock_core.errors import AirlockError, InputError

CONTENT_FILES = (
    "rpms.repos.*.gpgkey.*",
    "rpms.repos.*.client_cert",
    "rpms.repos.*.client_key",
    "rpms.repo_files.*",
    "rpms.include.*",
    "images.include.*",
    "images.archives.*",
    "images.archives.*.archive",
    "images.registries.*.ca",
    "images.registries.*.client_cert",
    "images.registries.*.client_key",
    "images.signed.*.keys.*",
    "charts.*.archive",
    "charts.*.keyring.*",
    "charts.*.values.*",
    "collections.*.archive",
    "collections.*.key",
    "collections.*.key.*",
    "files.include.*",
    "files.urls.*.key",
    "files.urls.*.key.*",
    "python.*.requirements",
    "playbooks.*.key",
    "playbooks.*.key.*",
    "playbooks.*.requirements",
)
"""Keys of content that name a file which must be there."""
BASE_FILES = ("base.key", "base.key.*")
CONTENT_EITHER = ("rpms.repos.*.ca", "images.manifests.*")
CONTENT_FOLDERS = ("rpms.repos.*.folder", "charts.*.folder")
KICKSTART_FILES = ("kickstart.deployer", "kickstart.node")
_LISTS = (("rpms", "packages"), ("images", "refs"), ("files", "urls"))


def parts(tree: Node) -> Iterator[Node]:
    """The release's own content and that of each option."""
    yield tree
    options = tree.child("options")
    yield from options.mapping.values() if options else ()


def list_sets(tree: Node) -> None:
    """Write a ``python`` mapping, short for a list of one set, as that list, so that sets add up; in place."""
    for content in parts(tree):
        python = content.child("python")
        if python and python.mapping and isinstance(content.value, dict):
            content.value["python"] = Node([python], python.place)


def resolve(tree: Node) -> list[AirlockError]:
    """Make paths absolute and read list files, in place; the files that are missing or no list."""
    faults: list[AirlockError] = []
    for content in parts(tree):
        for pattern in CONTENT_FILES:
            faults += _missing(content, pattern)
        for pattern in CONTENT_EITHER:
            faults += _missing(content, pattern, "file or folder", Path.exists)
        for pattern in CONTENT_FOLDERS:
            faults += _missing(content, pattern, "folder", Path.is_dir)
        for key, entries in _LISTS:
            faults += _included(content, key, entries)
    for pattern in (*KICKSTART_FILES, *BASE_FILES):
        faults += _missing(tree, pattern)
    for node in tree.select("locks"):
        node.value = str(_absolute(node))
    return faults


def _absolute(node: Node) -> Path:
    return (node.place.file.parent / str(node.value)).resolve()


def _missing(
    content: Node, pattern: str, kind: str = "file", is_there: Callable[[Path], bool] = Path.is_file
) -> Iterator[AirlockError]:
    for node in content.select(pattern):
        if isinstance(node.value, str):
            path = _absolute(node)
            if not is_there(path):
                todo = "write it, or correct the path: it is relative to the manifest that names it"
                yield InputError(f"there is no such {kind}: {node.value}", where=str(node.place), todo=todo)
            node.value = str(path)


def _included(content: Node, key: str, entries: str) -> Iterator[AirlockError]:
    section = content.child(key)
    if not section or not isinstance(section.value, dict):
        return
    read = _url_line if entries == "urls" else _plain_line
    added: list[Node] = []
    for node in section.select("include.*"):
        path = Path(str(node.value))
        if path.is_file():
            yield from _lines(path, read, added)
    listed = section.value.setdefault(entries, Node([], section.place.at(entries)))
    if isinstance(listed.value, list):
        listed.value.extend(added)


def _lines(path: Path, read: Callable[[str, Place], Node], added: list[Node]) -> Iterator[AirlockError]:
    """One request a line; from ``#`` at its start or after a blank on it is a comment, and blank lines say nothing."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        yield InputError("cannot be read as a list of lines", where=str(Place(path)), why=str(error))
        return
    for number, line in enumerate(text.splitlines(), start=1):
        request = f" {line}".split(" #", 1)[0].strip()
        if request:
            added.append(read(request, Place(path, line=number)))


def _plain_line(request: str, place: Place) -> Node:
    return Node(request, place)


def _url_line(request: str, place: Place) -> Node:
    url, *checksum = request.split(None, 1)
    return Node.of({"url": url, **({"checksum": checksum[0]} if checksum else {})}, place)
