"""A real registry (CNCF distribution) on loopback, its storage in a folder of ours."""

import json
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPSConnection
from pathlib import Path

from tests.standin.pki import Pair
from tests.standin.run import ENVIRONMENT

PROGRAMS = ("docker-registry", "registry")  # Debian's name, everyone else's
START_SECONDS = 120.0
STOP_SECONDS = 30.0
_LISTENING = re.compile(r"listening on (127\.0\.0\.1:\d+)")


class RegistryFailed(Exception):
    """The registry did not come up; the text holds the end of its log."""


@dataclass(frozen=True)
class Registry:
    """A running registry: ``address`` is HOST:PORT, ``storage`` its root folder, ``pid`` its process."""

    address: str
    storage: Path
    pid: int


@contextmanager
def serve(
    state: Path,
    *,
    seed: Path | None = None,
    tls: Pair | None = None,
    auth: Mapping[str, object] | None = None,
    clients: Path | None = None,
) -> Iterator[Registry]:
    """Run a registry while the block runs, with its storage, configuration and log in ``state``.

    A new storage begins as a copy of ``seed``; one that is there already is served as it is. With ``tls`` it speaks
    that alone; ``auth`` is the section of that name in its configuration. With ``clients``, a file of authorities,
    it answers those alone that have a certificate of theirs.

    Raises RegistryFailed when the registry does not answer in time.
    """
    state = state.absolute()  # so that the process's command line says whose it is
    storage = state / "storage"
    _prepare(state, storage, seed, tls, auth, clients)
    with (state / "log").open("wb") as log:
        process = subprocess.Popen(
            [program(), "serve", str(state / "config.yml")],
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        (state / "pid").write_text(f"{process.pid}\n")
        address = _wait_until_up(process, state / "log", tls=tls is not None, closed=clients is not None)
        yield Registry(address, storage, process.pid)
    finally:
        _end(process)
        (state / "pid").unlink(missing_ok=True)


def program() -> str:
    """Return the path of the registry's program; raises RegistryFailed when there is none."""
    found = next((path for name in PROGRAMS if (path := shutil.which(name))), None)
    if found is None:
        raise RegistryFailed(f"no program of these names is installed: {', '.join(PROGRAMS)}")
    return found


def _prepare(
    state: Path,
    storage: Path,
    seed: Path | None,
    tls: Pair | None,
    auth: Mapping[str, object] | None,
    clients: Path | None,
) -> None:
    state.mkdir(parents=True, exist_ok=True)
    if seed is not None and not storage.exists():
        shutil.copytree(seed, storage)
    http: dict[str, object] = {"addr": "127.0.0.1:0", "secret": "one process, no need of a secret"}
    if tls is not None:
        asked = {"clientcas": [str(clients)]} if clients else {}
        http["tls"] = {"certificate": str(tls.certificate), "key": str(tls.key), **asked}
    config = {
        "version": 0.1,
        "log": {"level": "info", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": str(storage)},
            "delete": {"enabled": True},
            "maintenance": {"uploadpurging": {"enabled": False}},
        },
        "http": http,
        **({"auth": auth} if auth else {}),
    }
    (state / "config.yml").write_text(json.dumps(config, indent=2) + "\n")  # JSON is YAML


def _wait_until_up(process: subprocess.Popen[bytes], log: Path, *, tls: bool, closed: bool) -> str:
    """Return the address that the registry chose, read from its log: so no port is taken between choice and use.

    One that is ``closed`` to us listens when its log says so.
    """
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        match = _LISTENING.search(log.read_text(errors="replace"))
        if match and (closed or _answers(match[1], tls=tls)):
            return match[1]
        time.sleep(0.02)
    raise RegistryFailed(f"the registry did not come up:\n{log.read_text(errors='replace')[-4000:]}")


def _answers(address: str, *, tls: bool) -> bool:
    unchecked = ssl._create_unverified_context()
    connection = HTTPSConnection(address, timeout=2, context=unchecked) if tls else HTTPConnection(address, timeout=2)
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().status in (200, 401)
    except OSError:
        return False
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)
