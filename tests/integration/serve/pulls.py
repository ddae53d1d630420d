"""Real clients that pull from a site's registry, by the configuration that is written for nodes."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from airlock_core import digest
from airlock_core.digest import Digest
from airlock_core.locks.images import LockedImage
from tests.integration.serve.site import Site
from tests.standin.run import ENVIRONMENT


def copied(source: str, folder: Path, *options: str, registries: Path = Path("/dev/null")) -> Digest:
    """Have skopeo pull all platforms; the digest of what came."""
    words = ["skopeo", "--insecure-policy", "--registries-conf", str(registries), "copy", "-q", "--all"]
    subprocess.run([*words, *options, source, f"dir:{folder}"], env=ENVIRONMENT, check=True, capture_output=True)
    return digest.of_file(folder / "manifest.json")


def original(image: LockedImage) -> str:
    """The name that an image had where it was locked."""
    return f"{image.ref.name}:{image.tag}"


@dataclass(frozen=True)
class Node:
    """What a node has of the configuration, and a client of its own kind.

    Args:
        deployer: the site.
        folder: for images, with a short name: podman takes no runroot of more than 50 letters.
    """

    deployer: Site
    folder: Path

    def skopeo(self, image: LockedImage) -> Digest:
        """Pull an image by its original name into a folder; the digest of what came."""
        target = self.folder / "skopeo" / image.ref.repository
        target.parent.mkdir(parents=True, exist_ok=True)
        return copied(f"docker://{original(image)}", target, f"--src{self._certificates}", registries=self._registries)

    def podman(self, image: LockedImage) -> Digest:
        """Pull an image by its original name into storage; the digest that podman tells."""
        policy = self.folder / "policy.json"
        policy.write_text('{"default": [{"type": "insecureAcceptAnything"}]}')
        podman = ["podman", f"--root={self.folder}/root", f"--runroot={self.folder}/run", "--storage-driver=vfs"]
        podman.append("--cgroup-manager=cgroupfs")
        env = {**ENVIRONMENT, "PATH": os.environ["PATH"], "CONTAINERS_REGISTRIES_CONF": str(self._registries)}
        pull = [*podman, "pull", "-q", f"-{self._certificates}", f"--signature-policy={policy}", original(image)]
        subprocess.run(pull, env=env, check=True, capture_output=True)
        inspect = [*podman, "image", "inspect", "--format={{.Digest}}", original(image)]
        told = subprocess.run(inspect, env=env, check=True, capture_output=True, text=True).stdout
        return Digest.parse(told.strip())

    @property
    def _registries(self) -> Path:
        return self.deployer.layout.clients / "etc/containers/registries.conf.d/50-airlock.conf"

    @property
    def _certificates(self) -> str:
        folder = self.deployer.layout.clients / "etc/containers/certs.d" / self.deployer.endpoints.registry_name
        return f"-cert-dir={folder}"
