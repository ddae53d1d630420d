"""Our units as systemd itself takes them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from airlock_installer import appliance

pytestmark = pytest.mark.integration


def test_registry_is_enabled_under_its_name_in_the_guide_too(tmp_path: Path) -> None:
    units = tmp_path / "etc/systemd/system"
    units.mkdir(parents=True)
    for name, text in appliance.units().items():
        (units / name).write_text(text)
    enable = ["systemctl", f"--root={tmp_path}", "enable", "airlock-registry.service"]
    subprocess.run(enable, check=True, capture_output=True)
    assert (units / "genesis_registry.service").readlink().name == "airlock-registry.service"
