"""The platform that the guide is followed on: nodes that have as little to do with one another as machines."""

from __future__ import annotations

import marshal
import zipfile
from pathlib import Path

import pytest

from tests.site.platform import Platform

pytestmark = pytest.mark.site

WITHOUT_NETWORK = "systemd-networkd-wait-online.service"
"""What fails on nodes whose addresses the test gives: no program of theirs sets them."""


def test_no_two_nodes_share_a_control_group(site: Platform) -> None:
    groups = {Path(f"/proc/{node.leader}/cgroup").read_text() for node in site.nodes.values()}
    assert len(groups) == len(site.nodes)


def test_every_service_of_every_node_starts(site: Platform) -> None:
    site.everywhere("systemctl is-system-running --wait || true")
    failed = site.everywhere("systemctl list-units --failed --plain --no-legend")
    found = {name: {line.split()[0] for line in text.splitlines()} - {WITHOUT_NETWORK} for name, text in failed.items()}
    assert found == {name: set() for name in site.nodes}


def test_python_of_a_node_compiles_once_what_it_imports_from_zip_files(site: Platform) -> None:
    node = site.nodes["compute1"]
    packed = node.path / "root/packed.zip"
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("packed.py", "print(sum(range(5)))")
    run = "PYTHONPATH=/root/packed.zip /usr/libexec/platform-python -c 'import packed'"
    kept = node.path / "var/cache/bytecode"
    before = set(kept.iterdir())
    assert node.check(run) == "10\n"
    (made,) = set(kept.iterdir()) - before
    made.write_bytes(marshal.dumps(compile("print('kept')", "packed.py", "exec")))
    assert node.check(run) == "kept\n"
    made.unlink()
    packed.unlink()
