"""The small release is what its tools take for the real thing: dnf its packages, an OCI client its chart."""

from collections.abc import Iterator
from pathlib import Path

import oras.client
import pytest

from tests.standin.fixtures import SMALL
from tests.standin.keys import PUBLIC_KEY
from tests.standin.run import run
from tests.standin.upstream import Upstream

pytestmark = pytest.mark.integration

WANTED = {"greeter-2.0-1.noarch", "hello-1.1-1.x86_64", "hello-data-1.1-1.noarch", "tally-0.3-1.noarch"}
CONFIG = """[main]
cachedir={folder}/cache
persistdir={folder}/persist
logdir={folder}/log
reposdir={folder}/none
varsdir={folder}/none
module_platform_id=platform:el8
install_weak_deps=0
[small]
name=small
baseurl=http://{address}/small/rpms
gpgcheck=1
repo_gpgcheck=1
gpgkey=file://{key}
"""


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstream]:
    with Upstream.start(tmp_path_factory.mktemp("upstream"), big=False) as running:
        yield running


@pytest.fixture
def dnf(up: Upstream, tmp_path: Path) -> Iterator[tuple[str | Path, ...]]:
    """Give a dnf command for an empty system that knows the small repository alone, and ends the agent it leaves."""
    config = tmp_path / "dnf.conf"
    config.write_text(CONFIG.format(folder=tmp_path, address=up.http, key=PUBLIC_KEY))
    root = tmp_path / "root"
    yield ("dnf", "-y", "-c", config, "--installroot", root, "--releasever", "8", "--forcearch", "x86_64")
    for home in tmp_path.rglob("pubring"):
        run("gpgconf", "--homedir", home, "--kill", "all")


def test_dnf_installs_the_group_and_the_module_with_all_signatures_checked(
    dnf: tuple[str | Path, ...],
) -> None:
    run(*dnf, "install", "@hello-tools", "greeter")
    installed = run(*dnf, "-q", "repoquery", "--installed", "--qf", "%{name}-%{version}-%{release}.%{arch}")
    assert {nevra for nevra in installed.split() if not nevra.startswith("gpg-pubkey")} == WANTED


def test_dnf_knows_the_modules_stream(dnf: tuple[str | Path, ...]) -> None:
    assert "Greets by name, in its second stream" in run(*dnf, "module", "info", "greeter:2")


def test_an_oci_client_pulls_the_chart(up: Upstream, tmp_path: Path) -> None:
    client = oras.client.OrasClient(insecure=True)
    pulled = client.pull(target=f"{up.registry}/charts/pebble-api:0.2.0", outdir=str(tmp_path))
    assert [Path(path).read_bytes() for path in pulled] == [(SMALL / "charts" / "pebble-api-0.2.0.tgz").read_bytes()]
