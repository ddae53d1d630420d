"""Each rule about the site's files, with a site that keeps it and one that breaks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_installer.site.rules import RULES
from airlock_installer.site.site import read, unready
from tests.unit.installer.site.hosts_cases import HOSTS, Case
from tests.unit.installer.site.made import SAMPLES, Edit, guide, told

FLEX = "group_vars/all/powerflex_vars.yml"
FREE = "virtual addresses and those of storage arrays are nobody else's"
METALLB = ("vars.yml", "metallb_enabled: false\n", "metallb_enabled: true\n")


def _ranges(*ranges: str) -> Edit:
    return "vars.yml", "metallb_ip_range: []", f"metallb_ip_range: [{', '.join(ranges)}]"


NETAPP = (SAMPLES / "group_vars/all/netapp_vars.yml").read_text().partition("here: the vault asks for them.\n")[2]
CASES = [
    *HOSTS,
    Case(
        "keepalived_vip is given",
        (),
        (("vars.yml", "keepalived_vip: 192.168.21.100", 'keepalived_vip: ""'),),
        ("vars.yml:17: keepalived_vip: is empty, and the site needs it",),
    ),
    Case(
        FREE,
        (("vars.yml", "keepalived_vip_svc: 192.168.20.100", 'keepalived_vip_svc: ""'),),
        (
            ("vars.yml", "keepalived_vip: 192.168.21.100", "keepalived_vip: 192.168.21.103"),
            ("vars.yml", "keepalived_vip_svc: 192.168.20.100", "keepalived_vip_svc: 192.168.21.103"),
        ),
        (
            "vars.yml:17: keepalived_vip: 192.168.21.103 is an address of control3",
            "vars.yml:19: keepalived_vip_svc: 192.168.21.103 is an address of control3",
            "vars.yml:19: keepalived_vip_svc: 192.168.21.103 is keepalived_vip already",
        ),
    ),
    Case(
        "MetalLB has ranges where it is enabled",
        (METALLB, _ranges("192.168.20.95-192.168.20.98")),
        (METALLB,),
        ("vars.yml:24: metallb_ip_range: is empty, and metallb_enabled is true",),
    ),
    Case(
        "MetalLB's ranges hold nobody's addresses",
        (METALLB, _ranges("192.168.24.100", "192.168.100.230/32")),  # of backends that are not used
        (
            METALLB,
            _ranges("192.168.20.95-192.168.20.100", "192.168.20.96/27", "192.168.21.104/32", "239.0.0.1-239.0.0.9"),
        ),
        (
            "vars.yml:24: metallb_ip_range[0]: 192.168.20.95-192.168.20.100 holds 192.168.20.100 of keepalived_vip_svc",
            "vars.yml:24: metallb_ip_range[1]: 192.168.20.96/27 overlaps 192.168.20.95-192.168.20.100",
            "vars.yml:24: metallb_ip_range[1]: 192.168.20.96/27 holds 192.168.20.100 of keepalived_vip_svc",
            "vars.yml:24: metallb_ip_range[2]: 192.168.21.104/32 holds 192.168.21.104 of compute1",
            "vars.yml:24: metallb_ip_range[3]: 239.0.0.1-239.0.0.9 holds addresses that no host can have",
        ),
    ),
    Case(
        "the provider network's interface is no other's",
        (("vars.yml", "overlay_iface_name: eth3", "overlay_iface_name: null"),),
        (("vars.yml", "overlay_iface_name: eth3", "overlay_iface_name: eth2"),),
        ("vars.yml:7: provider_iface_name: is eth2, as overlay_iface_name is",),
    ),
    Case(
        "the provider network's interface is no other's",
        (),
        ((FLEX, "- eth4", "- eth2"),),
        ("vars.yml:7: provider_iface_name: is eth2, as storage_iface_names[0] is",),
        hosts="hosts_powerflex.sample",
        backends="powerflex",
    ),
    Case(
        "there is a storage backend",
        (),
        (("vars.yml", "storage_backends:\n  - ceph\n", "storage_backends: []\n"),),
        ("vars.yml:32: storage_backends: no storage backend",),
    ),
    Case(
        "storage backends have their groups",
        (),
        (),
        ("vars.yml:33: storage_backends[0]: ceph needs nodes in mons, mgrs, osds, rgws, and there are none in hosts",),
        hosts="hosts_hitachi.sample",
    ),
    Case(
        "nodes of Kubernetes are clients of the storage backends",
        (("hosts", "[sdc]\ncontrol[1:3]", "[sdc]\ncontrol[1:3] a=b"),),
        (("hosts", "[sdc]\ncontrol[1:3]", "[sdc]\ncontrol[2:3]"),),
        ("hosts:29: control1 runs pods and is no client of powerflex",),
        hosts="hosts_powerflex.sample",
        backends="powerflex",
    ),
    Case(
        "monitors are odd in number",
        (("hosts", "[mons]\nstorage[1:3]", "[mons]\nstorage1"),),
        (("hosts", "[mons]\nstorage[1:3]", "[mons]\nstorage[1:2]"),),
        ("hosts:12: an even number of monitors: storage1, storage2",),
    ),
    Case(
        "an MDM cluster has one, three or five nodes",
        (("hosts", "[mdm]\nstorage[1:3]", "[mdm]\nstorage1"),),
        (("hosts", "[mdm]\nstorage[1:3]", "[mdm]\nstorage[1:2]"),),
        ("hosts:23: an MDM cluster of 2: storage1, storage2",),
        hosts="hosts_powerflex.sample",
        backends="powerflex",
    ),
    Case(
        "no disk stands twice",
        (),
        (("group_vars/all/ceph_vars.yml", "/dev/sdd", "/dev/sdb"),),
        ("group_vars/all/ceph_vars.yml:7: lvm_volumes[2].data: /dev/sdb stands twice",),
    ),
    Case(
        "no NetApp backend stands twice",
        (),
        (
            (
                "group_vars/all/netapp_vars.yml",
                "netapp:\n",
                "netapp:\n  - {name: netapp1, managementLIF: a, dataLIF: b, svm: c, username: d, shares: [/e]}\n",
            ),
        ),
        ("group_vars/all/netapp_vars.yml:6: netapp[1].name: netapp1 stands twice",),
        backends="ceph netapp",
    ),
    Case(
        FREE,
        (),
        ((FLEX, '"192.168.24.100"', "192.168.21.100"),),
        (f"{FLEX}:5: mdm_ip[0]: 192.168.21.100 is keepalived_vip already",),
        hosts="hosts_powerflex.sample",
        backends="powerflex",
    ),
    Case(
        FREE,
        (("group_vars/all/netapp_vars.yml", '"192.168.140.19"', '"192.168.100.230"'),),
        (
            (FLEX, '"192.168.24.100"', "224.0.0.18"),
            ("group_vars/all/netapp_vars.yml", '"192.168.100.230"', '"192.168.21.106"'),
            ("group_vars/all/netapp_vars.yml", '"192.168.140.19"', '"192.168.20.100"'),
            ("group_vars/all/hitachi_vars.yml", "192.168.100.240", "192.168.21.100"),
        ),
        (
            f"{FLEX}:5: mdm_ip[0]: 224.0.0.18 is no address that it can be",
            "group_vars/all/netapp_vars.yml:6: netapp[0].managementLIF: 192.168.21.106 is an address of storage1",
            "group_vars/all/netapp_vars.yml:7: netapp[0].dataLIF: 192.168.20.100 is keepalived_vip_svc already",
            "group_vars/all/hitachi_vars.yml:8: hitachi_san_ip: 192.168.21.100 is keepalived_vip already",
        ),
        hosts="hosts_powerflex.sample",
        backends="powerflex netapp hitachi",
    ),
    Case(
        "time servers are outside the site",
        (("vars.yml", "ntp_servers: []", "ntp_servers: [192.168.21.1, ntp.test]"),),
        (("vars.yml", "ntp_servers: []", "ntp_servers: [control1, 192.168.21.108, 192.168.20.100, 192.168.21.1]"),),
        (
            "vars.yml:13: ntp_servers[0]: control1 is a node of this site itself",
            "vars.yml:13: ntp_servers[1]: 192.168.21.108 is storage3 of this site itself",
            "vars.yml:13: ntp_servers[2]: 192.168.20.100 is keepalived_vip_svc of this site itself",
        ),
    ),
    Case(
        "the settings of ceph are filled in",
        (),
        (
            (
                "group_vars/all/ceph_vars.yml",
                "lvm_volumes:\n  - data: /dev/sdb\n  - data: /dev/sdc\n  - data: /dev/sdd\n",
                "",
            ),
        ),
        ("group_vars/all/ceph_vars.yml: lvm_volumes: is not filled in, and ceph is a storage backend",),
    ),
    Case(
        "the settings of netapp are filled in",
        (),
        (("group_vars/all/netapp_vars.yml", NETAPP, "netapp: []\n"),),
        ("group_vars/all/netapp_vars.yml:4: netapp: is not filled in, and netapp is a storage backend",),
        backends="ceph netapp",
    ),
    Case(
        "the settings of powerflex are filled in",
        (),
        (("group_vars/all/powerflex_vars.yml", "storage_iface_names:\n  - eth4\n", "storage_iface_names: []\n"),),
        (
            (
                "group_vars/all/powerflex_vars.yml:6: storage_iface_names: is not filled in, "
                "and powerflex is a storage backend"
            ),
        ),
        hosts="hosts_powerflex_hci.sample",
        backends="powerflex",
    ),
    Case(
        "the settings of hitachi are filled in",
        (),
        (("group_vars/all/hitachi_vars.yml", "hitachi_san_ip: 192.168.100.240", 'hitachi_san_ip: "<san_ip>"'),),
        ("group_vars/all/hitachi_vars.yml:8: hitachi_san_ip: is not filled in, and hitachi is a storage backend",),
        hosts="hosts_hitachi.sample",
        backends="hitachi",
    ),
]
ids = [f"{case.rule}-{number}" for number, case in enumerate(CASES)]


@pytest.mark.parametrize("case", CASES, ids=ids)
def test_each_rule_is_told_where_it_is_broken(tmp_path: Path, case: Case) -> None:
    assert told(guide(tmp_path, *case.bad, hosts=case.hosts, backends=case.backends)) == list(case.said)


@pytest.mark.parametrize("case", [case for case in CASES if case.rule != "storage backends have their groups"])
def test_nothing_is_told_where_it_is_kept(tmp_path: Path, case: Case) -> None:
    assert told(guide(tmp_path, *case.good, hosts=case.hosts, backends=case.backends)) == []


def test_every_rule_has_its_case() -> None:
    assert {rule.title for rule in RULES} == {case.rule for case in CASES}


def test_what_a_step_needs_is_told_before_that_step_alone(tmp_path: Path) -> None:
    site = read(guide(tmp_path, ("vars.yml", "keepalived_vip: 192.168.21.100", 'keepalived_vip: ""'))).site
    assert unready(site, ["preflight"]) == []
    assert [fault.key for fault in unready(site, ["preflight", "ha"])] == ["keepalived_vip"]


def test_a_backend_without_its_file_is_told(tmp_path: Path) -> None:
    folder = guide(tmp_path)
    (folder / "group_vars/all/ceph_vars.yml").unlink()
    assert told(folder) == ["group_vars/all/ceph_vars.yml: there is no such file, and ceph is a storage backend"]
