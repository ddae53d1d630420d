"""A release pushed and pulled by the real program, through the real registry; read by other clients too."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import oras.client
import pytest

from airlock_core import atomic
from tests.integration.shipping.conftest import ISO, TAG, Shop
from tests.standin.run import run

pytestmark = [pytest.mark.integration, pytest.mark.long]

NAMES = {
    *("rpms.lock", "images.lock", "charts.lock", "files.lock", "manifests/burrito.yaml"),
    *(ISO, f"{ISO}.sha256", f"{ISO}.release.json", "release/release.json", "release/MANIFEST"),
}
PARTS = ("--part-size", "1M")


@pytest.mark.parametrize("parts", [(), PARTS], ids=["whole", "in parts"])
def test_what_was_pushed_is_pulled_and_verifies(shop: Shop, parts: tuple[str, ...]) -> None:
    pushed = shop.push(*parts).json
    pulled = shop.pull().json
    assert pushed["reference"] == f"{shop.repository}:{TAG}"
    assert pulled["pinned"] == pushed["pinned"] == f"{shop.repository}@{pushed['digest']}"
    files = shop.files()
    assert files.keys() == NAMES
    assert files[ISO] == shop.iso.read_bytes()
    assert all(files[f"{kind}.lock"] == (shop.airlock.folder / f"locks/{kind}.lock").read_bytes() for kind in KINDS)
    shop.airlock("verify", shop.out / ISO)


KINDS = ("rpms", "images", "charts", "files")


def test_the_artifact_is_of_its_type_with_the_empty_configuration(shop: Shop) -> None:
    digest = shop.push(*PARTS).json["digest"]
    raw = run("skopeo", "inspect", "--tls-verify=false", "--raw", f"docker://{shop.repository}:{TAG}")
    assert f"sha256:{hashlib.sha256(raw.encode()).hexdigest()}" == digest
    manifest = json.loads(raw)
    assert manifest["artifactType"] == "application/vnd.airlock.release.v1"
    assert manifest["config"]["mediaType"] == "application/vnd.oci.empty.v1+json"
    last = manifest["layers"][-1]["annotations"]
    assert last["airlock.io/whole-digest"] == f"sha256:{hashlib.sha256(shop.iso.read_bytes()).hexdigest()}"


def test_orass_own_client_gets_the_files_by_name_and_cat_joins_the_parts(shop: Shop, tmp_path: Path) -> None:
    shop.push(*PARTS)
    (tmp_path / "o").mkdir()
    came = oras.client.OrasClient(insecure=True).pull(f"{shop.repository}:{TAG}", outdir=str(tmp_path / "o"))
    got = {Path(one).relative_to(tmp_path / "o") for one in came}
    parts = sorted(name for name in got if ".part-" in name.name)
    assert {str(name) for name in got} - {str(name) for name in parts} == NAMES - {ISO}
    assert b"".join((tmp_path / "o" / name).read_bytes() for name in parts) == shop.iso.read_bytes()


def test_a_second_push_is_done_at_once(shop: Shop) -> None:
    first = shop.push().json
    second = shop.push().json
    assert (first["unchanged"], first["new"]) == (False, len(NAMES))
    assert (second["unchanged"], second["new"], second["digest"]) == (True, 0, first["digest"])


def test_blobs_that_are_there_are_not_sent_again(shop: Shop) -> None:
    shop.push("--without-iso")
    assert shop.push(tag="other").json["new"] == len(NAMES) - 5


def test_a_tag_with_other_content_stays_unless_forced(shop: Shop) -> None:
    first = shop.push().json["digest"]
    ran = shop.push("--without-iso", expect=3)
    assert first in ran.err
    assert "raise metadata.number" in ran.err
    assert shop.pull("--without-iso").json["digest"] == first
    moved = shop.push("--without-iso", "--force").json["digest"]
    assert shop.pull("--without-iso").json["digest"] == moved != first


def test_a_release_without_its_iso_is_locks_and_manifest(shop: Shop) -> None:
    shop.push("--without-iso")
    shop.pull()
    assert shop.files().keys() == {name for name in NAMES if name.endswith((".lock", ".yaml"))}


def test_what_a_manifest_extends_goes_with_it(shop: Shop) -> None:
    manifest = shop.airlock.folder / "burrito.yaml"
    (shop.airlock.folder / "common").mkdir()
    (shop.airlock.folder / "common/base.yaml").write_text("metadata: {name: burrito}\n")
    manifest.write_text(f"extends: [common/base.yaml]\n{manifest.read_text()}")
    shop.push("--without-iso")
    shop.pull()
    files = shop.files()
    assert files["manifests/burrito.yaml"] == manifest.read_bytes()
    assert files["manifests/base.yaml"] == b"metadata: {name: burrito}\n"


def test_documents_can_be_had_without_the_iso(shop: Shop) -> None:
    shop.push()
    shop.pull("--without-iso")
    assert shop.files().keys() == NAMES - {ISO}


def test_several_isos_of_a_release_keep_their_documents_apart(shop: Shop) -> None:
    _copy(shop, "second.iso")
    shop.push(ISO, "second.iso", *PARTS)
    shop.pull()
    both = {f"{name}.d/release/{file}" for name in (ISO, "second.iso") for file in ("release.json", "MANIFEST")}
    assert both <= shop.files().keys()
    for name in (ISO, "second.iso"):
        shop.airlock("verify", shop.out / name)


def _copy(shop: Shop, name: str) -> None:
    for suffix in ("", ".release.json"):
        shutil.copy(f"{shop.iso}{suffix}", shop.airlock.folder / f"{name}{suffix}")
    digest = hashlib.sha256(shop.iso.read_bytes()).hexdigest()
    (shop.airlock.folder / f"{name}.sha256").write_text(f"{digest}  {name}\n")


def test_a_second_pull_fetches_nothing(shop: Shop) -> None:
    shop.push(*PARTS)
    assert shop.pull().json["new_bytes"] > 0
    assert shop.pull().json["new_bytes"] == 0


def test_it_can_be_pulled_by_digest(shop: Shop) -> None:
    digest = shop.push().json["digest"]
    assert shop.pull(what=f"@{digest}").json["digest"] == digest


def test_files_of_other_content_are_kept_unless_forced(shop: Shop) -> None:
    shop.push(*PARTS)
    shop.pull()
    (shop.out / ISO).write_bytes(b"mine")
    (shop.out / "rpms.lock").write_bytes(b"mine too")
    ran = shop.pull(expect=3)
    assert f"{shop.out / ISO}: is there already" in ran.err
    assert f"{shop.out / 'rpms.lock'}: is there already" in ran.err
    assert shop.files()["rpms.lock"] == b"mine too"
    shop.pull("--force")
    assert shop.files()[ISO] == shop.iso.read_bytes()


def test_an_iso_that_was_altered_is_not_pushed(shop: Shop) -> None:
    with shop.iso.open("r+b") as file:
        file.seek(1 << 20)
        file.write(b"altered")
    ran = shop.push(expect=4)
    assert f"{ISO}: is not the ISO that its .release.json speaks of" in ran.err
    assert "there is no such release" in shop.pull(expect=5).err


def test_an_iso_of_other_locks_is_not_pushed(shop: Shop) -> None:
    lock = shop.airlock.folder / "locks/files.lock"
    lock.write_text(lock.read_text().replace("standin.test/small", "standin.test/other"))
    assert f"{ISO}: was not built from this files.lock" in shop.push(expect=4).err


def test_an_iso_of_another_release_is_not_pushed(shop: Shop) -> None:
    manifest = shop.airlock.folder / "burrito.yaml"
    manifest.write_text(manifest.read_text().replace("number: 12", "number: 13"))
    assert "the ISO is burrito 1.4.4, number 12" in shop.push(expect=4).err


@pytest.mark.parametrize("missing", ["", ".sha256", ".release.json"])
def test_what_lacks_beside_the_iso_is_named(shop: Shop, missing: str) -> None:
    Path(f"{shop.iso}{missing}").unlink()
    assert f"{ISO}{missing}: there is no such file" in shop.push(expect=3).err


def test_two_pulls_into_one_folder_do_not_mix(shop: Shop) -> None:
    shop.push()
    with atomic.held(shop.out / ".airlock-pull.lock", "it"):
        assert "is held by process" in shop.pull(expect=10).err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("push", "releases/burrito"), "names no registry"),
        (("push", "r.test/a@sha256:" + "0" * 64), "a digest is not chosen"),
        (("push", "r.test/A:1"), "not an image reference"),
        (("push", "r.test/a", ISO, "--without-iso"), "an ISO and --without-iso"),
        (("push", "r.test/a", "--part-size", "1K"), "no size of at least 1 MiB"),
        (("push", "r.test/a", "--client-key", ISO), "a key without its certificate"),
        (("pull", "r.test/a", "-o", "out"), "names no release"),
    ],
)
def test_wrong_use_is_told(shop: Shop, words: tuple[str, ...], said: str) -> None:
    assert said in shop.airlock(*words, "-m", "burrito.yaml", expect=2).err


def test_offline_nobody_is_asked(shop: Shop) -> None:
    assert "not fetched: --offline" in shop.pull("--offline", expect=5).err


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 17 MiB, one more than stays free."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to mount a small tmpfs")
    folder = tmp_path / "disk"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=17m", "none", folder], check=True)
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_too_small_a_disk_is_told_before_anything_is_fetched(shop: Shop, small_disk: Path) -> None:
    shop.push()
    ran = shop.airlock(
        "pull", f"{shop.repository}:{TAG}", "-o", small_disk / "out", "--insecure", shop.address, expect=6
    )
    assert "not enough space" in ran.err
    assert not [path for path in small_disk.rglob("*") if path.is_file()]
