"""``airlock-site check`` with what the guide's eight nodes say of themselves."""

from __future__ import annotations

import json

import pytest

from tests.site.guide import Walk

pytestmark = pytest.mark.site

DISKS = ("/dev/sdb", "/dev/sdc", "/dev/sdd")
"""Which the sample gives storage nodes for their data."""


def test_check_looks_at_every_node_and_names_what_storage_nodes_lack(prepared: Walk) -> None:
    done = prepared.site.airlock("check --json")
    found = json.loads(done.stdout)
    assert found["looked_at"] == list(prepared.site.nodes)
    faults = {(fault["key"], fault["what"].partition(";")[0]) for fault in found["faults"]}
    # Containers have none of them; all else is as the sample says.
    assert faults == {
        ("lvm_volumes", f"lvm_volumes[{at}].data: {disk} on storage1, storage2, storage3 is not there")
        for at, disk in enumerate(DISKS)
    }
    assert done.returncode == 3
