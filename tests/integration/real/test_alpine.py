"""A real image: from a registry into registry.tar, loaded by the installer, pulled with the same digest."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_core import media
from airlock_core.locks import LockedImage, ReleaseLocks
from airlock_installer.serve.load import load
from airlock_installer.serve.storage import RegistryStorage
from tests.integration.real.conftest import Carried, Field
from tests.standin.images import registry
from tests.standin.run import run

pytestmark = pytest.mark.integration


@pytest.fixture(scope="session")
def archive(carried: Carried, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """registry.tar, taken off the medium."""
    target = tmp_path_factory.mktemp("medium") / "registry.tar"
    run("osirrox", "-no_rc", "-indev", carried.iso, "-extract", f"/{media.REGISTRY_TAR}", target)
    return target


def alpine(carried: Carried) -> LockedImage:
    (image,) = ReleaseLocks.load(carried.locks).images.images
    return image


def digest_at(address: str, name: str) -> str:
    return run(
        "skopeo", "inspect", "--tls-verify=false", "--format", "{{.Digest}}", f"docker://{address}/{name}"
    ).strip()


def test_the_tag_is_locked_to_the_registrys_digest(field: Field, carried: Carried) -> None:
    image = alpine(carried)
    assert (image.ref.repository, image.tag) == ("library/alpine", "3.11")
    assert str(image.digest) == digest_at(field.upstream.registry, "library/alpine:3.11")


def test_loaded_by_the_installer_it_is_pulled_with_the_same_digest(
    carried: Carried, archive: Path, tmp_path: Path
) -> None:
    image = alpine(carried)
    loaded = load(archive, ReleaseLocks.load(carried.locks).images.images, RegistryStorage(tmp_path / "site/storage"))
    assert loaded.images == 1
    with registry.serve(tmp_path / "site") as site:
        assert digest_at(site.address, image.site_name) == str(image.digest)
        source = f"docker://{site.address}/{image.ref.repository}@{image.digest}"
        pulled = tmp_path / "pulled"
        run("skopeo", "--insecure-policy", "copy", "--src-tls-verify=false", source, f"dir:{pulled}")
        assert digest_of_dir(pulled) == str(image.digest)


def test_another_tool_reads_registry_tar_too(carried: Carried, archive: Path, tmp_path: Path) -> None:
    # by name skopeo finds only images of OCI's own media type; this one, pushed from a docker-archive, has Docker's
    run("skopeo", "--insecure-policy", "copy", "--preserve-digests", f"oci-archive:{archive}", f"dir:{tmp_path}/copied")
    assert digest_of_dir(tmp_path / "copied") == str(alpine(carried).digest)


def digest_of_dir(folder: Path) -> str:
    return run("skopeo", "manifest-digest", folder / "manifest.json").strip()
