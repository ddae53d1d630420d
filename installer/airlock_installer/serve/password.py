"""The password for pushing to the registry, made on the site."""

from __future__ import annotations

import secrets

from airlock_core import atomic, proc
from airlock_installer.layout import Layout

USER = "airlock"
_TIMEOUT = 60


def ensure(layout: Layout) -> bool:
    """Make the password and its hash where they lack: for root alone, and for nginx (crypt(5), SHA-512).

    Returns:
        Whether they are new.
    """
    if layout.push_password.is_file() and layout.htpasswd.is_file():
        return False
    password = secrets.token_urlsafe(24)
    words = ["openssl", "passwd", "-6", "-stdin"]
    hashed = proc.run(words, stdin=f"{password}\n".encode(), timeout=_TIMEOUT, secrets=[password]).stdout.strip()
    atomic.write(layout.htpasswd, f"{USER}:{hashed}\n", mode=0o644)
    atomic.write(layout.push_password, f"{password}\n", mode=0o600)
    return True
