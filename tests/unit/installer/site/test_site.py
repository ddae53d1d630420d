"""Inventory, variables and samples."""

from pathlib import Path

import pytest

from airlock_core.errors import Faults, InputError
from airlock_installer.site import samples, site
from airlock_installer.site.places import shown
from airlock_installer.steps.person import person
from tests.unit.installer.site.made import guide, told


@pytest.mark.parametrize(
    ("hosts", "backends"),
    [
        ("hosts.sample", "ceph"),
        ("hosts.sample", "ceph netapp hitachi"),
        ("hosts_powerflex.sample", "powerflex"),
        ("hosts_powerflex_hci.sample", "powerflex"),
        ("hosts_hitachi.sample", "hitachi"),
    ],
)
def test_samples_of_the_guide_pass(tmp_path: Path, hosts: str, backends: str) -> None:
    assert told(guide(tmp_path, hosts=hosts, backends=backends)) == []
    assert len(site.load(tmp_path).inventory.control) == 3


def test_what_is_there_is_kept(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("mine")
    assert tmp_path / "hosts" not in samples.write(tmp_path)
    assert (tmp_path / "hosts").read_text() == "mine"


def test_appliance_s_own_site_passes(tmp_path: Path) -> None:
    samples.write_one_node(tmp_path)
    assert list(site.load(tmp_path).inventory.hosts) == ["control1"]


def test_all_faults_are_told_at_once_with_their_places(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("a ip=1.2.3.4 stray\nb[3:1]\n[mons]\na\n")
    (tmp_path / "vars.yml").write_text("ha_level: fast\nunknown: 1\nntp_servers: x\n")
    with pytest.raises(Faults) as caught:
        site.load(tmp_path)
    places = [fault.where.removeprefix(f"{tmp_path}/") for fault in caught.value.faults]
    assert places == ["hosts:1", "hosts:2", "vars.yml:1", "vars.yml:2", "vars.yml:3"]


def test_two_nodes_with_one_address_are_named(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("a ip=10.0.0.1\nb ip=10.0.0.1\n[controller-node]\na\n")
    (tmp_path / "vars.yml").write_text("{}")
    with pytest.raises(InputError, match="b has the address of a"):
        site.load(tmp_path)


def test_all_that_people_wrote_is_among_the_inputs(tmp_path: Path) -> None:
    (guide(tmp_path) / "host_vars").mkdir()
    for name in ("host_vars/storage1", "group_vars/osds.json"):
        (tmp_path / name).write_text("{}")
    assert {"hosts", "vars.yml", "host_vars/storage1", "group_vars/osds.json"} < site.read(
        tmp_path
    ).site.inputs().keys()


def test_folder_is_called_by_its_name_though_it_is_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert (shown(tmp_path), shown(tmp_path / "vars.yml")) == (str(tmp_path), "vars.yml")


def test_folder_that_is_not_there_has_no_person(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no site's folder") as caught:
        person(tmp_path / "nonesuch")
    assert "--site" in caught.value.todo
