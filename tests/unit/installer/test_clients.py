"""What nodes get to pull from the site's registry."""

import tomllib
from pathlib import Path, PurePosixPath

import pytest

from airlock_installer.serve import clients
from airlock_installer.serve.endpoints import Endpoints

ENDPOINTS = Endpoints("192.168.21.101", "control1")
FILES = clients.files(ENDPOINTS, {"docker.io", "registry.lab:5000"}, "PEM\n")


@pytest.mark.parametrize("host", ["192.168.21.101:5000", "docker.io", "registry.lab:5000"])
def test_containerd_asks_the_site_alone_for_every_host(host: str) -> None:
    written = tomllib.loads(FILES[PurePosixPath("etc/containerd/certs.d") / host / "hosts.toml"])
    site = "https://192.168.21.101:5000"
    certificate = "/etc/containerd/certs.d/192.168.21.101:5000/ca.crt"
    assert written == {"server": site, "host": {site: {"capabilities": ["pull", "resolve"], "ca": certificate}}}
    assert FILES[PurePosixPath(certificate[1:])] == "PEM\n"


def test_podman_and_skopeo_find_every_host_at_the_site() -> None:
    written = tomllib.loads(FILES[PurePosixPath("etc/containers/registries.conf.d/50-airlock.conf")])
    assert written == {
        "registry": [
            {"prefix": "docker.io", "location": "192.168.21.101:5000"},
            {"prefix": "registry.lab:5000", "location": "192.168.21.101:5000"},
        ]
    }


@pytest.mark.parametrize("folder", ["etc/containers/certs.d", "etc/docker/certs.d"])
def test_the_ca_stands_where_the_tools_look_for_it(folder: str) -> None:
    assert FILES[PurePosixPath(folder) / "192.168.21.101:5000/ca.crt"] == "PEM\n"


def test_what_was_for_another_address_goes(tmp_path: Path) -> None:
    clients.write(tmp_path, clients.files(Endpoints("10.0.0.1", "control1"), {"docker.io"}, "PEM\n"))
    clients.write(tmp_path, FILES)
    assert {PurePosixPath(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} == set(FILES)
    assert clients.write(tmp_path, FILES) == []
