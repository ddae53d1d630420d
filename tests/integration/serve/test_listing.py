"""What other control nodes get of the deployer: mirrored for real, by the module, from registry and repo that run."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from airlock_core import manifest_file, media
from airlock_core.digest import Digest
from airlock_core.errors import AirlockError
from airlock_installer.media import mount
from airlock_installer.serve import listing
from airlock_installer.serve.client import ACCEPT
from airlock_installer.serve.inspect import inspect
from airlock_installer.serve.storage import RegistryStorage
from airlock_installer.serve.up import images_of
from airlock_installer.steps.playbook import ansible_folder
from tests import made_medium
from tests.integration.serve.site import Site, site
from tests.registry_tar import Made


def _module(name: str, **words: Any) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, ansible_folder() / f"library/{name}.py"],
        input=json.dumps({"ANSIBLE_MODULE_ARGS": words}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _mirror(deployer: Site, root: Path, files: list[dict[str, Any]]) -> dict[str, Any]:
    url, ca = f"https://{deployer.address}", str(deployer.layout.ca_certificate)
    return _module("mirror", root=str(root), files=files, url=url, ca=ca, accept=ACCEPT)


def _served(deployer: Site, files: list[dict[str, Any]]) -> dict[str, Any]:
    url, ca = f"https://{deployer.address}", str(deployer.layout.ca_certificate)
    return _module("served", url=url, ca=ca, accept=ACCEPT, files=files, catalog=True)


def test_mirrored_storage_is_file_by_file_the_deployer_s_own(made: Made, tmp_path: Path) -> None:
    with site(made) as deployer:
        deployer.up()
        files = listing.registry_files(made.images, deployer.storage)
        done = _mirror(deployer, tmp_path / "copy", files)
        assert done["changed"], done
        assert _mirror(deployer, tmp_path / "copy", files)["changed"] is False
        assert _files(tmp_path / "copy") == _files(deployer.storage.root)
        found = inspect(made.images, RegistryStorage(tmp_path / "copy"), deep=True)
        assert (found.lacking, found.damaged) == ((), ())


def test_blob_that_rotted_on_the_deployer_reaches_no_other_node(made: Made, tmp_path: Path) -> None:
    with site(made) as deployer:
        deployer.up()
        files = listing.registry_files(made.images, deployer.storage)
        blob = max(deployer.storage.blobs(), key=lambda path: path.stat().st_size)
        blob.write_bytes(b"x" * blob.stat().st_size)
        done = _mirror(deployer, tmp_path / "copy", files)
        assert done["failed"] is True
        assert f"sha256:{blob.parent.name}: its bytes have" in done["msg"]
        assert not list((tmp_path / "copy").rglob("link"))


def test_served_names_what_a_registry_lacks_and_what_is_shorter(made: Made) -> None:
    with site(made) as deployer:
        deployer.up()
        asked = listing.asked(made.images, deployer.storage)
        sound = _served(deployer, asked)
        assert (sound["fault"], sound["wrong"]) == ("", {})
        assert sound["catalog"] == sorted({image.ref.repository for image in made.images})
        assert sound["images"] == sorted({image.site_name for image in made.images})
        gone = made.images[0]
        shutil.rmtree(deployer.storage.tag_link(gone.ref.repository, gone.tag or "").parents[2])
        assert "answers with status 404" in _served(deployer, asked)["wrong"][gone.site_name]
        assert gone.ref.repository in _served(deployer, asked)["images"]
        blob = max(deployer.storage.blobs(), key=lambda path: path.stat().st_size)
        blob.write_bytes(b"short")
        assert "has 5 bytes, and must have" in " ".join(_served(deployer, asked)["wrong"].values())


def test_registry_that_does_not_answer_is_a_fault_and_no_exception(made: Made, tmp_path: Path) -> None:
    done = _module("served", url="https://127.0.0.1:1", ca=str(made.path), files=[], catalog=True)
    assert done["fault"]
    assert _module("served", url="https://127.0.0.1:1", ca=str(tmp_path / "no"), files=[])["fault"]


def test_repo_files_are_what_is_served_of_the_medium_with_metadata_last(tmp_path: Path) -> None:
    repomd, package = b"<repomd/>", b"rpm"
    files = {
        str(listing.REPOMD): repomd,
        "BaseOS/Packages/a/a.rpm": package,
        "ks/deployer.ks": b"secret",
        "registry.tar": b"tar",
        "release/locks/images.lock": b"lock",
    }
    release = made_medium.write(tmp_path, files)
    listed = {each["path"]: each for each in listing.repo_files(tmp_path, release)}
    assert sorted(listed) == [
        *("BaseOS/Packages/a/a.rpm", "BaseOS/repodata/repomd.xml"),
        *("release/MANIFEST", "release/locks/images.lock", "release/release.json"),
    ]
    assert listed["BaseOS/Packages/a/a.rpm"]["digest"] == str(Digest.sha256(package))
    assert {path for path, each in listed.items() if each["wave"]} == {str(listing.REPOMD), "release/release.json"}
    shown = {each["path"]: each["digest"] for each in listing.shown(tmp_path)}
    assert shown[f"/{listing.REPOMD}"] == str(Digest.sha256(repomd))


def test_medium_whose_documents_disagree_is_not_listed(tmp_path: Path) -> None:
    release = made_medium.write(tmp_path, {"BaseOS/a": b"a"})
    entry = manifest_file.Entry(listing.REPOMD, Digest.sha256(b""), 0)
    (tmp_path / media.MANIFEST).write_text(manifest_file.dumps([entry]))
    with pytest.raises(AirlockError, match="altered"):
        listing.repo_files(tmp_path, release)


def test_images_are_those_of_the_lock_that_stands_in_a_folder(made: Made) -> None:
    with site(made) as deployer:
        release = mount.required(deployer.layout).release
        assert images_of(deployer.layout.medium, release) == made.images


def _files(root: Path) -> dict[str, bytes]:
    found = {str(path.relative_to(root)): path for path in root.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith("incoming")}
