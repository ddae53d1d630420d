"""Secrets that are planted, and the shapes in which they are looked for."""

from __future__ import annotations

import base64


def forms(text: str) -> list[str]:
    """Raw, hex, and base64 wherever it stands in a longer text."""
    raw = text.encode()
    found = [text, raw.hex(), raw.hex().upper()]
    for before in range(3):
        first, last = -(-before * 8 // 6), (before + len(raw)) * 8 // 6
        found.append(base64.b64encode(bytes(before) + raw).decode()[first:last])
    return found
