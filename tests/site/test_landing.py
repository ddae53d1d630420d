"""Step landing on the guide's platform: registry and local repo on every control node, behind the virtual address.

A client pulls, and another reads the repo, all the while that the services are handed over: none may see a failure.
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests import demo
from tests.site.landed import PULLING, SECONDS, Landed
from tests.site.node import Node
from tests.site.platform import USER, VIP, Platform, wait_until

pytestmark = pytest.mark.site


def test_landing_hands_over_and_no_client_sees_a_failure(landed: Landed) -> None:
    for lines in landed.answers.values():
        assert len(lines) > 5, lines
        assert [line for line in lines if " ok " not in line] == []
    assert f"gate passed on {len(landed.site.control)} nodes" in landed.airlock("status")


def test_every_node_pulls_all_images_at_the_virtual_address(landed: Landed) -> None:
    assert {name: landed.pulled(name) for name in PULLING} == dict.fromkeys(PULLING, landed.images)


def test_second_run_changes_nothing_and_neither_does_serve_up(landed: Landed) -> None:
    assert landed.airlock("run landing -v").count("changed=0") == len(landed.site.nodes)
    again = json.loads(landed.airlock("serve up --json"))
    assert (again["written"], again["started"], again["changed"]) == ([], [], False)


def test_preflight_and_prepare_lead_nobody_back_to_the_deployer(landed: Landed) -> None:
    before = {name: _pulls_by(each) for name, each in landed.site.nodes.items()}
    assert all(f"baseurl=http://{VIP}:8001/BaseOS" in text for text in before.values()), before
    landed.airlock("prepare")
    assert landed.airlock("run preflight -v").count("changed=0") == len(landed.site.nodes)
    assert {name: _pulls_by(each) for name, each in landed.site.nodes.items()} == before


def _pulls_by(each: Node) -> str:
    return each.check("cat /etc/yum.repos.d/burrito.repo /etc/containers/registries.conf.d/50-airlock.conf")


def test_pulls_through_the_address_are_trusted_by_the_site_s_ca_alone_and_pushes_are_refused(landed: Landed) -> None:
    far = landed.site.nodes["control2"]
    code = f"curl -s -o /dev/null -w '%{{http_code}}' https://{VIP}:6000/v2/"
    ca = f"--cacert /etc/containers/certs.d/{VIP}:6000/ca.crt"
    assert far.run(code).returncode == 60
    assert far.check(f"{code} {ca}") == "200"
    assert far.check(f"{code}demo/new/blobs/uploads/ -X POST {ca}") == "401"
    password = (landed.site.deployer.path / "etc/airlock/registry.password").read_text().strip()
    assert far.check(f"{code}demo/new/blobs/uploads/ -X POST {ca} -u airlock:{password}") == "405"
    assert far.check("stat -c '%U %a' /etc/airlock/pki/registry.key") == "root 600\n"


def test_gate_sees_what_a_control_node_lacks_and_a_further_run_mends_it(landed: Landed, whole: Platform) -> None:
    far = whole.nodes["control2"]
    blob = far.check("ls -S /var/lib/airlock/registry/docker/registry/v2/blobs/sha256/*/*/data | head -n 1").strip()
    far.check(f"rm {blob}; systemctl restart airlock-registry")
    told = landed.airlock("install --from landing --until landing")
    assert "but: control2: its own registry: expected " in told
    assert far.check(f"sha256sum {blob}").split()[0] == blob.split("/")[-2]
    far.check("systemctl stop airlock-repo")
    told = landed.airlock("install --from landing --until landing")
    assert "control2: airlock-repo.service: expected active, found inactive" in told
    assert far.check("systemctl is-active airlock-repo") == "active\n"


def test_disk_that_is_full_is_told_before_anything_is_copied_and_the_rerun_removes_what_was_on_its_way(
    landed: Landed, whole: Platform
) -> None:
    far, place = whole.nodes["control3"], "/var/lib/airlock/repo"
    # As it is there when a run is cut in the middle of a copy.
    left = f"/home/{USER}/.ansible/tmp/ansible-tmp-1"
    far.check(f"su {USER} -c 'mkdir -p -m 700 {left} && echo key > {left}/source'")
    far.check(f"mount -t tmpfs -o size=80m tmpfs {place}")
    try:
        done = whole.airlock("run landing", timeout=SECONDS)
        assert done.returncode == 8, done.stderr
        assert f"no space for the files of the local repo in {place}" in done.stderr
        assert far.check(f"find {place} -type f") == ""
    finally:
        far.check(f"umount {place}")
    landed.airlock("run landing")
    far.check(f"test ! -e {left}")


def test_drill_restarts_a_control_node_while_the_medium_is_away_and_pulls_go_on(
    landed: Landed, whole: Platform
) -> None:
    before = whole.deployer.check("ls /run/airlock/media")
    with ThreadPoolExecutor(1) as pool:
        booted = pool.submit(_boot_when_down, whole, "control2")
        told = json.loads(landed.airlock("drill landing --json"))
        booted.result()
    assert (told["node"], told["medium"]) == ("control2", "away")
    assert 0 < told["seconds"] <= told["promised"] == 17
    assert whole.deployer.check("ls /run/airlock/media") == before
    assert landed.pulled("control2") == landed.images


def _boot_when_down(site: Platform, name: str) -> None:
    """Boot a node again when it has gone down: nspawn leaves that to whoever called it."""
    site.nodes[name].wait_ended(SECONDS)
    site.boot(name)


def test_deployer_that_restarts_without_its_medium_serves_on(landed: Landed, whole: Platform) -> None:
    whole.cut("control1")
    whole.boot("control1", drive=False)
    alone = whole.deployer
    states = "systemctl is-active airlock-registry airlock-repo haproxy"
    wait_until(lambda: alone.run(states).stdout.split() == ["active"] * 3, SECONDS)
    assert alone.run("ls /run/airlock/media/release").returncode != 0
    wait_until(lambda: alone.run(f"curl -fsS http://{VIP}:8001/release/release.json").returncode == 0)
    for name in PULLING:
        assert landed.pulled(name) == landed.images
    assert "done before: landing" in landed.airlock("install --from landing --until landing")
    doctor = landed.airlock("doctor --quick")
    assert "NOTE     medium: " in doctor
    assert "airlock-media.service" not in doctor
    assert landed.airlock("run preflight -v").count("changed=0") == len(whole.nodes)
    whole.cut("control1")
    whole.boot("control1")
    whole.deployer.check(demo.UP, SECONDS)
    whole.come_home()
