"""Credentials of repositories: they reach those they are meant for, and are found nowhere else."""

from __future__ import annotations

import base64
import copy
import re
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.integration.cli.airlock import Airlock, Ran
from tests.standin.fixtures import SMALL
from tests.standin.keys import PUBLIC_KEY
from tests.standin.pki import Authority
from tests.standin.upstream import files, proxy
from tests.standin.upstream.guarded import Guarded, basic
from tests.standin.upstream.proxy import Proxy
from tests.standin.upstream.server import FaultyServer, serve

pytestmark = pytest.mark.integration

SECRETS = {
    "REPO_NAME": "canary-Name-1",
    "REPO_WORD": "canary:Wörd /2",
    "REPO_TOKEN": "canary.Token~3==",
    "PROXY_NAME": "canary-proxy-4",
    "PROXY_WORD": "canary@proxy%5",
}
BASIC = {"basic": {"username_env": "REPO_NAME", "password_env": "REPO_WORD"}}
BEARER = {"bearer": {"token_env": "REPO_TOKEN"}}


@dataclass
class Site:
    """Two repositories behind doors, a proxy before one of them, and the program."""

    airlock: Airlock
    one: FaultyServer
    two: FaultyServer
    between: Proxy
    repos: list[dict[str, Any]]

    def run(self, *words: str, expect: int = 0, env: dict[str, str] | None = None) -> Ran:
        """Run with the secrets in the environment, and look for them in all that comes of it."""
        airlock = replace(self.airlock, env=SECRETS if env is None else env)
        repos = [copy.deepcopy(repo) for repo in self.repos]  # what YAML has twice it writes as an alias
        airlock.write({"rpms": {"repos": repos, "packages": ["hello", "tally"]}, "locks": "."})
        ran = airlock(*words, "-m", "release.yaml", expect=expect)
        assert_hidden(f"the output of {words}", f"{ran.out}{ran.err}".encode())
        for root in (airlock.folder, airlock.store):
            for path in root.rglob("*"):
                assert_hidden(str(path), str(path).encode() + (path.read_bytes() if path.is_file() else b""))
        return ran


def assert_hidden(where: str, data: bytes) -> None:
    """No secret raw, quoted, in base64 (at each of its three places) or in hex."""
    for name, secret in SECRETS.items():
        raw = secret.encode()
        forms = {raw, quote(secret, safe="").encode(), raw.hex().encode(), raw.hex().upper().encode()}
        forms |= {base64.b64encode(b"x" * shift + raw)[4 if shift else 0 : -4] for shift in range(3)}
        assert not [form for form in forms if form in data], f"{name} in {where}"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    authority = Authority(tmp_path / "pki")
    pair = authority.client()
    source = files.source({"/os": SMALL / "rpms"})
    with ExitStack() as stack:
        door = Guarded(source, basic(SECRETS["REPO_NAME"], SECRETS["REPO_WORD"]))
        one = stack.enter_context(serve(door, authority.context(wants_client=True)))
        two = stack.enter_context(serve(Guarded(source, f"Bearer {SECRETS['REPO_TOKEN']}")))
        word = basic(SECRETS["PROXY_NAME"], SECRETS["PROXY_WORD"])
        between = stack.enter_context(proxy.serve({"two.test": two.address}, word))
        common = {"gpgkey": [str(PUBLIC_KEY)], "repo_gpgcheck": True}
        tls = {
            "ca": str(authority.file),
            "client_cert": str(pair.certificate),
            "client_key": str(pair.key),
            "proxy": "none",
        }
        first = {"id": "one", "baseurl": f"https://localhost:{one.server_port}/os", "auth": BASIC, **tls, **common}
        way = {"url": between.url, "username_env": "PROXY_NAME", "password_env": "PROXY_WORD"}
        second = {"id": "two", "baseurl": "http://two.test/os", "auth": BEARER, "proxy": way, "exclude": ["hello*"]}
        (tmp_path / "work").mkdir()
        airlock = Airlock(tmp_path / "work", tmp_path / "store")
        yield Site(airlock, one, two, between, [{**first, "exclude": ["tally"]}, {**second, **common}])


def test_lock_and_fetch_get_through_and_leave_no_trace_of_the_secrets(site: Site) -> None:
    told = site.run("lock", "-vvv")
    assert "rpms  3 added" in told.out
    lock = (site.airlock.folder / "rpms.lock").read_text()
    assert re.search(r"localhost:\d+/os/Packages/hello-1.1-1.x86_64.rpm\n    repoid: one", lock)
    assert re.search(r"two.test/os/Packages/tally-0.3-1.noarch.rpm\n    repoid: two", lock)
    site.run("fetch", "-vvv")
    assert [line for line in site.between.seen if line.endswith("tally-0.3-1.noarch.rpm")]
    site.run("lock", "--check")
    site.run("lock", "--offline", "--check", env={})
    site.run("lint")
    site.run("plan")


def test_variables_that_are_not_set_are_all_named_before_anything_is_asked(site: Site) -> None:
    told = site.run("lock", env={"REPO_NAME": SECRETS["REPO_NAME"]}, expect=3).err
    assert "repo one: auth.basic.password_env: the variable REPO_WORD is not set" in told
    for key, name in (("proxy.username_env", "PROXY_NAME"), ("proxy.password_env", "PROXY_WORD")):
        assert f"repo two: {key}: the variable {name} is not set" in told
    assert "repo two: auth.bearer.token_env: the variable REPO_TOKEN is not set" in told
    assert "the variable REPO_NAME" not in told
    assert not site.one.log.all()
    assert not site.between.seen


def test_fetch_names_a_variable_once_and_not_for_each_package(site: Site) -> None:
    site.run("lock")
    told = site.run("fetch", env={key: SECRETS[key] for key in SECRETS if key != "REPO_WORD"}, expect=3).err
    assert told.count("REPO_WORD is not set") == 1


@pytest.mark.parametrize(
    ("name", "said", "code"),
    [("REPO_WORD", "401 Unauthorized", 5), ("REPO_TOKEN", "401 Unauthorized", 5), ("PROXY_WORD", "407", 5)],
)
def test_secrets_that_are_refused_are_not_shown_though_the_servers_give_them_back(
    name: str, said: str, code: int, site: Site
) -> None:
    """The doors and the proxy answer with what they were told; what was wrong is here the word that they wait for."""
    for door in (site.one, site.two):
        source = door._source
        assert isinstance(source, Guarded)
        if name in ("REPO_WORD", "REPO_TOKEN"):
            source.wanted = "another"
    if name == "PROXY_WORD":
        site.between.wanted = "another"
    for words in (("lock", "-vvv"), ("lock", "--json")):
        told = site.run(*words, expect=code)
        assert said in told.err
        assert name in told.err


def test_a_redirection_that_repeats_a_secret_shows_nothing_of_it(site: Site) -> None:
    token = SECRETS["REPO_TOKEN"]
    site.two.faults.redirect("/os/*", f"http://127.0.0.1:9/{token}?token={token}")
    told = site.run("lock", "-vvv", expect=5)
    assert "Connection refused" in told.err
    site.two.faults.clear()
    site.two.faults.redirect("/os/*", f"http://two.test/os/{token}/{quote(token)}")
    site.run("lock", "-vvv", expect=5)
