"""Passwords in kickstarts: none in plain text, since Anaconda keeps the kickstart on the installed system."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from airlock_builder.manifest.kickstart import Rendered
from airlock_builder.manifest.ksparse import Parsed
from airlock_core.errors import AirlockError, InputError

_TODO = "give a SHA-512 hash ($6$…, from `openssl passwd -6`) with --iscrypted, or lock the account"

_IN_SCRIPTS = (
    (re.compile(r"\brootpw\s.*--plaintext|\brootpw\s+(?!-)[^%\s'\"$]"), "rootpw with a password in plain text"),
    (re.compile(r"\buser\s.*--password=[\"']?(?![\"'$%])\w"), "user with a password in plain text"),
    (re.compile(r"\|\s*chpasswd\b(?!.*\s(-e|--encrypted)\b)"), "chpasswd is fed a password in plain text"),
    (re.compile(r"\bpasswd\b.*--stdin"), "passwd --stdin is fed a password in plain text"),
)
"""Commands that a script runs, or writes into a kickstart of its own for %include."""


def plaintext(rendered: Rendered, parsed: Parsed) -> Iterator[AirlockError]:
    """Every password in plain text, or hashed in a way that is not ``$6$``, by line."""
    for name, item in parsed.objects:
        what = _command(name, item)
        if what:
            yield InputError(what, where=rendered.place(item.lineno), todo=_TODO)
    yield from _scripts(rendered, parsed)


def _command(name: str, item: Any) -> str:
    password = str(getattr(item, "password", "") or "")
    if name in ("rootpw", "user", "sshpw") and password:
        return _password(name, password, crypted=bool(item.isCrypted))
    if name == "bootloader" and password and not item.isCrypted:
        return "bootloader with a password in plain text"
    if getattr(item, "passphrase", ""):
        return f"{name} with a passphrase in plain text"
    return ""


def _password(name: str, password: str, *, crypted: bool) -> str:
    if not crypted:
        return f"{name} with a password in plain text"
    return "" if password.startswith("$6$") else f"{name} with a password hash that is not $6$ (SHA-512)"


def _scripts(rendered: Rendered, parsed: Parsed) -> Iterator[AirlockError]:
    for script in parsed.handler.scripts:
        for number, line in enumerate(script.script.splitlines(), start=script.lineno + 1):
            for pattern, what in _IN_SCRIPTS:
                if pattern.search(line) and not line.lstrip().startswith("#"):
                    yield InputError(what, where=rendered.place(number), todo=_TODO)
