"""Every key of the site's files: its default, what it takes, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from airlock_core import strict_yaml
from airlock_installer.site import kinds
from airlock_installer.site.kinds import KINDS
from airlock_installer.site.minimum import GUIDE
from airlock_installer.site.model.variables import Variables
from airlock_installer.site.places import Source
from airlock_installer.site.reading import read
from airlock_installer.steps.playbook import ansible_folder
from tests.unit.installer.site.made import SAMPLES

DEFAULTS = {
    "vars": {
        "svc_iface_name": "eth0",
        "mgmt_iface_name": "eth1",
        "provider_iface_name": "eth2",
        "overlay_iface_name": "eth3",
        "storage_iface_name": "eth4",
        "ntp_servers": ["0.pool.ntp.org", "1.pool.ntp.org", "2.pool.ntp.org"],
        "keepalived_vip": "",
        "keepalived_vip_svc": "",
        "metallb_enabled": False,
        "metallb_ip_range": [],
        "ha_level": "moderato",
        "k8s_ha_level": "moderato",
        "storage_backends": [],
        "deploy_ssh_key": True,
        "checklist_minimum": {},
    },
    "ceph": {"lvm_volumes": []},
    "netapp": {"netapp": []},
    "powerflex": {"mdm_ip": [], "storage_iface_names": [], "sds_devices": []},
    "hitachi": {
        "hitachi_storage_model": "vsp_e990",
        "hitachi_serial_number": "",
        "hitachi_pool_id": "0",
        "hitachi_port_id": "CL4-A",
        "hitachi_san_ip": "",
        "hitachi_san_login": "",
        "hitachi_san_password": None,
        "hitachi_ldev_range": "00:10:00-00:10:FF",
        "hitachi_target_ports": "CL3-A",
        "hitachi_compute_target_ports": "CL1-A,CL2-A,CL3-A,CL5-A,CL6-A",
    },
}
FILER = {"name": "a", "managementLIF": "10.0.0.1", "dataLIF": "nas.test", "svm": "s", "username": "u", "shares": ["/e"]}
GOOD: list[tuple[str, str, Any]] = [
    ("vars", "svc_iface_name", "bond0.100"),
    ("vars", "overlay_iface_name", None),
    ("vars", "ntp_servers", []),
    ("vars", "ntp_servers", ["10.0.0.1", "ntp.site.test", "0.pool.ntp.org", "time1", "3com"]),
    ("vars", "keepalived_vip", "10.0.0.9"),
    ("vars", "keepalived_vip_svc", None),
    ("vars", "metallb_ip_range", ["10.0.0.1-10.0.0.9", "10.1.0.0/24", "10.2.0.1/32", "10.3.0.1"]),
    ("vars", "ha_level", "vivace"),
    ("vars", "k8s_ha_level", "allegro"),
    ("vars", "storage_backends", ["hitachi", "ceph", "powerflex", "netapp"]),
    ("vars", "deploy_ssh_key", False),
    ("vars", "checklist_minimum", {"storage": {"cpus": 1}, "compute": {"memory_mb": 1, "disk_gb": 1}}),
    ("ceph", "lvm_volumes", [{"data": "/dev/disk/by-id/wwn-0x5000c500a1b2c3d4"}, {"data": "/dev/nvme0n1"}]),
    ("netapp", "netapp", [FILER, {**FILER, "name": "b", "password": "<netapp_admin_password>", "nfsMountOptions": ""}]),
    ("netapp", "netapp", [{**FILER, "shares": ["192.168.140.20:/dev12"]}]),
    ("powerflex", "mdm_ip", ["10.0.0.1", "10.0.1.1"]),
    ("powerflex", "storage_iface_names", ["eth4", "eth5"]),
    ("powerflex", "sds_devices", ["/dev/sdb"]),
    ("hitachi", "hitachi_storage_model", "vsp_g350"),
    ("hitachi", "hitachi_serial_number", "<serial_number>"),
    ("hitachi", "hitachi_serial_number", "012345"),
    ("hitachi", "hitachi_san_password", ""),
    ("hitachi", "hitachi_target_ports", "CL1-A,CL2-B"),
]
BAD: list[tuple[str, str, Any, str]] = [
    ("vars", "svc_iface_name", None, "expected a text, found null"),
    ("vars", "mgmt_iface_name", "an interface", "not the name of an interface"),
    ("vars", "provider_iface_name", "sixteen-letters-", "not the name of an interface"),
    ("vars", "storage_iface_name", "", "not the name of an interface"),
    ("vars", "overlay_iface_name", "none", "write null, without quotes"),
    ("vars", "overlay_iface_name", False, "expected a text, found false"),
    ("vars", "ntp_servers", None, "expected a list, found null"),
    ("vars", "ntp_servers", "ntp.test", "expected a list, found 'ntp.test'"),
    ("vars", "ntp_servers", ["a b"], "not a host's name or IPv4 address"),
    ("vars", "ntp_servers", ["a", "a"], "a stands twice"),
    ("vars", "ntp_servers", ["10.0.0.256"], "not a host's name or IPv4 address: '10.0.0.256'"),
    ("vars", "ntp_servers", ["10.0.0"], "not a host's name or IPv4 address"),
    ("vars", "ntp_servers", ["010.0.0.1"], "not a host's name or IPv4 address"),
    ("vars", "ntp_servers", ["fd00::1"], "not a host's name or IPv4 address"),
    ("vars", "ntp_servers", ["ntp..test"], "not a host's name or IPv4 address"),
    ("netapp", "netapp", [{**FILER, "managementLIF": "192.168.100.2300"}], "not a host's name or IPv4 address"),
    ("vars", "keepalived_vip", "10.0.0.256", "not an IPv4 address: '10.0.0.256'"),
    ("vars", "keepalived_vip", 3232240996, "not an IPv4 address: 3232240996"),
    ("vars", "keepalived_vip", "010.0.0.1", "not an IPv4 address"),
    ("vars", "keepalived_vip_svc", "10.0.0.1/24", "not an IPv4 address"),
    ("vars", "metallb_enabled", "yes", "expected true or false, found the text 'yes'"),
    ("vars", "metallb_enabled", 1, "expected true or false, found 1"),
    ("vars", "metallb_ip_range", "10.0.0.1-10.0.0.9", "expected a list"),
    ("vars", "metallb_ip_range", ["10.0.0.1-10.0.0"], "not a range of addresses"),
    ("vars", "metallb_ip_range", ["10.0.0.9-10.0.0.1"], "runs backwards"),
    ("vars", "metallb_ip_range", ["10.0.0.1/24"], "within the network 10.0.0.0/24"),
    ("vars", "metallb_ip_range", ["10.0.0.1/255.255.255.255"], "not a range of addresses"),
    ("vars", "metallb_ip_range", ["10.0.0.0/33"], "not a range of addresses"),
    ("vars", "metallb_ip_range", ["10.0.0.256"], "not a range of addresses"),
    ("vars", "metallb_ip_range", ["fd00::/64"], "not a range of addresses"),
    ("vars", "metallb_ip_range", [{"first": "10.0.0.1"}], "not a range of addresses"),
    ("vars", "ha_level", "Vivace", "expected 'moderato', 'allegro' or 'vivace', found 'Vivace'"),
    ("vars", "k8s_ha_level", "", "expected 'moderato', 'allegro' or 'vivace', found ''"),
    ("vars", "storage_backends", ["nfs"], "expected 'ceph', 'netapp', 'powerflex' or 'hitachi', found 'nfs'"),
    ("vars", "storage_backends", ["ceph", "ceph"], "ceph stands twice"),
    ("vars", "deploy_ssh_key", None, "expected true or false, found null"),
    ("vars", "checklist_minimum", {"control": {"cpus": 0}}, "must be at least 1, found 0"),
    ("vars", "checklist_minimum", {"control": {"cpus": True}}, "expected a whole number, found true"),
    ("vars", "checklist_minimum", {"network": {}}, "expected 'control', 'compute' or 'storage', found 'network'"),
    ("ceph", "lvm_volumes", [{"data": "sdb"}], "not a path below /dev"),
    ("ceph", "lvm_volumes", [{"data": "/dev/../etc/passwd"}], "not a path below /dev"),
    ("ceph", "lvm_volumes", [{}], "is missing"),
    ("ceph", "lvm_volumes", ["/dev/sdb"], "expected a mapping"),
    ("netapp", "netapp", [{**FILER, "shares": []}], "must not be empty"),
    ("netapp", "netapp", [{**FILER, "shares": ["dev03"]}], "not a path: 'dev03'"),
    ("netapp", "netapp", [{**FILER, "svm": None}], "expected a text, found null"),
    ("netapp", "netapp", [{**FILER, "password": "open"}], "a password does not stand here"),
    ("netapp", "netapp", [{key: value for key, value in FILER.items() if key != "dataLIF"}], "dataLIF: is missing"),
    ("powerflex", "mdm_ip", ["mdm.test"], "not an IPv4 address"),
    ("powerflex", "mdm_ip", [None], "not an IPv4 address: null"),
    ("vars", "metallb_ip_range", [None], "not a range of addresses: null"),
    ("powerflex", "storage_iface_names", ["eth4", "eth 5"], "not the name of an interface: 'eth 5'"),
    ("powerflex", "sds_devices", ["/dev/sdb", "/dev/sdb"], "/dev/sdb stands twice"),
    ("hitachi", "hitachi_storage_model", "vsp_e999", "found 'vsp_e999'"),
    ("hitachi", "hitachi_serial_number", "12345", "not a serial number of six digits"),
    ("hitachi", "hitachi_pool_id", 0, 'write it in quotes, such as "0"'),
    ("hitachi", "hitachi_port_id", "4A", "not a port of the array"),
    ("hitachi", "hitachi_san_ip", "array", "not an IPv4 address"),
    ("hitachi", "hitachi_san_login", "a b", "not a user's name"),
    ("hitachi", "hitachi_san_password", "open", "a password does not stand here"),
    ("hitachi", "hitachi_ldev_range", "00:10:00", "not a range of LDEV numbers"),
    ("hitachi", "hitachi_ldev_range", "00:10:FF-00:10:00", "runs backwards"),
    ("hitachi", "hitachi_target_ports", "CL3-A,CL3-A", "CL3-A stands twice"),
    ("hitachi", "hitachi_compute_target_ports", "", "not a port of the array"),
]


def _write(folder: Path, data: dict[str, Any]) -> Path:
    path = folder / "file.yml"
    path.write_text(strict_yaml.dumps(data))
    return path


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_said_has_its_default(tmp_path: Path, kind: str) -> None:
    values, _, faults = read(KINDS[kind], _write(tmp_path, {}))
    assert (values.plain(), faults) == (DEFAULTS[kind], [])


@pytest.mark.parametrize(("kind", "key", "value"), GOOD)
def test_values_of_the_right_shape_are_taken_as_they_stand(tmp_path: Path, kind: str, key: str, value: Any) -> None:
    values, _, faults = read(KINDS[kind], _write(tmp_path, {key: value}))
    assert faults == []
    if isinstance(value, str) and not value.startswith("<") and "password" not in key:
        assert values.plain()[key] == value


@pytest.mark.parametrize(("kind", "key", "value", "words"), BAD)
def test_values_of_another_shape_are_refused_with_their_line(
    tmp_path: Path, kind: str, key: str, value: Any, words: str
) -> None:
    _, _, faults = read(KINDS[kind], _write(tmp_path, {key: value}))
    assert len(faults) == 1
    assert words in str(faults[0])
    assert (faults[0].key, faults[0].line > 0) == (key, True)


def test_items_that_stand_twice_are_told_with_their_lines_beside_all_else(tmp_path: Path) -> None:
    _, _, faults = read(Variables, _write(tmp_path, {"storage_backends": ["ceph", "nfs", "ceph"]}))
    assert [(fault.line, fault.what.partition(",")[0]) for fault in faults] == [
        (3, "storage_backends[1]: expected 'ceph'"),
        (4, "storage_backends[2]: ceph stands twice"),
    ]


def test_every_key_is_tried_with_a_good_and_a_bad_value() -> None:
    every = {(kind, key) for kind, model in KINDS.items() for key in model.model_fields}
    assert every - {(kind, key) for kind, key, _, _ in BAD} == set()


def test_variables_are_had_by_key_as_they_stand_in_yaml() -> None:
    variables = Variables.model_validate({"keepalived_vip": "10.0.0.9", "storage_backends": ["ceph"]})
    assert (variables["keepalived_vip"], variables["storage_backends"]) == ("10.0.0.9", ["ceph"])


def test_ranges_are_given_as_metallb_takes_them() -> None:
    variables = Variables.model_validate({"metallb_ip_range": ["10.0.0.1", "10.0.1.0/24", "10.0.2.1 - 10.0.2.9"]})
    assert variables["metallb_ip_range"] == ["10.0.0.1/32", "10.0.1.0/24", "10.0.2.1 - 10.0.2.9"]


def test_the_smallest_nodes_are_those_of_the_checklist() -> None:
    defaults = strict_yaml.load(ansible_folder() / "roles/checklist/defaults/main.yml")
    assert defaults["checklist_guide"] == GUIDE


@pytest.mark.parametrize("kind", KINDS)
def test_schemas_beside_the_samples_are_those_of_the_models(kind: str) -> None:
    kept = json.loads((SAMPLES / kinds.schema_file_of(kind)).read_text())
    assert kept == json.loads(json.dumps(kinds.schema(kind))), f"run: airlock-site schema {kind}"


@pytest.mark.parametrize("kind", KINDS)
def test_samples_name_their_schema_from_where_they_stand(kind: str) -> None:
    name = "vars.yml.sample" if kind == "vars" else kinds.file_of(kind)
    first = (SAMPLES / name).read_text().splitlines()[0]
    named = first.removeprefix("# yaml-language-server: $schema=")
    assert ((SAMPLES / name).parent / named).resolve() == (SAMPLES / kinds.schema_file_of(kind)).resolve()


@pytest.mark.parametrize("kind", KINDS)
def test_samples_say_every_key_but_those_for_labs_and_passwords(kind: str) -> None:
    name = "vars.yml.sample" if kind == "vars" else kinds.file_of(kind)
    said = strict_yaml.load(SAMPLES / name)
    assert set(KINDS[kind].model_fields) - set(said) <= {"checklist_minimum", "hitachi_san_password"}


@pytest.mark.parametrize("kind", KINDS)
def test_the_formats_page_has_every_key(kind: str) -> None:
    page = (Path(__file__).parents[4] / "docs/formats.md").read_text()
    assert [key for key in KINDS[kind].model_fields if f"| `{key}`" not in page] == []


def test_a_line_of_what_was_not_written_is_that_of_what_stands_above_it() -> None:
    source = Source(Path("/site/vars.yml"), {("a",): 3, ("a", 0): 4})
    assert [source.line(*path) for path in (("a", 0, "b"), ("a", 1), ("c",))] == [4, 3, 0]
