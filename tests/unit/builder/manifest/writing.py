"""Manifests for tests, written in a few lines."""

import textwrap
from pathlib import Path

from airlock_builder.manifest.load import load
from airlock_builder.manifest.model import Manifest

HEAD = """\
apiVersion: airlock/v1
kind: Release
metadata: {name: sample, version: "1.0", number: 1}
platform: {os: rocky, release: "8.10"}
"""


def write(path: Path, text: str, *, head: str = "") -> Path:
    """Write a file, with its folders; the text's common indentation is cut."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(head + textwrap.dedent(text), encoding="utf-8")
    return path


def manifest(folder: Path, text: str) -> Manifest:
    """The manifest of a text, after the keys that every manifest needs."""
    return load(write(folder / "manifest.yaml", text, head=HEAD))
