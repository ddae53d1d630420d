"""What a release takes without signatures that dnf can check: it can be installed at the site, and nothing else so."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from airlock_builder.manifest.checking import checked
from airlock_builder.manifest.model import Manifest
from airlock_builder.stage.documents import locks_and_keys
from airlock_builder.stage.written import Staging
from airlock_core import media
from airlock_core.locks import ReleaseLocks
from airlock_core.signatures import Keyring
from airlock_installer.serve.dnf import repo_file
from tests import realdata
from tests.integration.media.material import KEY, SMALL
from tests.integration.rpms.signing import signer
from tests.standin.run import ToolFailed, run

pytestmark = pytest.mark.integration

Install = Callable[..., str]


@pytest.fixture
def install(tmp_path: Path) -> Iterator[Install]:
    """Installs packages by a burrito.repo that excuses some of them."""
    root, repos = tmp_path / "root", tmp_path / "repos"
    for folder in (repos, tmp_path / "logdir"):
        folder.mkdir()
    base = shutil.copytree(SMALL / "rpms", tmp_path / "medium/BaseOS")
    run("rpmsign", "--delsign", base / "Packages/hello-data-1.1-1.noarch.rpm")
    run("rpmsign", "--delsign", base / "Packages/tally-0.3-1.noarch.rpm")
    shutil.rmtree(base / "repodata")
    run("createrepo_c", "--quiet", base)

    def install(*names: str, excused: list[str]) -> str:
        text = repo_file([base.parent.as_uri()], [KEY.name], excused)
        (repos / "burrito.repo").write_text(text.replace("file:///etc/pki/rpm-gpg", KEY.parent.as_uri()))
        folders = [f"--setopt={name}={tmp_path / name}" for name in ("cachedir", "persistdir", "logdir", "varsdir")]
        options = (*folders, f"--setopt=reposdir={repos}", "--setopt=module_platform_id=platform:el8")
        run("dnf", "-y", *options, "--installroot", root, "--releasever=8", "--forcearch=x86_64", "install", *names)
        return run("rpm", "--root", root, "-qa", "--qf", "%{name} ")

    yield install
    for home in tmp_path.rglob("pubring"):
        run("gpgconf", "--homedir", home, "--kill", "all")


def test_a_package_without_a_signature_is_installed_where_the_release_excuses_it(install: Install) -> None:
    with pytest.raises(ToolFailed, match=r"hello-data-1\.1-1\.noarch\.rpm is not signed"):
        install("hello", excused=[])
    assert {"hello", "hello-data"} <= set(install("hello", excused=["hello-data-1.1-1.noarch"]).split())


def test_the_excuse_of_one_package_is_not_that_of_another(install: Install) -> None:
    with pytest.raises(ToolFailed, match=r"tally-0\.3-1\.noarch\.rpm is not signed"):
        install("hello-data", "tally", excused=["hello-data-1.1-1.noarch"])


def test_keys_that_the_platforms_rpm_cannot_import_are_kept_apart(tmp_path: Path) -> None:
    keys = realdata.folder("keys/RPM-GPG-KEY-ceph.com", "keys/RPM-GPG-KEY-Rocky-9") / "keys"
    ceph, rocky = keys / "RPM-GPG-KEY-ceph.com", keys / "RPM-GPG-KEY-Rocky-9"
    mixed = tmp_path / "RPM-GPG-KEY-mixed"
    mixed.write_text(ceph.read_text() + rocky.read_text())
    with signer() as home:
        curve = home.public(home.make("curve", "ed25519"), tmp_path / "RPM-GPG-KEY-curve")

    def placed(release: str) -> dict[str, bytes]:
        repos = [{"id": path.name, "baseurl": "http://h", "gpgkey": [path]} for path in (ceph, rocky, mixed, curve)]
        facts = {"metadata": {"name": "t", "version": "1", "number": 1}, "rpms": {"repos": repos}}
        platform = {"os": "rocky", "release": release}
        manifest = checked(Manifest, {"apiVersion": "airlock/v1", "kind": "Release", "platform": platform, **facts})
        staging = Staging(tmp_path / release)
        files = list(locks_and_keys(manifest, ReleaseLocks(), options=(), staging=staging))
        found = {str(file.path.relative_to(media.RELEASE)): file.source for file in files}
        return {path: source.read_bytes() for path, source in found.items() if path.startswith("keys/")}

    names = [f"keys/RPM-GPG-KEY-{name}.asc" for name in ("Rocky-9", "ceph.com", "mixed")]
    assert sorted(placed("8.10")) == [*names, "keys/unreadable/RPM-GPG-KEY-curve.asc"]
    nine = placed("9.4")
    unreadable = [f"keys/unreadable/RPM-GPG-KEY-{name}.asc" for name in ("ceph.com", "curve", "mixed")]
    assert sorted(nine) == ["keys/RPM-GPG-KEY-Rocky-9.asc", "keys/RPM-GPG-KEY-mixed.asc", *unreadable]
    assert nine["keys/RPM-GPG-KEY-Rocky-9.asc"] == rocky.read_bytes()
    assert nine["keys/unreadable/RPM-GPG-KEY-ceph.com.asc"] == ceph.read_bytes()
    (tmp_path / "split").write_bytes(nine["keys/RPM-GPG-KEY-mixed.asc"])
    assert Keyring.load([tmp_path / "split"]).fingerprints == Keyring.load([rocky]).fingerprints
