"""Somebody at a node: logs in by ssh with a password, and types on a real terminal."""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pexpect

from tests.terminal import Terminal

ROWS, COLUMNS = 200, 600
"""So many that no pager waits for a key: `less -FS` does where it cuts lines off."""
PROMPT = "at your service> "
SECONDS = 1200
OPTIONS = ("UserKnownHostsFile=/dev/null", "StrictHostKeyChecking=no", "PubkeyAuthentication=no", "LogLevel=ERROR")


@dataclass(frozen=True)
class Typed:
    """A command and what came of it.

    Args:
        command: as it was typed.
        text: what stood on the terminal afterwards.
        status: what the shell says.
        seconds: until the shell was there again.
    """

    command: str
    text: str
    status: int
    seconds: float


class Person:
    """A login.

    Args:
        namespace: the network namespace from which the person comes.
        address: of the node.
    """

    def __init__(self, namespace: Path, address: str, user: str, password: str) -> None:
        options = [word for option in OPTIONS for word in ("-o", option)]
        words = [f"--net={namespace}", "ssh", "-tt", "-F", "/dev/null", *options, f"{user}@{address}"]
        self._shell = pexpect.spawn("nsenter", words, encoding="utf-8", timeout=SECONDS, dimensions=(ROWS, COLUMNS))
        self._shell.expect_exact("password: ")
        self._shell.sendline(password)
        self._shell.expect(r"\$ ")
        self._shell.sendline(f"PS1='{PROMPT[:3]}''{PROMPT[3:]}'")  # in two parts, so that its echo is no prompt
        self._shell.expect_exact(PROMPT)

    def type(self, command: str, answers: Sequence[tuple[str, str]] = ()) -> Typed:
        """Type a command, and answers to what it asks."""
        began = time.monotonic()
        self._shell.sendline(command)
        shown = ""
        for prompt, answer in answers:
            self._shell.expect_exact(prompt)
            shown += str(self._shell.before) + prompt
            self._shell.sendline(answer)
        shown += self._rest()
        seconds = time.monotonic() - began
        text = Terminal(COLUMNS).feed(shown).text
        self._shell.sendline("echo $?")
        return Typed(command, text.partition("\n")[2], int(re.findall(r"\d+", self._rest())[-1]), seconds)

    def leave(self) -> None:
        """Log out."""
        self._shell.close(force=True)

    def _rest(self) -> str:
        self._shell.expect_exact(PROMPT)
        return str(self._shell.before)
