"""The demo's medium and a deployer installed from it, as a container."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.site import node
from tests.site.node import Node

ROOT = Path(__file__).parents[2]
PLACE = "/media/medium"
# There is no ISO 9660 in a container: the medium is a folder there, found by its path and not by its label.
DROP_IN = f"""\
[Service]
ExecStart=
ExecStart=/usr/local/bin/airlock-site media mount --from {PLACE}
ExecStart=/usr/local/bin/airlock-site media verify -q
"""
INSTALL = (
    "set -e; mkdir -p /opt/airlock /var/log/airlock;"
    " tar -xzf /mnt/burrito-*.tar.gz -C /opt/airlock --strip-components=1 --no-same-owner;"
    " /opt/airlock/install.sh /mnt clex"
)


@pytest.fixture(scope="session")
def medium(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The content of the demo's ISO, built as `make demo` builds it."""
    subprocess.run([sys.executable, "-m", "tools.demo", "build"], cwd=ROOT, check=True, timeout=900)
    folder = tmp_path_factory.mktemp("medium")
    iso = ROOT / "build/demo/demo.iso"
    subprocess.run(["osirrox", "-indev", str(iso), "-extract", "/", str(folder)], check=True, capture_output=True)
    folder.chmod(0o755)  # pytest keeps others out of its folders, and nginx's workers are others
    return folder


@pytest.fixture(scope="session")
def deployer(medium: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A deployer as the kickstart's %post leaves it, booted, its services up."""
    state = tmp_path_factory.mktemp("deployer")
    with node.overlay(state) as root:
        node.run_in(root, {medium: "/mnt"}, INSTALL)
        folder = root / "etc/systemd/system/airlock-media.service.d"
        folder.mkdir()
        (folder / "container.conf").write_text(DROP_IN)
        with node.boot(root, state, {medium: PLACE}) as running:
            running.check("systemctl start airlock.target", 180)
            yield running
