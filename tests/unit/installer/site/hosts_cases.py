"""Cases of the rules about ``hosts``: a site that keeps each, and one that breaks it."""

from __future__ import annotations

from dataclasses import dataclass

from tests.unit.installer.site.made import Edit


@dataclass(frozen=True)
class Case:
    """A rule, edits of the guide's site that keep it, edits that break it, and what is told then."""

    rule: str
    good: tuple[Edit, ...]
    bad: tuple[Edit, ...]
    said: tuple[str, ...]
    hosts: str = "hosts.sample"
    backends: str = "ceph"


ONE_CONTROL = (
    ("hosts", "[kube_control_plane]\ncontrol[1:3]", "[kube_control_plane]\ncontrol1"),
    ("hosts", "[controller-node]\ncontrol[1:3]", "[controller-node]\ncontrol1"),
)
HOSTS = [
    Case(
        "there are three control nodes or more, or exactly one",
        ONE_CONTROL,
        (("hosts", "[kube_control_plane]\ncontrol[1:3]", "[kube_control_plane]\ncontrol[1:2]"),),
        ("hosts:29: two control nodes in kube_control_plane: control1 and control2",),
    ),
    Case(
        "there are three control nodes or more, or exactly one",
        (),
        (
            ("hosts", "[kube_control_plane]\ncontrol[1:3]", "[kube_control_plane]\ncontrol1"),
            ("hosts", "[controller-node]\ncontrol[1:3]", "[controller-node]\ncontrol2"),
        ),
        ("hosts:38: two control nodes in kube_control_plane and controller-node: control1 and control2",),
    ),
    Case(
        "there are three control nodes or more, or exactly one",
        (),
        (
            ("hosts", "[kube_control_plane]\ncontrol[1:3]", "[kube_control_plane]\ncontrol[1:2]"),
            ("hosts", "[controller-node]\ncontrol[1:3]", "[controller-node]\ncontrol[1:2]"),
        ),
        ("hosts:30: two control nodes in kube_control_plane and controller-node: control1 and control2",),
    ),
    Case(
        "there are three control nodes or more, or exactly one",
        (),
        (
            ("hosts", "[kube_control_plane]\ncontrol[1:3]", "[kube_control_plane]"),
            ("hosts", "[controller-node]\ncontrol[1:3]", "[controller-node]"),
        ),
        (
            "hosts:29: no control node: kube_control_plane or controller-node is empty",
            "hosts:29: no node in the group kube_control_plane",
            "hosts:36: no node in the group controller-node",
        ),
    ),
    Case(
        "Kubernetes has nodes",
        (),
        (("hosts", "[kube_node]\ncontrol[1:3]\ncompute[1:2]\n", "[kube_node]\n"),),
        (
            "hosts:42: compute1 is in compute-node and in no group of Kubernetes",
            "hosts:42: compute2 is in compute-node and in no group of Kubernetes",
            "hosts:32: no node in the group kube_node",
        ),
    ),
    Case(
        "OpenStack has nodes",
        (),
        (("hosts", "[compute-node]\ncompute[1:2]\n", "[compute-node]\n"),),
        ("hosts:43: no node in the group compute-node",),
    ),
    Case(
        "nodes of OpenStack are nodes of Kubernetes",
        (),
        (("hosts", "compute[1:2]\n\n# openstack", "compute1\n\n# openstack"),),
        ("hosts:44: compute2 is in compute-node and in no group of Kubernetes",),
    ),
    Case(
        "no group is misspelled",
        (("hosts", "[compute-node]", "[racks]\ncontrol1\n[compute-node]"),),
        (("hosts", "[network-node]", "[network_nodes]"),),
        (
            "hosts:40: an unknown group: network_nodes",
            "hosts: no node in the group network-node",
        ),
    ),
    Case(
        "names of nodes are such that Kubernetes takes them",
        (),
        (("hosts", "compute2 ip", "Compute_2 ip=192.168.21.199\ncompute2 ip"),),
        ("hosts:6: not a name that Kubernetes takes for a node: 'Compute_2'",),
    ),
    Case(
        "the first control node is the deployer",
        (("hosts", " ansible_connection=local", ""),),
        (("hosts", "control2 ip=192.168.21.102", "control2 ip=192.168.21.102 ansible_connection=local"),),
        ("hosts:3: control2 has ansible_connection=local, and the deployer is control1, the first control node",),
    ),
    Case(
        "every node has an ip, and addresses are such",
        (("hosts", "ip=192.168.21.106", "ip=192.168.21.106 monitor_address=192.168.24.106"),),
        (
            ("hosts", "control2 ip=192.168.21.102", "control2 ip=192.168.21.1o2"),
            ("hosts", "control3 ip=192.168.21.103", "control3 ip=127.0.0.1"),
            ("hosts", "compute1 ip=192.168.21.104", "compute1 ip=239.0.0.1"),
            ("hosts", "compute2 ip=192.168.21.105", "compute2"),
            ("hosts", "ip=192.168.21.106", "ip=192.168.21.106 monitor_address=192.168.24"),
            ("hosts", "ip=192.168.21.107", "ip=fd00::107"),
            ("hosts", "ip=192.168.21.108", "ip=250.168.21.108 radosgw_address=0.0.21.108"),
        ),
        (
            "hosts:3: control2: ip is not an IPv4 address: '192.168.21.1o2'",
            "hosts:4: control3: the ip 127.0.0.1 means every node itself",
            "hosts:5: compute1: no node can have the ip 239.0.0.1",
            "hosts:6: compute2 has no ip",
            "hosts:7: storage1: monitor_address is not an IPv4 address: '192.168.24'",
            "hosts:8: storage2: ip is not an IPv4 address: 'fd00::107'",
            "hosts:9: storage3: no node can have the ip 250.168.21.108",
            "hosts:9: storage3: no node can have the radosgw_address 0.0.21.108",
        ),
    ),
    Case(
        "no two nodes have one address",
        (("hosts", "ip=192.168.21.106", "ip=192.168.21.106 radosgw_address=192.168.21.106"),),
        (
            ("hosts", "ip=192.168.21.103", "ip=192.168.21.102"),
            ("hosts", "ip=192.168.21.106", "ip=192.168.21.106 radosgw_address=192.168.21.107"),
        ),
        (
            "hosts:4: control3 has the address of control2 (line 3): 192.168.21.102",
            "hosts:8: storage2 has the address of storage1 (line 7): 192.168.21.107",
        ),
    ),
    Case(
        "no password stands in hosts",
        (("hosts", "[mons]", "[all:vars]\nansible_become_password={{ vault_sudo_password }}\n[mons]"),),
        (
            ("hosts", "control2 ip=192.168.21.102", "control2 ip=192.168.21.102 ansible_password=planted"),
            ("hosts", "[mons]", "[all:vars]\nansible_ssh_pass=planted\narray={'password': 12345}\n[mons]"),
        ),
        (
            "hosts:3: control2: ansible_password stands here in plain",
            "hosts:13: all: ansible_ssh_pass stands here in plain",
            "hosts:14: all: array.password stands here in plain",
        ),
    ),
    Case(
        "nodes are reached by names that all take",
        (("hosts", "control2 ip=192.168.21.102", "control2 ip=192.168.21.102 ansible_user=clex ansible_port=2222"),),
        (
            ("hosts", "control2 ip=192.168.21.102", "control2 ip=192.168.21.102 ansible_ssh_host=far"),
            ("hosts", "[mons]", "[mons:vars]\nansible_ssh_user=clex\n[mons]"),
        ),
        (
            "hosts:3: control2: ansible_ssh_host is an older name",
            "hosts:13: mons: ansible_ssh_user is an older name",
        ),
    ),
    Case(
        "no variable of a node is misspelled",
        (("hosts", "[mons]", "[mons:vars]\nansible_become_user=root\n[mons]"),),
        (
            ("hosts", "ansible_connection=local", "ansible_conection=local"),
            ("hosts", "[mons]", "[mons:vars]\nmonitor_adress=192.168.24.106\n[mons]"),
        ),
        (
            "hosts:2: control1: nobody reads the variable ansible_conection",
            "hosts:13: mons: nobody reads the variable monitor_adress",
        ),
    ),
    Case(
        "no variable of a node has two values",
        (("hosts", "[mons]\nstorage[1:3]", "[mons]\nstorage1 ip=192.168.21.106\nstorage[2:3]"),),
        (("hosts", "[mons]\nstorage[1:3]", "[mons]\nstorage1 ip=192.168.21.116\nstorage[2:3]"),),
        ("hosts:13: storage1: ip has another value in line 7 already",),
    ),
    Case(
        "nodes are reached by ssh, or are this machine",
        (("hosts", "control2 ip=192.168.21.102", "control2 ip=192.168.21.102 ansible_connection=ssh"),),
        (("hosts", "ansible_connection=local", "ansible_connection=Local"),),
        ("hosts:2: control1: not a way to reach a node: ansible_connection=Local",),
    ),
    Case(
        "no two nodes are reached at one address",
        (
            ("hosts", "control2 ip=192.168.21.102", "control2 ip=192.168.21.102 ansible_host=far"),
            ("hosts", "control3 ip=192.168.21.103", "control3 ip=192.168.21.103 ansible_host=far ansible_port=23"),
        ),
        (
            ("hosts", "control2 ip=192.168.21.102", "control2 ip=192.168.21.102 ansible_host=192.168.21.103"),
            ("hosts", "compute1 ip=192.168.21.104", "compute1 ip=192.168.21.104 ansible_host=far"),
            ("hosts", "compute2 ip=192.168.21.105", "compute2:22 ip=192.168.21.105 ansible_host=far"),
        ),
        (
            "hosts:3: control2: its ansible_host 192.168.21.103 leads to control3",
            "hosts:5: compute1: its ansible_host far leads to compute2",
            "hosts:6: compute2: its ansible_host far leads to compute1",
        ),
    ),
    Case(
        "hosts says nothing that other files are there for",
        (("hosts", "[mons]", "[all:vars]\nnode_labels={'a': 'b'}\n[mons]"),),
        (
            ("hosts", "control2 ip=192.168.21.102", "control2 ip=192.168.21.102 lvm_volumes=[]"),
            ("hosts", "[mons]", "[all:vars]\nkeepalived_vip=192.168.21.99\n[mons]"),
        ),
        (
            "hosts:3: control2: lvm_volumes belongs in group_vars/all/ceph_vars.yml",
            "hosts:13: all: keepalived_vip belongs in vars.yml",
        ),
    ),
]
