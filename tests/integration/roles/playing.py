"""The real playbooks and roles on nodes that are this machine; what they write to /etc and /var goes elsewhere."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from airlock_installer.steps.playbook import ansible_folder, inventories

SECONDS = 300.0
"""After which a run is taken to hang, on a machine with much else to do."""
_APART = """\
set -e
mount --make-rprivate /
for each in etc var; do
    mkdir -p "$0/$each/upper" "$0/$each/work"
    mount -t overlay overlay -o "lowerdir=/$each,upperdir=$0/$each/upper,workdir=$0/$each/work" "/$each"
done
exec "$@"
"""
"""Has what is written to /etc and /var in a folder instead."""
_ROCKY = {
    "os-release": 'NAME="Rocky Linux"\nID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="8.10"\n',
    "redhat-release": "Rocky Linux release 8.10 (Green Obsidian)\n",
}
"""By which Ansible knows that packages are dnf's."""


@dataclass(frozen=True)
class Told:
    """What became of a task on a node.

    Args:
        how: ``ok``, ``changed``, ``skipped``, ``failed`` or ``ignored``.
    """

    how: str
    node: str
    task: str
    result: Mapping[str, Any]

    @property
    def texts(self) -> list[str]:
        """The files that it would write, or has written, as they are afterwards."""
        results = self.result.get("results", [self.result])
        return [diff["after"] for one in results for diff in one.get("diff", []) if diff.get("after")]


@dataclass(frozen=True)
class Played:
    """What became of a playbook.

    Args:
        err: what failed, and what Ansible itself complained of.
    """

    status: int
    tasks: Sequence[Told]
    err: str

    def of(self, task: str, node: str | None = None) -> list[Told]:
        """What became of the task of a name, with its role before it or without."""
        return [each for each in self.tasks if each.task.rpartition(" : ")[2] == task and node in (None, each.node)]

    @property
    def changed(self) -> set[str]:
        """The tasks that changed something."""
        return {each.task.rpartition(" : ")[2] for each in self.tasks if each.how == "changed"}


@dataclass(frozen=True)
class Stage:
    """Where playbooks are played.

    Args:
        folder: for all that is written.
        hosts: the inventory.
    """

    folder: Path
    hosts: str

    @property
    def etc(self) -> Path:
        """What has been written to /etc."""
        return self.folder / "etc/upper"

    @property
    def written(self) -> set[str]:
        """The files that have been written to /etc."""
        paths = {str(path.relative_to(self.etc)) for path in self.etc.rglob("*") if path.is_file()}
        return paths - set(_ROCKY)

    def play(self, playbook: str | Path, variables: Mapping[str, Any], *arguments: str) -> Played:
        """Play one of our playbooks, or one at a path."""
        self.etc.mkdir(parents=True, exist_ok=True)
        for name, text in _ROCKY.items():
            (self.etc / name).write_text(text)
        inventory = self.folder / "hosts"
        inventory.write_text(self.hosts)
        (self.folder / "variables.json").write_text(json.dumps(dict(variables)))
        command = [
            *("unshare", "--mount", "sh", "-c", _APART, str(self.folder)),
            *(sys.executable, "-m", "ansible", "playbook", str(ansible_folder() / playbook)),
            *(f"--inventory={path}" for path in inventories(inventory)),
            *("--connection=local", f"--extra-vars=@{self.folder}/variables.json", "--diff", "--forks=1", *arguments),
        ]
        environment = {
            "PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": str(self.folder),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_CONFIG": str(ansible_folder() / "ansible.cfg"),
            "ANSIBLE_LIBRARY": str(ansible_folder() / "library"),
            "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).parent / "callbacks"),
            "ANSIBLE_STDOUT_CALLBACK": "told",
        }
        done = subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=SECONDS,
        )
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        told = [Told(**line) for line in lines]
        return Played(
            done.returncode, told, "\n".join([*map(str, [each for each in told if each.how == "failed"]), done.stderr])
        )
