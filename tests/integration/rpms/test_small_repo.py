"""The stand-in's small repository locked: what comes, what is refused, and that the outcome is always the same."""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from airlock_builder.lock.rpms.closed import closed_set
from airlock_builder.lock.rpms.lock import lock_rpms
from airlock_builder.manifest.model import Modules, Repo, Rpms, Unsigned
from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.mirrors import Mirrors
from airlock_core import proc
from airlock_core.errors import AirlockError, ExitCode, Faults, InputError, UpstreamError, VerificationError
from airlock_core.locks import RpmsLock
from airlock_core.signatures.rpmfile import parse_head
from tests.integration.rpms.conftest import PLATFORM, ROOT, Lock
from tests.repositories import reached
from tests.standin.keys import FINGERPRINT, PUBLIC_KEY
from tests.standin.upstream import Upstream

pytestmark = pytest.mark.integration

FIXTURES = ROOT / "tests/standin/fixtures/small/rpms"
HELLO = "/small/rpms/Packages/hello-1.1-1.x86_64.rpm"


def nevras(lock: RpmsLock) -> list[str]:
    return [str(package.nevra) for package in lock.packages]


def test_a_group_and_a_module_close_over_their_requirements(lock: Lock, small: Repo) -> None:
    found = lock(Rpms(repos=(small,), packages=("@hello-tools", "greeter"), modules=Modules(enable=("greeter:2",))))
    assert nevras(found) == [
        "greeter-2.0-1.noarch",
        "hello-1.1-1.x86_64",
        "hello-data-1.1-1.noarch",
        "tally-0.3-1.noarch",
    ]
    assert {package.signer for package in found.packages} == {FINGERPRINT}
    assert [package.module for package in found.packages] == [
        "greeter:2:20240101000000:5eba11ad:x86_64",
        None,
        None,
        None,
    ]
    assert [metadata.repoid for metadata in found.arches[0].module_metadata] == ["small"]
    assert found.repos[0].key == (FINGERPRINT,)
    assert found.repos[0].comps is not None


@pytest.mark.parametrize(
    ("request_text", "expected"),
    [
        ("hello-data", ["hello-data-1.1-1.noarch"]),
        ("hello-data.noarch", ["hello-data-1.1-1.noarch"]),
        ("hello-data-1.0-1.noarch", ["hello-data-1.0-1.noarch"]),
        ("hello-dat?", ["hello-data-1.1-1.noarch"]),
        ("greeting", ["hello-1.1-1.x86_64", "hello-data-1.1-1.noarch"]),
        ("/usr/share/hello/greeting.txt", ["hello-data-1.1-1.noarch"]),
        ("@Hello Tools", ["hello-1.1-1.x86_64", "hello-data-1.1-1.noarch", "tally-0.3-1.noarch"]),
        (
            "@greeter:2/common",
            ["greeter-2.0-1.noarch", "hello-1.1-1.x86_64", "hello-data-1.1-1.noarch", "tally-0.3-1.noarch"],
        ),
    ],
)
def test_every_kind_of_request_is_understood(lock: Lock, small: Repo, request_text: str, expected: list[str]) -> None:
    assert nevras(lock(Rpms(repos=(small,), packages=(request_text,)))) == expected


def test_recommended_packages_come_only_when_asked_for(lock: Lock, small: Repo) -> None:
    assert "hello-doc-1.1-1.noarch" not in nevras(lock(Rpms(repos=(small,), packages=("hello",))))
    assert "hello-doc-1.1-1.noarch" in nevras(lock(Rpms(repos=(small,), packages=("hello",), weak_deps=True)))


def test_a_package_that_only_an_option_needs_says_so(lock: Lock, small: Repo) -> None:
    found = lock(
        Rpms(repos=(small,), packages=("hello-data",)), two=Rpms(packages=("tally",)), one=Rpms(packages=("tally",))
    )
    assert {package.name: package.options for package in found.packages} == {
        "hello-data": (),
        "tally": ("one", "two"),
    }


def test_all_requests_that_nothing_meets_are_told_at_once_with_the_nearest_names(lock: Lock, small: Repo) -> None:
    with pytest.raises(Faults) as caught:
        lock(Rpms(repos=(small,), packages=("helo", "talli", "@helo-tools")), net=Rpms(packages=("greter",)))
    text = str(caught.value)
    assert caught.value.exit_code is ExitCode.INPUT
    assert "hello-tools" in text
    assert "options.net.rpms.packages[0]: nothing provides 'greter'" in text


def test_a_requirement_that_only_an_excluded_package_meets_is_named_with_both(lock: Lock, small: Repo) -> None:
    why = "hello-data-1.1-1.noarch is excluded by rpms.exclude; hello-1.1-1.x86_64 requires hello-data = 1.1"
    with pytest.raises(InputError, match=re.escape(why)):
        lock(Rpms(repos=(small,), packages=("hello",), exclude=("hello-data-1.1*",)))


def test_an_excluded_package_is_not_called_unknown(lock: Lock, small: Repo) -> None:
    with pytest.raises(InputError, match=r"tally-0\.3-1\.noarch: excluded by rpms.exclude"):
        lock(Rpms(repos=(small,), packages=("tally",), exclude=("tally",)))


def test_what_the_site_has_is_not_solved_but_listed(lock: Lock, small: Repo) -> None:
    found = lock(Rpms(repos=(small,), packages=("hello",), exclude=("hello-data",), assume=("hello-d*",)))
    assert nevras(found) == ["hello-1.1-1.x86_64"]
    assert found.arches[0].assumed == ("hello-data = 1.1",)


def test_the_order_of_what_people_write_changes_nothing(lock: Lock, small: Repo) -> None:
    other = replace(small, id="again")
    one = lock(Rpms(repos=(small, other), packages=("tally", "greeter", "hello")))
    two = lock(Rpms(repos=(other, small), packages=("hello", "hello", "greeter", "tally")))
    assert one == two


def test_the_outcome_does_not_hang_on_the_hash_seed(upstream: Upstream, tmp_path: Path) -> None:
    script = tmp_path / "lock.py"
    script.write_text(_SCRIPT.format(http=upstream.http, key=PUBLIC_KEY, cache=tmp_path / "metadata"))
    outputs = {
        proc.run(
            [sys.executable, script], timeout=60, cwd=ROOT, env={"PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert len(outputs) == 1
    assert "hello" in outputs.pop()


_SCRIPT = """
from pathlib import Path
from airlock_builder.lock.rpms.lock import lock_rpms
from airlock_builder.manifest.model import *
from airlock_builder.remote.http import HttpClient
from airlock_builder.remote.mirrors import Mirrors
from tests.repositories import reached
repo = Repo(id="small", baseurl=("http://standin.test/small/rpms",), gpgkey=(Path("{key}"),))
rpms = Rpms(repos=(repo,), packages=("@hello-tools", "greeter"))
platform = Platform(os="rocky", release="8.10")
http, cache = HttpClient(Mirrors({{"standin.test": "{http}"}})), Path("{cache}")
print(lock_rpms([(None, rpms)], platform, reached(http, cache, rpms), cache).to_data())
"""


def test_the_closed_set_takes_metadata_alone(upstream: Upstream, http: HttpClient, small: Repo, tmp_path: Path) -> None:
    rpms = Rpms(repos=(small,))
    found = closed_set([(None, rpms)], PLATFORM, reached(http, tmp_path, rpms), tmp_path, requests=["hello"])
    assert [(str(nevra), repo) for nevra, repo in found] == [
        ("hello-1.1-1.x86_64", "small"),
        ("hello-data-1.1-1.noarch", "small"),
    ]
    assert not [request for request in upstream.requests if request.path.endswith(".rpm")]


def test_a_second_run_asks_for_repomd_alone(upstream: Upstream, lock: Lock, small: Repo) -> None:
    rpms = Rpms(repos=(small,), packages=("hello",))
    first = lock(rpms)
    upstream.forget_requests()
    assert lock(rpms) == first
    assert [(request.path, request.status) for request in upstream.requests] == [
        ("/small/rpms/repodata/repomd.xml", 304)
    ], "its signature was checked for these very bytes"


def test_without_a_network_the_cache_is_enough(lock: Lock, small: Repo, tmp_path: Path) -> None:
    rpms = Rpms(repos=(small,), packages=("hello",))
    first = lock(rpms)
    with HttpClient(Mirrors({}), offline=True) as offline:
        cache, empty = tmp_path / "metadata", tmp_path / "empty"
        assert lock_rpms([(None, rpms)], PLATFORM, reached(offline, cache, rpms), cache) == first
        with pytest.raises(UpstreamError, match="not in the cache"):
            lock_rpms([(None, rpms)], PLATFORM, reached(offline, empty, rpms), empty)


@pytest.mark.parametrize(
    ("path", "offset", "said"),
    [
        ("/small/rpms/repodata/repomd.xml", 200, "signature does not verify"),
        ("/small/rpms/repodata/*-primary.xml.gz", 30, "primary.xml.gz"),
        (HELLO, 0, "not a sound RPM file"),
    ],
)
def test_one_flipped_bit_is_refused_and_named(
    upstream: Upstream, lock: Lock, small: Repo, path: str, offset: int, said: str
) -> None:
    upstream.faults.flip(path, offset=offset)
    with pytest.raises(VerificationError, match=said):
        lock(Rpms(repos=(small,), packages=("hello",)))


def test_one_flipped_bit_in_a_signed_header_is_refused_and_named(upstream: Upstream, lock: Lock, small: Repo) -> None:
    original = (FIXTURES / "Packages" / HELLO.rpartition("/")[2]).read_bytes()
    header = parse_head(original, where="").header
    upstream.faults.flip(HELLO, offset=original.index(header) + len(header) // 2)
    with pytest.raises(VerificationError, match=r"hello-1.1-1.x86_64 from repo small \(http://standin.test"):
        lock(Rpms(repos=(small,), packages=("hello",)))


def test_every_lost_package_is_named_with_its_repo(upstream: Upstream, lock: Lock, small: Repo) -> None:
    upstream.faults.status("/small/rpms/Packages/hello-*", 404)
    with pytest.raises(UpstreamError) as caught:
        lock(Rpms(repos=(small,), packages=("hello",)))
    told = "repo small (http://standin.test/small/rpms): 2 packages cannot be fetched"
    names = ["hello-1.1-1.x86_64", "hello-data-1.1-1.noarch"]
    assert caught.value.lines()[0] == told
    why, *listed = caught.value.why.split("\n       ")
    assert why.startswith("the server answered 404 Not Found")
    assert listed == names


def test_packages_that_are_lost_for_two_reasons_are_told_apart(upstream: Upstream, lock: Lock, small: Repo) -> None:
    upstream.faults.status("/small/rpms/Packages/hello-data*", 404)
    upstream.faults.status("/small/rpms/Packages/hello-1*", 410)
    with pytest.raises(Faults) as caught:
        lock(Rpms(repos=(small,), packages=("hello",)))
    assert caught.value.exit_code is ExitCode.UPSTREAM
    assert {fault.what for fault in caught.value.faults} == {
        "the package hello-1.1-1.x86_64 of repo small cannot be fetched",
        "the package hello-data-1.1-1.noarch of repo small cannot be fetched",
    }


def test_the_manifest_may_take_a_package_that_no_listed_key_signed_with_a_reason(lock: Lock, small: Repo) -> None:
    keyless = replace(small, gpgkey=(), repo_gpgcheck=False)
    with pytest.raises(VerificationError, match="no gpgkey"):
        lock(Rpms(repos=(keyless,), packages=("hello-data",)))
    reason = Unsigned(name="hello-data", reason="the vendor signs nothing")
    (package,) = lock(Rpms(repos=(keyless,), packages=("hello-data",), unsigned=(reason,))).packages
    assert (package.signer, package.unsigned) == (None, "the vendor signs nothing")


def test_repositories_with_faults_are_all_named(lock: Lock, small: Repo, tmp_path: Path) -> None:
    gone = Repo(id="gone", baseurl=("http://standin.test/nowhere",))
    keyless = Repo(id="keyless", baseurl=("http://standin.test/small/rpms",), gpgkey=(tmp_path / "absent",))
    with pytest.raises(AirlockError) as caught:
        lock(Rpms(repos=(small, gone, keyless), packages=("hello",)))
    assert "http://standin.test/nowhere/repodata/repomd.xml" in str(caught.value)
    assert str(tmp_path / "absent") in str(caught.value)
