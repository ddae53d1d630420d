"""Docker's credential helpers: programs that keep what its config.json does not.

Source: docker-credential-helpers ("docker-credential-NAME get"); config.json's ``credHelpers`` and ``credsStore``.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from airlock_builder.remote.credentials import Login
from airlock_core import proc
from airlock_core.errors import InputError

_SECONDS = 60.0
_DOCKER_HUB = "registry-1.docker.io"
_HUBS_KEY = "https://index.docker.io/v1/"
_NOBODY = "<token>"
"""The name of nobody, by which a helper says that its secret is an identity token."""


def login_by_helper(host: str, environment: Mapping[str, str]) -> Login | None:
    """The login for ``host[:port]``; None where no helper has one.

    Args:
        environment: names the files that name helpers, which are run with all of it.

    Raises:
        InputError: a helper fails.
    """
    asked = _HUBS_KEY if host == _DOCKER_HUB else host
    for file in _files(environment):
        helper = _helper(file, asked)
        login = _asked(f"docker-credential-{helper}", asked, file, environment) if helper else None
        if login:
            return login
    return None


def _files(environment: Mapping[str, str]) -> Iterator[Path]:
    if environment.get("REGISTRY_AUTH_FILE"):
        yield Path(environment["REGISTRY_AUTH_FILE"])
    home = Path(environment.get("HOME") or "/nonexistent")
    yield Path(environment.get("DOCKER_CONFIG") or home / ".docker") / "config.json"


def _helper(file: Path, host: str) -> str:
    """The end of the name of the helper that keeps a host's credentials."""
    try:
        data = json.loads(file.read_bytes())
        return str(data.get("credHelpers", {}).get(host) or data.get("credsStore") or "")
    except (OSError, ValueError, AttributeError):  # whoever looks for passwords tells what is wrong with the file
        return ""


def _asked(program: str, host: str, file: Path, environment: Mapping[str, str]) -> Login | None:
    try:
        told = proc.run([program, "get"], stdin=host.encode(), env=environment, timeout=_SECONDS).stdout
        answer = json.loads(told)
        name, secret = str(answer["Username"]), str(answer["Secret"])
        if name == _NOBODY:
            return Login(identity=secret)
        return Login(base64.b64encode(f"{name}:{secret}".encode()).decode())
    except proc.ProcessFailed as error:
        if "credentials not found" in f"{error.result.stdout}{error.result.stderr}":
            return None
        why, todo = error.result.tail(), "see what it wants"
        raise InputError(f"{program} fails", where=str(file), why=why, todo=todo) from error
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{program} gives no credentials", where=str(file), todo="see what it prints") from error
