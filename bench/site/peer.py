"""Writes, on a deployer, the script by which plain Ansible does what airlock-site does: peer.py FOLDER/NAME.sh

NAME is a step, or a module that is asked of all nodes. The variables, the inventory, the key and the forks are those
that airlock-site gives Ansible; so is sshpass, with whose own Ansible breaks off on many nodes.
"""

import json
import shlex
import sys
from pathlib import Path

from airlock_installer.cli.steps import engine, situation_of, vault
from airlock_installer.steps import playbook
from airlock_installer.steps.catalog import CATALOG
from airlock_installer.steps.person import person

HEAD = """\
export ANSIBLE_CONFIG={folder}/ansible.cfg ANSIBLE_NOCOLOR=1 PATH={here}/bin:{programs}:$PATH
export ANSIBLE_CALLBACK_PLUGINS={here} ANSIBLE_CALLBACKS_ENABLED=times TIMES={here}/times.jsonl
"""


def main(script: Path) -> None:
    """Write the script of a step or a module."""
    situation = situation_of(Path.cwd())
    secrets, who = vault(Path.cwd()), person(Path.cwd())
    folder = playbook.ansible_folder()
    if not (programs := script.parent / "bin").exists():
        playbook.bring_sshpass(programs)
    inventories = [f"--inventory={path}" for path in playbook.inventories(situation.site.hosts_file)]
    words = [*inventories, f"--user={who.name}", f"--private-key={who.key}", *secrets.arguments]
    lines = [HEAD.format(folder=folder, programs=Path(sys.executable).parent, here=script.parent), "set -e\n"]
    if script.stem not in CATALOG.names:
        lines.append(f"BEGAN=$(date +%s.%N) ansible all --become -m {script.stem} {shlex.join(words)}\n")
    else:
        step = CATALOG.step(script.stem)
        variables = script.with_suffix(".json")
        variables.write_text(json.dumps(engine(CATALOG, situation, secrets=secrets).variables(step)))
        for name in (step.done_by.playbook, step.done_by.gate.playbook):
            call = shlex.join(["ansible-playbook", *words, f"--extra-vars=@{variables}", str(folder / name)])
            lines.append(f"BEGAN=$(date +%s.%N) {call}\n")
    script.write_text("".join(lines))


if __name__ == "__main__":
    main(Path(sys.argv[-1]))
