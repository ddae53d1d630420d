"""Asking all nodes at once what they are; nothing on them is changed."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from airlock_core import proc
from airlock_core.errors import MachineError
from airlock_installer.reach import login as ways
from airlock_installer.reach import probe, reasons
from airlock_installer.reach.login import Login
from airlock_installer.reach.probe import Answer
from airlock_installer.reach.reasons import Reason

_AT_ONCE = 20
_TIMEOUT = 60


@dataclass(frozen=True)
class Passwords:
    """What may be shown to the nodes; None where the vault has none."""

    ssh: str | None = None
    sudo: str | None = None


@dataclass(frozen=True)
class Reached:
    """What came of asking a node.

    Args:
        by: ``the key``, ``the password``, ``no ssh``; empty where ssh found a key by itself.
        answer: None where it was not reached.
        reason: why not.
        began, ended: when we asked and had the answer, by our clock.
    """

    login: Login
    by: str = ""
    answer: Answer | None = None
    reason: Reason | None = None
    began: float = 0.0
    ended: float = 0.0

    @property
    def offset(self) -> float:
        """Seconds that its clock is ahead of ours (behind: negative) for sure; 0 where it may be the same."""
        if self.answer is None or self.began <= self.answer.time <= self.ended:
            return 0.0
        return self.answer.time - (self.ended if self.answer.time > self.ended else self.began)


def ask(logins: Sequence[Login], passwords: Passwords) -> tuple[Reached, ...]:
    """Ask all nodes, :data:`_AT_ONCE` at a time."""
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return tuple(pool.map(lambda login: _ask(login, passwords), logins))


def _ask(login: Login, passwords: Passwords) -> Reached:
    text = probe.script(login.python)
    if login.is_local:
        return _run(login, ["sh", "-c", text], passwords, "no ssh")
    first = _run(login, ways.by_key(login, text), passwords, "the key" if login.key.is_file() else "")
    if first.reason is None or not first.reason.not_let_in or passwords.ssh is None:
        return first
    if shutil.which("sshpass", path=proc.environment()["PATH"]) is None:
        todo = f"dnf install sshpass, or: ssh-copy-id -i {login.key} {login.target}"
        return Reached(login, reason=Reason(f"{first.reason.why}, and for the password there is no sshpass", todo))
    return _by_password(login, text, passwords, passwords.ssh)


def _by_password(login: Login, text: str, passwords: Passwords, password: str) -> Reached:
    # An open file without a name: the password is in no argument, no variable, and no file that can be found.
    with tempfile.TemporaryFile() as file:
        file.write(password.encode() + b"\n")
        file.flush()
        file.seek(0)
        command = ways.by_password(login, text, file.fileno())
        return _run(login, command, passwords, "the password", descriptors=(file.fileno(),))


def _run(login: Login, command: list[str], passwords: Passwords, by: str, descriptors: Sequence[int] = ()) -> Reached:
    secrets = [secret for secret in (passwords.ssh, passwords.sudo) if secret]
    given = f"{passwords.sudo}\n".encode() if passwords.sudo else b""
    began = time.time()
    try:
        done = proc.run(
            command, timeout=_TIMEOUT, stdin=given, descriptors=descriptors, expect=range(256), secrets=secrets
        )
    except MachineError as error:
        return Reached(login, by, reason=reasons.of(login, f"{error.what} {error.why}", tried=by))
    ended = time.time()
    answer = probe.read(done.stdout)
    if answer is None:
        return Reached(login, by, reason=reasons.of(login, done.stderr or done.stdout, tried=by))
    return Reached(login, by, answer, None, began, ended)
