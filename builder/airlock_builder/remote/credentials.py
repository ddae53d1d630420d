"""The user's own credentials for registries, found where container tools keep them.

Source: containers-auth.json(5): the explicit file, or that of the session, then those of the user; in each the longest
part of the name counts, down to the host. Docker's config.json has the same shape, and URLs for keys.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from airlock_core.errors import InputError

_DOCKER_HUB = ("docker.io", "index.docker.io", "registry-1.docker.io")


@dataclass(frozen=True)
class Login:
    """What a user has for a registry; none of it stands in its ``repr``.

    Args:
        basic: ``user:password`` in base64.
        identity: a token that the registry's token server takes in place of a password.
    """

    basic: str = field(default="", repr=False)
    identity: str = field(default="", repr=False)


def login_for(name: str, environment: Mapping[str, str] = os.environ) -> Login | None:
    """The login for ``host[:port]/repository``; None where no file has one.

    Raises:
        InputError: a file of credentials is no JSON.
    """
    for path in _files(environment):
        auths = _auths(path)
        for key in _keys(name):
            if key in auths:
                return auths[key]
    return None


def _files(environment: Mapping[str, str]) -> Iterator[Path]:
    home = Path(environment.get("HOME") or Path.home())
    session = environment.get("XDG_RUNTIME_DIR")
    if explicit := environment.get("REGISTRY_AUTH_FILE"):
        yield Path(explicit)
    elif session:
        yield Path(session) / "containers/auth.json"
    yield Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "containers/auth.json"
    yield Path(environment.get("DOCKER_CONFIG") or home / ".docker") / "config.json"


def _auths(path: Path) -> dict[str, Login]:
    """The logins of a file by the names that they are for; a helper keeps those that have none here."""
    try:
        data = json.loads(path.read_bytes())
    except OSError:
        return {}
    except ValueError as error:
        raise InputError("is no file of credentials", where=str(path), why=str(error)) from error
    entries = data.get("auths") if isinstance(data, dict) else None
    found: dict[str, Login] = {}
    for key, entry in entries.items() if isinstance(entries, dict) else ():
        with contextlib.suppress(AttributeError):
            login = Login(_text(entry.get("auth")), _text(entry.get("identitytoken")))
            if login != Login():
                found[_plain(key)] = login
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _plain(key: str) -> str:
    """A key without a scheme, and Docker's ``https://index.docker.io/v1/`` as a host."""
    scheme, _, rest = key.rpartition("://")
    return rest.partition("/")[0] if scheme else key.rstrip("/")


def _keys(name: str) -> Iterator[str]:
    """The names by which credentials for a repository may be kept, the longest first."""
    host, _, path = name.partition("/")
    parts = path.split("/") if path else []
    for count in range(len(parts), 0, -1):
        yield "/".join([host, *parts[:count]])
    yield from _DOCKER_HUB if host in _DOCKER_HUB else (host,)
