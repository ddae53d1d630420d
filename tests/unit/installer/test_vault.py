"""The site's passwords: which are needed, and how they are kept."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from airlock_core.errors import InputError, MachineError
from airlock_installer.layout import Layout
from airlock_installer.vault import use
from airlock_installer.vault.secret import needed
from airlock_installer.vault.store import Vault

HARD = "{{ lookup('env', 'HOME') }} #'\"\\: é %\t"
"""What YAML, a shell and Jinja would each read as something else."""


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "site/group_vars/all/vault.yml", tmp_path / "etc/vault.key")


def _names(folder: Path, *backends: str) -> list[str]:
    return [secret.name for secret in needed(folder, "clex", list(backends))]


def test_site_needs_the_passwords_of_its_own_backends_alone(tmp_path: Path) -> None:
    variables = tmp_path / "group_vars/all/netapp_vars.yml"
    variables.parent.mkdir(parents=True)
    variables.write_text("netapp:\n- name: one\n- name: two\n")
    assert _names(tmp_path, "ceph") == ["ssh", "sudo", "openstack-admin"]
    assert _names(tmp_path, "netapp", "hitachi")[3:] == ["netapp-one", "netapp-two", "hitachi-san"]
    assert _names(tmp_path, "powerflex")[3:] == ["powerflex"]


def test_arrays_whose_passwords_would_have_one_variable_are_refused_and_both_named(tmp_path: Path) -> None:
    variables = tmp_path / "group_vars/all/netapp_vars.yml"
    variables.parent.mkdir(parents=True)
    variables.write_text("netapp:\n- name: san-1\n- name: san_1\n")
    with pytest.raises(InputError, match="netapp-san-1 and netapp-san_1 would have one password") as caught:
        _names(tmp_path, "netapp")
    assert caught.value.where == str(variables)
    assert "vault_netapp_san_1_password" in caught.value.what
    assert _names(tmp_path, "ceph") == ["ssh", "sudo", "openstack-admin"], "they are not asked for"


def test_what_is_written_is_read_as_it_was_and_is_encrypted_for_its_owner_alone(vault: Vault) -> None:
    vault.write({"vault_ssh_password": HARD, "more": {"of": ["mine"]}})
    assert vault.read() == {"vault_ssh_password": HARD, "more": {"of": ["mine"]}}
    assert vault.path.read_bytes().startswith(b"$ANSIBLE_VAULT;1.1;AES256\n")
    assert [path.stat().st_mode & 0o777 for path in (vault.path, vault.key)] == [0o600, 0o600]


def test_ansible_vault_itself_reads_it(vault: Vault) -> None:
    vault.write({"vault_ssh_password": "canary"})
    command = [sys.executable, "-m", "ansible", "vault", "view", "--vault-password-file", str(vault.key)]
    shown = subprocess.run([*command, str(vault.path)], capture_output=True, text=True, check=True)
    assert shown.stdout.strip() == 'vault_ssh_password: !unsafe "canary"'


def test_playbook_gets_each_password_as_it_was_typed(tmp_path: Path) -> None:
    layout, site = Layout(tmp_path / "root"), tmp_path / "site"
    use.of(layout, site).write({"vault_ssh_password": HARD, "vault_sudo_password": HARD})
    (site / "hosts").write_text("one ansible_connection=local\n")
    play = [{"hosts": "all", "gather_facts": False, "tasks": [{"ansible.builtin.copy": _copy(tmp_path / "got")}]}]
    (site / "play.yml").write_text(json.dumps(play))
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "hosts", "play.yml", *use.arguments(layout, site)]
    environment = {**os.environ, "ANSIBLE_PYTHON_INTERPRETER": sys.executable}
    done = subprocess.run(command, cwd=site, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    assert (tmp_path / "got").read_text() == HARD
    assert HARD not in " ".join(command)


def _copy(path: Path) -> dict[str, str]:
    return {"content": "{{ ansible_become_password }}", "dest": str(path)}


def test_arguments_hold_no_secret_and_site_without_a_vault_has_none(tmp_path: Path) -> None:
    layout, site = Layout(tmp_path / "root"), tmp_path / "site"
    assert use.arguments(layout, site) == ()
    use.of(layout, site).write({"vault_ssh_password": "canary-1", "vault_sudo_password": "canary-2"})
    assert not [word for word in use.arguments(layout, site) if "canary" in word]


def test_all_that_must_be_masked_is_told(tmp_path: Path) -> None:
    layout, site = Layout(tmp_path / "root"), tmp_path / "site"
    layout.push_password.parent.mkdir(parents=True)
    layout.push_password.write_text("pushed\n")
    vault = use.of(layout, site)
    vault.write({"vault_ssh_password": "one", "more": {"of": ["two"]}, "flag": True})
    assert set(use.secrets(layout, site)) == {"one", "two", "pushed", vault.key.read_text().strip()}


def test_file_that_is_not_encrypted_is_refused(vault: Vault) -> None:
    vault.path.parent.mkdir(parents=True)
    vault.path.write_text("vault_ssh_password: plain\n")
    with pytest.raises(InputError, match="is not encrypted") as caught:
        vault.read()
    assert "plain" not in str(caught.value)


def test_key_that_is_gone_or_another_is_told_with_what_to_do(vault: Vault) -> None:
    vault.write({"vault_ssh_password": "canary"})
    vault.key.write_text("another\n")
    with pytest.raises(InputError, match="cannot be decrypted"):
        vault.read()
    vault.key.unlink()
    with pytest.raises(MachineError, match="the vault's key is gone"):
        vault.read()
