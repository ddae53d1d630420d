"""What changed in the files of a site is named, and touches the steps that read it and no other."""

from dataclasses import replace
from pathlib import Path

import pytest

from airlock_installer.engine import Engine
from airlock_installer.layout import Layout
from airlock_installer.serve.endpoints import Endpoints
from airlock_installer.site import inventory
from airlock_installer.site import site as sites
from airlock_installer.site.site import Site
from airlock_installer.steps import inputs
from airlock_installer.steps.catalog import CATALOG
from airlock_installer.steps.step import Reads, Situation

HOSTS = "c1 ip=10.0.0.1\ns1 ip=10.0.0.2\n[kube_control_plane]\nc1\n[osds]\ns1\n"
VARS = "ntp_servers: [a, b]\nha_level: allegro\n"
TIME = Reads(keys=frozenset(["ntp_servers"]))
HA = Reads(frozenset(["ha_level"]), frozenset(["kube_control_plane"]))
CEPH = Reads(groups=frozenset(["osds"]), files=frozenset(["ceph_vars.yml"]))


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "group_vars/all").mkdir(parents=True)
    (tmp_path / "group_vars/all/ceph_vars.yml").write_text("devices: [/dev/sdb]\npool: rbd\n")
    (tmp_path / "hosts").write_text(HOSTS)
    (tmp_path / "vars.yml").write_text(VARS)
    return tmp_path


def _digests(site: Path, reads: Reads, release: str = "sha256:1", repo: str = "http://10.0.0.1:8001") -> dict[str, str]:
    read = Site(site, inventory.load(site / "hosts"), sites.load_variables(site))
    return inputs.digests(inputs.sources(read, release, repo), reads)


def _changes(site: Path, reads: Reads, path: str, text: str) -> list[str]:
    before = _digests(site, reads)
    (site / path).write_text(text)
    return inputs.changes(before, _digests(site, reads))


@pytest.mark.parametrize(
    ("reads", "path", "text", "told"),
    [
        (TIME, "vars.yml", "ha_level: vivace\nntp_servers: [a, b]\n", []),
        (TIME, "vars.yml", "ntp_servers: [a]\nha_level: allegro\n", ["vars.yml: ntp_servers"]),
        (TIME, "vars.yml", "ha_level: allegro\n", ["vars.yml: ntp_servers"]),
        (TIME, "vars.yml", f"{VARS}deploy_ssh_key: true\n", []),
        (TIME, "vars.yml", f"# a remark\n{VARS}", []),
        (TIME, "hosts", HOSTS.replace("s1 ip=10.0.0.2", "s1 ip=10.0.0.9"), ["hosts: s1"]),
        (HA, "hosts", HOSTS.replace("s1 ip=10.0.0.2", "s1 ip=10.0.0.9"), []),
        (
            HA,
            "hosts",
            HOSTS.replace("c1 ip", "c2 ip=10.0.0.3\nc1 ip").replace("c1\n[", "c1\nc2\n["),
            ["hosts: c2 (new)"],
        ),
        (CEPH, "group_vars/all/ceph_vars.yml", "devices: []\npool: rbd\n", ["group_vars/all/ceph_vars.yml: devices"]),
        (HA, "group_vars/all/ceph_vars.yml", "devices: []\npool: rbd\n", []),
        (HA, "group_vars/all/own.yml", "word: x\n", ["group_vars/all/own.yml: word (new)"]),
        (HA, "group_vars/osds.yml", "word: x\n", ["group_vars/osds.yml: word (new)"]),
        (HA, "group_vars/osds", "word: x\n", ["group_vars/osds: word (new)"]),
        (HA, "group_vars/all/own.json", '{"word": "x"}', ["group_vars/all/own.json: word (new)"]),
        (HA, "group_vars/all/README.md", "word: x\n", []),
        (HA, "group_vars/all/own.yml", "$ANSIBLE_VAULT;1.1;AES256\n3131\n", ["group_vars/all/own.yml (new)"]),
    ],
)
def test_change_is_named_where_the_step_reads_it(
    site: Path, reads: Reads, path: str, text: str, told: list[str]
) -> None:
    assert _changes(site, reads, path, text) == told


def test_another_release_touches_every_step(site: Path) -> None:
    assert inputs.changes(_digests(site, HA), _digests(site, HA, "sha256:2")) == ["release"]


@pytest.mark.parametrize(("step", "told"), [("preflight", True), ("landing", True), ("ha", False)])
def test_another_address_of_the_local_repo_touches_the_steps_that_bring_it_to_nodes(
    site: Path, step: str, told: bool
) -> None:
    reads = CATALOG.step(step).reads
    changed = inputs.changes(_digests(site, reads), _digests(site, reads, repo="http://10.0.0.9:8001"))
    assert changed == (["prepare: address of the local repo"] if told else [])


def test_virtual_address_that_landing_leads_nodes_to_touches_no_step(site: Path, tmp_path: Path) -> None:
    before, step = Endpoints("10.0.0.1", "c1", alone=True), CATALOG.step("preflight")
    read = Site(site, inventory.load(site / "hosts"), sites.load_variables(site))
    engines = [
        Engine(Layout(tmp_path), CATALOG, Situation(read), each)
        for each in (before, replace(before, vip="10.0.0.100"), replace(before, address="10.0.0.9"))
    ]
    first, landed, moved = (engine.digests(step) for engine in engines)
    assert inputs.changes(first, landed) == []
    assert inputs.changes(first, moved) == ["prepare: address of the local repo"]


def test_place_in_a_group_counts_and_order_elsewhere_does_not(site: Path) -> None:
    two = HOSTS.replace("c1 ip", "c2 ip=10.0.0.3\nc1 ip")
    (site / "hosts").write_text(two.replace("c1\n[", "c1\nc2\n["))
    assert _changes(site, HA, "hosts", two.replace("c1\n[", "c2\nc1\n[")) == ["hosts: c1", "hosts: c2"]
