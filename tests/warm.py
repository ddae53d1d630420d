"""A program run many times with its imports made once: each run is a process forked from one that has made them.

A start of a program takes longer than most of what tests ask of it, and all of that is imports. Here one process
imports everything, runs nothing, and forks for each run. A run has what a started program has: its own folder,
environment, standard streams and exit status, and nothing that another run left in memory.

    python -m tests.warm PROGRAM FD     serves runs over the socket with this number
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import json
import os
import pkgutil
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import BinaryIO, NoReturn

ROOT = Path(__file__).parents[1]
SITE_PACKAGES = ("airlock_core", "airlock_installer")
SITE_LAZY = ("ansible_runner", "rich.console", "rich.live", "sqlite3")
STARTED_WITH = ("LANG", "LANGUAGE", "LC_", "PYTHON")
"""Beginnings of variables that an interpreter reads when it starts, and a forked one does not."""
_LONGEST = 1 << 17


@dataclass(frozen=True)
class Program:
    """What is run.

    Args:
        packages: whose modules it is made of.
        lazy: what functions of these packages import, beside what their modules do.
        entry: module and function which is the program: arguments to exit status, or None where it ends by itself.
        prepared: module and function which makes what a first use makes, once for all runs.
        environment: what its modules read while they are imported.
    """

    packages: tuple[str, ...]
    lazy: tuple[str, ...]
    entry: tuple[str, str]
    prepared: tuple[str, str] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)

    def make_imports(self) -> None:
        """Import everything, and make what is made when it is first used."""
        for package in self.packages:
            for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
                if not module.name.endswith(".__main__"):
                    importlib.import_module(module.name)
        for name in (*self.lazy, self.entry[0]):
            importlib.import_module(name)
        if self.prepared:
            _found(*self.prepared)()

    def run(self) -> object:
        """Be the program."""
        return _found(*self.entry)()


PROGRAMS = {
    "airlock": Program(
        packages=("airlock_core", "airlock_builder"),
        lazy=("pykickstart.parser", "requests", "rich.console", "rich.progress", "zstandard"),
        entry=("airlock_builder.cli", "main"),
        prepared=("airlock_builder.manifest.checking", "schema"),
    ),
    "airlock-site": Program(SITE_PACKAGES, SITE_LAZY, ("airlock_installer.cli", "main")),
    "engine": Program(SITE_PACKAGES, SITE_LAZY, ("tests.engine_process", "main")),
    "ansible-inventory": Program(
        packages=(),
        lazy=(
            *(f"ansible.plugins.inventory.{name}" for name in ("auto", "host_list", "ini", "script", "toml", "yaml")),
            *("ansible.playbook.play", "ansible.plugins.vars.host_group_vars", "ansible.utils.galaxy"),
        ),
        entry=("ansible.cli.inventory", "main"),
        environment={"ANSIBLE_CONFIG": str(ROOT / "installer/airlock_installer/ansible/ansible.cfg")},
    ),
}


@dataclass(frozen=True)
class Order:
    """One run.

    Args:
        words: what stands after the program's name.
        folder: where it runs.
        environment: all of it.
        processor: seconds of CPU after which it is killed; 0 for any.
        file: bytes of every file that it writes, and, four times over, of its address space; 0 for any.
    """

    words: Sequence[str]
    folder: str
    environment: Mapping[str, str]
    processor: int = 0
    file: int = 0


@dataclass(frozen=True)
class Ended:
    """What one run left: exit status, standard output and error; seconds of CPU, and bytes of memory at its peak."""

    status: int
    out: str
    err: str
    seconds: float
    peak: int


class Warm:
    """The process that forks, as its client sees it."""

    def __init__(self, name: str) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(
                ["env", "--default-signal", sys.executable, "-m", "tests.warm", name, str(theirs.fileno())],
                cwd=ROOT,
                env={"PATH": os.environ["PATH"], **PROGRAMS[name].environment},
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
            )
        self._channel = ours

    def run(self, order: Order, *, seconds: float) -> Ended:
        """Run to the end.

        Raises:
            TimeoutError: it was killed, since it took longer.
        """
        with Path(os.devnull).open("rb") as none, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            streams = [file.fileno() for file in (none, out, err)]
            socket.send_fds(self._channel, [json.dumps(asdict(order)).encode()], streams)
            pid = int(self._answer())
            self._channel.settimeout(seconds)
            try:
                facts = json.loads(self._answer())
            except TimeoutError:
                os.kill(pid, signal.SIGKILL)
                raise
            finally:
                self._channel.settimeout(None)
            return Ended(out=_text(out), err=_text(err), **facts)

    def close(self) -> None:
        """End it."""
        self._channel.close()
        self._process.wait()

    def _answer(self) -> bytes:
        answer = self._channel.recv(_LONGEST)
        if not answer:
            raise ConnectionError("the process that forks runs has ended")
        return answer


def suits(environment: Mapping[str, str]) -> bool:
    """Whether a forked run of this environment is like a started one."""
    return not any(name.startswith(STARTED_WITH) for name in environment)


@cache
def program(name: str = "airlock") -> Warm:
    """The one of this process that runs a program, started when it is first asked for."""
    warm = Warm(name)
    atexit.register(warm.close)
    return warm


def _text(file: BinaryIO) -> str:
    file.seek(0)
    return file.read().decode()


def serve(channel: socket.socket) -> Order | None:
    """Fork for each order; returns one in each child, and nothing when the client has gone."""
    while True:
        message, streams, _, _ = socket.recv_fds(channel, _LONGEST, 3)
        if not message:
            return None
        pid = os.fork()
        if not pid:
            channel.close()
            _take(streams)
            return Order(**json.loads(message))
        for stream in streams:
            os.close(stream)
        channel.send(str(pid).encode())
        channel.send(json.dumps(_ended(pid)).encode())


def _ended(pid: int) -> dict[str, float]:
    _, status, used = os.wait4(pid, 0)
    return {
        "status": os.waitstatus_to_exitcode(status),
        "seconds": used.ru_utime + used.ru_stime,
        "peak": used.ru_maxrss * 1024,
    }


def _take(streams: Sequence[int]) -> None:
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)


def main(name: str, number: str) -> None:
    """Serve, and in each child be the program."""
    program = PROGRAMS[name]
    program.make_imports()
    gc.collect()
    gc.freeze()
    with socket.socket(fileno=int(number)) as channel, contextlib.suppress(ConnectionResetError):
        order = serve(channel)
    if order:
        os.chdir(order.folder)
        os.environ.clear()
        os.environ.update(order.environment)
        sys.argv = [name, *order.words]
        _bound(order)
        _end(_status(program.run))


def _found(module: str, function: str) -> Callable[[], object]:
    found: Callable[[], object] = getattr(importlib.import_module(module), function)
    return found


def _bound(order: Order) -> None:
    bounds = {
        resource.RLIMIT_CPU: order.processor,
        resource.RLIMIT_FSIZE: order.file,
        resource.RLIMIT_AS: 4 * order.file,
    }
    for kind, bound in bounds.items():
        if bound:
            resource.setrlimit(kind, (bound, bound))


def _status(program: Callable[[], object]) -> int:
    """The exit status of a program, as the interpreter takes it from what ends it."""
    try:
        program()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        return 1
    return 0


def _end(status: int) -> NoReturn:
    """End as an interpreter does, but for taking its modules apart, which takes longer than most runs."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main(*sys.argv[1:])
