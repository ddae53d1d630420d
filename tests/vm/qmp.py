"""The QEMU Machine Protocol: commands to a running QEMU as lines of JSON over a socket."""

import json
import socket
import time
from pathlib import Path
from typing import Any, Self

PATIENCE = 30.0  # seconds that an answer may take; an emulated machine under load is slow


class QmpError(Exception):
    """QEMU refused a command or does not answer."""


class Qmp:
    """A connection to one QEMU's control socket (qemu-qmp-ref, "QMP protocol specification")."""

    def __init__(self, path: Path) -> None:
        self._socket = _connect(path)
        self._lines = self._socket.makefile("r", encoding="utf-8")
        self._read()  # the greeting
        self.execute("qmp_capabilities")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def execute(self, command: str, **arguments: Any) -> Any:
        """Run ``command`` and return its result; events that come in between are left out.

        Raises QmpError when QEMU answers with an error, TimeoutError when it does not answer.
        """
        message = {"execute": command, "arguments": arguments}
        self._socket.sendall((json.dumps(message) + "\n").encode())
        while True:
            answer = self._read()
            if "error" in answer:
                raise QmpError(f"{command}: {answer['error'].get('desc')}")
            if "return" in answer:
                return answer["return"]

    def close(self) -> None:
        """End the connection."""
        self._lines.close()
        self._socket.close()

    def _read(self) -> dict[str, Any]:
        line = self._lines.readline()
        if not line:
            raise QmpError("QEMU closed its control socket")
        answer: dict[str, Any] = json.loads(line)
        return answer


def _connect(path: Path) -> socket.socket:
    deadline = time.monotonic() + PATIENCE
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        connection.settimeout(PATIENCE)
        try:
            connection.connect(str(path))
        except OSError:
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return connection
