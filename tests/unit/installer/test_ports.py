"""Who listens on a port."""

import os
import socket

from airlock_installer.serve.ports import listener


def test_listener_of_a_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = listener(server.getsockname()[1])
    assert found is not None
    assert found.pid == os.getpid()
