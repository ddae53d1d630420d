"""The platform with registry and local repo on every control node; clients asked all the while it came to that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from airlock_core import media, strict_yaml
from airlock_core.locks.images import ImagesLock
from tests.site.guide import Walk
from tests.site.node import Node
from tests.site.platform import FIRST, SUBNETS, Platform, wait_until

SECONDS = 900
DEPLOYER = f"{SUBNETS['eth1']}.{FIRST}"
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
PULLING = ("control1", "control2", "control3", "compute1")
"""Nodes that have what pulls images."""
ASKING = "compute1"
"""The node with the clients."""


@dataclass
class Landed:
    """A platform of which landing is done.

    Args:
        images: of the medium: the names that pulls use, with their digests.
        answers: what each client got while the step ran, by what it asked.
    """

    walk: Walk
    images: dict[str, str]
    answers: dict[str, list[str]]

    @property
    def site(self) -> Platform:
        """The platform."""
        return self.walk.site

    def airlock(self, words: str) -> str:
        """Run airlock-site on the deployer; what it prints."""
        done = self.site.airlock(words, timeout=SECONDS)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def pulled(self, name: str) -> dict[str, str]:
        """Pull all images on a node by its own names and settings, as its tools would; their digests."""
        found = {}
        for image in self.images:
            command = "rm -rf /tmp/pulled; skopeo copy -q --all --preserve-digests"
            self.site.nodes[name].check(f"{command} docker://{image} dir:/tmp/pulled", SECONDS)
            found[image] = "sha256:" + self.site.nodes[name].check("sha256sum /tmp/pulled/manifest.json").split()[0]
        return found


def land(walk: Walk) -> Landed:
    """Type the step, while clients of the deployer's registry and repo ask on and on."""
    site, far = walk.site, walk.site.nodes[ASKING]
    site.everywhere("dnf install -y -q skopeo curl", SECONDS, PULLING)
    (far.path / "root/ca.crt").write_bytes((site.deployer.path / "etc/airlock/pki/ca.crt").read_bytes())
    with (
        _asking(far, "asks-registry", f"https://{DEPLOYER}:5000/v2/_catalog", "/root/ca.crt") as registry,
        _asking(far, "asks-repo", f"http://{DEPLOYER}:8001/BaseOS/repodata/repomd.xml") as repo,
    ):
        walk.landing()
    answers = {log.stem: log.read_text().splitlines() for log in (registry, repo)}
    far.check("rm /root/ca.crt /root/client.py /root/asks-*.log")
    return Landed(walk, _images(site), answers)


def _images(site: Platform) -> dict[str, str]:
    lock = strict_yaml.loads(site.deployer.check(f"cat /run/airlock/media/{media.LOCKS}/images.lock"), where="lock")
    images = ImagesLock.from_data(lock, where="images.lock").images
    return {f"{image.ref.host}/{image.ref.repository}:{image.tag}": str(image.digest) for image in images}


@contextmanager
def _asking(where: Node, name: str, url: str, ca: str = "-") -> Iterator[Path]:
    """A client on a node that asks for a URL on and on; the file with its answers."""
    (where.path / "root/client.py").write_text(CLIENT)
    log = where.path / f"root/{name}.log"
    where.check(f"systemd-run --quiet --unit={name} python3 /root/client.py {url} {ca} /root/{name}.log")
    try:
        wait_until(log.is_file)
        yield log
    finally:
        where.check(f"systemctl stop {name}")
