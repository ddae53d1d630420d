"""Registries behind passwords, tokens, authorities and certificates: who is let in, and who is told the password."""

from __future__ import annotations

import base64
import json
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import yaml

from tests.integration.cli.airlock import Ran
from tests.integration.shipping.conftest import METADATA, TAG, Shop
from tests.standin.images import registry, tokens, uploads
from tests.standin.pki import Authority
from tests.standin.run import run
from tests.standin.upstream import forward
from tests.standin.upstream.guarded import Guarded
from tests.standin.upstream.server import serve

pytestmark = [pytest.mark.integration, pytest.mark.long]

USER, PASSWORD = "canary-user", "canary-password-77"
LOGIN = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
SALT = "$2b$05$abcdefghijklmnopqrstuu"


@dataclass(frozen=True)
class Closed:
    """A shop whose registry wants a password and TLS of an authority of its own.

    Args:
        login: what stands in the auth file, in base64; empty: there is none.
    """

    shop: Shop
    authority: Authority
    login: str = LOGIN
    place: str = "REGISTRY_AUTH_FILE"

    def push(self, *words: str | Path, expect: int = 0) -> Ran:
        """Push without the ISO, and look for the secrets in all that comes of it."""
        return self._run("push", self.shop.repository, "--without-iso", "-m", "burrito.yaml", *words, expect=expect)

    def pull(self, *words: str | Path, expect: int = 0) -> Ran:
        """The same of a pull."""
        source = f"{self.shop.repository}:{TAG}"
        return self._run("pull", source, "-o", self.shop.out, *words, expect=expect)

    def _run(self, *words: str | Path, expect: int) -> Ran:
        home = self.shop.airlock.folder.parent / "home"
        names = {
            "REGISTRY_AUTH_FILE": "auth.json",
            "DOCKER_CONFIG": "config.json",
            "HOME": ".docker/config.json",
            "XDG_RUNTIME_DIR": "containers/auth.json",
        }
        file = home / names[self.place]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"auths": {self.shop.address: {"auth": self.login}} if self.login else {}}))
        env = {self.place: str(file if self.place == "REGISTRY_AUTH_FILE" else home)}
        ran = replace(self.shop.airlock, env=env)(*words, "-vvv", expect=expect)
        told = f"{ran.out}{ran.err}"
        assert PASSWORD not in told
        assert LOGIN not in told
        return ran


@pytest.fixture
def closed(shop: Shop, tmp_path: Path) -> Iterator[Closed]:
    """With a file of passwords (htpasswd)."""
    authority = Authority(tmp_path / "pki")
    hashed = run("perl", "-e", "print crypt($ARGV[0], $ARGV[1])", PASSWORD, SALT)
    (tmp_path / "htpasswd").write_text(f"{USER}:{hashed}\n")
    auth = {"htpasswd": {"realm": "closed", "path": str(tmp_path / "htpasswd")}}
    with registry.serve(tmp_path / "closed", tls=authority.server(), auth=auth) as running:
        yield Closed(shop.at(running.address), authority)


@pytest.mark.parametrize("place", ["REGISTRY_AUTH_FILE", "DOCKER_CONFIG", "HOME", "XDG_RUNTIME_DIR"])
def test_a_password_is_found_where_people_keep_it(closed: Closed, place: str) -> None:
    one = replace(closed, place=place)
    one.push("--ca", closed.authority.file)
    one.pull("--ca", closed.authority.file)


@pytest.mark.parametrize("login", ["", base64.b64encode(f"{USER}:wrong".encode()).decode()])
def test_without_the_password_it_is_told_what_to_do(closed: Closed, login: str) -> None:
    ran = replace(closed, login=login).push("--ca", closed.authority.file, expect=5)
    assert f"run `skopeo login {closed.shop.address}`" in ran.err


def test_without_its_authority_nothing_is_sent(closed: Closed) -> None:
    ran = closed.push(expect=5)
    assert "its certificate is not trusted" in ran.err
    assert "--ca FILE" in ran.err


def test_one_that_is_named_insecure_is_believed_without(closed: Closed) -> None:
    closed.push("--insecure", closed.shop.address)
    assert "Warning" not in closed.pull("--insecure", closed.shop.address).err


def test_the_manifest_can_name_authority_and_place(closed: Closed) -> None:
    ca, address = str(closed.authority.file), closed.shop.address
    places = [{"prefix": "releases.test", "location": f"{address}/lab", "mirrors": ["127.0.0.1:9/x"], "ca": ca}]
    closed.shop.airlock.write(METADATA | {"images": {"registries": places}}, "burrito.yaml")
    assert yaml.safe_load((closed.shop.airlock.folder / "burrito.yaml").read_text())["images"]
    named = replace(closed, shop=closed.shop)
    target = "releases.test/burrito"
    named._run("push", target, "--without-iso", "-m", "burrito.yaml", expect=0)
    ran = named._run("pull", f"{target}:{TAG}", "-o", closed.shop.out, "-m", "burrito.yaml", expect=0)
    assert "releases.test/burrito@sha256:" in ran.out


def test_a_token_is_asked_for_with_the_password(shop: Shop, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "pki")
    with (
        tokens.serve(authority, f"Basic {LOGIN}") as server,
        registry.serve(tmp_path / "r", tls=authority.server(), auth=server.auth(authority)) as running,
    ):
        one = Closed(shop.at(running.address), authority)
        told = [one.push("--ca", authority.file), one.pull("--ca", authority.file)]
        assert server.given
        assert not [token for token in server.given for ran in told if token in f"{ran.out}{ran.err}"]
        refused = replace(one, login=base64.b64encode(b"x:y").decode()).push("--ca", authority.file, expect=5)
        assert "the token server" in refused.err


def test_a_credential_helper_is_asked(closed: Closed, tmp_path: Path) -> None:
    helper = tmp_path / "bin/docker-credential-canary"
    helper.parent.mkdir()
    helper.write_text(f"#!/bin/sh\ngrep -q {closed.shop.address} && echo '" + json.dumps(HELPED) + "'\n")
    helper.chmod(0o755)
    (tmp_path / "auth.json").write_text(json.dumps({"credHelpers": {closed.shop.address: "canary"}}))
    airlock = closed.shop.airlock
    path = f"{helper.parent}:{airlock.environment['PATH']}"
    env = {"REGISTRY_AUTH_FILE": str(tmp_path / "auth.json"), "PATH": path}
    ran = replace(airlock, env=env)(
        *("push", closed.shop.repository, "--without-iso", "-m", "burrito.yaml", "-vvv"),
        *("--ca", closed.authority.file),
    )
    assert PASSWORD not in f"{ran.out}{ran.err}"


HELPED = {"ServerURL": "", "Username": USER, "Secret": PASSWORD}


def test_a_client_certificate_is_shown_where_one_is_asked_for(shop: Shop, tmp_path: Path) -> None:
    shop.push("--without-iso")
    authority = Authority(tmp_path / "pki")
    context = authority.context(wants_client=True)
    context.maximum_version = ssl.TLSVersion.TLSv1_2  # by 1.3, its alert may be lost with the connection that it closes
    with serve(forward.source(shop.address), context) as server:
        one = Closed(shop.at(server.address), authority, login="")
        assert "--client-cert" in one.pull("--ca", authority.file, expect=5).err
        pair = authority.client()
        one.pull("--ca", authority.file, "--client-cert", pair.certificate, "--client-key", pair.key)


def test_a_redirection_of_blobs_takes_no_password_along(shop: Shop, tmp_path: Path) -> None:
    """As registries do that keep blobs with a provider of storage."""
    shop.push("--without-iso")
    near = Guarded(forward.source(shop.address), wanted=f"Basic {LOGIN}")
    far = Guarded(forward.source(shop.address))
    with serve(near) as registry_itself, serve(far) as storage:
        blobs = sorted({path.parent.name for path in tmp_path.glob("registry/storage/**/blobs/sha256/*/*/data")})
        for name in blobs:
            path = f"/v2/releases/burrito/blobs/sha256:{name}"
            registry_itself.faults.redirect(path, f"http://{storage.address}{path}")
        one = Closed(shop.at(registry_itself.address), Authority(tmp_path / "pki"))
        one.pull("--insecure", registry_itself.address)
    assert f"Basic {LOGIN}" in near.heard
    assert far.heard
    assert set(far.heard) == {None}


@pytest.mark.parametrize("how", ["redirect", "elsewhere"])
def test_what_is_pushed_is_sent_nowhere_else(how: str, shop: Shop, tmp_path: Path) -> None:
    with uploads.serve() as first, uploads.serve() as second:
        setattr(first, how, f"http://{second.address}")
        one = Closed(shop.at(first.address), Authority(tmp_path / "pki"))
        ran = one.push("--insecure", first.address, expect=5)
        assert second.address in ran.err
        assert not second.asked
        assert not second.heard


def test_a_token_server_in_clear_text_is_not_asked(shop: Shop, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "pki")
    with serve(forward.source(shop.address), authority.context()) as server:
        challenge = {"WWW-Authenticate": 'Bearer realm="http://tokens.test/token",service="s"'}
        server.faults.status("/v2/*", 401, headers=challenge)
        one = Closed(shop.at(server.address), authority)
        assert "'http://tokens.test/token' is no https URL" in one.pull("--ca", authority.file, expect=5).err
