"""Collections of Galaxy servers that want to know who asks: credentials as ansible-galaxy finds them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from tests.integration.cli.airlock import Airlock
from tests.integration.files.conftest import locked
from tests.standin.galaxy import Collection, Galaxy
from tests.standin.upstream.guarded import Guarded, basic
from tests.standin.upstream.reply import Asked, Reply, short
from tests.standin.upstream.server import serve
from tests.standin.upstream.upstream import mirror_args

pytestmark = pytest.mark.integration

HUB, OTHER, TOKENS = "hub.test", "other.test", "tokens.test"
ONE = Collection("vendor.one", "1.0.0", {"vendor.two": "*"})
TWO = Collection("vendor.two", "2.0.0")
SECRET = "s3cret-0f-vendor"


@dataclass
class Keycloak:
    """Gives a token for a refresh token."""

    asked: list[dict[str, list[str]]] = field(default_factory=list)
    gives: dict[str, Any] = field(default_factory=lambda: {"access_token": f"{SECRET}-access"})

    def __call__(self, asked: Asked) -> Reply:
        if asked.method != "POST":
            return short(405, "POST it")
        self.asked.append(parse_qs(asked.body.decode()))
        body = json.dumps(self.gives).encode()
        return Reply(200, {"Content-Length": str(len(body))}, iter([body]))


@dataclass(frozen=True)
class Hub:
    """A Galaxy server behind a door, another that hears who asks, a server of tokens, and the program."""

    door: Guarded
    other: Guarded
    keycloak: Keycloak
    airlock: Airlock

    def lock(self, expect: int = 0, **env: str) -> str:
        path = self.airlock.write(
            {
                "collections": [
                    {"name": "vendor.one", "version": "*", "source": f"http://{HUB}/"},
                    {"name": "other.three", "version": "*", "source": f"http://{OTHER}/"},
                ],
                "locks": ".",
            }
        )
        ran = replace(self.airlock, env=env)("lock", "-m", path, expect=expect)
        assert SECRET not in ran.out + ran.err
        return ran.out + ran.err

    def config(self, text: str, name: str = "ansible.cfg") -> Path:
        path = self.airlock.folder / name
        path.write_text(text)
        return path


@pytest.fixture
def hub(tmp_path: Path) -> Iterator[Hub]:
    galaxy, more = Galaxy(), Galaxy()
    galaxy.has(ONE, TWO)
    more.has(Collection("other.three", "3.0.0"))
    door, other, keycloak = Guarded(galaxy.source, f"Token {SECRET}"), Guarded(more.source), Keycloak()
    work = tmp_path / "work"
    work.mkdir(mode=0o755)
    with serve(door) as one, serve(other) as two, serve(keycloak) as three:
        mirrors = mirror_args({HUB: one.address, OTHER: two.address, TOKENS: three.address})
        yield Hub(door, other, keycloak, Airlock(work, tmp_path / "store", tuple(mirrors)))


LIST = f"[galaxy]\nserver_list = hub, spare\n[galaxy_server.spare]\nurl=http://spare.test\n[galaxy_server.hub]\nurl=http://{HUB}/\n"


def test_a_token_of_ansible_cfg_opens_the_server_that_it_is_for_and_is_told_to_no_other(
    hub: Hub, tmp_path: Path
) -> None:
    hub.config(f"{LIST}token={SECRET} ; mine\n")
    hub.lock()
    assert sorted(locked(hub.airlock)) == [
        "other-three-3.0.0.tar.gz",
        "vendor-one-1.0.0.tar.gz",
        "vendor-two-2.0.0.tar.gz",
    ]
    assert set(hub.other.heard) == {None}
    assert SECRET not in (hub.airlock.folder / "files.lock").read_text()
    fresh = hub.airlock.with_store(tmp_path / "fresh")
    fresh("fetch", "-m", "release.yaml")


def test_without_one_it_is_said_where_to_put_it(hub: Hub) -> None:
    told = hub.lock(expect=5)
    assert f"http://{HUB}/api/: cannot be fetched" in told
    assert "401 Unauthorized" in told
    assert "give a token as for ansible-galaxy: [galaxy_server.NAME] of ansible.cfg" in told


def test_variables_override_the_file_and_may_stand_for_it(hub: Hub) -> None:
    hub.config(f"{LIST}token=old\n")
    hub.lock(ANSIBLE_GALAXY_SERVER_HUB_TOKEN=SECRET)
    hub.config("")
    url = {"ANSIBLE_GALAXY_SERVER_LIST": "hub", "ANSIBLE_GALAXY_SERVER_HUB_URL": f"http://{HUB}/"}
    hub.lock(0, **url, ANSIBLE_GALAXY_SERVER_HUB_TOKEN=SECRET)


def test_a_name_and_password_are_sent_as_basic_authentication(hub: Hub) -> None:
    hub.door.wanted = basic("me", SECRET)
    path = hub.config(f"{LIST}username=me\npassword={SECRET}\n", "elsewhere.cfg")
    hub.lock(ANSIBLE_CONFIG=str(path))


def test_a_refresh_token_is_exchanged_once_where_there_is_an_auth_url(hub: Hub) -> None:
    hub.door.wanted = f"Bearer {SECRET}-access"
    hub.config(f"{LIST}token={SECRET}\nauth_url=http://{TOKENS}/realms/x/token\nclient_id=lab\n")
    hub.lock()
    wanted = {"grant_type": ["refresh_token"], "client_id": ["lab"], "refresh_token": [SECRET]}
    assert hub.keycloak.asked == [wanted]


def test_a_server_of_tokens_that_gives_none_is_named(hub: Hub) -> None:
    hub.keycloak.gives = {"error": "invalid_grant"}
    hub.config(f"{LIST}token={SECRET}\nauth_url=http://{TOKENS}/token\n")
    told = hub.lock(expect=5)
    assert f"http://{TOKENS}/token: no token can be had for the Galaxy server hub" in told
    assert "see [galaxy_server.hub] of ansible.cfg" in told


def test_the_token_file_is_the_default_servers(hub: Hub) -> None:
    home = hub.airlock.store.parent / ".ansible"
    home.mkdir()
    (home / "galaxy_token").write_text(f"token: {SECRET}\n")
    hub.lock(ANSIBLE_GALAXY_SERVER=f"http://{HUB}/")
    assert "401" in hub.lock(expect=5)


def test_a_file_that_everybody_may_replace_is_not_read(hub: Hub) -> None:
    hub.config(f"{LIST}token={SECRET}\n")
    hub.airlock.folder.chmod(0o777)
    assert "401" in hub.lock(expect=5)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("no section\n", "ansible.cfg: is no ansible.cfg"),
        ("[galaxy]\nserver_list=hub\n", "the Galaxy server hub has no url"),
    ],
)
def test_a_file_that_says_nothing_of_use_is_named(hub: Hub, text: str, told: str) -> None:
    hub.config(text)
    assert told in hub.lock(expect=3)
