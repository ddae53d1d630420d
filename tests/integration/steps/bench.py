"""A deployer in a folder, a site of two nodes that are this machine, and two small steps: for tests of the engine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from airlock_installer.layout import Layout
from airlock_installer.ledger import Entry, Ledger
from tests import warm

ROOT = Path(__file__).parents[3]
PYTHON = ("env", "--default-signal", sys.executable, "-m")
SECONDS = 300.0
"""After which a run is taken to hang, on a machine with much else to do."""
STEPS = [
    {"name": "one", "keys": ["ntp_servers"], "groups": ["all"]},
    {"name": "two", "keys": ["keepalived_vip"], "groups": ["kube_control_plane"]},
]
HOSTS = """\
[all:vars]
ansible_python_interpreter=/usr/bin/python3

[kube_control_plane]
control1 ip=10.0.0.1

[kube_node]
compute1 ip=10.0.0.2
"""
VARS = "ntp_servers: [a.test]\nstorage_backends: []\n"
WORK = """\
- name: Do {name}
  hosts: all
  gather_facts: false
  vars:
    file: {folder}/{name}.{{{{ inventory_hostname }}}}
    text: "{{{{ ('{name} ' ~ ntp_servers | join(' ')) | quote }}}}"
  tasks:
    - name: Write the file of {name}
      ansible.builtin.raw: grep -sqx {{{{ text }}}} {{{{ file }}}} || echo {{{{ text }}}} | tee {{{{ file }}}}
      register: written
      changed_when: written.stdout != "" or airlock_unfinished
      notify: Take it up
    - name: Wait for the test
      ansible.builtin.raw: timeout 900 sh -c 'until [ -e {folder}/go ]; do sleep 0.05; done'
      changed_when: false
      when: lookup('file', '{folder}/wait', errors='ignore') is not none
  handlers:
    - name: Take it up
      ansible.builtin.raw: cp {{{{ file }}}} {{{{ file }}}}.taken
      changed_when: true
"""
"""Without modules, each of which is a Python that starts: what is tested is who runs it."""
GATE = """\
- name: Gate of {name}
  hosts: all
  gather_facts: false
  vars:
    file: {folder}/{name}.{{{{ inventory_hostname }}}}
  tasks:
    - name: Look whether it was taken up
      ansible.builtin.set_fact:
        airlock_gate:
          good: "{{{{ taken is not none and taken == lookup('file', file, errors='ignore') }}}}"
          said: "{{{{ taken }}}}"
      vars:
        taken: "{{{{ lookup('file', file ~ '.taken', errors='ignore') }}}}"
"""


@dataclass(frozen=True)
class Ran:
    """What a run left."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Bench:
    """All of it below one folder."""

    folder: Path

    @property
    def site(self) -> Path:
        """The site's folder."""
        return self.folder / "site"

    @property
    def done(self) -> Path:
        """Where the steps write."""
        return self.folder / "done"

    @property
    def layout(self) -> Layout:
        """The deployer's paths."""
        return Layout(self.folder / "root")

    @property
    def entries(self) -> list[Entry]:
        """The ledger."""
        return Ledger(self.layout.ledger).entries()

    def make(self) -> Bench:
        """Write all files."""
        for folder in (self.site, self.done, self.folder / "steps"):
            folder.mkdir(parents=True)
        (self.site / "hosts").write_text(HOSTS)
        (self.site / "vars.yml").write_text(VARS)
        (self.folder / "steps/steps.json").write_text(json.dumps(STEPS))
        for step in STEPS:
            self.playbook(str(step["name"]), WORK)
            self.playbook(f"gate_{step['name']}", GATE)
        return self

    def playbook(self, name: str, text: str) -> None:
        """Write a step's playbook, or its gate's; all nodes are this machine."""
        step = name.removeprefix("gate_")
        text = text.replace("  hosts: all\n", "  hosts: all\n  connection: local\n")
        (self.folder / f"steps/{name}.yml").write_text(text.format(name=step, folder=self.done))

    def hold_back(self) -> None:
        """Let steps wait before their handlers."""
        (self.done / "wait").touch()

    def go(self) -> None:
        """Let a step that waits, and those to come, go on."""
        (self.done / "go").touch()

    def state(self) -> dict[str, str]:
        """What the steps have written."""
        return {path.name: path.read_text() for path in sorted(self.done.glob("*.*"))}

    def start(
        self, *words: str, terminal: int | None = None, variables: Mapping[str, str] = MappingProxyType({})
    ) -> subprocess.Popen[str]:
        """Start a command; on a terminal, where one is given."""
        return subprocess.Popen(
            [*PYTHON, "tests.engine_process", *self._words(words)],
            cwd=ROOT,
            env={**self.environment, **variables},
            stdin=subprocess.DEVNULL if terminal is None else terminal,
            stdout=subprocess.PIPE if terminal is None else terminal,
            stderr=subprocess.PIPE if terminal is None else terminal,
            text=True,
        )

    def _words(self, words: Sequence[str]) -> list[str]:
        site = ["--site", str(self.site)] if words[0] != "logs" else []
        rest = words.index("--") if "--" in words else len(words)
        return [*words[:rest], *site, *words[rest:]]

    def start_at_once(self, count: int, folder: Path, *words: str) -> subprocess.Popen[bytes]:
        """Start a command as many times at once; see :mod:`tests.engine_crowd`."""
        command = [*PYTHON, "tests.engine_crowd", str(count), str(folder), *words, "--site", str(self.site)]
        return subprocess.Popen(command, cwd=ROOT, env=self.environment, stdin=subprocess.DEVNULL)

    @property
    def environment(self) -> dict[str, str]:
        """What a process gets."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "AIRLOCK_ROOT": str(self.layout.root),
            "STEPS": str(self.folder / "steps"),
        }

    def run(self, *words: str, expect: int = 0) -> Ran:
        """Run a command to its end, its imports made before."""
        order = warm.Order(self._words(words), str(ROOT), self.environment)
        ended = warm.program("engine").run(order, seconds=SECONDS)
        assert ended.status == expect, f"exit {ended.status}\n{ended.out}\n{ended.err}"
        assert "Traceback" not in ended.err or "-v" in words
        return Ran(ended.status, ended.out, ended.err)

    def json(self, *words: str) -> Any:
        """The result of a command."""
        return json.loads(self.run(*words, "--json").out)

    @contextmanager
    def started(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """A running command, killed at the end if it still runs."""
        with self.start(*words) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.kill()

    def processes(self) -> list[int]:
        """All processes that runs have started."""
        return [pid for pid, environ in environments() if f"AIRLOCK_RUN={self.layout.ansible}".encode() in environ]

    def end_processes(self) -> None:
        """End them all at once."""
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def environments() -> Iterator[tuple[int, bytes]]:
    """The environments of all processes."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield int(entry.name), (entry / "environ").read_bytes()
            except OSError:
                continue


def wait_until(holds: Callable[[], object]) -> None:
    """Wait for something that must come."""
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline, "it did not come"
        time.sleep(0.02)
