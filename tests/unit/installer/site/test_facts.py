"""What Ansible's setup and the module disks say of a node is read as it is."""

from __future__ import annotations

import copy
import json
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any

import pytest

from airlock_installer.site.facts import Device, Facts, parse

RAW: dict[str, Any] = json.loads((Path(__file__).parent / "data/facts.json").read_text())


@pytest.fixture
def facts() -> Facts:
    return parse(RAW)


def test_interfaces_have_all_their_addresses(facts: Facts) -> None:
    assert facts.interfaces["eth0"].addresses == (IPv4Interface("192.0.2.2/24"), IPv4Interface("192.0.2.100/32"))
    assert (facts.interfaces["eth0"].up, facts.interfaces["ifb0"].addresses) == (True, ())
    assert facts.interface_of(IPv4Address("192.0.2.100")) == "eth0"


def test_an_interface_whose_name_has_a_dash_is_found(facts: Facts) -> None:
    assert not facts.interfaces["br-ex"].up


def test_a_virtual_address_is_no_network(facts: Facts) -> None:
    assert facts.network("eth0") == IPv4Network("192.0.2.0/24")
    assert facts.network("ifb0") is None


def test_disks_have_what_is_made_of_them(facts: Facts) -> None:
    sda, sdb, _ = facts.disks
    assert [(one.name, one.mount) for one in sda.all()] == [("/dev/sda", ""), ("/dev/sda1", "/")]
    assert (sda.size, sdb.size, sdb.signature) == (50 << 30, 50 << 30, "LVM2_member")


def test_sizes_are_read_as_texts_of_enterprise_linux_8_and_as_numbers(facts: Facts) -> None:
    numbers = copy.deepcopy(RAW)
    for disk in numbers["disks"]["lsblk"]["blockdevices"]:
        disk["size"] = int(disk["size"])
    assert parse(numbers) == facts


def test_a_node_that_lsblk_says_nothing_of_has_no_disks() -> None:
    assert parse({**RAW, "disks": {**RAW["disks"], "lsblk": {}}}).disks == ()


def test_devices_are_where_their_paths_lead(facts: Facts) -> None:
    assert facts.devices == {
        "/dev/sdb": Device("/dev/sdb", ("LVM2_member",), written=True, claimed=True),
        "/dev/disk/by-id/wwn-0x5": Device("/dev/sdc"),
        "/dev/sdz": Device("/dev/sdz", programs=("/opt/emc/scaleio/sds/bin/sds-3.6",)),
    }


def test_osds_are_found_by_the_volumes_that_they_live_on(facts: Facts) -> None:
    assert [one.name for disk in facts.disks for one in disk.all() if one.name in facts.osds] == [
        "/dev/mapper/ceph--1f-osd--block--2e"
    ]


def test_sizes_and_clock_are_read(facts: Facts) -> None:
    assert (facts.cpus, facts.root_gb, facts.clock) == (2, 50, 1795301883.0)
