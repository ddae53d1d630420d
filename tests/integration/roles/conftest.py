"""What tests of roles share."""

import os
from pathlib import Path

import pytest

from tests.integration.roles.playing import Played, Stage

LEVELS = {"moderato": 5, "allegro": 4, "vivace": 3}
"""Seconds between two checks, by level (site.md)."""
_NODE = "{} ip=127.0.0.{} ansible_python_interpreter=/usr/bin/python3 {}"
HOSTS = "\n".join(
    [
        *(_NODE.format(name, at, "") for at, name in enumerate(["control1", "control2", "storage1"], 1)),
        *("[kube_control_plane]", "control1", "control2", "[osds]", "storage1", ""),
    ]
)
AVAILABLE = "\n".join(
    ["[kube_control_plane]", *(_NODE.format(name, at, f"ha_level={name}") for at, name in enumerate(LEVELS, 1)), ""]
)
"""A control node for each level, called as it is."""


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Two control nodes and a storage node, which are this machine."""
    must_be_root()
    return Stage(tmp_path, HOSTS)


@pytest.fixture(scope="module")
def dry_ha(tmp_path_factory: pytest.TempPathFactory) -> tuple[Stage, Played]:
    """A dry run of ha, each node at another level."""
    must_be_root()
    stage = Stage(tmp_path_factory.mktemp("ha"), AVAILABLE)
    return stage, stage.play("ha.yml", {"keepalived_vip": "127.9.9.9", "mgmt_iface_name": "lo"}, "--check")


def must_be_root() -> None:
    """Skip a test where mounts cannot be made."""
    if os.geteuid() != 0:
        pytest.skip("root plays the roles")
