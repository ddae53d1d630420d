"""Registries behind passwords, tokens, authorities of their own and other names, by the real program."""

from __future__ import annotations

import base64
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from airlock_core.locks import ReleaseLocks
from tests.integration.cli.airlock import Airlock, Ran
from tests.standin.images import registry, tokens
from tests.standin.pki import Authority
from tests.standin.run import run
from tests.standin.upstream import Upstream

pytestmark = [pytest.mark.integration, pytest.mark.long]

USER, PASSWORD = "canary-user", "canary-password-77"
LOGIN = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
SALT = "$2b$05$abcdefghijklmnopqrstuu"
NOBODY = "127.0.0.1:9"


@dataclass
class Closed:
    """A registry behind TLS and a password, and the program beside it.

    Args:
        more: secrets besides that nothing may tell.
    """

    address: str
    authority: Authority
    airlock: Airlock
    more: Sequence[str] = ()

    def auths(self, login: str = LOGIN, host: str = "") -> str:
        """An auth file (containers-auth.json(5), and Docker's config.json)."""
        return json.dumps({"auths": {host or self.address: {"auth": login}}})

    def images(self, *refs: str, **more: Any) -> None:
        """Write a manifest that asks for some."""
        self.airlock.write({"images": {"refs": list(refs) or [f"{self.address}/demo/web:1.0"], **more}})

    def known(self) -> dict[str, Any]:
        """What a manifest says of this registry's authority."""
        return {"registries": [{"prefix": self.address, "ca": str(self.authority.file)}]}

    def run(self, *words: str, env: dict[str, str] | None = None, expect: int = 0) -> Ran:
        """Run, and look for the secrets in all that comes of it."""
        ran = replace(self.airlock, env=env or {})(*words, "-m", "release.yaml", expect=expect)
        secrets = [PASSWORD, LOGIN, PASSWORD.encode().hex(), *self.more]
        files = [path for root in (self.airlock.folder, self.airlock.store) for path in root.rglob("*")]
        for text in (f"{ran.out}{ran.err}".encode(), *(path.read_bytes() for path in files if path.is_file())):
            assert not [secret for secret in secrets if secret.encode() in text]
        return ran


@pytest.fixture
def closed(alone: Airlock, running_upstream: Upstream, tmp_path: Path) -> Iterator[Closed]:
    """With a file of passwords (htpasswd)."""
    authority = Authority(tmp_path / "pki")
    hashed = run("perl", "-e", "print crypt($ARGV[0], $ARGV[1])", PASSWORD, SALT)
    (tmp_path / "htpasswd").write_text(f"{USER}:{hashed}\n")
    auth = {"htpasswd": {"realm": "closed", "path": str(tmp_path / "htpasswd")}}
    seed = running_upstream.images.storage
    with registry.serve(tmp_path / "closed", seed=seed, tls=authority.server(), auth=auth) as running:
        yield Closed(running.address, authority, alone)


def carried(one: Closed, **env: str) -> None:
    """Lock and fetch, as loudly as can be."""
    one.run("lock", "-vvv", env=env)
    one.run("fetch", "-vvv", env=env)
    (image,) = ReleaseLocks.load(one.airlock.folder / "locks/release").images.images
    assert (one.airlock.store / "blobs/sha256" / image.digest.hex).is_file()


@pytest.mark.parametrize("place", ["REGISTRY_AUTH_FILE", "DOCKER_CONFIG", "HOME"])
def test_a_password_is_found_where_people_keep_it(closed: Closed, place: str, tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    file = {"REGISTRY_AUTH_FILE": "auth.json", "DOCKER_CONFIG": "config.json", "HOME": ".docker/config.json"}[place]
    (folder / file).parent.mkdir(parents=True)
    (folder / file).write_text(closed.auths())
    closed.images(**closed.known())
    carried(closed, **{place: str(folder / file if place == "REGISTRY_AUTH_FILE" else folder)})


@pytest.mark.parametrize("login", [None, base64.b64encode(f"{USER}:wrong".encode()).decode()])
def test_without_the_password_it_is_told_what_to_do(closed: Closed, login: str | None, tmp_path: Path) -> None:
    (tmp_path / "auth.json").write_text(closed.auths(login) if login else "{}")
    closed.images(**closed.known())
    ran = closed.run("lock", "-vvv", env={"REGISTRY_AUTH_FILE": str(tmp_path / "auth.json")}, expect=5)
    assert f"{closed.address}/demo/web:1.0: cannot be fetched" in ran.err
    assert f"run `skopeo login {closed.address}`, or set REGISTRY_AUTH_FILE" in ran.err


def test_without_its_authority_nothing_is_taken(closed: Closed, tmp_path: Path) -> None:
    (tmp_path / "auth.json").write_text(closed.auths())
    closed.images()
    ran = closed.run("lock", env={"REGISTRY_AUTH_FILE": str(tmp_path / "auth.json")}, expect=5)
    assert "images.registries (ca)" in ran.err


def test_the_authority_of_one_registry_vouches_for_no_other(closed: Closed, tmp_path: Path) -> None:
    (tmp_path / "auth.json").write_text(closed.auths())
    closed.images(registries=[{"prefix": "another.test", "ca": str(closed.authority.file)}])
    ran = closed.run("lock", env={"REGISTRY_AUTH_FILE": str(tmp_path / "auth.json")}, expect=5)
    assert "its certificate is not trusted" in ran.err


def test_a_token_is_asked_for_with_the_password(alone: Airlock, running_upstream: Upstream, tmp_path: Path) -> None:
    authority = Authority(tmp_path / "pki")
    seed = running_upstream.images.storage
    with (
        tokens.serve(authority, f"Basic {LOGIN}") as server,
        registry.serve(tmp_path / "r", seed=seed, tls=authority.server(), auth=server.auth(authority)) as running,
    ):
        one = Closed(running.address, authority, alone, server.given)
        (tmp_path / "auth.json").write_text(one.auths())
        one.images(**one.known())
        carried(one, REGISTRY_AUTH_FILE=str(tmp_path / "auth.json"))
        assert server.given
        one.images(**one.known(), attached=["all"])
        before = len(server.given)
        one.run("lock", "-vvv", env={"REGISTRY_AUTH_FILE": str(tmp_path / "auth.json")})
        assert len(server.given) > before


@pytest.mark.parametrize("kept", ["in a file", "by a helper"])
def test_an_identity_token_is_told_to_the_token_server_alone(
    kept: str, alone: Airlock, running_upstream: Upstream, tmp_path: Path
) -> None:
    """As `az acr login` leaves it: in place of a password, and of no use to the registry itself."""
    authority, identity = Authority(tmp_path / "pki"), "canary-identity-token"
    seed = running_upstream.images.storage
    with (
        tokens.serve(authority, "nobody's", identity) as server,
        registry.serve(tmp_path / "r", seed=seed, tls=authority.server(), auth=server.auth(authority)) as running,
    ):
        one = Closed(running.address, authority, alone, [identity])
        nobody = base64.b64encode(b"00000000-0000-0000-0000-000000000000:").decode()
        auths = {"auths": {running.address: {"auth": nobody, "identitytoken": identity}}}
        helpers = {"credHelpers": {running.address: "canary"}}
        (tmp_path / "auth.json").write_text(json.dumps(auths if kept == "in a file" else helpers))
        path = helper(tmp_path / "bin", {"ServerURL": "", "Username": "<token>", "Secret": identity})
        one.images(**one.known())
        one.run("lock", "-vvv", env={"REGISTRY_AUTH_FILE": str(tmp_path / "auth.json"), "PATH": path})
        assert server.given


def helper(folder: Path, answer: dict[str, str]) -> str:
    """A credential helper that tells what it is asked to a file beside it; the PATH that finds it."""
    folder.mkdir()
    program = folder / "docker-credential-canary"
    program.write_text(f"#!/bin/sh\ncat >> {folder}/asked\necho >> {folder}/asked\necho '{json.dumps(answer)}'\n")
    program.chmod(0o755)
    return f"{folder}:{os.environ['PATH']}"


def test_a_helper_is_asked_once_for_all_images_of_its_registry(closed: Closed, tmp_path: Path) -> None:
    (tmp_path / "auth.json").write_text(json.dumps({"credHelpers": {closed.address: "canary"}}))
    path = helper(tmp_path / "bin", {"ServerURL": "", "Username": USER, "Secret": PASSWORD})
    closed.images(*(f"{closed.address}/demo/{name}:1.0" for name in ("web", "api", "tool")), **closed.known())
    closed.run("lock", "-vvv", env={"REGISTRY_AUTH_FILE": str(tmp_path / "auth.json"), "PATH": path})
    assert (tmp_path / "bin/asked").read_text().split() == [closed.address]


def test_an_authority_is_believed_that_container_tools_are_told_to_believe(closed: Closed, tmp_path: Path) -> None:
    folder = tmp_path / "home/.config/containers/certs.d" / closed.address
    folder.mkdir(parents=True)
    shutil.copy(closed.authority.file, folder / "ca.crt")
    (tmp_path / "auth.json").write_text(closed.auths())
    closed.images()
    env = {"HOME": str(tmp_path / "home"), "REGISTRY_AUTH_FILE": str(tmp_path / "auth.json")}
    closed.run("lock", env=env)
    (folder / "ca.crt").write_text("no certificate")
    assert f"{folder / 'ca.crt'}: a certificate that cannot be used" in closed.run("lock", env=env, expect=3).err


def test_the_longest_prefix_says_where_images_are_and_mirrors_come_first(closed: Closed, tmp_path: Path) -> None:
    (tmp_path / "auth.json").write_text(closed.auths())
    ca = str(closed.authority.file)
    closed.images(
        "vendor.test/array/web:1.0",
        registries=[
            {"prefix": "vendor.test", "location": NOBODY},
            {"prefix": "vendor.test/array", "location": f"{closed.address}/demo", "mirrors": [f"{NOBODY}/x"], "ca": ca},
        ],
    )
    carried(closed, REGISTRY_AUTH_FILE=str(tmp_path / "auth.json"))
    (image,) = ReleaseLocks.load(closed.airlock.folder / "locks/release").images.images
    assert image.ref.name == "vendor.test/array/web"


def test_an_option_of_the_command_wins_over_the_manifest(closed: Closed, running_upstream: Upstream) -> None:
    closed.images("vendor.test/demo/web:1.0", registries=[{"prefix": "vendor.test", "location": NOBODY}])
    closed.run("lock", "--mirror", f"vendor.test={running_upstream.registry}")


def test_plain_http_is_spoken_to_a_mirror_by_name_alone(closed: Closed, running_upstream: Upstream) -> None:
    open_one = running_upstream.registry
    places = [{"prefix": "vendor.test", "location": NOBODY, "mirrors": [open_one]}]
    closed.images("vendor.test/demo/web:1.0", registries=places)
    assert "Connection refused" in closed.run("lock", expect=5).err
    closed.images("vendor.test/demo/web:1.0", registries=places, insecure=[open_one])
    carried(closed)


def test_a_mirror_that_lacks_a_signature_says_nothing_of_its_registry(
    closed: Closed, running_upstream: Upstream
) -> None:
    mirror = running_upstream.registry
    place = {"prefix": "vendor.test", "location": NOBODY, "mirrors": [mirror]}
    closed.images("vendor.test/demo/web:1.0", registries=[place], insecure=[mirror], attached=["signatures"])
    ran = closed.run("lock", expect=5)
    assert "none of 2 places gives it" in ran.err
    assert "make that one the location" in ran.err
    place = {"prefix": "vendor.test", "location": mirror}
    closed.images("vendor.test/demo/web:1.0", registries=[place], insecure=[mirror], attached=["signatures"])
    assert "WARNING" not in closed.run("lock").err


def test_a_wildcard_stands_for_all_hosts_below_and_a_longer_name_wins(closed: Closed, tmp_path: Path) -> None:
    (tmp_path / "auth.json").write_text(closed.auths())
    ca = str(closed.authority.file)
    closed.images(
        "eu.vendor.test/demo/web:1.0",
        "a.b.vendor.test/api:1.0",
        registries=[
            {"prefix": "*.vendor.test", "location": f"{closed.address}/demo", "ca": ca},
            {"prefix": "eu.vendor.test", "location": closed.address, "ca": ca},
        ],
    )
    closed.run("lock", env={"REGISTRY_AUTH_FILE": str(tmp_path / "auth.json")})
    names = [image.ref.name for image in ReleaseLocks.load(closed.airlock.folder / "locks/release").images.images]
    assert names == ["a.b.vendor.test/api", "eu.vendor.test/demo/web"]


def test_a_wildcard_is_for_what_is_below_a_name_and_not_for_the_name_itself(closed: Closed, tmp_path: Path) -> None:
    host = f"localhost:{closed.address.partition(':')[2]}"
    (tmp_path / "auth.json").write_text(closed.auths(host=host))
    places = [{"prefix": "*.localhost", "location": "127.0.0.1:9"}, {"prefix": host, "ca": str(closed.authority.file)}]
    closed.images(f"{host}/demo/web:1.0", registries=places)
    carried(closed, REGISTRY_AUTH_FILE=str(tmp_path / "auth.json"))


@pytest.fixture
def wanting(alone: Airlock, running_upstream: Upstream, tmp_path: Path) -> Iterator[Closed]:
    """A registry that answers those alone who have a certificate of its authority."""
    authority = Authority(tmp_path / "pki")
    seed = running_upstream.images.storage
    with registry.serve(tmp_path / "wanting", seed=seed, tls=authority.server(), clients=authority.file) as running:
        yield Closed(running.address, authority, alone)


def shown(one: Closed) -> dict[str, Any]:
    """What a manifest says of a client's certificate."""
    pair = one.authority.client()
    place = {"prefix": one.address, "ca": str(one.authority.file)}
    return {"registries": [{**place, "client_cert": str(pair.certificate), "client_key": str(pair.key)}]}


def test_a_certificate_is_shown_to_a_registry_that_wants_one(wanting: Closed) -> None:
    chart = {"oci": f"oci://{wanting.address}/charts/pebble-api", "version": "*"}
    wanting.airlock.write(
        {"images": {"refs": [f"{wanting.address}/demo/web:1.0"], **shown(wanting)}, "charts": [chart]}
    )
    carried(wanting)
    (locked,) = ReleaseLocks.load(wanting.airlock.folder / "locks/release").charts.charts
    assert (wanting.airlock.store / "blobs/sha256" / locked.digest.hex).is_file()


def test_without_the_certificate_it_is_told_where_to_name_one(wanting: Closed) -> None:
    wanting.images(**wanting.known())
    assert "images.registries (client_cert, client_key)" in wanting.run("lock", expect=5).err


def test_a_key_that_is_not_of_the_certificate_is_told_before_anyone_is_asked(wanting: Closed) -> None:
    places = shown(wanting)
    places["registries"][0]["client_key"] = str(wanting.authority.server().key)
    wanting.images(**places)
    ran = wanting.run("lock", expect=3)
    assert f"images.registries: {wanting.address}: client_cert: cannot be used" in ran.err


def test_a_key_without_its_certificate_is_a_fault_of_the_manifest(wanting: Closed) -> None:
    places = shown(wanting)
    del places["registries"][0]["client_cert"]
    wanting.images(**places)
    assert "client_key without client_cert" in wanting.run("lint", expect=3).err


def test_charts_follow_the_places_of_registries_too(closed: Closed, tmp_path: Path) -> None:
    """A mirror that nobody listens at, a location below a path, an authority and a password."""
    (tmp_path / "auth.json").write_text(closed.auths(host=f"{closed.address}/charts"))
    place = {
        "prefix": "vendor.test/helm",
        "location": f"{closed.address}/charts",
        "mirrors": [f"{NOBODY}/x"],
        "ca": str(closed.authority.file),
    }
    chart = {"oci": "oci://vendor.test/helm/pebble-api", "version": "*"}
    closed.airlock.write({"images": {"registries": [place]}, "charts": [chart]})
    closed.run("lock", env={"REGISTRY_AUTH_FILE": str(tmp_path / "auth.json")})
    (locked,) = ReleaseLocks.load(closed.airlock.folder / "locks/release").charts.charts
    assert locked.repository == "oci://vendor.test/helm"
    ran = closed.run("lock", expect=5)
    assert f"{closed.address} asks for a password, and your files have none for it" in ran.err
    assert f"run `skopeo login {closed.address}`, or set REGISTRY_AUTH_FILE" in ran.err
