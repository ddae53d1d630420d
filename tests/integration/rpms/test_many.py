"""Some hundred packages: signatures verified together, and nothing asked twice."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from airlock_builder.lock.rpms.lock import lock_rpms
from airlock_builder.manifest.model import Platform, Repo, Rpms
from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.mirrors import Mirrors
from airlock_core.errors import VerificationError
from airlock_core.locks import RpmsLock
from airlock_core.signatures import Keyring
from airlock_core.signatures.gpgv import Verified, verify_many
from airlock_core.signatures.keyring import certificates
from tests.integration.rpms.signing import Signer
from tests.repositories import reached
from tests.standin import synthetic
from tests.standin.keys import FINGERPRINT, PUBLIC_KEY
from tests.standin.upstream import files
from tests.standin.upstream.server import FaultyServer, serve

pytestmark = [pytest.mark.integration, pytest.mark.long]

COUNT = 300
EL9 = Platform(os="rocky", release="9.4")


@pytest.fixture
def server() -> Iterator[FaultyServer]:
    with serve(files.source({"/many/": synthetic.build(COUNT)})) as running:
        yield running


def lock(server: FaultyServer, cache: Path, *more: Path) -> RpmsLock:
    repo = Repo(id="many", baseurl=("http://many.test/many",), gpgkey=(PUBLIC_KEY, *more))
    rpms = Rpms(repos=(repo,), packages=("*",))
    with HttpClient(Mirrors({"many.test": server.address}), pause=0.01) as http:
        return lock_rpms([(None, rpms)], EL9, reached(http, cache, rpms), cache, jobs=4)


def asked(server: FaultyServer) -> list[str]:
    """The packages that were asked for since the last time."""
    found = [request.path for request in server.log.all() if request.path.endswith(".rpm")]
    server.log.clear()
    return found


def test_all_are_locked_with_their_signers_and_asked_for_once(server: FaultyServer, tmp_path: Path) -> None:
    first = lock(server, tmp_path)
    assert len(first.packages) == COUNT
    assert {package.signer for package in first.packages} == {FINGERPRINT}
    assert len(asked(server)) == COUNT
    assert lock(server, tmp_path) == first
    assert asked(server) == []


def test_another_key_beside_is_no_reason_to_ask_again(server: FaultyServer, tmp_path: Path, keys: Signer) -> None:
    first = lock(server, tmp_path / "cache")
    asked(server)
    second = lock(server, tmp_path / "cache", keys.public(keys.make("beside"), tmp_path / "key"))
    assert second.packages == first.packages
    assert asked(server) == []


def test_headers_whose_proofs_are_lost_are_asked_for_again(server: FaultyServer, tmp_path: Path) -> None:
    first = lock(server, tmp_path)
    asked(server)
    (tmp_path / "proofs.sqlite").unlink()
    assert lock(server, tmp_path) == first
    assert len(asked(server)) == COUNT


def test_the_one_altered_package_of_hundreds_is_named(server: FaultyServer, tmp_path: Path) -> None:
    path = sorted(synthetic.build(COUNT).glob("Packages/*/*.rpm"))[200]
    end = path.read_bytes().index(b"Made for tests")
    server.faults.flip(f"/many/{path.relative_to(synthetic.build(COUNT))}", offset=end)
    with pytest.raises(VerificationError, match="does not fit") as caught:
        lock(server, tmp_path)
    assert path.name in caught.value.where


def test_one_process_tells_good_signatures_from_all_others(keys: Signer, tmp_path: Path) -> None:
    good, other = keys.make("good"), keys.make("other")
    datas = [f"data {number}".encode() * 100 for number in range(6)]
    packets = [keys.detached(good, data) for data in datas]
    cases = [
        (packets[0], datas[0]),
        (packets[1], datas[2]),
        (keys.detached(other, datas[3]), datas[3]),
        (b"\x89\x01\x00junk", datas[4]),
        (b"", datas[4]),
        (packets[4], datas[4]),
        (packets[5], b""),
        (keys.detached(good, b""), b""),
    ]
    with certificates(Keyring.load([keys.public(good, tmp_path / "key")])) as ring:
        found = verify_many(ring, cases)
    fits = Verified(good)
    assert found == [fits, None, None, None, None, fits, None, fits]


def test_what_is_signed_inside_of_a_message_proves_nothing_of_other_bytes(keys: Signer, tmp_path: Path) -> None:
    good = keys.make("inline")
    keys.gpg("--local-user", good, "--output", tmp_path / "message", "--sign", stdin=b"what it says itself")
    inline = (tmp_path / "message").read_bytes()
    with certificates(Keyring.load([keys.public(good, tmp_path / "key")])) as ring:
        assert verify_many(ring, [(inline, b"other bytes")]) == [None]
