"""The Galaxy servers that the user has credentials for, found where ansible-galaxy finds them.

Source: Ansible, "Configuring the ansible-galaxy client": the first ansible.cfg of ``$ANSIBLE_CONFIG``, the current
folder, the user's and /etc/ansible; ``[galaxy] server_list`` names servers, each with a section
``[galaxy_server.NAME]``, whose keys ``ANSIBLE_GALAXY_SERVER_NAME_KEY`` overrides. Where there is no list, the token
file is the default server's.
"""

from __future__ import annotations

import configparser
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from airlock_core import strict_yaml
from airlock_core.errors import InputError

DEFAULT = "https://galaxy.ansible.com"
_CLIENT = "cloud-services"
_PREFIX = "ANSIBLE_GALAXY_SERVER"


@dataclass(frozen=True)
class Server:
    """One server; no secret stands in its ``repr``.

    Args:
        url: what stands below it is asked for with these credentials.
        name: of its section; empty for the default server.
        token: its own; where there is an ``auth_url``, what that gives one for.
        auth_url: a Keycloak server's endpoint for tokens.
    """

    url: str
    name: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    auth_url: str = ""
    client_id: str = _CLIENT

    @property
    def has_login(self) -> bool:
        """Whether it is told anything at all."""
        return bool(self.token or self.username)


def servers(environment: Mapping[str, str], folder: Path) -> tuple[Server, ...]:
    """The servers, in the order of their list; those alone that are told who asks.

    Args:
        folder: the current one.

    Raises:
        InputError: a file cannot be read as Ansible reads it, or a server has no URL.
    """
    path = _file(environment, folder)
    config = _read(path) if path else configparser.ConfigParser(interpolation=None)
    names: str = environment.get(f"{_PREFIX}_LIST") or config.get("galaxy", "server_list", fallback="") or ""
    listed = [name.strip() for name in names.split(",") if name.strip()]
    found = [_server(name, config, environment, path) for name in listed] or [_default(config, environment)]
    return tuple(one for one in found if one.has_login)


def _file(environment: Mapping[str, str], folder: Path) -> Path | None:
    """The ansible.cfg that counts; one in a folder that everybody may write to does not."""
    found = next((path for path in _candidates(environment, folder) if os.access(path, os.R_OK)), None)
    return found / "ansible.cfg" if found and found.is_dir() else found


def _candidates(environment: Mapping[str, str], folder: Path) -> Iterator[Path]:
    if given := environment.get("ANSIBLE_CONFIG"):
        yield _expanded(given, environment)
    if not folder.stat().st_mode & stat.S_IWOTH:
        yield folder / "ansible.cfg"
    yield _home(environment) / ".ansible.cfg"
    yield Path("/etc/ansible/ansible.cfg")


def _read(path: Path) -> configparser.ConfigParser:
    config = configparser.ConfigParser(inline_comment_prefixes=(";",), interpolation=None)
    try:
        config.read_string(path.read_text(encoding="utf-8"), str(path))
    except (OSError, ValueError, configparser.Error) as error:
        raise InputError("is no ansible.cfg", where=str(path), why=str(error).replace("\n", " ")) from error
    return config


def _server(name: str, config: configparser.ConfigParser, environment: Mapping[str, str], path: Path | None) -> Server:
    section = f"galaxy_server.{name}"

    def said(key: str) -> str:
        variable = f"{_PREFIX}_{name.upper()}_{key.upper()}"
        return environment.get(variable) or config.get(section, key, fallback="") or ""

    url = said("url")
    if not url:
        todo = f"give it one under [{section}], or take it out of server_list"
        raise InputError(f"the Galaxy server {name} has no url", where=str(path or f"{_PREFIX}_LIST"), todo=todo)
    return Server(
        url,
        name,
        username=said("username"),
        password=said("password"),
        token=said("token"),
        auth_url=said("auth_url"),
        client_id=said("client_id") or _CLIENT,
    )


def _default(config: configparser.ConfigParser, environment: Mapping[str, str]) -> Server:
    url = environment.get(_PREFIX) or config.get("galaxy", "server", fallback="") or DEFAULT
    said = environment.get("ANSIBLE_GALAXY_TOKEN_PATH") or config.get("galaxy", "token_path", fallback="")
    own = environment.get("ANSIBLE_HOME") or "~/.ansible"
    return Server(url, token=_token(_expanded(said or f"{own}/galaxy_token", environment)))


def _token(path: Path) -> str:
    """What `ansible-galaxy login` and people leave in the token file: ``token: …``."""
    data = strict_yaml.load(path) if path.is_file() else None
    return str(data.get("token") or "") if isinstance(data, dict) else ""


def _expanded(text: str, environment: Mapping[str, str]) -> Path:
    home = str(_home(environment))
    return Path(home + text[1:] if text.startswith("~/") else text)


def _home(environment: Mapping[str, str]) -> Path:
    return Path(environment.get("HOME") or Path.home())
