"""Faults of locking name the file and line that a person wrote."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_builder.manifest.load import load
from airlock_builder.manifest.model import Manifest
from airlock_builder.manifest.placing import placed
from airlock_core.errors import InputError

TEXT = """\
apiVersion: airlock/v1
kind: Release
metadata: {name: t, version: "1", number: 1}
platform: {os: rocky, release: "8.10"}
rpms:
  packages: [chrony]
  include: [list.txt]
options:
  net-app:
    rpms: {packages: [multipath]}
"""


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manifest:
    (tmp_path / "m.yaml").write_text(TEXT)
    (tmp_path / "list.txt").write_text("# tools\ntree\n")
    monkeypatch.chdir(tmp_path)
    return load(Path("m.yaml"))


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("rpms.packages[0]", "m.yaml: rpms.packages[0]"),
        ("rpms.packages[1]: @core", "list.txt:2: @core"),
        ("options.net-app.rpms.packages[0]", "m.yaml: options.net-app.rpms.packages[0]"),
        ("rpms.packages[0], rpms.packages[1]", "m.yaml: rpms.packages[0], list.txt:2"),
        ("files.lock", "files.lock"),
        ("http://h/rpms.packages[0]", "http://h/rpms.packages[0]"),
    ],
)
def test_a_path_becomes_its_place(manifest: Manifest, path: str, place: str) -> None:
    assert [fault.where for fault in placed([InputError("x", where=path)], manifest)] == [place]
