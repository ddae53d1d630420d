"""Images of Docker's media types: what readers of registry.tar find by name, and what the site's clients do."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_core import media, oci
from airlock_core.locks import ImagesLock, ReleaseLocks
from airlock_installer.serve.load import load
from airlock_installer.serve.storage import RegistryStorage
from tests.integration.cli.airlock import Airlock
from tests.standin.images import registry
from tests.standin.run import run
from tests.standin.upstream import Upstream

pytestmark = pytest.mark.integration

NAMES = ("demo/docker:1.0", "demo/web:1.0")


@pytest.fixture
def carried(alone: Airlock, running_upstream: Upstream, tmp_path: Path) -> tuple[Path, ImagesLock]:
    """registry.tar with one image twice: in Docker's types, and in OCI's; and its lock."""
    with registry.serve(tmp_path / "upstream", seed=running_upstream.images.storage) as own:
        source, target = (f"docker://{own.address}/{name}" for name in reversed(NAMES))
        plain = ("--src-tls-verify=false", "--dest-tls-verify=false")
        run("skopeo", "--insecure-policy", "copy", *plain, "--format", "v2s2", source, target)
        refs = [f"{own.address}/{name}" for name in NAMES]
        alone.write({"images": {"refs": refs, "insecure": [own.address]}})
        alone("lock", "-m", "release.yaml")
        alone("fetch", "-m", "release.yaml")
    alone("build", "iso", "-m", "release.yaml", "-o", tmp_path / "one.iso")
    archive = tmp_path / "registry.tar"
    run("osirrox", "-no_rc", "-indev", tmp_path / "one.iso", "-extract", f"/{media.REGISTRY_TAR}", archive)
    return archive, ReleaseLocks.load(alone.folder / "locks/release").images


def test_the_sites_clients_find_them_by_name(carried: tuple[Path, ImagesLock], tmp_path: Path) -> None:
    archive, lock = carried
    load(archive, lock.images, RegistryStorage(tmp_path / "site/storage"))
    with registry.serve(tmp_path / "site") as site:
        for image in lock.images:
            raw = run("skopeo", "inspect", "--tls-verify=false", "--raw", f"docker://{site.address}/{image.site_name}")
            kind = oci.parse(raw.encode(), where=image.site_name).media_type
            assert kind == (oci.DOCKER_MANIFEST if "docker" in image.site_name else oci.OCI_MANIFEST)
            options = ("--src-tls-verify=false", "--preserve-digests")
            target = tmp_path / image.ref.repository.rpartition("/")[2]
            run(
                "skopeo",
                "--insecure-policy",
                "copy",
                *options,
                f"docker://{site.address}/{image.site_name}",
                f"dir:{target}",
            )
            assert run("skopeo", "manifest-digest", target / "manifest.json").strip() == str(image.digest)


def test_skopeo_picks_those_of_ocis_types_by_name_out_of_the_archive(carried: tuple[Path, ImagesLock]) -> None:
    archive, _ = carried
    run("skopeo", "inspect", "--raw", f"oci-archive:{archive}:demo/web:1.0")
