"""The ISO boots on BIOS and on UEFI, installs without a hand on the keyboard, and comes up as the appliance.

The guest reports by the exit status of what is run in it; each failure ends with its serial console.
"""

import json
import re
from pathlib import Path

import pytest

from airlock_core import strict_yaml
from airlock_core.locks import ImagesLock, LockedImage
from tests import demo, soak
from tests.vm.qemu import Guest

pytestmark = pytest.mark.vm

BUILD = Path(__file__).parents[2] / "build"
LOCKS = BUILD / "demo" / "locks"
PICTURES = BUILD / "vm"
UP = 600.0
ONCE = pytest.mark.parametrize("deployer", ["bios"], indirect=True)  # long, and the same with any firmware
PREFLIGHT = 900.0


@pytest.fixture(scope="session")
def appliance(deployer: Guest) -> Guest:
    """The deployer with its services up."""
    deployer.check(demo.UP, UP)
    PICTURES.mkdir(parents=True, exist_ok=True)
    deployer.screenshot(PICTURES / f"console-{deployer.machine.firmware}.png")  # for people to look at
    return deployer


def test_medium_is_found_mounted_read_only_and_verified_by_itself(appliance: Guest) -> None:
    status = json.loads(appliance.check("sudo airlock-site media status --json"))
    options = appliance.check("findmnt -no FSTYPE,OPTIONS /run/airlock/media")
    assert "iso9660" in options
    assert "ro," in options or options.strip().endswith("ro")
    assert status["verified"] is True, status


def test_services_run_under_systemd_on_the_contract_ports(appliance: Guest) -> None:
    units = "airlock-media.service airlock-registry.service airlock-repo.service"
    assert appliance.check(f"systemctl is-active {units}").split() == ["active"] * 3
    listening = appliance.check("sudo ss -Htln")
    assert ":5000 " in listening
    assert ":8001 " in listening


def test_status_says_what_runs(appliance: Guest) -> None:
    text = appliance.check("sudo airlock-site status")
    for word in ("registry", "repo", "5000", "8001"):
        assert word in text, text


@ONCE
def test_dnf_installs_from_the_local_repo_alone_with_signatures_checked(appliance: Guest) -> None:
    repos = appliance.check("dnf -q repolist --enabled").splitlines()[1:]
    assert [line.split()[0] for line in repos] == ["burrito"]
    config = appliance.check("cat /etc/yum.repos.d/burrito.repo")
    assert "gpgcheck=1" in config.replace(" ", "")
    appliance.check("! command -v tree")
    appliance.check("sudo dnf -y -q install tree", 300)
    appliance.check("command -v tree && tree --version")
    key = appliance.check("rpm -q --qf '%{RSAHEADER:pgpsig}' tree").lower()
    assert "key id" in key, key


@ONCE
def test_every_image_is_pulled_by_its_locked_digest(appliance: Guest) -> None:
    images = ImagesLock.from_data(strict_yaml.load(LOCKS / "images.lock")).images
    assert len(images) >= 3
    assert [image for image in images if not _pulled(appliance, image)] == []


@ONCE
@pytest.mark.soak
@pytest.mark.skipif(not soak.FULL, reason="minutes under emulation: `make soak`; `make site` has it in a container")
def test_preflight_passes_its_gate_on_the_one_node(appliance: Guest) -> None:
    told = appliance.check("sudo airlock-site run preflight", PREFLIGHT)
    assert "PLAY RECAP" in told
    assert "its gate passed on 1 node" in told, told
    status = appliance.check("sudo airlock-site status")
    assert re.search(r"preflight\s+.*(passed|done|committed)", status), status


@ONCE
def test_the_appliance_comes_back_after_a_reboot(appliance: Guest) -> None:
    boot = appliance.check("cat /proc/sys/kernel/random/boot_id")
    appliance.ssh("sudo systemctl reboot")
    appliance.wait_for(r"login:", UP)
    appliance.wait_for_ssh(UP)
    assert appliance.check("cat /proc/sys/kernel/random/boot_id") != boot
    appliance.check(f"{demo.UP}; systemctl is-active airlock-media airlock-registry airlock-repo", UP)
    assert _pulled(appliance, ImagesLock.from_data(strict_yaml.load(LOCKS / "images.lock")).images[0])
    appliance.check("curl -fsS -o /dev/null http://localhost:8001/BaseOS/repodata/repomd.xml")


def _pulled(guest: Guest, image: LockedImage) -> bool:
    """Pull one image with skopeo, all its platforms, and compare the digest of what arrived."""
    source = f"docker://localhost:5000/{image.ref.repository}@{image.digest}"
    command = (
        f"rm -rf /tmp/pulled && skopeo copy -q --all --preserve-digests {source} dir:/tmp/pulled"
        " && sha256sum /tmp/pulled/manifest.json"
    )
    return guest.check(command, 300).split()[0] == image.digest.hex
