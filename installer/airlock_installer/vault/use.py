"""What the rest of the program gets of a site's vault: arguments for playbooks without a secret, texts to be masked."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from airlock_core import proc
from airlock_installer.layout import Layout
from airlock_installer.vault.secret import SSH, SUDO, Secret
from airlock_installer.vault.store import FILE, Vault


def of(layout: Layout, folder: Path) -> Vault:
    """The vault of the site in a folder."""
    return Vault(folder / FILE, layout.vault_key)


def secrets(layout: Layout, folder: Path) -> tuple[str, ...]:
    """Every secret of a site, for a mask: the vault's, its key, the registry's password.

    Raises:
        InputError, MachineError: the vault cannot be read.
    """
    push = layout.push_password
    own = (push.read_text("utf-8").strip(),) if push.is_file() else ()
    return (*of(layout, folder).texts(), *own)


def arguments(layout: Layout, folder: Path) -> tuple[str, ...]:
    """Arguments by which ansible-playbook finds the passwords; the words hold names of files and variables alone.

    ansible.builtin.ssh can hand a password over only where sshpass is; without it the nodes must know our key.
    """
    vault = of(layout, folder)
    if not vault.is_there:
        return ()
    names = vault.read()
    wanted = {"ansible_become_password": SUDO}
    if shutil.which("sshpass", path=proc.environment()["PATH"]):
        wanted["ansible_password"] = SSH
    pairs = {key: Secret(name, "").variable for key, name in wanted.items()}
    found = {key: f"{{{{ {variable} }}}}" for key, variable in pairs.items() if variable in names}
    return (f"--vault-password-file={vault.key}", *([f"--extra-vars={json.dumps(found)}"] if found else []))
