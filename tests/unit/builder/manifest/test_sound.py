"""Manifests that were found sound are known again, as what they are; all others are checked."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_builder.manifest.load import load
from airlock_builder.manifest.model import Manifest
from airlock_builder.manifest.sound import SoundManifests
from airlock_core.errors import AirlockError
from tests.unit.builder.manifest.writing import HEAD, write

ROOT = Path(__file__).parents[4]
EVERYTHING = """
    vars: {mirror: http://m.test}
    base: {iso: $mirror/base.iso}
    rpms:
      repos:
        - {id: a, baseurl: $mirror/a, priority: 10, proxy: {url: "http://p:1", username_env: U, password_env: P}}
        - {id: b, mirrorlist: http://m.test/l, proxy: none, auth: {bearer: {token_env: T}}, gpgkey: [k]}
        - {id: c, base_iso: BaseOS}
      packages: [one, {name: two, option: more}]
      unsigned: [{name: one, reason: so}]
    images:
      refs: [nginx:1]
      platforms: [linux/amd64, linux/arm64/v8]
      archives: [z.tgz, {archive: v, name: "a:1"}]
      registries: [{prefix: m.test/x, mirrors: [n.test]}]
      waivers: [{image: a, reason: b}]
    charts:
      - {name: x, repository: "http://m.test/c", version: ^1, keyring: [k], values: [v]}
      - {oci: "oci://m.test/y", version: "2"}
      - {folder: charts/z}
      - {archive: z.tgz}
    files: {urls: [{url: "http://m.test/f"}]}
    python: {requirements: r.txt}
    collections: [{name: a.b, version: "1"}]
    kickstart: {values: {text: a, number: 3, truth: true, list: [b, c]}}
    options: {more: {images: {refs: [b:2]}}}
"""


def released(folder: Path, text: str = EVERYTHING) -> Path:
    (folder / "charts/z").mkdir(parents=True, exist_ok=True)
    for name in ("k", "v", "z.tgz"):
        write(folder / name, "key\n")
    write(folder / "r.txt", "click==8\n")
    return write(folder / "release.yaml", text, head=HEAD)


def kept(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.json"))


def test_what_was_found_sound_comes_back_equal_and_knows_its_places(tmp_path: Path) -> None:
    path, store = released(tmp_path), tmp_path / "kept"
    first, again = load(path, store), load(path, store)
    assert len(kept(store)) == 1
    assert again == first == load(path)
    assert again is not first
    assert again.place("rpms", "repos", 1) == first.place("rpms", "repos", 1)


@pytest.mark.parametrize("path", sorted(ROOT.glob("manifests/*.yaml")), ids=lambda path: path.name)
def test_every_shipped_manifest_comes_back_equal(path: Path, tmp_path: Path) -> None:
    assert load(path, tmp_path) == load(path, tmp_path) == load(path)


def test_a_manifest_that_changed_is_checked_anew(tmp_path: Path) -> None:
    store = tmp_path / "kept"
    load(released(tmp_path), store)
    with pytest.raises(AirlockError, match="unknown key 'extra'"):
        load(released(tmp_path, EVERYTHING + "    extra: 1\n"), store)


def test_no_faulty_manifest_is_kept(tmp_path: Path) -> None:
    store = tmp_path / "kept"
    for _ in range(2):
        with pytest.raises(AirlockError, match="no such file"):
            load(write(tmp_path / "m.yaml", "rpms: {include: [absent.txt]}\n", head=HEAD), store)
    assert kept(store) == []


def test_a_damaged_one_is_taken_away_and_the_manifest_checked(tmp_path: Path) -> None:
    path, store = released(tmp_path), tmp_path / "kept"
    first = load(path, store)
    (one,) = kept(store)
    one.write_bytes(one.read_bytes().replace(b"nginx", b"other"))
    assert load(path, store) == first
    assert b"other" not in kept(store)[0].read_bytes()


def test_another_model_of_manifests_knows_none_of_them(tmp_path: Path) -> None:
    class Another(SoundManifests):
        maker = "another"

    manifest = load(released(tmp_path))
    SoundManifests(tmp_path / "kept").add({"a": 1}, manifest)
    assert SoundManifests(tmp_path / "kept").manifest({"a": 1}) == manifest
    assert Another(tmp_path / "kept").manifest({"a": 1}) is None


def test_secrets_of_repo_files_are_not_kept(tmp_path: Path) -> None:
    write(tmp_path / "key", "key\n")
    repo = "[a]\nbaseurl=https://a.test/\nusername=me\npassword=s3cr3t\ngpgkey=file:///key\n"
    write(tmp_path / "a.repo", repo)
    path = write(tmp_path / "m.yaml", "rpms: {repo_files: [a.repo]}\n", head=HEAD)
    first, again = (load(path, tmp_path / "kept") for _ in range(2))
    assert isinstance(again, Manifest)
    assert again.environment({}) == first.environment({})
    assert "s3cr3t" in str(again.environment({}))
    assert all(b"s3cr3t" not in one.read_bytes() for one in kept(tmp_path / "kept"))
