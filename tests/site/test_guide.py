"""The published guide, followed to the letter on its eight nodes: after each command stands what it says people see."""

import json
import re

import pytest

from tests.site import state
from tests.site.guide import MOUNT, Walk
from tests.site.landed import Landed
from tests.site.platform import ADMIN, PASSWORD, SUBNETS, VIP, VIP_SVC

pytestmark = pytest.mark.site

RECAP = re.compile(r"^(\w+)\s+: ok=\d+\s+changed=\d+\s+unreachable=0\s+failed=0\s", re.MULTILINE)


def test_medium_is_mounted_and_the_installer_is_on_it(prepared: Walk) -> None:
    assert prepared.typed[MOUNT].status == 0
    listed = prepared.typed["ls /mnt/burrito-*.tar.gz"]
    assert re.fullmatch(r"/mnt/burrito-[\d.]+\.tar\.gz", listed.text.strip())


def test_prepare_sh_asks_for_the_interface_and_serves(prepared: Walk) -> None:
    told = prepared.typed["./prepare.sh offline"]
    assert told.status == 0, told.text
    assert "Enter management network interface name: eth1" in told.text
    assert "https://192.168.21.101:5000" in told.text
    assert "for a site of several, in /home/clex/burrito-" in told.text


def test_vault_asks_for_the_passwords_and_shows_none(prepared: Walk) -> None:
    told = prepared.typed["./run.sh vault"]
    assert told.status == 0, told.text
    assert told.text.splitlines()[-1] == "Encryption successful"
    assert PASSWORD not in told.text
    assert ADMIN not in told.text


def test_ping_succeeds_on_all_nodes(prepared: Walk) -> None:
    told = prepared.typed["./run.sh ping"]
    assert told.status == 0, told.text
    found = [line.split() for line in told.text.splitlines()]
    assert [(words[0], words[2]) for words in found[:8]] == [(name, "SUCCESS") for name in prepared.site.nodes]


def test_dry_run_of_all_steps_on_a_fresh_site_comes_to_its_end_and_changes_nothing(prepared: Walk) -> None:
    before = state.of(prepared.site)
    for words in ("install --until ha --check", "run landing --check"):
        done = prepared.site.airlock(words, timeout=1800)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "a dry run: nothing was changed" in done.stdout
    assert state.difference(before, state.of(prepared.site)) == {}


def test_preflight_ends_with_a_recap_without_failures(preflighted: Walk) -> None:
    told = preflighted.typed["./run.sh preflight"]
    assert told.status == 0, told.text
    assert "PLAY RECAP" in told.text
    assert set(RECAP.findall(told.text)) == set(preflighted.site.nodes)


def test_every_node_has_the_local_repo_alone(preflighted: Walk) -> None:
    told = preflighted.typed["sudo dnf repolist"]
    assert [line.split() for line in told.text.splitlines()][-1] == ["burrito", "Burrito", "Repo"]
    repos = preflighted.site.everywhere("dnf -q repolist")
    # How wide its columns are goes by the terminal.
    found = {name: [line.split() for line in text.splitlines()[1:]] for name, text in repos.items()}
    assert found == {name: [["burrito", "Burrito", "Repo"]] for name in repos}


def test_control_nodes_have_each_other_as_time_sources_and_the_others_the_control_nodes(preflighted: Walk) -> None:
    control = {f"{SUBNETS['eth1']}.{101 + at}" for at in range(3)}
    told = preflighted.typed["chronyc sources"].text.splitlines()
    assert {line.split()[1] for line in told[-2:]} == {"control2", "control3"}
    shown = preflighted.site.everywhere("chronyc -n sources")
    found = {name: set(re.findall(r"^[\^=].\s+(\S+)", text, re.MULTILINE)) for name, text in shown.items()}
    own = {name: {f"{SUBNETS['eth1']}.{number}"} for name, number in preflighted.site.plan.numbers.items()}
    assert found == {name: control - own[name] for name in shown}


def test_ha_ends_with_a_recap_without_failures(available: Walk) -> None:
    told = available.typed["./run.sh ha"]
    assert told.status == 0, told.text
    assert set(RECAP.findall(told.text)) == set(available.site.control)


def test_keepalived_and_haproxy_are_active_on_every_control_node(available: Walk) -> None:
    told = available.typed["sudo systemctl status keepalived haproxy"]
    assert told.status == 0, told.text
    assert len(re.findall(r"Active: active \(running\) since", told.text)) == 2
    for each in available.site.control.values():
        assert each.check("systemctl is-active keepalived haproxy").split() == ["active", "active"]


@pytest.mark.parametrize(("interface", "address"), [("eth1", VIP), ("eth0", VIP_SVC)])
def test_first_control_node_has_the_virtual_addresses(available: Walk, interface: str, address: str) -> None:
    told = available.typed[f"ip -br -4 address show dev {interface}"].text.split()
    assert told[1:] == ["UP", f"{SUBNETS[interface]}.101/24", f"{address}/32"]
    assert told[0].split("@")[0] == interface


def test_landing_ends_with_a_recap_without_failures(landed: Landed) -> None:
    told = landed.walk.typed["./run.sh landing"]
    assert told.status == 0, told.text
    assert set(RECAP.findall(told.text)) == set(landed.site.nodes)


def test_registry_runs_on_every_control_node_by_the_name_in_the_guide(landed: Landed) -> None:
    told = landed.walk.typed["sudo systemctl status genesis_registry.service"]
    assert told.status == 0, told.text
    assert "Active: active (running) since" in told.text
    for each in landed.site.control.values():
        assert each.check("systemctl is-active genesis_registry.service").split() == ["active"]


def test_every_node_is_served_at_the_virtual_address(landed: Landed) -> None:
    ca = f"--cacert /etc/containers/certs.d/{VIP}:6000/ca.crt"
    listed = landed.site.everywhere(f"curl -fsS {ca} https://{VIP}:6000/v2/_catalog")
    catalogs = {name: len(json.loads(text)["repositories"]) for name, text in listed.items()}
    assert catalogs == dict.fromkeys(listed, len(landed.images))
    landed.site.everywhere("dnf -q --refresh repoquery tree")
