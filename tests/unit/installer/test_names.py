"""The nodes in /etc/hosts."""

from airlock_installer.prepare.names import amended
from airlock_installer.site.inventory import Inventory

OWN = "127.0.0.1 localhost\n"
NODES = Inventory({"control1": {"ip": "192.168.21.101"}, "local": {"ip": "127.0.0.1"}})


def test_nodes_are_added_and_all_else_stays() -> None:
    text = amended(f"{OWN}10.0.0.1 mine", NODES)
    assert text.startswith(f"{OWN}10.0.0.1 mine\n")
    assert "192.168.21.101 control1\n" in text
    assert "127.0.0.1 local\n" not in text


def test_nodes_that_moved_replace_those_before_in_their_place() -> None:
    first = amended(OWN, NODES) + "# behind\n"
    moved = amended(first, Inventory({"control1": {"ip": "192.168.21.111"}}))
    assert moved == first.replace("192.168.21.101", "192.168.21.111")
    assert amended(moved, Inventory({"control1": {"ip": "192.168.21.111"}})) == moved


def test_site_without_far_nodes_leaves_the_file_as_it_was() -> None:
    assert amended(OWN, Inventory({"one": {"ip": "127.0.0.1"}})) == OWN
