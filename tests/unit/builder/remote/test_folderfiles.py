"""Files of plain folders by relative references."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_builder.manifest.model import Repo
from airlock_builder.manifest.sources import repo_sources
from airlock_builder.remote.folderfiles import FolderClient, reference
from airlock_core.errors import UpstreamError


@pytest.mark.parametrize(
    ("path", "url"),
    [
        ("vendor/a+b~1^c.rpm", "vendor/a+b~1^c.rpm"),
        ("drop 1.0/x#1?.rpm", "drop%201.0/x%231%3F.rpm"),
        ("../vendor", "../vendor"),
        ("100%/ü", "100%25/%C3%BC"),
    ],
)
def test_a_path_is_written_as_a_reference(path: str, url: str) -> None:
    assert reference(path) == url


def test_a_folder_is_named_from_the_manifests(tmp_path: Path) -> None:
    repo = Repo(id="v", folder=tmp_path / "a/vendor")
    assert [source.baseurls for source in repo_sources([repo], root=tmp_path / "manifests")] == [("../a/vendor",)]


def test_files_are_read_by_reference_and_repodata_from_where_it_was_made(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "made/repodata").mkdir(parents=True)
    (tmp_path / "folder/a b.rpm").write_bytes(b"0123456789")
    (tmp_path / "made/repodata/repomd.xml").write_bytes(b"<repomd/>")
    client = FolderClient("v/x", tmp_path / "folder", lambda folder: tmp_path / "made")
    assert client.get_range("v/x/a%20b.rpm", 2, 3) == b"234"
    assert client.size("v/x/a%20b.rpm") == 10
    assert client.get("v/x/repodata/repomd.xml", limit=100).body == b"<repomd/>"
    with pytest.raises(UpstreamError, match="put the file back") as caught:
        client.get("v/x/none.rpm", limit=100)
    assert caught.value.where == "v/x/none.rpm"
