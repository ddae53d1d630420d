"""Faults of a manifest that are no matter of types: duplicates, and image references that are none."""

from __future__ import annotations

from collections.abc import Iterator

from airlock_builder.manifest.inputs import parts
from airlock_builder.manifest.tree import Node
from airlock_core.errors import AirlockError, InputError

_UNIQUE = (
    ("rpms.repos.*", ("id",), "repo"),
    ("images.registries.*", ("prefix",), "registry"),
    ("charts.*", ("name", "version"), "chart"),
    ("charts.*", ("oci", "version"), "chart"),
    ("charts.*", ("folder",), "chart"),
    ("charts.*", ("archive",), "chart"),
    ("collections.*", ("name",), "collection"),
    ("playbooks.*", ("name",), "playbook"),
)

_VOUCHED = ("files.urls.*", "collections.*", "playbooks.*")


def faults(tree: Node) -> list[AirlockError]:
    """All of them, of the release's own content and of the options."""
    return [*_duplicates(tree), *_images(tree), *_files(tree), *_vouched(tree), *_without_base(tree)]


def _duplicates(tree: Node) -> Iterator[AirlockError]:
    for pattern, keys, what in _UNIQUE:
        seen: dict[tuple[object, ...], Node] = {}
        for node in (node for content in parts(tree) for node in content.select(pattern)):
            nodes = [node.child(key) for key in keys]
            identity = tuple(part.value for part in nodes if part)
            if len(identity) < len(keys):
                continue
            before = seen.setdefault(identity, node)
            if before is not node:
                name = " ".join(str(part) for part in identity)
                place = node.place_of([keys[0]])
                yield InputError(f"the {what} {name} stands twice", where=str(place), why=f"first: {before.place}")


def _images(tree: Node) -> Iterator[AirlockError]:
    for content in parts(tree):
        for node in (*content.select("images.refs.*"), *content.select("images.archives.*.name")):
            yield from _no_image(node)


def _no_image(node: Node) -> Iterator[AirlockError]:
    from airlock_core.imageref import ImageRef  # as below: what few manifests need, and every start would load

    try:
        ImageRef.parse(str(node.value), where=str(node.place))
    except InputError as fault:
        yield fault


def _files(tree: Node) -> Iterator[AirlockError]:
    """One URL with two checksums cannot be right; without a contradiction, a URL may stand twice."""
    seen: dict[object, Node] = {}
    for node in (node for content in parts(tree) for node in content.select("files.urls.*")):
        url, checksum = node.child("url"), node.child("checksum")
        if not (url and checksum):
            continue
        before = seen.setdefault(url.value, checksum)
        if before.value != checksum.value:
            yield InputError("two checksums for one URL", where=str(node.place), why=f"the other: {before.place}")


def _vouched(tree: Node) -> Iterator[AirlockError]:
    """Keys and signatures of no checksum file, and a project by the name of the site's own environment."""
    nodes = [*tree.select("base")]
    for content in parts(tree):
        nodes += [node for key in _VOUCHED for node in content.select(key)]
        for name in content.select("playbooks.*.name"):
            yield from _taken_name(name)
    for node in nodes:
        for key in ("key", "signature"):
            child = node.child(key)
            if child and not node.child("checksums"):
                what = f"a {key} of no checksum file"
                todo = "give `checksums`, the URL of the file that it is for, or take it out"
                yield InputError(what, where=str(child.place), todo=todo)


def _without_base(tree: Node) -> Iterator[AirlockError]:
    """Repositories of a base ISO that the manifest does not name."""
    for node in (node for content in parts(tree) for node in content.select("rpms.repos.*.base_iso")):
        if tree.child("base") is None:
            yield InputError(
                "there is no base ISO to take this repository from", where=str(node.place), todo="give base.iso"
            )


def _taken_name(name: Node) -> Iterator[AirlockError]:
    from airlock_core.locks.files import SITE

    if name.value == SITE:
        what = f"{SITE!r} is the name of the site's own Python environment"
        yield InputError(what, where=str(name.place), todo="give the project another")
