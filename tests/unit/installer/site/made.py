"""The guide's own site in a folder, with as many edits as a test wants."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from airlock_installer.site import site as sites

SAMPLES = Path(str(resources.files("airlock_installer") / "samples"))
NETWORKS = {
    'keepalived_vip: ""': "keepalived_vip: 192.168.21.100",
    'keepalived_vip_svc: ""': "keepalived_vip_svc: 192.168.20.100",
}
HITACHI = {
    'hitachi_serial_number: ""': 'hitachi_serial_number: "412345"',
    'hitachi_san_ip: ""': "hitachi_san_ip: 192.168.100.240",
    'hitachi_san_login: ""': "hitachi_san_login: maintenance",
}
Edit = tuple[str, str, str]
"""A file, a text in it, and what stands in its place."""


def guide(folder: Path, *edits: Edit, hosts: str = "hosts.sample", backends: str = "ceph") -> Path:
    """Write the guide's site: its samples, the virtual addresses of its networks; then the edits."""
    (folder / "group_vars/all").mkdir(parents=True, exist_ok=True)
    (folder / "hosts").write_text((SAMPLES / hosts).read_text())
    text = (SAMPLES / "vars.yml.sample").read_text()
    (folder / "vars.yml").write_text(_replaced(text, {**NETWORKS, "  - ceph\n": _items(backends)}))
    for path in (SAMPLES / "group_vars/all").iterdir():
        (folder / "group_vars/all" / path.name).write_text(_replaced(path.read_text(), HITACHI))
    for name, old, new in edits:
        path = folder / name
        text = path.read_text()
        assert old in text, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new, 1))
    return folder


def _items(names: str) -> str:
    return "".join(f"  - {name}\n" for name in names.split())


def _replaced(text: str, pairs: dict[str, str]) -> str:
    for old, new in pairs.items():
        text = text.replace(old, new)
    return text


def told(folder: Path) -> list[str]:
    """All that is wrong with a site, at once or for a later step, as ``file:line: text``."""
    draft = sites.read(folder)
    faults = [*draft.faults, *(fault for _, fault in draft.later)]
    return [fault.lines()[0].removeprefix(f"{folder}/") for fault in faults]
