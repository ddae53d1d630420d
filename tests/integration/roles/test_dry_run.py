"""A dry run of each step on nodes where none was ever run: it tells all, changes nothing and comes to its end."""

from __future__ import annotations

import datetime
import http.server
import threading
from collections.abc import Iterator, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from airlock_installer.serve import pki
from tests.integration.roles.conftest import LEVELS
from tests.integration.roles.playing import Played, Stage

pytestmark = [pytest.mark.integration, pytest.mark.long]

SMALL = {role: {"cpus": 1, "memory_mb": 100, "disk_gb": 1} for role in ("control", "compute", "storage")}
VIP = "127.9.9.9"


@pytest.fixture
def repo(tmp_path: Path) -> Iterator[str]:
    """A local repo that answers; its URL."""
    root = tmp_path / "repo/release"
    root.mkdir(parents=True)
    (root / "release.json").write_text("{}")

    class Files(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *given: Any) -> None:
            super().__init__(*given, directory=str(tmp_path / "repo"))

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Files) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def preflight(folder: Path, repo: str) -> dict[str, Any]:
    """Variables of preflight."""
    key = folder / "a.asc"
    key.write_text("key")
    return {
        "airlock_repo_url": repo,
        "airlock_repo_urls": [repo],
        "airlock_repo_keys": [{"path": str(key), "name": "airlock-a.asc"}],
        "airlock_repo_unsigned": [],
        "airlock_release_epoch": 1,
        "airlock_ssh_key": str(folder / "home/.ssh/id_ed25519"),
        "airlock_ssh_user": "root",
        "checklist_minimum": SMALL,
        "ntp_servers": ["192.0.2.7"],
    }


def test_preflight(stage: Stage, repo: str) -> None:
    played = stage.play("preflight.yml", preflight(stage.folder, repo), "--check")
    assert played.status == 0, played.err
    assert {
        "Copy the keys that sign the packages",
        "Write burrito.repo",
        "Install chrony",
        "Write chrony.conf",
        "Make the deployer's key",
        "Let it in",
    } <= played.changed
    assert "server 192.0.2.7 iburst\n" in played.of("Write chrony.conf", "control1")[0].texts[0]
    assert stage.written == set()
    assert not (stage.folder / "home").exists()


def test_no_key_is_made_or_let_in_where_none_is_wanted(stage: Stage, repo: str) -> None:
    variables = {**preflight(stage.folder, repo), "deploy_ssh_key": False}
    played = stage.play("preflight.yml", variables, "--check")
    assert played.status == 0, played.err
    assert {each.how for each in played.tasks if each.task.startswith("ssh_keys : ")} == {"skipped"}


@pytest.mark.parametrize("size", ["cpus", "memory_mb", "disk_gb"])
def test_node_that_is_too_small_ends_preflight_before_it_changes_anything(stage: Stage, repo: str, size: str) -> None:
    asked = {**SMALL, "storage": {**SMALL["storage"], size: 1 << 40}}
    played = stage.play("preflight.yml", {**preflight(stage.folder, repo), "checklist_minimum": asked})
    assert played.status != 0
    (told,) = [each for each in played.tasks if each.how == "failed"]
    assert told.node == "storage1"
    assert str(told.result["msg"]).startswith("storage node: ")
    assert f"(at least {1 << 40})" in told.result["msg"]
    assert "lower checklist_minimum in vars.yml" in told.result["msg"]
    assert played.changed == set()
    assert stage.written == set()


def test_ha(dry_ha: tuple[Stage, Played]) -> None:
    stage, played = dry_ha
    assert played.status == 0, played.err
    assert {
        "Install haproxy",
        "Write haproxy's configuration",
        "Install keepalived",
        "Write keepalived.conf",
    } <= played.changed
    assert stage.written == set()


@pytest.mark.parametrize(("level", "interval"), LEVELS.items())
def test_checks_of_haproxy_and_keepalived_are_those_of_the_level(
    dry_ha: tuple[Stage, Played], level: str, interval: int
) -> None:
    _, played = dry_ha
    haproxy = played.of("Write haproxy's configuration", level)[0].texts[0]
    assert f"    default-server inter {interval}s rise 1 fall 2\n" in haproxy
    assert "    timeout check   3s\n" in haproxy
    keepalived = played.of("Write keepalived.conf", level)[0].texts[0]
    assert f"    interval {interval}\n    timeout 3\n    rise 1\n    fall 2\n" in keepalived
    assert "--max-time 3 " in keepalived


def landing(folder: Path) -> dict[str, Any]:
    """Variables of landing: the deployer has CA and certificate, the other control node none."""
    authority = folder / "deployer"
    names, now = ["control1"], datetime.datetime.now(datetime.UTC)
    pki.ensure(pki.Pki(authority, authority), names, now)
    (folder / "htpasswd").write_text("airlock:hash\n")
    (folder / "ca.asc").write_text("key")
    digest = f"sha256:{'0' * 64}"
    files = [{"path": "a", "source": "a", "digest": digest, "size": 1, "wave": 0, "name": "a"}]
    folders = {"control1": str(authority), "control2": str(folder / "nodes/control2")}
    return {
        "airlock_landing_deployer": "control1",
        "airlock_landing_vip": VIP,
        "airlock_landing_ports": {"registry": 6000, "repo": 8001},
        "airlock_landing_accept": "*/*",
        "airlock_landing_medium": (folder / "medium").as_uri(),
        "airlock_landing_repo_url": "http://127.0.0.1:1",
        "airlock_landing_registry_url": "https://127.0.0.1:1",
        "airlock_landing_repo_files": files,
        "airlock_landing_registry_files": files,
        "airlock_landing_asked_repo": files,
        "airlock_landing_nginx": dict.fromkeys(folders, "events {}\n"),
        "airlock_landing_registry_config": "version: 0.1\n",
        "airlock_landing_units": str(resources.files("airlock_installer") / "systemd"),
        "airlock_landing_program": {"package": "docker-distribution", "path": "/usr/bin/registry"},
        "airlock_landing_authority": str(authority),
        "airlock_landing_certificates": {each: [name] for name, each in folders.items()},
        "airlock_landing_certificate_folders": folders,
        "airlock_landing_htpasswd": str(folder / "htpasswd"),
        "airlock_landing_clients": [{"path": "etc/containers/x.conf", "text": "x", "wave": 1}],
        "airlock_landing_marker": "{}",
        "airlock_repo_urls": ["http://127.0.0.1:1"],
        "airlock_repo_keys": [{"path": str(folder / "ca.asc"), "name": "airlock-a.asc"}],
        "airlock_repo_unsigned": [],
    }


def changed_at(played: Played, node: str) -> set[str]:
    """The tasks that would change something on a node."""
    return {each.task.rpartition(" : ")[2] for each in played.tasks if (each.how, each.node) == ("changed", node)}


def test_landing(stage: Stage) -> None:
    variables: Mapping[str, Any] = landing(stage.folder)
    played = stage.play("landing.yml", variables, "--check")
    assert played.status == 0, played.err
    assert "Have certificates made by the site's CA" in played.changed
    assert {
        "Bring the CA's certificate",
        "Copy the images",
        "Install nginx and, where it is a package, the registry",
        "Write the units",
        "Write the frontends of registry and local repo",
    } <= changed_at(played, "control2")
    assert "Lead pulls to the virtual address" in changed_at(played, "storage1")
    assert stage.written == set()
    assert not (stage.folder / "nodes").exists()
