"""Which source RPM goes with which package, of made repositories."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from airlock_builder.lock.rpms.closure import Closure, close
from airlock_builder.lock.rpms.content import asks
from airlock_builder.lock.rpms.metadata.repodata import Metadata
from airlock_builder.manifest.checking import checked
from airlock_builder.manifest.model import Platform, Repo, Rpms
from airlock_builder.remote.http import HttpClient
from airlock_core.errors import InputError
from tests.repositories import reached
from tests.unit.builder.lock.rpms.made import Made, repo

Close = Callable[..., Closure]
OTHER = "cd" * 32


@pytest.fixture
def closed(tmp_path: Path) -> Close:
    def closed(repos: list[Repo], *packages: str, options: dict[str, Rpms] | None = None, **facts: object) -> Closure:
        base = checked(Rpms, {"repos": tuple(repos), "packages": packages, "sources": True, **facts})
        with HttpClient() as http:
            cache = tmp_path / "cache"
            metadata = Metadata(reached(http, cache, base), cache)
            states = {one.id: metadata.state(one) for one in repos}
            asked = asks([(None, base), *(options or {}).items()])
            return close(metadata, states, asked, Platform(os="rocky", release="8.10"))

    return closed


def binary(name: str, arch: str = "noarch", *, source: str | None = None) -> Made:
    return Made(f"{name}-1-1.{arch}", sourcerpm=f"{name}-1-1.src.rpm" if source is None else source)


def source(name: str, *, checksum: str = "ab" * 32, href: str = "") -> Made:
    return Made(f"{name}-1-1.src", href=href, checksum=checksum, sourcerpm="")


def told(found: Closure) -> dict[str, str]:
    return {str(one.nevra): f"{source.nevra} {source.repoid}" for one, source in found.sources.of.items()}


def test_each_package_gets_its_own_and_several_may_share_one(closed: Close, tmp_path: Path) -> None:
    packages = repo(tmp_path / "b", binary("a", "x86_64"), binary("c"))
    sources = repo(tmp_path / "s", source("a"), source("c", href="x/c-1-1.src.rpm"), source("unasked"))
    assert told(closed([packages, sources], "a", "c")) == {"a-1-1.x86_64": "a-1-1.src s", "c-1-1.noarch": "c-1-1.src s"}


def test_a_source_rpm_is_never_installed(closed: Close, tmp_path: Path) -> None:
    only = repo(tmp_path / "s", source("a"))
    with pytest.raises(InputError, match="'a'"):
        closed([only], "a")


@pytest.mark.parametrize(
    ("repos", "chosen"),
    [
        (("base", "base-source", "another"), "base"),
        (("base-source", "another"), "base-source"),
        (("base-source-rpms", "another"), "base-source-rpms"),
        (("another", "zeta"), "another"),
    ],
)
def test_of_several_with_one_file_name_the_nearest_to_the_packages_repository_counts(
    closed: Close, tmp_path: Path, repos: tuple[str, ...], chosen: str
) -> None:
    own = [source("a")] if "base" in repos else []
    packages = repo(tmp_path / "base", binary("a", "x86_64"), *own)
    others = [
        repo(tmp_path / name, source("a", checksum=OTHER), priority=1 if name == "another" else 99)
        for name in repos
        if name != "base"
    ]
    assert told(closed([packages, *others], "a")) == {"a-1-1.x86_64": f"a-1-1.src {chosen}"}


def test_all_that_are_missing_are_told_at_once_with_where_they_may_be(closed: Close, tmp_path: Path) -> None:
    base = replace(repo(tmp_path / "BaseOS/x86_64/os", binary("a", "x86_64"), binary("c")), id="baseos")
    ceph = replace(repo(tmp_path / "el8/noarch", binary("d")), id="ceph")
    vendor = repo(tmp_path / "vendor", binary("e", source=""))
    with pytest.raises(InputError, match="4 source RPMs are in no repository of the manifest") as caught:
        closed([base, ceph, vendor], "a", "c", "d", "e")
    fault = caught.value
    assert [line.strip() for line in fault.why.splitlines()] == [
        "a-1-1.src.rpm (of a-1-1.x86_64 from repo baseos)",
        "c-1-1.src.rpm (of c-1-1.noarch from repo baseos)",
        "d-1-1.src.rpm (of d-1-1.noarch from repo ceph)",
        "e-1-1.noarch from repo vendor names none",
    ]
    assert f"{{id: baseos-source, baseurl: {tmp_path.as_uri()}/BaseOS/source/tree}}" in fault.todo
    assert f"{{id: ceph-source, baseurl: {tmp_path.as_uri()}/el8/SRPMS}}" in fault.todo
    assert "the one with the sources of vendor" in fault.todo
    assert "rpms.no_source" in fault.todo


def test_what_has_none_is_passed_over_with_the_manifests_reason(closed: Close, tmp_path: Path) -> None:
    packages = repo(tmp_path / "b", binary("a", "x86_64"), binary("pfx"), source("a"))
    found = closed([packages], "a", "pfx", no_source=({"name": "pfx*", "reason": "proprietary"},))
    assert told(found) == {"a-1-1.x86_64": "a-1-1.src b"}
    assert {str(one.nevra): why for one, why in found.sources.none.items()} == {"pfx-1-1.noarch": "proprietary"}


def test_an_option_may_ask_for_the_sources_of_its_own_packages_alone(closed: Close, tmp_path: Path) -> None:
    packages = repo(tmp_path / "b", binary("a", "x86_64"), binary("n"), binary("m"), source("n"))
    options = {"netapp": Rpms(packages=("n",), sources=True), "other": Rpms(packages=("m",))}
    found = closed([packages], "a", options=options, sources=False)
    assert {str(one.nevra): options for one, options in found.sources.packages.items()} == {"n-1-1.src": ("netapp",)}


def test_a_source_that_the_release_needs_too_is_of_no_option(closed: Close, tmp_path: Path) -> None:
    packages = repo(tmp_path / "b", binary("a", "x86_64"), binary("n", source="a-1-1.src.rpm"), source("a"))
    found = closed([packages], "a", options={"netapp": Rpms(packages=("n",))})
    assert {str(one.nevra): options for one, options in found.sources.packages.items()} == {"a-1-1.src": ()}
    assert len(found.sources.of) == 2
