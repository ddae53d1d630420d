"""``serve up`` and ``serve status`` with the real registry, the real nginx before it, and real clients."""

from __future__ import annotations

import datetime
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from airlock_core import atomic, oci
from airlock_core.digest import Digest
from airlock_core.errors import HeldError, MachineError
from airlock_core.locks.images import LockedImage
from airlock_installer.media import mount
from airlock_installer.serve import pki, services, status
from airlock_installer.serve.inspect import Damage, inspect
from tests.integration.serve.pulls import Node, copied
from tests.integration.serve.site import Site, site
from tests.registry_tar import Made, make
from tests.soak import cases
from tests.standin.run import run

pytestmark = [
    pytest.mark.integration,
    pytest.mark.long,
    pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a medium and to run nginx as on a site"),
]
SEED = 7
OTHER = "127.0.0.2"
"""Another address of this machine, as on another network."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return make(tmp_path_factory.mktemp("made"), images=12, size=2 << 20)


@pytest.fixture(scope="module")
def running(made: Made) -> Iterator[Site]:
    with site(made) as deployer:
        deployer.up()
        yield deployer


@pytest.fixture
def deployer(running: Site) -> Iterator[Site]:
    """A site that is up; what a test breaks is mended after it."""
    yield running
    running.up(deep=True)


def state(deployer: Site, *, deep: bool = False) -> status.Images:
    return status.images(deployer.made.images, deployer.client, deployer.storage, deep=deep)


def test_every_image_is_pulled_over_tls_with_the_digest_of_the_lock(deployer: Site, tmp_path: Path) -> None:
    for number, image in enumerate(deployer.made.images):
        source = f"docker://{deployer.address}/{image.site_name}"
        assert copied(source, tmp_path / str(number), f"--src-cert-dir={deployer.certificates}") == image.digest


@pytest.fixture
def node(deployer: Site) -> Iterator[Node]:
    """A node, with the configuration that is written for it."""
    with tempfile.TemporaryDirectory() as folder:
        yield Node(deployer, Path(folder))


def test_nodes_pull_by_the_original_names_with_the_configuration_written_for_them(node: Node) -> None:
    images = node.deployer.made.images
    assert [node.skopeo(image) for image in images] == [image.digest for image in images]


@pytest.mark.skipif(shutil.which("podman") is None, reason="podman is not installed")
def test_podman_pulls_by_the_original_names_with_the_configuration_written_for_nodes(node: Node) -> None:
    images = node.deployer.made.images[:4]
    assert [node.podman(image) for image in images] == [image.digest for image in images]


def test_a_client_without_the_ca_is_not_content(deployer: Site, tmp_path: Path) -> None:
    (image, *_) = deployer.made.images
    with pytest.raises(subprocess.CalledProcessError) as caught:
        copied(f"docker://{deployer.address}/{image.site_name}", tmp_path / "image")
    assert b"certificate signed by unknown authority" in caught.value.stderr


def test_second_up_changes_nothing(deployer: Site) -> None:
    again = deployer.up()
    assert (again.changed, again.written, again.started, again.loaded.new) == (False, (), (), 0)
    assert again.loaded.images == len(deployer.made.images)


def curl(deployer: Site, *words: str) -> str:
    """The status of an answer of the registry's."""
    options = ["-s", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", str(deployer.layout.ca_certificate)]
    return str(run("curl", *options, *words)).strip()


@pytest.mark.parametrize(("method", "path"), [("POST", "blobs/uploads/"), ("DELETE", "manifests/1.0"), ("PUT", "x")])
def test_push_and_delete_need_the_password_and_find_the_registry_read_only(
    deployer: Site, method: str, path: str
) -> None:
    url = f"https://{deployer.address}/v2/made/image-000/{path}"
    assert curl(deployer, "-X", method, url) == "401"
    assert curl(deployer, "-X", method, "-u", "airlock:guessed", url) == "401"
    password = deployer.layout.push_password.read_text().strip()
    assert curl(deployer, "-X", method, "-u", f"airlock:{password}", url) in ("404", "405")
    assert deployer.layout.push_password.stat().st_mode & 0o777 == 0o600


def test_reading_needs_no_password(deployer: Site) -> None:
    url = f"https://{deployer.address}/v2/made/image-001/manifests/1.0"
    accept = f"Accept: {oci.OCI_MANIFEST}"
    assert [curl(deployer, "-H", accept, url), curl(deployer, "-H", accept, "--head", url)] == ["200", "200"]


def test_status_of_a_whole_registry_finds_nothing(deployer: Site) -> None:
    found = state(deployer, deep=True)
    assert found.equal, found


def test_lacking_tag_blob_and_link_are_named_with_the_reason(deployer: Site) -> None:
    tag, blob, link, moved = deployer.made.images[:4]
    storage = deployer.storage
    storage.tag_link(tag.ref.repository, "1.0").unlink()
    lost = own_layer(deployer, blob)
    storage.blob(lost).unlink()
    storage.layer_link(link.ref.repository, own_layer(deployer, link)).unlink()
    storage.tag_link(moved.ref.repository, "1.0").write_text(str(tag.digest))
    assert [(lack.image, lack.why) for lack in state(deployer).lacking] == [
        (tag.site_name, "it is not linked whole in its repository"),
        (blob.site_name, f"it lacks the blob {lost}"),
        (link.site_name, "it is not linked whole in its repository"),
        (moved.site_name, "it is not linked whole in its repository"),
    ]
    assert deployer.up().loaded.new == 3
    assert state(deployer).equal


def own_layer(deployer: Site, image: LockedImage) -> Digest:
    """A layer or config that no other image has."""
    links = list((deployer.storage.root / "docker/registry/v2/repositories").rglob("_layers/sha256/*/link"))
    users = Counter(link.parent.name for link in links)
    own = [link.parent.name for link in links if f"/{image.ref.repository}/" in str(link)]
    return Digest("sha256", next(name for name in sorted(own) if users[name] == 1))


def test_image_that_the_lock_does_not_name_is_surplus(deployer: Site) -> None:
    (image, *_) = deployer.made.images
    link = deployer.storage.tag_link(image.ref.repository, "old")
    link.parent.mkdir(parents=True)
    link.write_text(str(image.digest))
    assert state(deployer).surplus == (f"{image.ref.repository}:old",)
    shutil.rmtree(link.parents[1])


@pytest.mark.soak
def test_each_damaged_blob_is_named_and_taken_from_the_medium_again(deployer: Site) -> None:
    chance = random.Random(SEED)
    blobs = sorted(deployer.storage.blobs())
    broken = chance.sample(blobs, min(cases(10, 50), len(blobs)))
    for path in broken:
        flip(path, chance)
    found = inspect(deployer.made.images, deployer.storage, deep=True).damaged
    assert {Path(damage.path) for damage in found} == set(broken)
    again = deployer.up(deep=True)
    assert set(again.repaired) == {damage.blob for damage in found}
    assert state(deployer, deep=True).equal


def flip(path: Path, chance: random.Random) -> None:
    """Turn one bit of a file, whose length stays."""
    data = bytearray(path.read_bytes())
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    path.write_bytes(data)


def test_damaged_layer_is_named_with_the_images_that_need_it(deployer: Site) -> None:
    image = deployer.made.images[1]
    layer = own_layer(deployer, image)
    flip(deployer.storage.blob(layer), random.Random(SEED))
    assert state(deployer).equal  # nobody read it
    (damage,) = state(deployer, deep=True).damaged
    assert damage == Damage(str(layer), str(deployer.storage.blob(layer)), damage.why, (image.site_name,))


def test_damaged_manifest_is_named_with_its_image(deployer: Site) -> None:
    image = deployer.made.images[1]
    flip(deployer.storage.blob(image.digest), random.Random(SEED))
    (damage,) = inspect(deployer.made.images, deployer.storage).damaged
    assert (damage.blob, damage.images) == (str(image.digest), (image.site_name,))


def test_expired_certificate_is_said_and_renewed(deployer: Site) -> None:
    long_ago = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=900)
    deployer.layout.pki.joinpath("registry.crt").unlink()
    authority = deployer.layout.ca_certificate.read_bytes()
    old = pki.Pki(deployer.layout.pki)
    for file in (old.ca_certificate, old.ca_key):
        file.unlink()
    pki.ensure(old, ["localhost", "127.0.0.1"], long_ago)
    deployer.processes.restart(services.REPO)
    wait(deployer)
    assert deployer.client.fault() == "its certificate is refused: certificate has expired (is the clock right?)"
    with pytest.raises(MachineError, match="certificate has expired"):
        state(deployer)
    assert services.REPO in deployer.up().started
    assert deployer.client.fault() == ""
    assert deployer.layout.ca_certificate.read_bytes() != authority


def wait(deployer: Site) -> None:
    while deployer.client.fault() == "Connection refused":
        """Until nginx listens again."""


def test_services_listen_on_all_interfaces_until_the_management_network_is_chosen(deployer: Site) -> None:
    assert listens(deployer) == {("0.0.0.0",)}
    chosen = replace(deployer, endpoints=replace(deployer.endpoints, address=OTHER, alone=True))
    assert services.REPO in chosen.up().started
    assert listens(chosen) == {("127.0.0.1", OTHER)}
    for port in (deployer.endpoints.registry, deployer.endpoints.repo):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.3", port))
    assert services.REPO in deployer.up().started


def listens(deployer: Site) -> set[tuple[str, ...]]:
    """Where the ports of both services are open."""
    return {one.listens for one in status.running(deployer.layout, deployer.endpoints, deployer.processes)}


def test_stopped_registry_is_told_from_a_lacking_image(deployer: Site) -> None:
    deployer.processes.stop(services.REPO)
    with pytest.raises(MachineError) as caught:
        state(deployer)
    assert (caught.value.what, caught.value.why) == ("the registry does not answer", "Connection refused")


def test_another_run_is_named(deployer: Site) -> None:
    with (
        atomic.held(deployer.layout.run / "serve.lock", "the registry"),
        pytest.raises(HeldError, match=f"the registry is held by process {os.getpid()}"),
    ):
        deployer.up()


def test_who_holds_a_port_is_named(deployer: Site) -> None:
    deployer.processes.stop(services.REPO)
    words = [sys.executable, "-m", "http.server", "--bind", "127.0.0.1", str(deployer.endpoints.registry)]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as thief:
        while deployer.client.fault() == "Connection refused":
            """Until it listens."""
        with pytest.raises(MachineError, match=rf"is taken by .*http\.server.* \(process {thief.pid}\)"):
            deployer.up()
        thief.kill()


def test_medium_that_is_not_there_is_said(deployer: Site) -> None:
    deployer.processes.stop(services.REPO)  # it has files of the medium open
    mount.unmount(deployer.layout)
    try:
        with pytest.raises(MachineError, match="no medium is mounted"):
            deployer.up()
    finally:
        mount.mount(deployer.layout, deployer.layout.root.parent / "medium")
