"""Who listens on a port."""

import os
import socket

from airlock_installer.serve.ports import listener


def test_listener_of_a_port_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        found = listener(server.getsockname()[1])
    assert found is not None
    assert found.pid == os.getpid()


def test_listener_on_another_address_keeps_nobody_from_ours() -> None:
    with socket.create_server(("127.0.0.2", 0)) as server:
        port = server.getsockname()[1]
        assert listener(port, ["127.0.0.1"]) is None
        assert listener(port, ["127.0.0.1", "127.0.0.2"]) is not None
        assert listener(port) is not None
    with socket.create_server(("0.0.0.0", 0)) as server:
        assert listener(server.getsockname()[1], ["127.0.0.1"]) is not None
