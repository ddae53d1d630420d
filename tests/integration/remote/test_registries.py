"""Registries that are in several places, some of which fail: by the client that asks for all documents."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

import pytest

from airlock_builder.remote.failures import MissingError
from airlock_builder.remote.oci.places import Ways
from airlock_builder.remote.oci.registries import Registries
from airlock_builder.remote.places import Places
from airlock_builder.remote.rewrites import Rewrite
from airlock_builder.remote.traffic import Traffic
from airlock_core.digest import Digest
from airlock_core.errors import UpstreamError, VerificationError
from airlock_core.imageref import ImageRef
from airlock_core.progress import Notice
from tests.standin.upstream.reply import Asked, Reply, short
from tests.standin.upstream.server import FaultyServer, serve

pytestmark = [pytest.mark.integration, pytest.mark.long]

RAW = b'{"schemaVersion": 2}'
ONE = ImageRef.parse("vendor.test/one:1")
TAG = "/v2/one/manifests/1"
NOBODY = "127.0.0.1:9"


@dataclass(frozen=True)
class Copies:
    """A registry and a mirror of it, which is asked first.

    Args:
        notices: what the client told.
    """

    mirror: FaultyServer
    registry: FaultyServer
    client: Registries
    notices: list[Notice]

    def asked(self) -> list[int]:
        """How often each was asked for the manifest."""
        return [len([one for one in server.log.all() if one.path == TAG]) for server in (self.mirror, self.registry)]


def answer(asked: Asked) -> Reply:
    """One manifest, by tag and by digest."""
    if asked.path in (TAG, f"/v2/one/manifests/{Digest.sha256(RAW)}"):
        return Reply(200, {"Content-Length": str(len(RAW))}, iter([RAW]))
    return short(404, "none")


@contextmanager
def client(*addresses: str) -> Iterator[tuple[Registries, list[Notice]]]:
    """One that finds vendor.test at the last of these, and the others before."""
    notices: list[Notice] = []
    place = Rewrite("vendor.test", addresses[-1], addresses[:-1])
    ways = Ways(Places(insecure=addresses, rewrites=[place]))
    made = Registries(ways, Traffic(tell=notices.append), pause=0.01)
    yield made, notices
    made.close()


@pytest.fixture
def copies() -> Iterator[Copies]:
    with ExitStack() as stack:
        mirror, registry = stack.enter_context(serve(answer)), stack.enter_context(serve(answer))
        made, notices = stack.enter_context(client(mirror.address, registry.address))
        yield Copies(mirror, registry, made, notices)


def test_the_mirror_is_asked_and_nobody_else_where_it_has_it(copies: Copies) -> None:
    assert copies.client.manifest(ONE) == RAW
    assert copies.asked() == [1, 0]


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 503])
def test_a_mirror_that_does_not_give_it_is_passed_over_at_once(status: int, copies: Copies) -> None:
    copies.mirror.faults.status(TAG, status)
    assert copies.client.manifest(ONE) == RAW
    assert copies.asked() == [1, 1]


@pytest.mark.parametrize("fault", ["cut", "endless", "altered"])
def test_a_mirror_that_gives_it_wrong_is_passed_over(fault: str, copies: Copies) -> None:
    pinned = ONE.at(Digest.sha256(RAW))
    path = f"/v2/one/manifests/{pinned.digest}"
    {
        "cut": lambda: copies.mirror.faults.cut(path, after=3),
        "endless": lambda: copies.mirror.faults.endless(path),
        "altered": lambda: copies.mirror.faults.flip(path, offset=2),
    }[fault]()
    assert copies.client.manifest(pinned) == RAW


def test_what_the_registry_itself_has_not_is_missing_whatever_its_mirrors_say(copies: Copies) -> None:
    copies.mirror.faults.status(TAG, 503)
    copies.registry.faults.status(TAG, 404)
    with pytest.raises(MissingError):
        copies.client.manifest(ONE)
    assert copies.asked() == [1, 1]


def test_where_all_failed_those_that_may_do_better_are_asked_again(copies: Copies) -> None:
    copies.mirror.faults.status(TAG, 503, times=2)
    copies.registry.faults.status(TAG, 403)
    assert copies.client.manifest(ONE) == RAW
    assert copies.asked() == [3, 1]


def test_where_none_gives_it_each_is_named_with_its_reason(copies: Copies) -> None:
    copies.mirror.faults.flip(f"/v2/one/manifests/{Digest.sha256(RAW)}", offset=2)
    copies.registry.faults.status("/v2/*", 403)
    with pytest.raises(VerificationError, match="none of 2 places gives it") as caught:
        copies.client.manifest(ONE.at(Digest.sha256(RAW)))
    assert "another manifest than it should be" in caught.value.why
    assert f"(asked of {copies.mirror.address})" in caught.value.why
    assert f"the registry {copies.registry.address} answered 403 Forbidden" in caught.value.why
    assert caught.value.where == str(ONE.at(Digest.sha256(RAW)))


def test_a_mirror_that_gives_no_answer_is_told_once_and_asked_behind_the_others(copies: Copies) -> None:
    with client(NOBODY, copies.registry.address) as (made, notices):
        for _ in range(3):
            assert made.manifest(ONE) == RAW
    (told,) = notices
    assert told.text.startswith(f"{NOBODY} does not answer: Connection refused")


def test_one_place_that_fails_is_asked_with_patience(copies: Copies) -> None:
    copies.registry.faults.status(TAG, 503)
    with client(copies.registry.address) as (made, _), pytest.raises(UpstreamError, match="after 4 attempts"):
        made.manifest(ONE)
    assert copies.asked() == [0, 4]


def test_who_asks_too_often_is_told_that_a_login_helps(copies: Copies) -> None:
    copies.registry.faults.status(TAG, 429)
    with client(copies.registry.address) as (made, _), pytest.raises(UpstreamError) as caught:
        made.manifest(ONE)
    assert caught.value.why.startswith("status 429 Too Many Requests, after 4 attempts")
    assert f"skopeo login {copies.registry.address}" in caught.value.todo


def test_connections_are_kept_for_all_repositories_of_a_registry(copies: Copies) -> None:
    before = copies.registry.log.connections
    with client(copies.registry.address) as (made, _):
        for number in range(5):
            with pytest.raises(MissingError):
                made.manifest(ImageRef.parse(f"vendor.test/r{number}:1"))
    assert copies.registry.log.connections - before <= 2  # one of them to find out that it speaks no TLS


HOSTILE: dict[str, tuple[int, dict[str, str]]] = {
    "sends on to what is no URL": (307, {"Location": "http://["}),
    "sends on to a port that is none": (307, {"Location": "http://127.0.0.1:99999/"}),
    "sends on to another scheme": (307, {"Location": "file:///etc/passwd"}),
    "names a token server that is none": (401, {"WWW-Authenticate": 'Bearer realm="https://["'}),
    "names one at a port that is none": (401, {"WWW-Authenticate": 'Bearer realm="https://t.test:99999/t"'}),
    "names one by a file": (401, {"WWW-Authenticate": 'Bearer realm="file:///etc/passwd"'}),
    "asks for nothing": (401, {}),
    "asks for what nobody knows": (401, {"WWW-Authenticate": "\x1b[2J"}),
    "says a digest that is none": (200, {"Docker-Content-Digest": "sha256:zz"}),
    "says a digest of an unknown kind": (200, {"Docker-Content-Digest": "md5:0"}),
    "wants to be asked in a thousand years": (503, {"Retry-After": "9" * 400}),
}


@pytest.mark.parametrize("lie", HOSTILE)
def test_what_a_registry_says_of_itself_is_refused_by_name(lie: str) -> None:
    status, headers = HOSTILE[lie]
    own = {"Content-Length": str(len(RAW)), **headers}
    with (
        serve(lambda asked: Reply(status if asked.path != "/v2/" else 200, own, iter([RAW]))) as server,
        client(server.address) as (made, _),
        pytest.raises((UpstreamError, VerificationError)) as caught,
    ):
        made.manifest(ONE)
    assert caught.value.where == str(ONE)
    assert server.address in caught.value.why


def test_a_next_page_that_is_no_url_is_the_last() -> None:
    tags = b'{"tags": ["1"]}'
    headers = {"Content-Length": str(len(tags)), "Link": '<http://[>; rel="next"'}
    with serve(lambda asked: Reply(200, headers, iter([tags]))) as server, client(server.address) as (made, _):
        assert made.document("vendor.test/one", "tags/list", "one").following == ""
