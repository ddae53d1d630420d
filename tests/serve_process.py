"""``serve up`` with the services as processes of ours: ``python -m tests.serve_process ROOT REPO REGISTRY BACKEND``.

ROOT is a deployer whose medium is mounted, the others are ports. The services end when standard input does.
"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

from airlock_installer.layout import Layout
from airlock_installer.serve import services, up
from airlock_installer.serve.endpoints import Endpoints
from airlock_installer.serve.ports import Listener
from tests.standin.run import ENVIRONMENT

STOP_SECONDS = 20.0
NAMES = frozenset(["localhost", "127.0.0.1"])


def main(root: str, repo: str, registry: str, backend: str) -> None:
    """Have all up, and say when it is."""
    layout = Layout(Path(root))
    endpoints = Endpoints("127.0.0.1", "localhost", int(repo), int(registry), int(backend))
    processes = Processes(layout)
    try:
        up.up(layout, endpoints, NAMES, processes)
        print("up", flush=True)
        sys.stdin.read()
    finally:
        for unit in (services.REGISTRY, services.REPO):
            processes.stop(unit)


@dataclass
class Processes:
    """Runs the services as systemd would, by the command lines of their units."""

    layout: Layout
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def restart(self, unit: str) -> None:
        self.stop(unit)
        commands: dict[str, list[str | Path]] = {
            services.REGISTRY: [self.layout.own_registry_binary, "serve", self.layout.registry_config],
            services.REPO: ["/usr/sbin/nginx", "-g", "daemon off;", "-c", self.layout.nginx_config],
        }
        with (self.layout.log / f"{unit}.log").open("ab") as log:
            self.running[unit] = subprocess.Popen(
                commands[unit], env=ENVIRONMENT, stdin=subprocess.DEVNULL, stdout=log, stderr=log
            )

    def stop(self, unit: str) -> None:
        if process := self.running.pop(unit, None):
            process.terminate()
            process.wait(STOP_SECONDS)

    def state(self, unit: str) -> str:
        process = self.running.get(unit)
        return "active" if process and process.poll() is None else "inactive"

    def owns(self, unit: str, listener: Listener) -> bool:
        process = self.running.get(unit)
        return process is not None and listener.pid in (process.pid, *_children(process.pid))


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


if __name__ == "__main__":
    main(*sys.argv[1:])
