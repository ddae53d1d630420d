"""What the step landing gives to nodes, and what becomes of the deployer's own services."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from airlock_core.errors import InputError, UsageError
from airlock_installer.layout import Layout
from airlock_installer.serve import clients, configs, dnf, landed
from airlock_installer.serve.endpoints import Endpoints
from airlock_installer.site.inventory import Inventory
from airlock_installer.site.model.variables import Variables
from airlock_installer.site.site import Site
from airlock_installer.steps import landing
from airlock_installer.steps.step import Place

VIP = "10.0.0.100"
BEFORE = Endpoints("10.0.0.1", "c1", alone=True)
AFTER = replace(BEFORE, vip=VIP)


def _nginx(endpoints: Endpoints) -> list[str]:
    text = configs.nginx(Layout(), endpoints, "nginx", Path("/run/x.pid"), Path("/root"))
    return [line.strip() for line in text.splitlines() if line.strip().startswith("listen")]


def test_deployer_keeps_the_ports_that_it_had_and_gets_the_one_behind_the_address() -> None:
    before, after = _nginx(BEFORE), _nginx(AFTER)
    assert set(before) < set(after)
    assert set(after) - set(before) == {"listen 10.0.0.1:6000 ssl;", "listen 127.0.0.1:6000 ssl;"}


def test_nothing_listens_on_the_virtual_address_itself_which_is_haproxy_s() -> None:
    assert not any(VIP in line or "0.0.0.0" in line for line in _nginx(AFTER))


def test_pulls_go_by_the_address_and_the_deployer_s_own_name_is_trusted_still() -> None:
    found = {str(path): text for path, text in clients.files(AFTER, ["docker.io"], "CA").items()}
    assert f'location = "{VIP}:6000"' in found["etc/containers/registries.conf.d/50-airlock.conf"]
    assert f'server = "https://{VIP}:6000"' in found["etc/containerd/certs.d/docker.io/hosts.toml"]
    for name in (f"{VIP}:6000", "10.0.0.1:5000"):
        assert found[f"etc/containers/certs.d/{name}/ca.crt"] == "CA"


def test_dnf_goes_by_the_address_and_else_to_the_deployer() -> None:
    text = dnf.repo_file(AFTER.repo_urls, ["k"], ["odd-1-1.noarch"])
    urls = f"baseurl=http://{VIP}:8001/BaseOS http://10.0.0.1:8001/BaseOS\nenabled=1\n"
    assert text.count(urls) == 2


def test_marker_says_where_nodes_find_both(tmp_path: Path) -> None:
    layout = Layout(tmp_path)
    assert landed.address(layout) is None
    layout.etc.mkdir(parents=True)
    layout.landed_json.write_text(landed.text(VIP))
    assert landed.address(layout) == VIP


@pytest.mark.parametrize("text", ["", "{}", json.dumps({"vip": "nonsense"}), "[1]"])
def test_marker_that_is_damaged_is_told(tmp_path: Path, text: str) -> None:
    layout = Layout(tmp_path)
    layout.etc.mkdir(parents=True)
    layout.landed_json.write_text(text)
    with pytest.raises(InputError, match="not the marker of the step landing"):
        landed.address(layout)


@pytest.mark.parametrize(
    ("endpoints", "words"),
    [
        (replace(BEFORE, alone=False), "open on all interfaces"),
        (replace(BEFORE, address="10.0.0.9"), "no control node has the address of this machine: 10.0.0.9"),
    ],
)
def test_deployer_that_cannot_land_is_told_why(tmp_path: Path, endpoints: Endpoints, words: str) -> None:
    hosts = {"c1": {"ip": "10.0.0.1"}}
    variables = Variables.model_validate({"keepalived_vip": VIP})
    site = Site(tmp_path, Inventory(hosts, {"kube_control_plane": ["c1"]}), variables)
    with pytest.raises(UsageError, match=words):
        landing.variables(Place(Layout(tmp_path), site, endpoints))
