"""What changed in the files of a site is named, and touches the steps that read it and no other."""

from pathlib import Path

import pytest

from airlock_installer.site import inventory
from airlock_installer.site import site as sites
from airlock_installer.site.site import Site
from airlock_installer.steps import inputs
from airlock_installer.steps.step import Reads

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


def _digests(site: Path, reads: Reads, release: str = "sha256:1") -> dict[str, str]:
    read = Site(site, inventory.load(site / "hosts"), sites.load_variables(site))
    return inputs.digests(inputs.sources(read, release), reads)


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
        (HA, "group_vars/all/own.yml", "$ANSIBLE_VAULT;1.1;AES256\n3131\n", ["group_vars/all/own.yml (new)"]),
    ],
)
def test_change_is_named_where_the_step_reads_it(
    site: Path, reads: Reads, path: str, text: str, told: list[str]
) -> None:
    assert _changes(site, reads, path, text) == told


def test_another_release_touches_every_step(site: Path) -> None:
    assert inputs.changes(_digests(site, HA), _digests(site, HA, "sha256:2")) == ["release"]


def test_place_in_a_group_counts_and_order_elsewhere_does_not(site: Path) -> None:
    two = HOSTS.replace("c1 ip", "c2 ip=10.0.0.3\nc1 ip")
    (site / "hosts").write_text(two.replace("c1\n[", "c1\nc2\n["))
    assert _changes(site, HA, "hosts", two.replace("c1\n[", "c2\nc1\n[")) == ["hosts: c1", "hosts: c2"]
