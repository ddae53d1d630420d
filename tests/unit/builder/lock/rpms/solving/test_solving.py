"""Closed sets of made repositories: what is chosen, what is hidden, what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from airlock_builder.lock.rpms.closed import closed_set
from airlock_builder.manifest.checking import checked
from airlock_builder.manifest.model import Modules, Platform, Repo, Rpms
from airlock_builder.remote.http import HttpClient
from airlock_core.errors import AirlockError, ExitCode, Faults, InputError, VerificationError
from tests.repositories import reached
from tests.unit.builder.lock.rpms.made import Made, repo

Solve = Callable[..., list[str]]

PERL = """---
document: modulemd
version: 2
data:
  name: perl
  stream: "{stream}"
  version: 1
  context: c
  arch: x86_64
  profiles: {{common: {{rpms: [perl]}}}}
  artifacts: {{rpms: ["perl-0:{stream}-1.x86_64"]}}
...
"""


@pytest.fixture
def solve(tmp_path: Path) -> Solve:
    def solved(repos: list[Repo], *packages: str, **facts: object) -> list[str]:
        rpms = checked(Rpms, {"repos": tuple(repos), "packages": packages, **facts})
        platform = Platform(os="rocky", release="8.10")
        cache = tmp_path / "cache"
        with HttpClient() as http:
            found = closed_set([(None, rpms)], platform, reached(http, cache, rpms), cache)
        return [f"{nevra} {repoid}" for nevra, repoid in found]

    return solved


def test_the_newest_build_is_taken_and_only_the_platforms_architecture(solve: Solve, tmp_path: Path) -> None:
    found = repo(tmp_path / "r", Made("a-1-1.x86_64"), Made("a-2-1.x86_64"), Made("a-2-1.i686"), Made("a-3-1.aarch64"))
    assert solve([found], "a") == ["a-2-1.x86_64 r"]
    assert solve([found], "a.i686") == ["a-2-1.i686 r"]


@pytest.mark.parametrize(("lower", "higher"), [(10, 99), (0, 1), (-7, 0), (-(2**31) + 1, 2**31 - 1)])
def test_the_repository_of_lower_number_comes_first_even_with_an_older_build(
    solve: Solve, tmp_path: Path, lower: int, higher: int
) -> None:
    first = repo(tmp_path / "first", Made("a-1-1.x86_64"), priority=lower)
    second = repo(tmp_path / "second", Made("a-2-1.x86_64"), priority=higher)
    assert solve([second, first], "a") == ["a-1-1.x86_64 first"]


def test_of_equal_builds_the_repository_of_lower_cost_gives_its_own(solve: Solve, tmp_path: Path) -> None:
    dear, cheap = (repo(tmp_path / name, Made("a-1-1.x86_64"), cost=cost) for name, cost in (("a", 1001), ("b", 1000)))
    assert solve([dear, cheap], "a") == ["a-1-1.x86_64 b"]
    newer = repo(tmp_path / "c", Made("a-2-1.x86_64"), cost=2000)
    assert solve([cheap, newer], "a") == ["a-2-1.x86_64 c"]


def test_equal_builds_come_from_the_repository_whose_id_is_first(solve: Solve, tmp_path: Path) -> None:
    repos = [repo(tmp_path / name, Made("a-1-1.x86_64")) for name in ("b", "a", "c")]
    assert solve(repos, "a") == ["a-1-1.x86_64 a"]


def test_a_repository_gives_only_what_its_include_lets_through(solve: Solve, tmp_path: Path) -> None:
    vendor = repo(tmp_path / "v", Made("a-9-1.x86_64"), Made("tool-1-1.x86_64"), include=("tool*",))
    base = repo(tmp_path / "b", Made("a-1-1.x86_64"), exclude=("x*",))
    assert solve([vendor, base], "a", "tool") == ["a-1-1.x86_64 b", "tool-1-1.x86_64 v"]


def test_a_stream_hides_other_builds_of_its_names_but_not_those_of_hotfix_repositories(
    solve: Solve, tmp_path: Path
) -> None:
    modular = repo(
        tmp_path / "m",
        *(Made("perl-5.26-1.x86_64"), Made("perl-5.30-1.x86_64")),
        modules=PERL.format(stream="5.26") + PERL.format(stream="5.30"),
    )
    plain = repo(tmp_path / "p", Made("perl-6-1.x86_64"), Made("perl-too-1-1.x86_64", provides=("perl",)))
    enable = Modules(enable=("perl:5.26",))
    assert solve([modular, plain], "perl", modules=enable) == ["perl-5.26-1.x86_64 m"]
    assert solve([modular, plain], "perl") == ["perl-6-1.x86_64 p"]
    hotfix = replace(plain, module_hotfixes=True)
    assert solve([modular, hotfix], "perl", modules=enable) == ["perl-6-1.x86_64 p"]
    assert solve([modular, plain], "@perl:5.30/common") == ["perl-5.30-1.x86_64 m"]


def test_a_group_that_does_not_exist_is_a_fault_beside_others(solve: Solve, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no group 'core'"):
        solve([repo(tmp_path / "r", Made("a-1-1.x86_64"))], "@core", "a")


def test_a_conflict_between_two_requests_names_both(solve: Solve, tmp_path: Path) -> None:
    found = repo(tmp_path / "r", Made("a-1-1.x86_64", conflicts=("b",)), Made("b-1-1.x86_64"))
    with pytest.raises(InputError, match=r"'a' and 'b' cannot be installed") as caught:
        solve([found], "a", "b")
    assert "conflicts with b" in str(caught.value)


def test_every_request_that_fails_is_told_with_its_requirement(solve: Solve, tmp_path: Path) -> None:
    found = repo(
        tmp_path / "r",
        Made("a-1-1.x86_64", requires=("common >= 2",)),
        Made("b-1-1.x86_64", requires=("liblost.so.1()(64bit)",)),
        Made("common-1-1.x86_64", provides=("liblast.so.1()(64bit)",)),
    )
    with pytest.raises(Faults) as caught:
        solve([found], "a", "b", "comon")
    text = str(caught.value)
    assert caught.value.exit_code is ExitCode.INPUT
    assert "a-1-1.x86_64 requires common >= 2, which nothing provides" in text
    assert "common is there from common-1-1.x86_64" in text
    assert "the nearest to liblost.so.1: liblast.so.1" in text
    assert "nothing provides 'comon'\n  do:  the nearest names: common" in text


def test_a_library_that_is_too_old_is_told_with_the_package_of_its_own_width(solve: Solve, tmp_path: Path) -> None:
    found = repo(
        tmp_path / "r",
        Made("a-1-1.x86_64", requires=("libssl.so.3(OPENSSL_3.2)(64bit)", "libold.so.1(OLD_2)")),
        Made("ssl-1-1.i686", provides=("libssl.so.3", "libssl.so.3(OPENSSL_3.0)", "libold.so.1")),
        Made("ssl-1-1.x86_64", provides=("libssl.so.3()(64bit)", "libssl.so.3(OPENSSL_3.0)(64bit)")),
    )
    with pytest.raises(InputError) as caught:
        solve([found], "a")
    assert "libssl.so.3()(64bit) is there from ssl-1-1.x86_64;" in str(caught.value)
    assert "libold.so.1 is there from ssl-1-1.i686;" in str(caught.value)


def test_a_library_is_not_called_the_nearest_to_itself(solve: Solve, tmp_path: Path) -> None:
    needs, other = ("libssl.so.3(OPENSSL_3.2)",), ("libssl.so.3()(64bit)", "libssl3.so.3()(64bit)")
    made = Made("a-1-1.i686", requires=needs), Made("b-1-1.x86_64", provides=other)
    with pytest.raises(InputError) as caught:
        solve([repo(tmp_path / "r", *made)], "a.i686")
    assert "the nearest to libssl.so.3: libssl3.so.3;" in str(caught.value)


@pytest.mark.parametrize(
    ("text", "why", "todo"),
    [
        (
            "libnvme.x86_64",
            "libnvme is there for i686 alone: libnvme-1-1.i686",
            "ask for libnvme.i686, or add the repo",
        ),
        ("foreign", "foreign is there for aarch64 alone: foreign-1-1.aarch64", "add the repo that has it for x86_64"),
        ("source", "source is there for src alone: source-1-1.src", "add the repo that has it for x86_64"),
        ("both.i686", "both is there for aarch64 and src alone: both-2-1.aarch64, both-1-1.src", "add the repo"),
        ("many-3", "there is many-2-1.x86_64, many-1-1.i686, many-1-1.x86_64", "ask for many, or add the repo"),
        ("near.x86_64", None, "the nearest names: nearby"),
        ("many-more-tools.x86_64", None, "the nearest names: many-tools"),
        ("many-tools4.x86_64", None, "the nearest names: many-tools"),
    ],
)
def test_what_is_there_only_for_another_architecture_or_version_is_told_as_such(
    solve: Solve, tmp_path: Path, text: str, why: str | None, todo: str
) -> None:
    tools = ["many-tools-1-1.x86_64"]
    arches = ("libnvme-1-1.i686", "libnvme2-1-1.x86_64", "foreign-1-1.aarch64", "source-1-1.src", "both-1-1.src")
    more = ("both-2-1.aarch64", "many-1-1.x86_64", "many-2-1.x86_64", "many-1-1.i686", "nearby-1-1.x86_64")
    with pytest.raises(InputError) as caught:
        solve([repo(tmp_path / "r", *map(Made, (*arches, *more, *tools)))], text)
    told = str(caught.value)
    assert told.startswith(f"rpms.packages[0]: nothing provides '{text}'\n")
    assert f"  why: {why}\n" in told if why else "why:" not in told
    assert f"  do:  {todo}" in told


def test_a_requirement_that_only_another_architecture_has_names_what_is_there(solve: Solve, tmp_path: Path) -> None:
    needs = Made("a-1-1.x86_64", requires=("libnvme(x86-64) >= 1", "foreign"))
    found = repo(tmp_path / "r", needs, Made("libnvme-1-1.i686"), Made("foreign-1-1.aarch64"))
    with pytest.raises(InputError, match=r"libnvme is there for i686 alone: libnvme-1-1\.i686") as caught:
        solve([found], "a")
    assert "foreign is there for aarch64 alone: foreign-1-1.aarch64" in str(caught.value)


def test_an_assumption_meets_a_requirement_in_its_version_and_no_conflict(solve: Solve, tmp_path: Path) -> None:
    found = repo(
        tmp_path / "r",
        Made("a-1-1.x86_64", requires=("glibc >= 2.28", "/bin/sh"), conflicts=("glibc < 2.10",)),
    )
    assert solve([found], "a", assume=("glibc", "/bin/*")) == ["a-1-1.x86_64 r"]


def test_a_path_in_primary_is_understood_without_filelists(solve: Solve, tmp_path: Path) -> None:
    found = repo(tmp_path / "r", Made("a-1-1.x86_64", files=("/usr/bin/a",)), Made("b-1-1.x86_64", ("/usr/bin/a",)))
    assert solve([found], "/usr/bin/a") == ["a-1-1.x86_64 r"]
    assert solve([found], "b") == ["a-1-1.x86_64 r", "b-1-1.x86_64 r"]


@pytest.mark.parametrize(
    ("package", "said"),
    [
        (Made("a-1-1.x86_64", href="../../a.rpm"), "outside the repository"),
        (Made("a-1-1.x86_64", href="http://evil/a.rpm"), "outside the repository"),
        (Made("a-1-1.x86_64", base='xml:base="http://evil/"'), "xml:base"),
    ],
)
def test_a_place_outside_the_repository_is_refused(solve: Solve, tmp_path: Path, package: Made, said: str) -> None:
    with pytest.raises(VerificationError, match=said) as caught:
        solve([repo(tmp_path / "r", package)], "a")
    assert "repodata/primary" in str(caught.value)


def test_a_build_that_its_repository_lists_with_two_digests_is_refused_with_both(solve: Solve, tmp_path: Path) -> None:
    twins = [
        Made("a-1-1.x86_64", href=f"{href}/a.rpm", checksum=digest * 32) for href, digest in (("p", "ab"), ("q", "cd"))
    ]
    found = repo(tmp_path / "r", *twins, Made("b-1-1.x86_64"))
    with pytest.raises(VerificationError, match=r"lists a-1-1\.x86_64 2 times, each with other bytes") as caught:
        solve([found], "a")
    assert f"p/a.rpm is sha256:{'ab' * 32}; q/a.rpm is sha256:{'cd' * 32}" in str(caught.value)
    assert "repodata/primary" in caught.value.where
    assert solve([found], "b") == ["b-1-1.x86_64 r"]


def test_a_build_that_stands_twice_with_one_digest_does_no_harm(solve: Solve, tmp_path: Path) -> None:
    found = repo(tmp_path / "r", Made("a-1-1.x86_64", href="p/a.rpm"), Made("a-1-1.x86_64", href="q/a.rpm"))
    assert solve([found], "a") == ["a-1-1.x86_64 r"]
    other = repo(tmp_path / "s", Made("a-1-1.x86_64", checksum="cd" * 32))
    assert solve([found, other], "a") == ["a-1-1.x86_64 r"]


def test_a_file_that_two_packages_name_with_other_digests_is_refused(solve: Solve, tmp_path: Path) -> None:
    found = repo(
        tmp_path / "r",
        Made("a-1-1.x86_64", href="p/one.rpm", checksum="ab" * 32),
        Made("b-1-1.x86_64", href="p/one.rpm", checksum="cd" * 32),
    )
    with pytest.raises(VerificationError, match=r"has one file for a-1-1\.x86_64 and b-1-1\.x86_64"):
        solve([found], "a", "b")


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"head": "<!DOCTYPE metadata>"}, "document type"),
        ({"head": '<!DOCTYPE m [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'}, "document type"),
        ({"count": 7}, "it says 7 packages and has 1"),
        ({"swap": ("</metadata>", "")}, "libsolv cannot read"),
        ({"swap": ("<summary/>", "<summary>\udcff</summary>")}, "libsolv cannot read"),
        ({"swap": ("<summary/>", "<summary>&b;</summary>")}, "libsolv cannot read"),
        ({"swap": ("<version", "<other")}, "that none can have"),
        ({"swap": ('epoch="0" ver="1"', 'epoch="x" ver="1"')}, "that none can have"),
        ({"swap": ('end="900"', 'end="9000"')}, "header up to byte 9000 of 1000"),
        ({"swap": (f'"sha256" pkgid="YES">{"ab" * 32}', f'"sha" pkgid="YES">{"ab" * 20}')}, "digest of kind"),
    ],
)
def test_primary_metadata_that_is_hostile_is_refused(
    solve: Solve, tmp_path: Path, facts: dict[str, object], said: str
) -> None:
    with pytest.raises(AirlockError, match=said) as caught:
        solve([repo(tmp_path / "r", Made("a-1-1.x86_64"), **facts)], "a")  # type: ignore[arg-type]
    assert caught.value.exit_code is ExitCode.VERIFICATION
    assert "repodata/primary" in str(caught.value)
