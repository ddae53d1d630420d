"""``group_vars/all/vault.yml``, encrypted by Ansible Vault with a key that was made on the site and never leaves it.

Ansible's own library reads and writes it, so ``ansible-vault`` does too. The key's file is for root alone: whoever has
it and the site's folder has the passwords; the folder without it (a copy, a support bundle, a backup) tells nothing.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from airlock_core import atomic
from airlock_core.errors import InputError, MachineError

FILE = Path("group_vars/all/vault.yml")
_KEY_BYTES = 32
_ENCRYPTED = b"$ANSIBLE_VAULT;"


@dataclass(frozen=True)
class Vault:
    """A site's vault.

    Args:
        path: the encrypted file.
        key: the file of its key.
    """

    path: Path
    key: Path

    @property
    def is_there(self) -> bool:
        """Whether the site has one."""
        return self.path.is_file()

    def read(self) -> dict[str, Any]:
        """All variables; none where there is no vault.

        Raises:
            InputError: it is not encrypted, or by another key.
            MachineError: the key is gone, or not for this user to read.
        """
        if not self.is_there:
            return {}
        raw = self.path.read_bytes()
        if not raw.startswith(_ENCRYPTED):
            todo = f"move it away and type its passwords into `airlock-site vault`, or: {self._command('encrypt')}"
            raise InputError("is not encrypted", where=str(self.path), todo=todo)
        data = _load(self._open(raw), str(self.path))
        if not isinstance(data, dict):
            raise InputError("holds no variables", where=str(self.path), todo=self._command("edit"))
        return data

    def write(self, values: Mapping[str, Any], uid: int = -1, gid: int = -1) -> None:
        """Encrypt and write all variables; the key is made where there is none.

        Args:
            uid, gid: the file's owner.
        """
        if not self.key.is_file():
            atomic.write(self.key, secrets.token_urlsafe(_KEY_BYTES) + "\n", mode=0o600)
        from ansible.parsing.vault import VaultLib  # takes its time

        encrypted = VaultLib([("default", self._secret())]).encrypt(_dump(values))
        atomic.write(self.path, encrypted, mode=0o600)
        os.chown(self.path, uid, gid)

    def texts(self) -> tuple[str, ...]:
        """Every secret text, and the key: what must be seen nowhere."""
        key = [self._key()] if self.key.is_file() else []
        return (*_texts(self.read()), *key)

    def _open(self, raw: bytes) -> bytes:
        from ansible.errors import AnsibleError
        from ansible.parsing.vault import VaultLib

        try:
            opened: bytes = VaultLib([("default", self._secret())]).decrypt(raw)
        except AnsibleError as error:
            todo = f"bring back the key that it was made with, or remove {self.path} and type all passwords again"
            why = f"the key in {self.key} does not open it"
            raise InputError("cannot be decrypted", where=str(self.path), why=why, todo=todo) from error
        return opened

    def _secret(self) -> Any:
        from ansible.parsing.vault import VaultSecret

        return VaultSecret(self._key().encode())

    def _key(self) -> str:
        try:
            return self.key.read_text("utf-8").strip()
        except FileNotFoundError:
            todo = f"bring it back, or remove {self.path} and run `airlock-site vault` again"
            raise MachineError("the vault's key is gone", where=str(self.key), todo=todo) from None
        except OSError as error:
            why = error.strerror or str(error)
            raise MachineError(
                "the vault's key cannot be read", where=str(self.key), why=why, todo="use sudo"
            ) from error

    def _command(self, action: str) -> str:
        return f"sudo ansible-vault {action} --vault-password-file {self.key} {self.path}"


class _Unsafe(str):
    """A text that Ansible takes as it is, braces and all (``!unsafe``)."""

    __slots__ = ()


class _Dumper(yaml.SafeDumper):
    pass


class _Loader(yaml.SafeLoader):
    pass


_Dumper.add_representer(_Unsafe, lambda dumper, text: dumper.represent_scalar("!unsafe", str(text), style='"'))
_Loader.add_constructor("!unsafe", lambda loader, node: loader.construct_scalar(cast(yaml.ScalarNode, node)))


def _dump(values: Mapping[str, Any]) -> str:
    marked = {key: _Unsafe(value) if isinstance(value, str) else value for key, value in sorted(values.items())}
    return yaml.dump(marked, Dumper=_Dumper, default_flow_style=False, allow_unicode=True, sort_keys=False)


def _load(raw: bytes, where: str) -> Any:
    try:
        return yaml.load(raw, Loader=_Loader)  # noqa: S506 - it knows one tag more than the safe one
    except yaml.YAMLError:
        # its text would be part of the secret
        raise InputError("is no YAML when it is decrypted", where=where) from None


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
