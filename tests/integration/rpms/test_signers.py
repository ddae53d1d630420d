"""Signers as `lock` finds them: what it refuses, all at once, and what the manifest may excuse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from airlock_builder.lock.rpms.lock import lock_rpms
from airlock_builder.manifest.model import Platform, Repo, Rpms, Unsigned
from airlock_builder.remote.http import HttpClient
from airlock_builder.store import Store
from airlock_core import proc
from airlock_core.errors import AirlockError, ExitCode, Faults, VerificationError
from airlock_core.locks import LockedRpm, RpmsLock
from tests.integration.rpms.conftest import ROOT
from tests.integration.rpms.signing import Signer
from tests.repositories import reached
from tests.rpmcraft import without_payload_digest

pytestmark = pytest.mark.integration

PACKAGES = ROOT / "tests/standin/fixtures/small/rpms/Packages"
FILES = {
    "hello": "hello-1.1-1.x86_64.rpm",
    "hello-data": "hello-data-1.1-1.noarch.rpm",
    "hello-doc": "hello-doc-1.1-1.noarch.rpm",
    "tally": "tally-0.3-1.noarch.rpm",
}
Locked = Callable[..., dict[str, LockedRpm]]
LockOf = Callable[..., RpmsLock]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where packages go that :func:`locked` locks."""
    target = tmp_path / "repo"
    target.mkdir()
    return target


@pytest.fixture
def locked(lock_of: LockOf) -> Locked:
    """The locked packages by name."""
    return lambda *names, **facts: {package.name: package for package in lock_of(*names, **facts).packages}


@pytest.fixture
def lock_of(tmp_path: Path, folder: Path) -> LockOf:
    """Locks some of the folder's packages."""

    def locked(*names: str, key: Path | None = None, unsigned: tuple[str, ...] = (), release: str = "8.10") -> RpmsLock:
        proc.run(["createrepo_c", "--quiet", folder], timeout=60)
        repo = Repo(id="vendor", baseurl=(folder.as_uri(),), gpgkey=(key,) if key else ())
        entries = tuple(Unsigned(name=name, reason="the vendor knows no better") for name in unsigned)
        rpms = Rpms(repos=(repo,), packages=names, unsigned=entries, assume=("*",))
        cache = tmp_path / "metadata"
        with HttpClient() as http:
            return lock_rpms(
                [(None, rpms)],
                Platform(os="rocky", release=release),
                reached(http, cache, rpms),
                cache,
                store=Store(tmp_path / "store"),
            )

    return locked


def source(name: str) -> Path:
    return PACKAGES / FILES[name]


def unsigned(name: str, folder: Path) -> None:
    target = folder / FILES[name]
    target.write_bytes(source(name).read_bytes())
    proc.run(["rpmsign", "--delsign", target], timeout=60)


def test_all_packages_are_told_at_once_grouped_by_what_speaks_against_them(
    keys: Signer, folder: Path, locked: Locked, tmp_path: Path
) -> None:
    listed, other = keys.make("listed"), keys.make("other")
    unsigned("hello", folder)
    unsigned("hello-data", folder)
    keys.sign(other, folder / FILES["hello-doc"], source=source("hello-doc"))
    keys.sign(listed, folder / FILES["tally"], source=source("tally"), digest="sha1")
    with pytest.raises(Faults, match="4 of 4 packages cannot be locked") as caught:
        locked(*FILES, key=keys.public(listed, tmp_path / "key"))
    assert caught.value.exit_code is ExitCode.VERIFICATION
    told = str(caught.value)
    assert "repo vendor (file://" in told
    assert "2 packages are not signed as they must be\n  why: it is not signed:" in told
    assert "       hello-1.1-1.x86_64\n       hello-data-1.1-1.noarch\n" in told
    assert f"signed by {other}, which is no key listed for it" in told
    assert "signed with SHA-1, which is weak" in told
    assert told.count("name the package under rpms.unsigned") == 1


def test_the_lock_keeps_the_reason_and_what_it_excuses(
    keys: Signer, folder: Path, locked: Locked, tmp_path: Path
) -> None:
    listed, other = keys.make("kept"), keys.make("stranger")
    unsigned("hello", folder)
    keys.sign(other, folder / FILES["hello-doc"], source=source("hello-doc"))
    keys.sign(listed, folder / FILES["tally"], source=source("tally"), digest="sha1")
    keys.sign(listed, folder / FILES["hello-data"], source=source("hello-data"))
    certificate = keys.public(listed, tmp_path / "key")
    found = locked(*FILES, key=certificate, unsigned=("hello", "hello-d*.noarch", "tally-0.3-1.noarch"))
    facts = {name: (package.signer, package.unsigned, package.objection) for name, package in found.items()}
    reason = "the vendor knows no better"
    assert facts == {
        "hello": (None, reason, "it is not signed"),
        "hello-data": (listed, None, None),
        "hello-doc": (None, reason, f"signed by {other}, which is no key listed for it"),
        "tally": (listed, reason, "signed with SHA-1, which is weak"),
    }


def test_the_lock_leads_from_the_subkey_that_signed_to_the_key_that_its_vendor_publishes(
    keys: Signer, folder: Path, lock_of: LockOf, tmp_path: Path
) -> None:
    primary = keys.make("published")
    subkey = keys.add_subkey(primary)
    keys.sign(f"{subkey}!", folder / FILES["tally"], source=source("tally"))
    found = lock_of("tally", key=keys.public(primary, tmp_path / "key"))
    assert [package.signer for package in found.packages] == [subkey]
    assert (found.repos[0].key, found.repos[0].subkeys) == ((primary,), ((subkey, primary),))


def test_what_was_altered_is_never_excused(keys: Signer, folder: Path, locked: Locked, tmp_path: Path) -> None:
    key = keys.make("victim")
    target = keys.sign(key, folder / FILES["tally"], source=source("tally"))
    data = bytearray(target.read_bytes())
    data[data.index(b"Counts greetings")] ^= 1
    target.write_bytes(data)
    certificate = keys.public(key, tmp_path / "key")
    for entries in ((), ("tally",)):
        with pytest.raises(VerificationError, match="the signature does not fit the content") as caught:
            locked("tally", key=certificate, unsigned=entries)
        assert "rpms.unsigned" not in caught.value.todo


def test_a_revoked_key_is_never_excused(keys: Signer, folder: Path, locked: Locked, tmp_path: Path) -> None:
    key = keys.make("stolen")
    keys.sign(key, folder / FILES["tally"], source=source("tally"))
    keys.revoke(key)
    with pytest.raises(VerificationError, match="is revoked"):
        locked("tally", key=keys.public(key, tmp_path / "key"), unsigned=("tally",))


def test_a_package_without_any_key_to_check_it_by_is_refused(keys: Signer, folder: Path, locked: Locked) -> None:
    keys.sign(keys.make("unknown"), folder / FILES["tally"], source=source("tally"))
    with pytest.raises(VerificationError, match="no gpgkey is given to check that by"):
        locked("tally")


@pytest.mark.parametrize("algorithm", ["ed25519", "nistp256"])
def test_what_rpm_at_the_site_cannot_read_is_said_and_may_be_excused(
    keys: Signer, folder: Path, locked: Locked, tmp_path: Path, algorithm: str
) -> None:
    key = keys.make(algorithm, algorithm)
    keys.sign_header(key, folder / FILES["tally"], source=source("tally"))
    certificate = keys.public(key, tmp_path / "key")
    with pytest.raises(VerificationError, match="which rpm of Enterprise Linux 8 does not read: it takes RSA"):
        locked("tally", key=certificate)
    assert locked("tally", key=certificate, unsigned=("tally",))["tally"].signer == key


def test_a_key_certified_with_sha_1_serves_on_8_and_not_on_9(
    keys: Signer, folder: Path, locked: Locked, tmp_path: Path
) -> None:
    key = keys.make("old", digest="sha1")
    keys.sign(key, folder / FILES["tally"], source=source("tally"))
    certificate = keys.public(key, tmp_path / "key")
    assert locked("tally", key=certificate)["tally"].signer == key
    with pytest.raises(VerificationError, match="rpm of Enterprise Linux 9 does not import it") as caught:
        locked("tally", key=certificate, release="9.4")
    assert "(old <old@test>) is certified with SHA-1 alone" in caught.value.why


def test_a_package_signed_in_the_way_of_rpm_3_is_read_whole_when_it_is_locked(
    keys: Signer, folder: Path, locked: Locked, tmp_path: Path
) -> None:
    key = keys.make("ancient")
    target = keys.sign_payload(key, folder / FILES["tally"], source("tally"))
    certificate = keys.public(key, tmp_path / "key")
    found = locked("tally", key=certificate)["tally"]
    assert found.signer == key
    assert Store(tmp_path / "store").intact(found.checksum, found.size), "fetch has it already"
    data = bytearray(target.read_bytes())
    data[-200] ^= 1  # in the payload, which the header says nothing of that lock reads
    target.write_bytes(data)
    with pytest.raises(VerificationError, match="the signature does not fit the content"):
        locked("tally", key=certificate)


def test_a_package_whose_signed_header_knows_no_payload_is_refused_when_it_is_locked(
    keys: Signer, folder: Path, locked: Locked, tmp_path: Path
) -> None:
    key, bare = keys.make("before"), tmp_path / "bare"
    bare.write_bytes(without_payload_digest(source("tally").read_bytes()))
    keys.sign_header(key, folder / FILES["tally"], source=bare)
    certificate = keys.public(key, tmp_path / "key")
    with pytest.raises(VerificationError, match="over the header alone, which has no digest of the payload"):
        locked("tally", key=certificate)
    for kept in ("asked for", "known from before"):
        found = locked("tally", key=certificate, unsigned=("tally",))["tally"]
        assert "no digest of the payload" in (found.objection or ""), kept


def test_a_package_signed_in_the_way_of_rpm_6_alone_is_refused_with_the_reason(
    keys: Signer, folder: Path, locked: Locked, tmp_path: Path
) -> None:
    key = keys.make("latest")
    keys.sign_modern(folder / FILES["hello-data"], key)
    certificate = keys.public(key, tmp_path / "key")
    with pytest.raises(AirlockError, match="signed in the way of RPM 6 alone, which rpm of Enterprise Linux 8"):
        locked("hello-data", key=certificate)
    keys.sign_modern(folder / FILES["hello-data"], key, classic=key)
    assert locked("hello-data", key=certificate)["hello-data"].signer == key
