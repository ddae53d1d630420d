"""What the guide asks of a node, less what firmware and file system keep for themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Role = Literal["control", "compute", "storage"]
GUIDE: Mapping[Role, Mapping[str, int]] = {
    "control": {"cpus": 8, "memory_mb": 15000, "disk_gb": 45},
    "compute": {"cpus": 4, "memory_mb": 7500, "disk_gb": 45},
    "storage": {"cpus": 4, "memory_mb": 7500, "disk_gb": 45},
}
