"""Step landing on three control nodes, the first of them a deployer with a medium: registry and repo behind the VIP.

A client pulls, and another reads the repo, all the while that the services are handed over: none may see a failure.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from airlock_core import media, strict_yaml
from airlock_core.locks.images import ImagesLock
from tests.site import platform
from tests.site.node import Node
from tests.site.platform import VIP, Platform, wait_until

pytestmark = pytest.mark.site

SECONDS = 900
DEPLOYER = "192.168.21.101"
CLIENT = """\
import ssl, sys, time, urllib.request
url, ca, log = sys.argv[1:4]
context = ssl.create_default_context(cafile=ca) if ca != '-' else None
while True:
    try:
        request = urllib.request.Request(url, headers={'Accept': '*/*', 'Cache-Control': 'no-cache'})
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:
            told = 'ok %d' % len(answer.read())
    except Exception as error:
        told = 'failed %r' % error
    with open(log, 'a') as file:
        print('%.2f %s' % (time.time(), told), file=file)
    time.sleep(0.02)
"""
"""A client that asks on and on, by a connection of its own each time, and writes down each answer."""


@dataclass
class Trio:
    """Three control nodes, and the images of the medium: the names that pulls use, with their digests."""

    site: Platform
    images: dict[str, str]

    @property
    def nodes(self) -> dict[str, Node]:
        return self.site.nodes

    @property
    def deployer(self) -> Node:
        return self.site.deployer

    def airlock(self, words: str) -> str:
        """Run airlock-site on the deployer; what it prints."""
        done = self.site.airlock(words, timeout=SECONDS)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def pull(self, name: str) -> dict[str, str]:
        """Pull all images on a node by its own names and settings, as its tools would; their digests."""
        found = {}
        for image in self.images:
            command = "rm -rf /tmp/pulled; skopeo copy -q --all --preserve-digests"
            self.nodes[name].check(f"{command} docker://{image} dir:/tmp/pulled", SECONDS)
            found[image] = "sha256:" + self.nodes[name].check("sha256sum /tmp/pulled/manifest.json").split()[0]
        return found


@pytest.fixture(scope="module")
def trio(iso: Path, layer: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Trio]:
    """Three control nodes of which preflight and ha are done, each with a client that pulls."""
    with platform.booted(platform.THREE, iso, tmp_path_factory.mktemp("landing"), layer) as site:
        # Where another site's test runs on this machine, its drive has a medium of the same label in it.
        site.deployer.check("airlock-site media mount --from /srv/burrito.iso", SECONDS)
        site.settle()
        lock = site.deployer.check(f"cat /run/airlock/media/{media.LOCKS}/images.lock")
        images = ImagesLock.from_data(strict_yaml.loads(lock, where="images.lock"), where="images.lock").images
        trio = Trio(
            site, {f"{image.ref.host}/{image.ref.repository}:{image.tag}": str(image.digest) for image in images}
        )
        trio.airlock("install --until ha")
        site.everywhere("dnf install -y -q skopeo python3 openssl curl", SECONDS)
        yield trio


@contextmanager
def asking(where: Node, name: str, url: str, ca: str = "-") -> Iterator[Path]:
    """A client on a node that asks for a URL on and on; the file with its answers."""
    (where.path / "root/client.py").write_text(CLIENT)
    log = where.path / f"root/{name}.log"
    log.unlink(missing_ok=True)
    where.check(f"systemd-run --quiet --unit={name} python3 /root/client.py {url} {ca} /root/{name}.log")
    try:
        wait_until(log.is_file)
        yield log
    finally:
        where.check(f"systemctl stop {name}")


def failures(log: Path) -> list[str]:
    """The answers that were none; there must be answers."""
    lines = log.read_text().splitlines()
    assert len(lines) > 5, lines
    return [line for line in lines if " ok " not in line]


def test_landing_hands_over_and_no_client_sees_a_failure(trio: Trio) -> None:
    far = trio.nodes["control3"]
    (far.path / "root/ca.crt").write_bytes((trio.deployer.path / "etc/airlock/pki/ca.crt").read_bytes())
    with (
        asking(far, "asks-registry", f"https://{DEPLOYER}:5000/v2/_catalog", "/root/ca.crt") as registry,
        asking(far, "asks-repo", f"http://{DEPLOYER}:8001/BaseOS/repodata/repomd.xml") as repo,
    ):
        told = trio.airlock("run landing -v")
        assert failures(registry) == failures(repo) == []
    assert "gate passed on 3 nodes" in trio.airlock("status")
    assert "failed=0" in told
    for name in trio.nodes:
        assert trio.pull(name) == trio.images
        assert trio.nodes[name].check("systemctl is-active airlock-registry airlock-repo").split() == ["active"] * 2


def test_second_run_changes_nothing_and_neither_does_serve_up(trio: Trio) -> None:
    assert trio.airlock("run landing -v").count("changed=0") == len(trio.nodes)
    again = json.loads(trio.airlock("serve up --json"))
    assert (again["written"], again["started"], again["changed"]) == ([], [], False)


def test_preflight_and_prepare_lead_nobody_back_to_the_deployer(trio: Trio) -> None:
    before = {name: _pulls_by(each) for name, each in trio.nodes.items()}
    assert all(f"baseurl=http://{VIP}:8001/BaseOS" in text for text in before.values()), before
    trio.airlock("prepare")
    assert trio.airlock("run preflight -v").count("changed=0") == len(trio.nodes)
    assert {name: _pulls_by(each) for name, each in trio.nodes.items()} == before


def _pulls_by(each: Node) -> str:
    return each.check("cat /etc/yum.repos.d/burrito.repo /etc/containers/registries.conf.d/50-airlock.conf")


def test_pulls_through_the_address_are_trusted_by_the_site_s_ca_alone_and_pushes_are_refused(trio: Trio) -> None:
    far = trio.nodes["control2"]
    code = f"curl -s -o /dev/null -w '%{{http_code}}' https://{VIP}:6000/v2/"
    ca = f"--cacert /etc/containers/certs.d/{VIP}:6000/ca.crt"
    assert far.run(code).returncode == 60
    assert far.check(f"{code} {ca}") == "200"
    assert far.check(f"{code}demo/new/blobs/uploads/ -X POST {ca}") == "401"
    password = (trio.deployer.path / "etc/airlock/registry.password").read_text().strip()
    assert far.check(f"{code}demo/new/blobs/uploads/ -X POST {ca} -u airlock:{password}") == "405"
    assert far.check("stat -c '%U %a' /etc/airlock/pki/registry.key") == "root 600\n"


def test_no_key_and_no_password_is_in_logs_and_ledger(trio: Trio) -> None:
    keys = sorted((trio.deployer.path / "etc/airlock/pki").rglob("*.key"))
    assert len(keys) == 1 + len(trio.nodes)
    lines = [key.read_text().splitlines()[1] for key in keys]
    lines.append((trio.deployer.path / "etc/airlock/registry.htpasswd").read_text().strip().partition(":")[2])
    for line in lines:
        found = trio.deployer.run(
            f"grep -rlF -- '{line}' /var/log/airlock /var/lib/airlock/ledger.sqlite /run/airlock/ansible"
        )
        assert found.stdout == ""


def test_gate_sees_what_a_control_node_lacks_and_a_further_run_mends_it(trio: Trio) -> None:
    far = trio.nodes["control2"]
    blob = far.check("ls -S /var/lib/airlock/registry/docker/registry/v2/blobs/sha256/*/*/data | head -n 1").strip()
    far.check(f"rm {blob}; systemctl restart airlock-registry")
    told = trio.airlock("install --from landing --until landing")
    assert "but: control2: its own registry: expected " in told
    assert far.check(f"sha256sum {blob}").split()[0] == blob.split("/")[-2]
    far.check("systemctl stop airlock-repo")
    told = trio.airlock("install --from landing --until landing")
    assert "control2: airlock-repo.service: expected active, found inactive" in told
    assert far.check("systemctl is-active airlock-repo") == "active\n"


def test_disk_that_is_full_is_told_before_anything_is_copied(trio: Trio) -> None:
    far, place = trio.nodes["control3"], "/var/lib/airlock/repo"
    far.check(f"mount -t tmpfs -o size=80m tmpfs {place}")
    try:
        done = trio.site.airlock("run landing", timeout=SECONDS)
        assert done.returncode == 8, done.stderr
        assert f"no space for the files of the local repo in {place}" in done.stderr
        assert far.check(f"find {place} -type f") == ""
    finally:
        far.check(f"umount {place}")
    trio.airlock("run landing")


def test_drill_restarts_a_control_node_while_the_medium_is_away_and_pulls_go_on(trio: Trio) -> None:
    before = trio.deployer.check("ls /run/airlock/media")
    with ThreadPoolExecutor(1) as pool:
        booted = pool.submit(_boot_when_down, trio.site, "control2")
        told = json.loads(trio.airlock("drill landing --json"))
        booted.result()
    assert (told["node"], told["medium"]) == ("control2", "away")
    assert 0 < told["seconds"] <= told["promised"] == 17
    assert trio.deployer.check("ls /run/airlock/media") == before
    assert trio.pull("control2") == trio.images


def _boot_when_down(site: Platform, name: str) -> None:
    """Boot a node again when it has gone down: nspawn leaves that to whoever called it."""
    site.nodes[name].wait_ended(SECONDS)
    site.boot(name)


def test_deployer_that_restarts_without_its_medium_serves_on(trio: Trio) -> None:
    trio.site.cut("control1")
    trio.site.boot("control1", drive=False)
    alone = trio.deployer
    states = "systemctl is-active airlock-registry airlock-repo haproxy"
    wait_until(lambda: alone.run(states).stdout.split() == ["active"] * 3, SECONDS)
    assert alone.run("ls /run/airlock/media/release").returncode != 0
    wait_until(lambda: alone.run(f"curl -fsS http://{VIP}:8001/release/release.json").returncode == 0)
    for name in trio.nodes:
        assert trio.pull(name) == trio.images
    assert "done before: landing" in trio.airlock("install --from landing --until landing")
    assert trio.airlock("run preflight -v").count("changed=0") == len(trio.nodes)
