"""Ansible collections of Galaxy servers, URLs and this machine's disk, with what they require."""

from __future__ import annotations

import hashlib
import json
import subprocess
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.airlock import PROGRAM, Airlock
from tests.integration.files.conftest import GALAXY, HOST, Servers, locked
from tests.standin.galaxy import API, Collection

pytestmark = pytest.mark.integration

SERVER = f"http://{GALAXY}"
KUBE = Collection("kubernetes.core", "3.2.0", {"ansible.utils": ">=2.0.0,<4.0.0"})
UTILS = tuple(Collection("ansible.utils", version) for version in ("1.0.0", "2.5.0", "3.0.0", "4.0.0", "3.1.0-beta.1"))


def galaxy(name: str, version: str = "*") -> dict[str, str]:
    return {"name": name, "version": version, "source": SERVER}


def lock(airlock: Airlock, *collections: dict[str, Any], expect: int = 0, more: tuple[str, ...] = ()) -> str:
    ran = airlock("lock", "-m", write(airlock, *collections), *more, expect=expect)
    return ran.out + ran.err


def write(airlock: Airlock, *collections: dict[str, Any], **more: Any) -> Path:
    return airlock.write({"collections": list(collections), "locks": ".", **more})


def test_a_range_is_locked_to_the_newest_with_what_it_requires(airlock: Airlock, servers: Servers) -> None:
    servers.galaxy.has(KUBE, *UTILS)
    lock(airlock, galaxy("kubernetes.core", ">=3,<4"))
    found = locked(airlock)
    assert sorted(found) == ["ansible-utils-3.0.0.tar.gz", "kubernetes-core-3.2.0.tar.gz"]
    entry = found["kubernetes-core-3.2.0.tar.gz"]
    assert entry["checksum"] == f"sha256:{hashlib.sha256(KUBE.archive).hexdigest()}"
    assert entry["requires"] == ["ansible.utils >=2.0.0,<4.0.0"]
    assert entry["checksum_from"] == "index"
    assert entry["download_url"].startswith(f"{SERVER}{API}")
    told = airlock("why", "-m", "release.yaml", "kubernetes.core").out
    assert f"  locked as 3.2.0 {entry['checksum']}\n" in told
    told = airlock("why", "-m", "release.yaml", "ansible.utils").out
    assert "asked for as kubernetes.core >=3,<4 in release.yaml: collections[0]" in told
    assert "    kubernetes.core 3.2.0 requires ansible.utils >=2.0.0,<4.0.0" in told
    assert airlock("plan", "-m", "release.yaml", "--offline", "--json").status == 0


def test_a_newer_version_is_told_by_check_and_moves_only_what_is_named(airlock: Airlock, servers: Servers) -> None:
    servers.galaxy.has(KUBE, *UTILS)
    path = write(airlock, galaxy("kubernetes.core", ">=3"))
    airlock("lock", "-m", path)
    servers.galaxy.has(Collection("kubernetes.core", "3.3.0", KUBE.requires), Collection("ansible.utils", "3.5.0"))
    told = airlock("lock", "-m", path, "--check", expect=7).err
    assert "another version fits the range >=3" in told
    assert "kubernetes.core  3.2.0 → 3.3.0" in told
    assert "its server gives another version for what requires it" in told
    assert "ansible.utils  3.0.0 → 3.5.0" in told
    servers.collections.log.clear()
    airlock("lock", "-m", path, "--update", "ansible.utils")
    assert sorted(locked(airlock)) == ["ansible-utils-3.5.0.tar.gz", "kubernetes-core-3.2.0.tar.gz"]
    asked = [one.path for one in servers.collections.log.all()]
    assert not any("kubernetes" in one for one in asked), "what stays is not asked for"

    airlock("lock", "-m", path)
    assert "kubernetes-core-3.3.0.tar.gz" in locked(airlock)


def test_versions_are_chosen_so_that_all_agree(airlock: Airlock, servers: Servers) -> None:
    servers.galaxy.has(
        Collection("a.one", "1.0.0", {"b.two": "<2"}),
        Collection("a.one", "2.0.0", {"b.two": ">=2"}),
        Collection("b.two", "1.5.0"),
        Collection("c.three", "1.0.0", {"b.two": "==1.5.0"}),
    )
    lock(airlock, galaxy("a.one"), galaxy("c.three"))
    assert sorted(locked(airlock)) == ["a-one-1.0.0.tar.gz", "b-two-1.5.0.tar.gz", "c-three-1.0.0.tar.gz"]
    told = lock(airlock, galaxy("a.one", "2.0.0"), galaxy("c.three"), expect=3)
    assert "collections[0]: no version of b.two fits" in told
    assert "a.one 2.0.0 requires >=2" in told


def test_what_a_server_does_not_have_is_told(airlock: Airlock, servers: Servers) -> None:
    servers.galaxy.has(*UTILS)
    told = lock(airlock, galaxy("ansible.utils", ">=9"), expect=3)
    assert "no version of ansible.utils fits" in told
    assert "the manifest asks for >=9; looked at: 4.0.0, 3.1.0-beta.1, 3.0.0, 2.5.0, 1.0.0" in told
    assert "there is no collection ansible.utilz" in lock(airlock, galaxy("ansible.utilz"), expect=3)
    servers.put("api/index.html", "<html>")
    told = lock(airlock, {"name": "a.b", "version": "1", "source": f"http://{HOST}"}, expect=5)
    assert "is no answer of a Galaxy server" in told
    lock(airlock, galaxy("ansible.utils", "3.1.0-beta.1"))
    assert list(locked(airlock)) == ["ansible-utils-3.1.0-beta.1.tar.gz"]


def test_an_archive_that_is_not_what_its_server_says_is_refused(airlock: Airlock, servers: Servers) -> None:
    servers.galaxy.has(UTILS[0])
    servers.galaxy.lies[UTILS[0].filename] = "0" * 64
    told = lock(airlock, galaxy("ansible.utils"), expect=4)
    assert "expected sha256:0000" in told
    assert f"found sha256:{hashlib.sha256(UTILS[0].archive).hexdigest()}" in told
    servers.galaxy.lies.clear()
    servers.galaxy.collections[:] = [Collection("ansible.utils", "1.0.0", about={"version": "1.0.1"})]
    told = lock(airlock, galaxy("ansible.utils"), expect=4)
    assert "is not the collection that its server says: expected ansible.utils 1.0.0" in told


def test_archives_of_urls_and_of_this_machine_bring_what_they_require(airlock: Airlock, servers: Servers) -> None:
    servers.galaxy.has(*UTILS)
    url = servers.put("drops/some-name.tgz", KUBE.archive)
    local = Collection("vendor.array", "1.2.3", {"kubernetes.core": "*"})
    (airlock.folder / "drops").mkdir()
    (airlock.folder / "drops/array.tar.gz").write_bytes(local.archive)
    given = [{"url": url}, {"archive": "drops/array.tar.gz"}, galaxy("ansible.utils")]
    told = lock(airlock, *given)
    found = locked(airlock)
    assert sorted(found) == ["ansible-utils-3.0.0.tar.gz", "kubernetes-core-3.2.0.tar.gz", "vendor-array-1.2.3.tar.gz"]
    assert found["vendor-array-1.2.3.tar.gz"]["download_url"] == "drops/array.tar.gz"
    assert found["kubernetes-core-3.2.0.tar.gz"]["checksum_from"] == "taken"
    assert f"    sha256:{hashlib.sha256(KUBE.archive).hexdigest()}" in told
    airlock("lock", "-m", "release.yaml", "--check")
    told = airlock("why", "-m", "release.yaml", "array.tar.gz").out
    assert "digest from the day of the lock: nobody vouches for it" in told
    fresh = airlock.with_store(airlock.folder / "fresh")
    fresh("fetch", "-m", "release.yaml")
    (airlock.folder / "drops/array.tar.gz").write_bytes(b"other")
    again = airlock.with_store(airlock.folder / "again")
    assert "collection vendor-array-1.2.3.tar.gz: " in again("fetch", "-m", "release.yaml", expect=4).err


def test_an_option_has_what_it_alone_leads_to(airlock: Airlock, servers: Servers) -> None:
    servers.galaxy.has(KUBE, *UTILS, Collection("vendor.array", "1.0.0", {"vendor.base": "*", "ansible.utils": "<3"}))
    servers.galaxy.has(Collection("vendor.base", "1.0.0"))
    options = {"array": {"collections": [galaxy("vendor.array")]}}
    airlock("lock", "-m", write(airlock, galaxy("kubernetes.core"), options=options))
    found = {name: entry.get("options") for name, entry in locked(airlock).items()}
    assert found == {
        "kubernetes-core-3.2.0.tar.gz": None,
        "ansible-utils-2.5.0.tar.gz": None,
        "vendor-array-1.0.0.tar.gz": ["array"],
        "vendor-base-1.0.0.tar.gz": ["array"],
    }


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


@pytest.mark.parametrize(
    ("collection", "said"),
    [
        (Collection("a.b", "1.0.0", entries=(entry("../evil"),)), "holds '../evil', which leads out of it"),
        (Collection("a.b", "1.0.0", entries=(entry("x", tarfile.SYMTYPE, "/etc"),)), "holds the link x → /etc"),
        (Collection("a.b", "1.0.0", entries=(entry("x", tarfile.CHRTYPE),)), "which is neither a file"),
        (Collection("a.b", "1.0.0", damaged=("README.md",)), "has other bytes in README.md than it says"),
        (Collection("a.b", "1.0.0", about={"name": "../c"}), "has no name or no version"),
        (Collection("a.b", "1.0.0", {"c.d": "newest"}), "requires c.d newest, which is no range"),
    ],
)
def test_a_hostile_or_damaged_archive_is_refused(
    collection: Collection, said: str, airlock: Airlock, servers: Servers
) -> None:
    url = servers.put("a-b-1.0.0.tar.gz", collection.archive)
    told = lock(airlock, {"url": url}, expect=3 if "range" in said else 4)
    assert said in told


def test_what_is_no_collection_is_refused(airlock: Airlock, servers: Servers) -> None:
    assert "is no tar archive" in lock(airlock, {"url": servers.put("x.tar.gz", b"<html>" * 100)}, expect=4)
    again = {"name": "a.b", "version": "1.x || 2"}
    assert "not a version or range: '1.x || 2'" in lock(airlock, again, expect=3)


def test_ansible_galaxy_installs_them_from_the_medium_without_a_network(
    airlock: Airlock, servers: Servers, tmp_path: Path
) -> None:
    linked = Collection("ansible.utils", "3.0.0", files={"plugins/a.py": b"# a\n"}, links={"plugins/b.py": "a.py"})
    servers.galaxy.has(KUBE, linked)
    base = {"collections": [galaxy("kubernetes.core")], "locks": "."}
    airlock("lock", "-m", airlock.write(base))
    airlock("fetch", "-m", "release.yaml")
    folder = staged(airlock, tmp_path / "medium")
    home = tmp_path / "home"
    words = ("collection", "install", "--offline", "-r", "requirements.yml", "-p", str(home / "c"))
    env = {"PATH": "/usr/bin:/bin", "HOME": str(home), "LC_ALL": "C.UTF-8", "http_proxy": "http://127.0.0.1:9"}
    program = PROGRAM.with_name("ansible-galaxy")
    subprocess.run([program, *words], cwd=folder / "collections", env=env, check=True, capture_output=True)
    manifest = home / "c/ansible_collections/kubernetes/core/MANIFEST.json"
    assert json.loads(manifest.read_text())["collection_info"]["version"] == "3.2.0"
    assert (home / "c/ansible_collections/ansible/utils/plugins/b.py").read_text() == "# a\n"


def staged(airlock: Airlock, target: Path) -> Path:
    """The medium's files of a release, laid out in a folder."""
    from airlock_builder import pipeline
    from airlock_builder.stage import stage
    from airlock_builder.store import Store

    target.mkdir()
    manifest = pipeline.load(airlock.folder / "release.yaml")
    scratch = target.with_name("scratch")
    scratch.mkdir()
    options = tuple(manifest.options)
    found = stage(manifest, pipeline.read_locks(airlock.folder), Store(airlock.store), scratch, options)
    for file in found.tree:
        place = target / file.path
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            place.write_bytes(Path(file.source).read_bytes())
    return target


def test_ansibles_own_client_takes_the_same_from_the_same_server(
    airlock: Airlock, servers: Servers, tmp_path: Path
) -> None:
    servers.galaxy.has(KUBE, *UTILS)
    lock(airlock, galaxy("kubernetes.core", ">=3"))
    env = {"PATH": "/usr/bin:/bin", "HOME": str(tmp_path), "LC_ALL": "C.UTF-8", "NO_PROXY": "*"}
    words = ("collection", "download", "-s", f"http://{servers.collections.address}", "-p", str(tmp_path / "c"))
    program = PROGRAM.with_name("ansible-galaxy")
    subprocess.run([program, *words, "kubernetes.core:>=3"], env=env, check=True, capture_output=True)
    theirs = {path.name: path.read_bytes() for path in (tmp_path / "c").glob("*.tar.gz")}
    ours = {name: entry["checksum"] for name, entry in locked(airlock).items()}
    assert ours == {name: f"sha256:{hashlib.sha256(data).hexdigest()}" for name, data in theirs.items()}
