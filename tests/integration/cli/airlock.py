"""The real `airlock` as a process of its own: its own folder, its own store, no inherited settings."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from tests import warm

PROGRAM = Path(sys.executable).with_name("airlock")
UNHELD = ("env", "--default-signal")
"""Starts a program with no signal ignored, as a person does: a shell ignores Ctrl-C for what it runs behind."""
SECONDS = 300.0
"""After which a program is taken to hang, on a machine with much else to do."""
HEAD = {"apiVersion": "airlock/v1", "kind": "Release", "platform": {"os": "rocky", "release": "8.10"}}


@dataclass(frozen=True)
class Ran:
    """What one command left."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The result, of a command with ``--json``."""
        return json.loads(self.out)


@dataclass(frozen=True)
class Airlock:
    """Runs commands in a folder.

    Args:
        folder: where they run.
        store: their store.
        mirrors: ``--mirror`` options, given to all of them.
        env: variables beside PATH, HOME and the store's.
    """

    folder: Path
    store: Path
    mirrors: tuple[str, ...] = ()
    env: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str | Path, expect: int | None = 0) -> Ran:
        """Run `airlock` to its end, its imports made before; any status passes where ``expect`` is None."""
        if not warm.suits(self.environment):
            return self.program(*arguments, expect=expect)
        order = warm.Order(self._words(arguments), str(self.folder), self.environment)
        ended = warm.program().run(order, seconds=SECONDS)
        return self._told(arguments, Ran(ended.status, ended.out, ended.err), expect)

    def program(self, *arguments: str | Path, expect: int | None = 0) -> Ran:
        """The same, but the installed program, started as a person starts it."""
        with self.started(*arguments) as process:
            out, err = process.communicate(timeout=SECONDS)
        return self._told(arguments, Ran(process.returncode, out, err), expect)

    @contextmanager
    def started(self, *arguments: str | Path) -> Iterator[subprocess.Popen[str]]:
        """A running `airlock`, killed at the end if it still runs."""
        with subprocess.Popen(
            [*UNHELD, PROGRAM, *self._words(arguments)],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        ) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    @property
    def environment(self) -> dict[str, str]:
        """What a process gets."""
        base = {"PATH": os.environ["PATH"], "HOME": str(self.store.parent), "AIRLOCK_STORE": str(self.store)}
        return base | self.env

    def with_store(self, store: Path) -> Airlock:
        """The same, with another store."""
        return replace(self, store=store)

    def write(self, content: dict[str, Any], name: str = "release.yaml") -> Path:
        """Write a manifest of some content, with all that it must have; its path."""
        path = self.folder / name
        metadata = {"metadata": {"name": path.stem, "version": "1.0", "number": 1}}
        path.write_text(yaml.safe_dump(HEAD | metadata | content, sort_keys=False))
        return path

    @staticmethod
    def _told(arguments: tuple[str | Path, ...], ran: Ran, expect: int | None) -> Ran:
        print(f"$ airlock {' '.join(map(str, arguments))}\n{ran.out}{ran.err}(exit {ran.status})\n")
        assert expect in (None, ran.status), f"exit {ran.status}\n{ran.out}{ran.err}"
        assert "Traceback" not in ran.err
        return ran

    def _words(self, arguments: tuple[str | Path, ...]) -> list[str]:
        words = [str(word) for word in arguments]
        return [*words, *(self.mirrors if words[0] in ("lock", "fetch", "why") else ())]
