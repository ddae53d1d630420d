"""29 RPMs of Rocky Linux 8, signed by Rocky's own key, locked and verified."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from airlock_builder.lock.rpms.lock import lock_rpms
from airlock_builder.manifest.model import Platform, Repo, Rpms
from airlock_core.errors import UpstreamError, VerificationError
from airlock_core.signatures import ExpectedRpm, Keyring, verify_packages
from tests.integration.rpms.conftest import Serve
from tests.repositories import reached

pytestmark = pytest.mark.integration

ROCKY = "7051C470A929F454CEBE37B715AF5DAC6D745A60"
PLATFORM = Platform(os="rocky", release="8.8")
NOW = 1735689600  # 2025-01-01
ASSUMED = (
    *("/bin/*", "/sbin/*", "/usr/sbin/*", "lib*", "ld-linux*", "rtld(*", "config(*", "glibc*", "python3*", "perl*"),
    *("systemd*", "sed", "policycoreutils*", "selinux-policy*", "system-logos*", "rdma-core*", "tcp_wrappers*", "*"),
)


@pytest.fixture
def repo(testdata: Path) -> Repo:
    return Repo(
        id="rocky8",
        baseurl=("http://real.test/rpms/rocky8",),
        gpgkey=(testdata / "keys" / "RPM-GPG-KEY-rockyofficial",),
    )


@pytest.fixture
def names(testdata: Path) -> tuple[str, ...]:
    return tuple(sorted(path.name.rsplit("-", 2)[0] for path in (testdata / "rpms/rocky8").glob("*.rpm")))


def test_all_29_are_locked_with_their_signer(
    testdata: Path, repo: Repo, names: tuple[str, ...], serving: Serve, tmp_path: Path
) -> None:
    _, http = serving(testdata)
    rpms = Rpms(repos=(repo,), packages=names, assume=ASSUMED)
    lock = lock_rpms([(None, rpms)], PLATFORM, reached(http, tmp_path, rpms), tmp_path)
    assert len(lock.packages) == 29
    assert {package.signer for package in lock.packages} == {ROCKY}
    assert "libc.so.6(GLIBC_2.14)(64bit)" in lock.arches[0].assumed
    assert "libapr-1.so.0()(64bit)" not in lock.arches[0].assumed, "the set itself provides it"
    expected = [
        ExpectedRpm(testdata / "rpms/rocky8" / package.filename, package.nevra, package.signer)
        for package in lock.packages
    ]
    assert verify_packages(expected, Keyring.load(repo.gpgkey), now=NOW) == []


def test_the_package_whose_file_the_mirror_lost_is_named_with_url_and_repo(
    testdata: Path, repo: Repo, serving: Serve, tmp_path: Path
) -> None:
    _, http = serving(testdata)
    rpms = Rpms(repos=(repo,), packages=("containerd.io", "socat"), assume=("*",))
    with pytest.raises(UpstreamError) as caught:
        lock_rpms([(None, rpms)], PLATFORM, reached(http, tmp_path, rpms), tmp_path)
    text = str(caught.value)
    assert "http://real.test/rpms/rocky8/containerd.io-1.6.24-3.1.el8.x86_64.rpm" in text
    assert "containerd.io-1.6.24-3.1.el8.x86_64 of repo rocky8" in text
    assert "404" in text


def test_a_bit_flipped_in_a_header_stops_the_lock(testdata: Path, repo: Repo, serving: Serve, tmp_path: Path) -> None:
    server, http = serving(testdata)
    server.faults.flip("*/socat-*.rpm", offset=20000)
    rpms = Rpms(repos=(repo,), packages=("socat",), assume=("*",))
    with pytest.raises(VerificationError, match=r"socat-1.7.4.1-1.el8.x86_64 from repo rocky8"):
        lock_rpms([(None, rpms)], PLATFORM, reached(http, tmp_path, rpms), tmp_path)


def test_another_release_key_is_refused_for_all_packages_at_once(
    testdata: Path, repo: Repo, serving: Serve, tmp_path: Path
) -> None:
    _, http = serving(testdata)
    foreign = replace(repo, gpgkey=(testdata / "keys" / "RPM-GPG-KEY-Rocky-9",))
    rpms = Rpms(repos=(foreign,), packages=("socat", "mailcap", "libpcap"), assume=("*",))
    with pytest.raises(VerificationError, match="3 packages are not signed as they must be") as caught:
        lock_rpms([(None, rpms)], PLATFORM, reached(http, tmp_path, rpms), tmp_path)
    assert caught.value.why.splitlines()[0] == f"signed by {ROCKY}, which is no key listed for it:"
    assert [line.strip().rsplit("-", 2)[0] for line in caught.value.why.splitlines()[1:]] == [
        "libpcap",
        "mailcap",
        "socat",
    ]
