"""Each rule about the nodes, with nodes that keep it and some that break it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from airlock_installer.site.facts import Device, Disk, Facts
from airlock_installer.site.judging import Waiting, judge
from airlock_installer.site.rules import FACTS_RULES
from airlock_installer.site.site import read
from tests.unit.installer.site import nodes
from tests.unit.installer.site.made import Edit, guide
from tests.unit.installer.site.nodes import GB, interface, with_disk, with_interface, without_interface

Change = Callable[[Facts], Facts]
CEPH = "group_vars/all/ceph_vars.yml"
STORAGE = "storage1, storage2, storage3"
GONE = "is not there; there are /dev/sda (54 GB)"
ON = ("vars.yml", "metallb_enabled: false\n", "metallb_enabled: true\n")
INTERFACES = "the interfaces of vars.yml are on the nodes"
SUCH = "virtual addresses and those of arrays are such that hosts have"
ELSEWHERE = "virtual addresses and those of arrays are on no other node"
CARRY = "they are up, with addresses, and none on the provider network"
FLEX = "group_vars/all/powerflex_vars.yml"
KEPT = "the kernel keeps it for something that lsblk does not show"
SDB, SDS = Disk("/dev/sdb", "disk", 54 * GB), "/opt/emc/scaleio/sds/bin/sds-3.6"
DISKS, POWERFLEX = (f"disks for {what} are there, empty, and not the system's" for what in ("OSDs", "PowerFlex"))


def _ranges(*ranges: str) -> Edit:
    return "vars.yml", "metallb_ip_range: []", f"metallb_ip_range: [{', '.join(ranges)}]"


def _part(mount: str = "") -> Disk:
    return Disk("/dev/sdb", "disk", 54 * GB, table="dos", below=(Disk("/dev/sdb1", "part", GB, mount=mount),))


def _osd(facts: Facts) -> Facts:
    volume = "/dev/mapper/ceph--1-osd--block--2"
    disk = Disk("/dev/sdb", "disk", 54 * GB, "LVM2_member", below=(Disk(volume, "lvm", 54 * GB, "ceph_bluestore"),))
    signed = with_disk(facts, disk, Device("/dev/sdb", ("LVM2_member",), written=True))
    return replace(signed, osds=frozenset([volume]))


@dataclass(frozen=True)
class Case:
    """A rule, edits of the guide's files, changes of its nodes, and what is told."""

    rule: str
    changes: dict[str, Change]
    said: tuple[str, ...] = ()
    edits: tuple[Edit, ...] = ()
    hosts: str = "hosts.sample"
    backends: str = "ceph"


def _moved(name: str, address: str) -> Change:
    return lambda facts: with_interface(facts, interface(name, address))


CASES = [
    Case(
        INTERFACES,
        {name: lambda facts: without_interface(facts, "eth3") for name in ("control2", "compute1")},
        ("vars.yml:8: overlay_iface_name: there is no eth3 on control2, compute1",),
    ),
    Case(
        INTERFACES,
        {"control2": lambda facts: without_interface(facts, "eth3")},
        (),
        (("vars.yml", "overlay_iface_name: eth3", "overlay_iface_name: null"),),
    ),
    Case(
        INTERFACES,
        {},
        (
            (
                "group_vars/all/powerflex_vars.yml:7: storage_iface_names[0]: there is no eth5 with an address on "
                "storage1, storage2, storage3, control1, control2, control3, compute1, compute2"
            ),
        ),
        (("group_vars/all/powerflex_vars.yml", "- eth4", "- eth5"),),
        hosts="hosts_powerflex.sample",
        backends="powerflex",
    ),
    Case(
        CARRY,
        {
            "compute1": lambda facts: with_interface(facts, interface("eth2", "192.168.22.104/24"), interface("eth0")),
            "compute2": lambda facts: with_interface(facts, interface("eth3", "192.168.23.105/24", up=False)),
        },
        (
            "vars.yml:5: svc_iface_name: eth0 has no address on compute1",
            "vars.yml:7: provider_iface_name: eth2 has an address on compute1 (192.168.22.104/24)",
            "vars.yml:8: overlay_iface_name: eth3 is not up on compute2",
        ),
    ),
    Case(
        "each network is the same on all nodes",
        {"storage2": _moved("eth4", "192.168.25.107/24")},
        (
            (
                "vars.yml:9: storage_iface_name: eth4 is in another network than the other nodes' 192.168.24.0/24: "
                "storage2 in 192.168.25.0/24"
            ),
        ),
    ),
    Case(
        "each network is the same on all nodes",
        {
            "storage1": _moved("eth5", "192.168.25.106/24"),
            "storage2": _moved("eth5", "192.168.25.107/24"),
            "storage3": _moved("eth5", "192.168.26.108/24"),
        },
        (
            (
                f"{FLEX}:8: storage_iface_names[1]: there is no eth5 with an address on control1, control2, control3, "
                "compute1, compute2"
            ),
            (
                f"{FLEX}:8: storage_iface_names[1]: eth5 is in another network than the other nodes' 192.168.25.0/24: "
                "storage3 in 192.168.26.0/24"
            ),
        ),
        ((FLEX, "  - eth4\n", "  - eth4\n  - eth5\n"),),
        hosts="hosts_powerflex.sample",
        backends="powerflex",
    ),
    Case(
        "each ip is on the management network's interface",
        {"storage1": _moved("eth1", "192.168.21.206/24")},
        ("hosts:7: storage1: 192.168.21.106 is on none of its interfaces, and mgmt_iface_name is eth1",),
    ),
    Case(
        "each ip is on the management network's interface",
        {},
        ("hosts:2: control1: 192.168.20.101 is on eth0, and mgmt_iface_name is eth1",),
        (("hosts", "ip=192.168.21.101", "ip=192.168.20.101"),),
    ),
    Case(
        "monitor_address and radosgw_address are on their nodes, and monitors on the storage network",
        {},
        (
            "hosts:8: storage2: its monitor_address 192.168.24.207 is on none of its interfaces",
            "hosts:9: storage3: its monitor_address 192.168.21.108 is on eth1, and storage_iface_name is eth4",
        ),
        (
            ("hosts", "ip=192.168.21.108", "ip=192.168.21.108 monitor_address=192.168.21.108"),
            ("hosts", "ip=192.168.21.106", "ip=192.168.21.106 monitor_address=192.168.24.106"),
            ("hosts", "ip=192.168.21.107", "ip=192.168.21.107 monitor_address=192.168.24.207"),
        ),
    ),
    Case(
        "no address is on two nodes",
        {"storage2": _moved("eth4", "192.168.24.106/24"), "control2": _moved("kube-ipvs0", "192.168.21.101/32")},
        ("hosts:8: storage2 has an address of storage1 on eth4: 192.168.24.106",),
    ),
    Case(
        "virtual addresses are in their networks",
        {},
        (
            "vars.yml:17: keepalived_vip: 192.168.22.100 is not in the management network 192.168.21.0/24",
            "vars.yml:19: keepalived_vip_svc: 192.168.20.255 is no host's address in 192.168.20.0/24",
        ),
        (
            ("vars.yml", "keepalived_vip: 192.168.21.100", "keepalived_vip: 192.168.22.100"),
            ("vars.yml", "keepalived_vip_svc: 192.168.20.100", "keepalived_vip_svc: 192.168.20.255"),
        ),
    ),
    Case(
        SUCH,
        {},
        (
            "vars.yml:17: keepalived_vip: 192.168.21.0 is no host's address in 192.168.21.0/24",
            f"{FLEX}:5: mdm_ip[0]: 192.168.24.255 is no host's address in 192.168.24.0/24",
        ),
        (
            ("vars.yml", "keepalived_vip: 192.168.21.100", "keepalived_vip: 192.168.21.0"),
            (FLEX, "192.168.24.100", "192.168.24.255"),
        ),
        hosts="hosts_powerflex.sample",
        backends="powerflex",
    ),
    Case(
        "virtual addresses of the MDM cluster are in its storage networks",
        {},
        (f"{FLEX}:5: mdm_ip[0]: 10.99.0.1 is in no storage network of the MDM cluster (192.168.24.0/24)",),
        ((FLEX, "192.168.24.100", "10.99.0.1"),),
        hosts="hosts_powerflex.sample",
        backends="powerflex",
    ),
    Case(
        ELSEWHERE,
        {
            "control2": lambda facts: with_interface(
                facts, interface("eth1", "192.168.21.102/24", "192.168.21.100/32")
            ),
            "storage1": lambda facts: with_interface(facts, interface("eth9", "192.168.20.100/24")),
        },
        ("vars.yml:19: keepalived_vip_svc: 192.168.20.100 is on eth9 of storage1 already",),
    ),
    Case(
        ELSEWHERE,
        {"storage2": lambda facts: with_interface(facts, interface("eth4", "192.168.24.107/24", "192.168.24.100/24"))},
        hosts="hosts_powerflex.sample",
        backends="powerflex",
    ),
    Case(
        ELSEWHERE,
        {
            "compute2": lambda facts: with_interface(
                facts, interface("eth4", "192.168.24.105/24", "192.168.24.100/24", "192.168.100.240/24")
            )
        },
        (
            "group_vars/all/hitachi_vars.yml:8: hitachi_san_ip: 192.168.100.240 is on eth4 of compute2 already",
            f"{FLEX}:5: mdm_ip[0]: 192.168.24.100 is on eth4 of compute2 already",
        ),
        hosts="hosts_powerflex.sample",
        backends="powerflex hitachi",
    ),
    Case(
        "time servers are on no node",
        {},
        ("vars.yml:13: ntp_servers[1]: 192.168.20.104 is compute1 of this site itself",),
        (("vars.yml", "ntp_servers: []", "ntp_servers: [192.168.20.1, 192.168.20.104, time.test]"),),
    ),
    Case("MetalLB's ranges are in networks of the nodes", {}, (), (ON, _ranges("192.168.20.95-192.168.20.98"))),
    Case(
        "MetalLB's ranges are in networks of the nodes",
        {"control1": lambda facts: with_interface(facts, interface("kube-ipvs0", "192.168.20.95/32"))},
        (
            "vars.yml:24: metallb_ip_range[1]: 10.9.0.0/24 is in no network of the nodes",
            "vars.yml:24: metallb_ip_range[2]: 192.168.20.104/32 holds 192.168.20.104 of compute1",
            "vars.yml:24: metallb_ip_range[3]: 192.168.20.192/26 holds 192.168.20.255, which no host can have",
        ),
        (ON, _ranges("192.168.20.95/32", "10.9.0.0/24", "192.168.20.104/32", "192.168.20.192/26")),
    ),
    Case(DISKS, {"storage1": _osd}),
    Case(
        DISKS,
        {
            "storage1": lambda facts: replace(facts, disks=facts.disks[:1]),
            "storage2": lambda facts: with_disk(facts, _part()),
            "storage3": lambda facts: with_disk(facts, _part("/srv")),
        },
        (
            f"{CEPH}:5: lvm_volumes[0].data: /dev/sdb on storage1 {GONE}",
            f"{CEPH}:5: lvm_volumes[0].data: /dev/sdb on storage2 is not empty: a partition table (dos), /dev/sdb1",
            f"{CEPH}:5: lvm_volumes[0].data: /dev/sdb on storage3 is in use: /srv is on it",
            f"{CEPH}:6: lvm_volumes[1].data: /dev/sdc on storage1 {GONE}",
            f"{CEPH}:7: lvm_volumes[2].data: /dev/sdd on storage1 {GONE}",
        ),
    ),
    Case(
        DISKS,
        {
            name: lambda facts: replace(
                with_disk(facts, Disk("/dev/sdc", "disk", 54 * GB), Device("/dev/sdc", ("gpt", "ext4"))),
                devices={
                    "/dev/sda": Device("/dev/sda"),
                    "/dev/sdc": Device("/dev/sdc", ("gpt", "ext4")),
                    "/dev/sdd": Device("/dev/sdd", written=True),
                },
            )
            for name in ("storage1", "storage2", "storage3")
        },
        (
            f"{CEPH}:5: lvm_volumes[0].data: /dev/sda on {STORAGE} is the system's disk: / is on it",
            f"{CEPH}:6: lvm_volumes[1].data: /dev/sdc on {STORAGE} is not empty: gpt, ext4",
            f"{CEPH}:7: lvm_volumes[2].data: /dev/sdd on {STORAGE} is not empty: data of an unknown kind",
        ),
        (("group_vars/all/ceph_vars.yml", "/dev/sdb", "/dev/sda"),),
    ),
    Case(
        DISKS,
        {
            "storage1": lambda facts: with_disk(facts, SDB, Device("/dev/sdb", claimed=True)),
            "storage2": lambda facts: with_disk(facts, SDB, Device("/dev/sdb", written=True, programs=(SDS,))),
        },
        (
            f"{CEPH}:5: lvm_volumes[0].data: /dev/sdb on storage1 is in use: {KEPT}",
            f"{CEPH}:5: lvm_volumes[0].data: /dev/sdb on storage2 is in use: {SDS} writes to it",
        ),
    ),
    Case(
        POWERFLEX,
        {"storage1": lambda facts: with_disk(facts, SDB, Device("/dev/sdb", written=True, programs=(SDS,)))},
        hosts="hosts_powerflex.sample",
        backends="powerflex",
    ),
    Case(
        POWERFLEX,
        {
            "storage1": lambda facts: with_disk(facts, SDB, Device("/dev/sdb", written=True)),
            "storage2": lambda facts: with_disk(facts, SDB, Device("/dev/sdb", programs=(SDS, "/usr/bin/dd"))),
        },
        (
            f"{FLEX}:9: sds_devices[0]: /dev/sdb on storage1 is not empty: data of an unknown kind",
            f"{FLEX}:9: sds_devices[0]: /dev/sdb on storage2 is in use: {SDS}, /usr/bin/dd writes to it",
        ),
        hosts="hosts_powerflex.sample",
        backends="powerflex",
    ),
    Case(
        POWERFLEX,
        {"storage1": lambda facts: with_disk(facts, Disk("/dev/sdb", "disk", 54 * GB, "LVM2_member"))},
        (f"{FLEX}:9: sds_devices[0]: /dev/sdb on storage1 is not empty: LVM2_member",),
        hosts="hosts_powerflex.sample",
        backends="powerflex",
    ),
    Case(
        "nodes have the CPUs, memory and disk that the guide asks",
        {
            "control3": lambda facts: replace(facts, cpus=4, memory_mb=8000),
            "compute1": lambda facts: replace(facts, cpus=4, memory_mb=8000),
            "storage3": lambda facts: replace(facts, root_gb=20),
        },
        (
            "hosts:4: control3: too small for a control node: 4 CPUs (at least 8), 8000 MB of memory (at least 15000)",
            "hosts:9: storage3: too small for a storage node: 20 GB for / (at least 45)",
        ),
    ),
    Case(
        "nodes have the CPUs, memory and disk that the guide asks",
        {"control3": lambda facts: replace(facts, cpus=4)},
        (),
        (("vars.yml", "ha_level:", "checklist_minimum: {control: {cpus: 2}}\nha_level:"),),
    ),
    Case(
        "clocks agree",
        {
            "storage3": lambda facts: replace(facts, clock=nodes.NOW - 86400),
            "storage2": lambda facts: replace(facts, clock=nodes.NOW + 200),
        },
        ("hosts:9: storage3: its clock is -86400 s from the others'",),
    ),
]


def _told(folder: Path, facts: dict[str, Facts]) -> list[str]:
    verdict = judge(read(folder), facts)
    return [fault.lines()[0].removeprefix(f"{folder}/") for fault in verdict.faults]


def _changed(changes: dict[str, Change]) -> dict[str, Facts]:
    return {name: changes.get(name, _same)(facts) for name, facts in nodes.site().items()}


def _same(facts: Facts) -> Facts:
    return facts


@pytest.mark.parametrize("case", CASES, ids=[f"{case.rule}-{number}" for number, case in enumerate(CASES)])
def test_each_rule_is_told_where_nodes_break_it(tmp_path: Path, case: Case) -> None:
    folder = guide(tmp_path, *case.edits, hosts=case.hosts, backends=case.backends)
    assert _told(folder, _changed(case.changes)) == list(case.said)


def test_every_rule_about_nodes_has_its_case() -> None:
    assert {rule.title for rule in FACTS_RULES} == {case.rule for case in CASES if case.said}


def test_nothing_is_told_of_the_guide_s_own_nodes(tmp_path: Path) -> None:
    verdict = judge(read(guide(tmp_path)), nodes.site())
    assert (verdict.faults, verdict.waiting) == ((), ())


def test_nodes_that_could_not_be_looked_at_are_named_with_the_rules_that_wait_and_the_others_are_judged(
    tmp_path: Path,
) -> None:
    facts = _changed({"storage2": lambda facts: with_disk(facts, _part())})
    del facts["storage3"]
    verdict = judge(read(guide(tmp_path)), facts)
    assert ["/dev/sdb on storage2" in str(fault) for fault in verdict.faults] == [True]
    assert Waiting(DISKS, ("storage3",)) in verdict.waiting
    assert all(waiting.nodes == ("storage3",) for waiting in verdict.waiting)


def test_rules_wait_where_hosts_cannot_be_read_and_the_other_files_are_judged(tmp_path: Path) -> None:
    folder = guide(tmp_path, ("hosts", "[mons]", "[mons"), ("vars.yml", "ha_level: moderato", "ha_level: presto"))
    verdict = judge(read(folder), {})
    assert [str(fault).partition(": ")[0].removeprefix(f"{folder}/") for fault in verdict.faults] == [
        "hosts:12",
        "vars.yml:27",
    ]
    assert {waiting.nodes for waiting in verdict.waiting} == {()}


def test_a_fault_of_a_value_is_not_told_a_second_time_by_rules_that_see_its_default(tmp_path: Path) -> None:
    folder = guide(tmp_path, ("vars.yml", "mgmt_iface_name: eth1", "mgmt_iface_name: [eno1]"))
    facts = {name: without_interface(one, "eth1") for name, one in nodes.site().items()}
    assert [fault.what for fault in judge(read(folder), facts).faults] == [
        "mgmt_iface_name: expected a text, found a list"
    ]
