"""The user's own credentials, found as containers-auth.json(5) says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from airlock_builder.remote.credentials import Login, login_for
from airlock_core.errors import InputError


def kept(path: Path, **logins: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"auths": {key: {"auth": login} for key, login in logins.items()}}))


def test_the_longest_part_of_the_name_counts(tmp_path: Path) -> None:
    kept(tmp_path / "a", **{"r.test": "host", "r.test/team": "team", "r.test/team/web": "web"})
    env = {"REGISTRY_AUTH_FILE": str(tmp_path / "a"), "HOME": str(tmp_path)}
    names = ("r.test/team/web", "r.test/team/api", "r.test/teams/api", "other.test/team")
    assert [login_for(name, env) for name in names] == [Login("web"), Login("team"), Login("host"), None]


def test_the_files_are_read_in_their_order(tmp_path: Path) -> None:
    kept(tmp_path / ".docker/config.json", **{"r.test": "docker", "d.test": "docker"})
    kept(tmp_path / ".config/containers/auth.json", **{"r.test": "user", "u.test": "user"})
    kept(tmp_path / "run/containers/auth.json", **{"r.test": "session"})
    env = {"XDG_RUNTIME_DIR": str(tmp_path / "run"), "HOME": str(tmp_path)}
    assert [login_for(f"{host}.test/web", env) for host in "rud"] == [Login("session"), Login("user"), Login("docker")]


def test_the_keys_of_docker_are_urls(tmp_path: Path) -> None:
    kept(tmp_path / "config.json", **{"https://index.docker.io/v1/": "hub", "https://r.test": "r"})
    env = {"DOCKER_CONFIG": str(tmp_path), "HOME": str(tmp_path / "none")}
    assert [login_for("docker.io/library/web", env), login_for("r.test/web", env)] == [Login("hub"), Login("r")]


def test_an_entry_without_a_password_is_passed_over(tmp_path: Path) -> None:
    """As Docker's helpers leave it."""
    (tmp_path / "config.json").write_text('{"auths": {"r.test": {}, "s.test": null}}')
    assert login_for("r.test/web", {"DOCKER_CONFIG": str(tmp_path), "HOME": str(tmp_path)}) is None


def test_a_file_that_cannot_be_read_as_one_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("secret-that-is-no-json")
    with pytest.raises(InputError) as caught:
        login_for("r.test/web", {"REGISTRY_AUTH_FILE": str(tmp_path / "a"), "HOME": str(tmp_path)})
    assert str(tmp_path / "a") in str(caught.value)
    assert "secret" not in str(caught.value)
