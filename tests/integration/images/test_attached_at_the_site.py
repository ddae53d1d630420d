"""What is attached to images is served at the site as clients look for it: by cosign's tags, by the tag of the list."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from airlock_builder.store import Store
from airlock_core.digest import of_file
from airlock_core.locks import ImagesLock
from airlock_installer.serve import status
from tests.integration.images.vendor import Vendor, as_list
from tests.integration.serve.site import Site, site
from tests.registry_tar import Made, written
from tests.standin.images import attach
from tests.standin.run import ENVIRONMENT

pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a medium and to run nginx as on a site"),
]
SPDX = "application/spdx+json"


def carried(vendor: Vendor, folder: Path) -> Made:
    """The registry.tar of what is locked, from the store after a fetch."""
    vendor.airlock("fetch", "-m", "release.yaml")
    folder.mkdir()
    return written(ImagesLock(vendor.locked), Store(vendor.airlock.store), folder)


def pulled(deployer: Site, reference: str, folder: Path) -> Path:
    """Have skopeo pull what a tag names, with all that it lists; its manifest."""
    words = ["skopeo", "--insecure-policy", "--registries-conf", "/dev/null", "copy", "-q", "--all"]
    source = f"docker://{deployer.address}/{reference}"
    certificates = f"--src-cert-dir={deployer.certificates}"
    subprocess.run([*words, certificates, source, f"dir:{folder}"], env=ENVIRONMENT, check=True, capture_output=True)
    return folder / "manifest.json"


def test_signatures_and_lists_are_pulled_by_the_tags_that_clients_ask_for(vendor: Vendor, tmp_path: Path) -> None:
    web, tool = vendor.repository("demo/web"), vendor.repository("demo/tool")
    image, index = web.digest("1.0"), tool.digest("1.0")
    signature = web.sign(image, attach.key())
    sbom = web.refer(image, SPDX, b"sbom")
    of_sbom = web.refer(sbom, "application/vnd.cncf.notary.signature", b"signature of the sbom")
    of_index = tool.sign(index, attach.key())
    platforms = ["linux/amd64", "linux/arm64"]
    vendor.lock(refs=("demo/web:1.0", "demo/tool:1.0"), attached=["all"], platforms=platforms)
    with site(carried(vendor, tmp_path / "made")) as deployer:
        loaded = deployer.up().loaded
        assert (loaded.images, loaded.attached) == (2, len(vendor.locked) - 2)
        assert str(of_file(pulled(deployer, f"demo/web:{as_list(image)}.sig", tmp_path / "1"))) == signature
        assert str(of_file(pulled(deployer, f"demo/tool:{as_list(index)}.sig", tmp_path / "2"))) == of_index
        for number, (subject, artifact) in enumerate(((image, sbom), (sbom, of_sbom))):
            listed = pulled(deployer, f"demo/web:{as_list(subject)}", tmp_path / f"list{number}")
            (entry,) = json.loads(listed.read_bytes())["manifests"]
            assert entry["digest"] == artifact
            assert json.loads((tmp_path / f"list{number}" / f"{artifact[7:]}.manifest.json").read_bytes())["subject"]
        state = status.images(vendor.locked, deployer.client, deployer.storage, deep=True)
        assert state.equal
        assert (state.locked, state.attached) == (2, len(vendor.locked) - 2)
