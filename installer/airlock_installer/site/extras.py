"""Files of variables beside ours, below ``group_vars`` and ``host_vars``: found as Ansible finds them, and judged.

They may say what no file of ours does. What ours say has one home, where it is judged and where all of airlock reads
it; passwords have theirs in the vault.

Source: Ansible, the plugin ``ansible.builtin.host_group_vars`` and ``DataLoader.find_vars_files``: of NAME, NAME.yml,
NAME.yaml and NAME.json the first alone; of a folder NAME all files of these kinds below it.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator
from pathlib import Path

from airlock_core.errors import AirlockError
from airlock_installer.site import kinds, passwords, reading
from airlock_installer.site.ini import ALL
from airlock_installer.site.inventory import Inventory
from airlock_installer.site.places import Fault, spelled

GROUPS, HOSTS = "group_vars", "host_vars"

_ALIKE = 0.85
_KINDS = ("", ".yml", ".yaml", ".json")
"""How names of files end that Ansible takes, in the order in which it looks for them."""
_OF_HOSTS = (
    *("ip", "monitor_address", "radosgw_address"),
    *("ansible_connection", "ansible_host", "ansible_port", "ansible_user", "ansible_python_interpreter"),
    *("ansible_ssh_private_key_file", "ansible_private_key_file"),
    *("ansible_ssh_host", "ansible_ssh_port", "ansible_ssh_user"),
)
"""Where a node is and how it is reached: ``check`` and ``ping`` take it from ``hosts``."""
_TAGS = ("!vault", "!vault-encrypted")


def read(folder: Path, inventory: Inventory) -> list[Path]:
    """All files of variables of a site that Ansible reads, ours among them."""
    owners = [_by_owner(folder / name, _known(name, inventory)) for name in (GROUPS, HOSTS)]
    return [path for entries in owners for first, *_ in entries.values() for path in _files(first)]


def faults(folder: Path, inventory: Inventory | None) -> Iterator[AirlockError]:
    """All that is wrong with the files of one's own of a site.

    Args:
        folder: the site's.
        inventory: None where ``hosts`` cannot be read.
    """
    for name in (GROUPS, HOSTS):
        try:
            yield from _below(folder / name, inventory)
        except OSError as error:
            yield Fault("cannot be read", Path(error.filename), why=error.strerror or str(error))


def _below(folder: Path, inventory: Inventory | None) -> Iterator[AirlockError]:
    known = _known(folder.name, inventory)
    for owner, entries in _by_owner(folder, known).items():
        if inventory and owner not in known:
            yield from _nobodys(owner, entries[0], known)
        for entry in entries[1:]:
            todo = f"move what it says into {entries[0].name}"
            yield Fault(f"Ansible does not read it, since there is {entries[0].name}", entry, todo=todo)
        for path in (path for entry in entries for path in _files(entry)):
            yield from _of_file(path, [folder.parent / kinds.file_of(kind) for kind in kinds.KINDS])


def _known(name: str, inventory: Inventory | None) -> Collection[str]:
    if inventory is None:
        return [ALL] if name == GROUPS else []
    return inventory.groups if name == GROUPS else inventory.hosts


def _by_owner(folder: Path, known: Collection[str]) -> dict[str, list[Path]]:
    """Files and folders by the group or host that they are for; the first is the one that Ansible reads."""
    entries = [path for path in sorted(folder.iterdir()) if path.name[0] != "."] if folder.is_dir() else []
    found: dict[str, list[Path]] = {}
    for ending in _KINDS:
        for path in entries:
            if _ending(path, known) == ending:
                found.setdefault(path.name.removesuffix(ending), []).append(path)
    return found


def _ending(path: Path, known: Collection[str]) -> str | None:
    """What of a name follows on that of a group or host; None where the file is meant for none, as a README."""
    if path.name in known:
        return ""
    if path.suffix in _KINDS[1:]:
        return path.suffix
    return "" if path.is_dir() or _near(path.name, known) else None


def _files(entry: Path) -> Iterator[Path]:
    """A file, or those of a folder that Ansible takes."""
    if entry.is_file():
        yield entry
    for path in sorted(entry.iterdir()) if entry.is_dir() else ():
        if path.name.startswith(".") or path.name.endswith("~"):
            continue
        if (path.is_dir() and not path.suffix) or (path.is_file() and path.suffix in _KINDS):
            yield from _files(path)


def _nobodys(owner: str, path: Path, known: Collection[str]) -> Iterator[Fault]:
    """A node that is not in ``hosts`` is misspelled or gone; a group may just have no nodes at this site."""
    near, is_node = _near(owner, known), path.parent.name == HOSTS
    if near or is_node:
        what = f"there is no {'node' if is_node else 'group'} {owner} in hosts: Ansible reads this for nobody"
        yield Fault(what, path, todo=f"did you mean {near}?" if near else f"remove it, or write {owner} into hosts")


def _near(name: str, known: Collection[str]) -> str:
    """What is nearly called so; empty where nothing is."""
    return next(iter(difflib.get_close_matches(name, known, 1, _ALIKE)), "")


def _of_file(path: Path, ours: Collection[Path]) -> Iterator[AirlockError]:
    if path in ours:
        return
    near = _near(path.name, [one.name for one in ours if one.parent == path.parent])
    if near:
        yield Fault("a file that nothing here reads", path, todo=f"did you mean {near}?")
        return
    try:
        if not path.read_bytes().startswith(passwords.VAULT.encode()):
            yield from _of_values(path)
    except Fault as fault:
        yield fault


def _of_values(path: Path) -> Iterator[Fault]:
    data, source = reading.load(path, texts=_TAGS)
    for key in data:
        home = "hosts" if key in _OF_HOSTS else kinds.home_of(key)
        if home:
            why = "here it would be judged by nothing, and not all of airlock would see it"
            yield source.fault(f"it belongs in {home}", key, why=why, todo="write it there, and take it out here")
    for place in passwords.in_plain(data):
        yield Fault(f"{spelled(place)} stands here in plain", path, source.line(*place), todo=passwords.TODO)
