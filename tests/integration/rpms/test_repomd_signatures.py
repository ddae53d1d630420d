"""`repo_gpgcheck`: a real signed repomd.xml, and every way in which its signature can fail."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from airlock_builder.lock.rpms.closed import closed_set
from airlock_builder.lock.rpms.lock import lock_rpms
from airlock_builder.manifest.model import Platform, Repo, Rpms
from airlock_builder.remote.http import HttpClient
from airlock_core.errors import AirlockError, ExitCode, VerificationError
from airlock_core.signatures import Keyring
from airlock_core.signatures.judge import check_document
from tests import realdata
from tests.integration.rpms.conftest import ROOT
from tests.integration.rpms.signing import RETIRED, Signer
from tests.repositories import reached

pytestmark = pytest.mark.integration

SMALL = ROOT / "tests/standin/fixtures/small/rpms"
NOW = 1735689600  # 2025-01-01
Check = Callable[..., None]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository whose repomd.xml nobody signed yet."""
    target = shutil.copytree(SMALL, tmp_path / "repo")
    (target / "repodata/repomd.xml.asc").unlink()
    return target


@pytest.fixture
def check(folder: Path, tmp_path: Path) -> Check:
    """Reads the repository with some keys."""

    def check(*keys: Path) -> None:
        rpms = Rpms(repos=(Repo(id="r", baseurl=(folder.as_uri(),), gpgkey=keys, repo_gpgcheck=True),))
        with HttpClient() as http:
            cache = tmp_path / "metadata"
            platform = Platform(os="rocky", release="8.10")
            closed_set([(None, rpms)], platform, reached(http, cache, rpms), cache, requests=["hello-data"])

    return check


def sign(keys: Signer, key: str, folder: Path, **facts: str) -> bytes:
    repomd = folder / "repodata/repomd.xml"
    packet = keys.detached(key, repomd.read_bytes(), **facts)
    repomd.with_name("repomd.xml.asc").write_bytes(packet)
    return packet


def refused(check: Check, *certificates: Path) -> str:
    with pytest.raises(AirlockError) as caught:
        check(*certificates)
    return str(caught.value)


def test_ten_real_packages_behind_a_real_signed_repomd_are_locked(tmp_path: Path) -> None:
    data = realdata.folder("rpms/signed-repomd-el9") / "rpms/signed-repomd-el9"
    key = data / "RPM-GPG-KEY-SUBSMAN"
    repo = Repo(id="subsman", baseurl=(data.as_uri(),), gpgkey=(key,), repo_gpgcheck=True)
    names = tuple(sorted({path.name.rsplit("-", 2)[0] for path in data.glob("*.rpm")}))
    rpms = Rpms(repos=(repo,), packages=names, assume=("*",))
    with HttpClient() as http:
        repositories = reached(http, tmp_path, rpms)
        found = lock_rpms([(None, rpms)], Platform(os="rocky", release="9.4"), repositories, tmp_path)
    (fingerprint,) = Keyring.load([key]).fingerprints
    assert {package.signer for package in found.packages} == {fingerprint}
    assert len(found.packages) == 10


def test_a_repomd_without_its_signature_is_refused_by_url(keys: Signer, check: Check, tmp_path: Path) -> None:
    told = refused(check, keys.public(keys.make("absent"), tmp_path / "key"))
    assert "repomd.xml.asc" in told


def test_one_of_several_signatures_is_enough(keys: Signer, folder: Path, check: Check, tmp_path: Path) -> None:
    listed, other = keys.make("listed"), keys.make("other")
    first = sign(keys, other, folder)
    second = sign(keys, listed, folder)
    (folder / "repodata/repomd.xml.asc").write_bytes(first + second)
    check(keys.public(listed, tmp_path / "key"))


def test_another_key_is_refused_by_fingerprint(keys: Signer, folder: Path, check: Check, tmp_path: Path) -> None:
    mine, theirs = keys.make("mine"), keys.make("theirs")
    sign(keys, theirs, folder)
    assert f"signed by {theirs}, which is no key listed for it" in refused(check, keys.public(mine, tmp_path / "key"))


def test_an_altered_document_is_refused(keys: Signer, folder: Path, check: Check, tmp_path: Path) -> None:
    key = keys.make("plain")
    sign(keys, key, folder)
    repomd = folder / "repodata/repomd.xml"
    repomd.write_text(repomd.read_text() + "\n")
    told = refused(check, keys.public(key, tmp_path / "key"))
    assert "its signature does not verify" in told
    assert "the signature does not fit the content" in told


def test_the_signature_of_another_repomd_is_refused(keys: Signer, folder: Path, check: Check, tmp_path: Path) -> None:
    key = keys.make("elsewhere")
    packet = keys.detached(key, b"<repomd/>")
    (folder / "repodata/repomd.xml.asc").write_bytes(packet)
    assert "the signature does not fit the content" in refused(check, keys.public(key, tmp_path / "key"))


def test_a_key_that_has_expired_by_now_cannot_say_how_things_are_now(
    keys: Signer, folder: Path, check: Check, tmp_path: Path
) -> None:
    key = keys.make("gone")
    sign(keys, key, folder)
    keys.gpg("--quick-set-expire", key, "2024-09-01", time="20240201T000000")
    told = refused(check, keys.public(key, tmp_path / "key"))
    assert "(gone <gone@test>) expired on 2024-09-01: ask its owner for a newer copy of the key" in told


def test_a_signature_that_has_expired_is_refused(keys: Signer, folder: Path, check: Check, tmp_path: Path) -> None:
    key = keys.make("brief")
    repomd = folder / "repodata/repomd.xml"
    packet = keys.detached(key, repomd.read_bytes(), "--default-sig-expire", "10d")
    repomd.with_name("repomd.xml.asc").write_bytes(packet)
    assert "its signature expired on 2024-06-11" in refused(check, keys.public(key, tmp_path / "key"))


def test_a_retired_key_cannot_sign_what_is_newer(keys: Signer, folder: Path, check: Check, tmp_path: Path) -> None:
    key = keys.make("retired")
    sign(keys, key, folder, time="20241001T000000")
    keys.revoke_for(key, RETIRED, time="20240901T000000")
    assert "is revoked since 2024-09-01" in refused(check, keys.public(key, tmp_path / "key"))


@pytest.mark.parametrize("text", [b"", b"<html>Not Found</html>", b"-----BEGIN PGP SIGNATURE-----\n\nabc"])
def test_what_is_no_signature_is_refused_as_such(
    keys: Signer, folder: Path, check: Check, tmp_path: Path, text: bytes
) -> None:
    (folder / "repodata/repomd.xml.asc").write_bytes(text)
    told = refused(check, keys.public(keys.make(f"none{len(text)}"), tmp_path / "key"))
    assert "repomd.xml.asc: not a detached OpenPGP signature" in told


def test_a_repo_that_asks_for_a_signature_and_lists_no_key_is_told_so(keys: Signer, folder: Path, check: Check) -> None:
    sign(keys, keys.make("whose"), folder)
    assert "no gpgkey is given to check that by" in refused(check)


def test_a_flipped_bit_of_a_real_repomd_is_found_wherever_it_is() -> None:
    """One bit of every 97th byte."""
    data = realdata.folder("rpms/signed-repomd-el9") / "rpms/signed-repomd-el9"
    body, signature = ((data / "repodata" / name).read_bytes() for name in ("repomd.xml", "repomd.xml.asc"))
    keys = Keyring.load([data / "RPM-GPG-KEY-SUBSMAN"])
    assert check_document(keys, signature, body, now=NOW * 2, where="r") == keys.fingerprints[0]
    for at in range(0, len(body), 97):
        altered = body[:at] + bytes([body[at] ^ 1 << at % 8]) + body[at + 1 :]
        with pytest.raises(VerificationError) as caught:
            check_document(keys, signature, altered, now=NOW * 2, where="r")
        assert caught.value.exit_code is ExitCode.VERIFICATION
