"""The message that people find on the consoles of a deployer, before they log in and after."""

from __future__ import annotations

import shutil
from collections.abc import Iterable

from airlock_core import atomic, proc
from airlock_installer.layout import Layout

_TIMEOUT = 30


def text(lines: Iterable[str]) -> str:
    """The message around lines of status."""
    body = "\n".join(f"  {line}" for line in lines)
    return f"\nThis is an airlock deployer. What runs (again: sudo airlock-site status):\n\n{body}\n\n"


def show(layout: Layout, message: str) -> None:
    """Have every getty show the message: tty1 and serial lines (agetty(8), issue.d, --reload), and each login after."""
    # A backslash would begin an escape of agetty's.
    atomic.write(layout.root / "etc/issue.d/airlock.issue", message.replace("\\", "\\\\"))
    atomic.write(layout.root / "etc/motd.d/airlock", message)
    if shutil.which("agetty"):
        proc.run(["agetty", "--reload"], timeout=_TIMEOUT, expect=range(256))
