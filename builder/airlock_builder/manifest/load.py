"""Reading a manifest: extends, variables, list files and options, all merged into one model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from airlock_builder.manifest import documents, inputs, meaning, options, variables
from airlock_builder.manifest.model import Manifest
from airlock_builder.manifest.sound import sound
from airlock_builder.manifest.tree import Node, Place
from airlock_core.errors import AirlockError, raise_all


def load(path: Path) -> Manifest:
    """Read a manifest and all that it extends and includes.

    Args:
        path: the manifest's YAML file.

    Returns:
        The manifest with all paths absolute, variables expanded, list files read into it and requests of options
        moved to their options; ``locks`` is always given.

    Raises:
        InputError, Faults: all that is wrong, at once, each with its file and path in it.
    """
    tree = documents.read(path)
    faults = [*inputs.resolve(tree), *variables.expand(tree)]
    wrong, notes, secrets = _add_repo_files(tree)
    faults += wrong
    options.gather(tree)
    faults += meaning.faults(tree)
    manifest = _checked(tree, faults)
    raise_all(f"{Place(path.resolve())} has {len(faults)} faults", faults)
    if manifest is None:
        raise AssertionError("a manifest that is not valid has faults")
    return manifest.loaded_from(tree, notes, secrets)


def _add_repo_files(tree: Node) -> tuple[list[AirlockError], list[AirlockError], dict[str, str]]:
    """Faults, notes and secrets of .repo files, whose repositories are added; few manifests name any."""
    if not any(True for content in inputs.parts(tree) for _ in content.select("rpms.repo_files.*")):
        return [], [], {}
    from airlock_builder.manifest import repo_files

    return repo_files.add(tree, variables.known(tree))


def _checked(tree: Node, faults: list[AirlockError]) -> Manifest | None:
    """The manifest, where it has no fault of its own; else its faults are put before the others."""
    _default_locks(tree)
    plain = tree.plain()
    return sound(Manifest, plain) or _judged(tree, plain, faults)


def _judged(tree: Node, plain: Any, faults: list[AirlockError]) -> Manifest | None:
    from pydantic import ValidationError  # takes longer than all else, so only where there is something to check

    from airlock_builder.manifest.checking import checked
    from airlock_builder.manifest.sentences import translated

    try:
        return checked(Manifest, plain)
    except ValidationError as error:
        faults[:0] = translated(error, tree)
        return None


def _default_locks(tree: Node) -> None:
    """``locks/<metadata.name>/`` beside the manifest, so that no manifest writes another's locks."""
    name = next(tree.select("metadata.name"), None)
    if name and isinstance(tree.value, dict) and "locks" not in tree.value:
        folder = tree.place.file.parent / "locks" / str(name.value)
        tree.value["locks"] = Node(str(folder), tree.place.at("locks"))
