"""Releases whose repository has several mirrors: the lock stays the same whichever of them answers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from airlock_builder.pipeline import read_locks
from airlock_core.signatures.rpmfile import parse_head
from tests.integration.cli.airlock import Airlock
from tests.integration.several import LIST, REPO, ROOT, Several, base, several
from tests.standin.keys import PUBLIC_KEY
from tests.standin.run import run as tool
from tests.standin.upstream.upstream import mirror_args

pytestmark = [pytest.mark.integration, pytest.mark.long]

KINDS: dict[str, dict[str, Any]] = {
    "baseurl": {"baseurl": [base(name) for name in "abc"]},
    "mirrorlist": {"mirrorlist": LIST},
    "metalink": {"metalink": LIST},
}


@pytest.fixture
def mirrors(tmp_path: Path) -> Iterator[Several]:
    with several(tmp_path) as found:
        yield found


@pytest.fixture
def airlock(mirrors: Several, tmp_path: Path) -> Airlock:
    work = tmp_path / "work"
    work.mkdir()
    return Airlock(work, tmp_path / "store", tuple(mirror_args(mirrors.mapping)))


@pytest.fixture(params=list(KINDS))
def kind(request: pytest.FixtureRequest, airlock: Airlock, mirrors: Several) -> str:
    """A manifest whose repository is named in one of three ways."""
    name: str = request.param
    listed(mirrors, name, "abc")
    manifest(airlock, name)
    return name


def manifest(airlock: Airlock, kind: str, **facts: Any) -> None:
    repo = {"id": "r", "gpgkey": [str(PUBLIC_KEY)], "repo_gpgcheck": True, **KINDS[kind], **facts}
    airlock.write({"rpms": {"repos": [repo], "packages": ["hello"]}, "locks": "."})


def listed(mirrors: Several, kind: str, names: str) -> None:
    if kind == "metalink":
        mirrors.list_metalink(names)
    if kind == "mirrorlist":
        mirrors.list_plain(names)


def lock(airlock: Airlock, *words: str, expect: int = 0) -> str:
    """Lock, and read what came."""
    told = airlock("lock", "-m", "release.yaml", *words, expect=expect)
    return (airlock.folder / "rpms.lock").read_text() if expect == 0 else told.err


def again(airlock: Airlock) -> str:
    """Lock as on a fresh machine that has the committed locks."""
    return lock(airlock.with_store(airlock.store.with_name("another")))


def test_the_lock_names_one_mirror_and_keeps_to_it_whoever_answers(
    kind: str, airlock: Airlock, mirrors: Several
) -> None:
    first = lock(airlock)
    assert set(re.findall(r"http://(\w)\.test", first)) == {"a"}
    mirrors.down("a", "b")
    assert again(airlock) == first
    assert "up to date" in airlock("lock", "--check", "-m", "release.yaml").out


def test_a_first_lock_of_a_list_names_the_mirror_that_answered(airlock: Airlock, mirrors: Several) -> None:
    manifest(airlock, "mirrorlist")
    mirrors.list_plain("abc")
    mirrors.down("a")
    assert set(re.findall(r"http://(\w)\.test", lock(airlock))) == {"b"}
    (repo,) = read_locks(airlock.folder).rpms.repos
    assert repo.base == base("b")


def test_a_first_lock_of_named_mirrors_names_the_first_even_when_it_is_down(airlock: Airlock, mirrors: Several) -> None:
    manifest(airlock, "baseurl")
    mirrors.down("a")
    text = lock(airlock)
    assert set(re.findall(r"http://(\w)\.test", text)) == {"a"}
    assert "base:" not in text, "the manifest tells it"


@pytest.mark.parametrize("kind", ["mirrorlist", "metalink"], indirect=True)
def test_a_list_in_another_order_or_without_the_mirror_changes_no_lock(
    kind: str, airlock: Airlock, mirrors: Several
) -> None:
    first = lock(airlock)
    for names in ("cba", "cb"):
        listed(mirrors, kind, names)
        assert again(airlock) == first


@pytest.mark.parametrize("kind", ["mirrorlist", "metalink"], indirect=True)
def test_when_something_else_changes_all_moves_off_a_mirror_that_left_the_list(
    kind: str, airlock: Airlock, mirrors: Several
) -> None:
    lock(airlock)
    listed(mirrors, kind, "cb")
    repo = {"id": "r", "gpgkey": [str(PUBLIC_KEY)], **KINDS[kind]}
    airlock.write({"rpms": {"repos": [repo], "packages": ["hello", "tally"]}, "locks": "."})
    assert set(re.findall(r"http://(\w)\.test", lock(airlock))) == {"c"}


def test_a_package_is_fetched_from_another_mirror_than_it_was_locked_at(
    kind: str, airlock: Airlock, mirrors: Several
) -> None:
    lock(airlock)
    mirrors.down("a")
    listed(mirrors, kind, "bc")
    airlock("fetch", "-m", "release.yaml")
    assert any(path.endswith("hello-1.1-1.x86_64.rpm") for path in mirrors.asked("b"))


def test_a_fetch_that_no_mirror_can_serve_names_each(airlock: Airlock, mirrors: Several) -> None:
    manifest(airlock, "baseurl")
    lock(airlock)
    for name in "abc":
        mirrors.servers[name].faults.status("*/hello-1.1-1.x86_64.rpm", 404)
    told = airlock("fetch", "-m", "release.yaml", expect=5).err
    assert "package hello-1.1-1.x86_64 of repo r: none of 3 mirrors gives it" in told
    assert all(f"{base(name)}/Packages/hello-1.1-1.x86_64.rpm: cannot be fetched" in told for name in "abc")


def test_metadata_comes_from_any_mirror_by_its_digest(kind: str, airlock: Airlock, mirrors: Several) -> None:
    """The first gives the root document and yesterday's primary; the second gives the right one."""
    mirrors.servers["a"].faults.flip("*-primary.xml.gz", offset=30)
    told = airlock("lock", "-m", "release.yaml", "-vv").err
    assert f"repo r: {base('a')} passed over: other bytes than locked" in told
    assert [path for path in mirrors.asked("b") if "primary" in path]
    assert not [path for path in mirrors.asked("a") if path.endswith(".rpm")], "it is asked last from then on"


FRESH = {"baseurl": [f"a {ROOT}"], "mirrorlist": ["list /mirrors", f"a {ROOT}"], "metalink": ["list /mirrors"]}
"""What tells whether anything changed, by how the repository is named."""


@pytest.mark.parametrize("hidden", ["", "ETag"], ids=["etag", "date alone"])
def test_a_warm_lock_asks_for_nothing_but_whether_something_changed(
    hidden: str, kind: str, airlock: Airlock, mirrors: Several
) -> None:
    for server in mirrors.servers.values() if hidden else ():
        server.faults.header("*", hidden, None)
    lock(airlock)
    for words in (("--dry-run",), ("--check",), ("--dry-run", "hello")):
        mirrors.forget()
        airlock("lock", "-m", "release.yaml", *words)
        asked = [(name, one) for name in ("list", "a", "b", "c") for one in mirrors.servers[name].log.all()]
        assert [f"{name} {one.path}" for name, one in asked] == FRESH[kind]
        assert [(one.status, one.sent) for _, one in asked] == [(304, 0)] * len(asked)


def test_a_list_whose_server_knows_no_conditions_costs_its_few_bytes_again_and_no_third_request(
    airlock: Airlock, mirrors: Several
) -> None:
    manifest(airlock, "mirrorlist")
    mirrors.list_plain("abc")
    for name in ("ETag", "Last-Modified"):
        mirrors.servers["list"].faults.header("*", name, None)
    lock(airlock)
    mirrors.forget()
    airlock("lock", "-m", "release.yaml", "--dry-run")
    assert mirrors.asked("list", "a", "b", "c") == FRESH["mirrorlist"]


HELLO = "*/hello-1.1-1.x86_64.rpm"
PACKAGE = REPO / "Packages/hello-1.1-1.x86_64.rpm"


def altered() -> bytes:
    """The package with a letter of its header changed, so that the header's own digest contradicts it."""
    data = bytearray(PACKAGE.read_bytes())
    data[parse_head(bytes(data), where="").payload - 5] ^= 1
    return bytes(data)


WRONG = {
    "is no RPM": (b"<html>please log in</html>" * 500, "no RPM's lead at its beginning"),
    "is cut short": (PACKAGE.read_bytes()[:1000], "of 1000"),
    "contradicts its digest": (altered(), "its header is not the one that its own digest speaks of"),
    "is another package": (
        (REPO / "Packages/tally-0.3-1.noarch.rpm").read_bytes(),
        "the file is tally-0.3-1.noarch",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_package_that_a_mirror_gives_wrongly_at_lock_is_read_at_the_next_and_the_mirror_is_named(
    what: str, kind: str, airlock: Airlock, mirrors: Several
) -> None:
    first = again(airlock)
    body, why = WRONG[what]
    mirrors.servers["a"].faults.replace(HELLO, body)
    mirrors.forget()
    told = airlock("lock", "-m", "release.yaml").err
    assert (airlock.folder / "rpms.lock").read_text() == first
    assert [path for path in mirrors.asked("b") if path.endswith("hello-1.1-1.x86_64.rpm")]
    assert f"Packages/hello-1.1-1.x86_64.rpm  mirror {base('a')} failed: " in told
    assert f"{why}; trying {base('b')}" in told
    assert told.count(" failed: ") == 1, "it is asked last from then on"


@pytest.mark.parametrize("what", WRONG)
def test_a_package_that_no_mirror_gives_rightly_is_refused_with_the_reason(
    what: str, airlock: Airlock, mirrors: Several
) -> None:
    manifest(airlock, "baseurl")
    body, why = WRONG[what]
    for name in "abc":
        mirrors.servers[name].faults.replace(HELLO, body)
    told = lock(airlock, expect=4)
    assert "hello-1.1-1.x86_64 from repo r" in told
    assert why in told


def test_a_mirror_that_went_back_in_time_is_passed_over(airlock: Airlock, mirrors: Several) -> None:
    manifest(airlock, "mirrorlist", repo_gpgcheck=False)
    mirrors.list_plain("abc")
    first = lock(airlock)
    for name in "ab":
        path = mirrors.folder / name / "repodata/repomd.xml"
        path.write_text(re.sub(r"<revision>\d+", "<revision>1", path.read_text()))
    assert again(airlock) == first
    assert [path for path in mirrors.asked("c") if path == f"c {ROOT}"]


def test_a_mirror_whose_signature_is_wrong_is_passed_over_and_all_wrong_are_refused(
    kind: str, airlock: Airlock, mirrors: Several
) -> None:
    mirrors.servers["a"].faults.replace(f"{ROOT}.asc", b"none")
    lock(airlock)
    assert f"b {ROOT}.asc" in mirrors.asked("b")
    for name in "bc":
        mirrors.servers[name].faults.status(f"{ROOT}.asc", 404)
    told = lock(airlock.with_store(airlock.store.with_name("another")), expect=4)
    assert f"{base('a')}/repodata/repomd.xml.asc" in told
    assert f"{base('b')}/repodata/repomd.xml.asc" in told


def test_a_list_of_nothing_is_told_with_what_its_server_says(airlock: Airlock, mirrors: Several) -> None:
    manifest(airlock, "mirrorlist")
    (mirrors.folder / "mirrors").write_text("# repo = os arch = x86_64 error: invalid repo or arch\n")
    told = lock(airlock, expect=5)
    assert f"{LIST}: lists no mirror" in told
    assert "invalid repo or arch" in told


def test_comps_whose_compressed_file_is_lost_is_read_plain_over_http_on_disk_and_offline(
    airlock: Airlock, mirrors: Several
) -> None:
    for lost in (mirrors.folder / "a/repodata").glob("*-comps.xml.gz"):
        lost.unlink()
    group = ("--dry-run", "@hello-tools")
    for url in (base("a"), (mirrors.folder / "a").as_uri()):
        manifest(airlock, "baseurl", baseurl=url)
        assert "hello-1.1-1.x86_64" in airlock("lock", "-m", "release.yaml", *group).out
    manifest(airlock, "baseurl", baseurl=base("a"))
    assert "hello-1.1-1.x86_64" in airlock("lock", "-m", "release.yaml", "--offline", *group).out


def test_comps_that_is_lost_in_all_its_forms_is_named_with_its_repo(airlock: Airlock, mirrors: Several) -> None:
    manifest(airlock, "baseurl", baseurl=base("a"))
    for lost in (mirrors.folder / "a/repodata").glob("*-comps.xml*"):
        lost.unlink()
    told = airlock("lock", "-m", "release.yaml", expect=5).err
    assert re.search(r"http://a.test/os/repodata/\w+-comps.xml: group of repo r: cannot be fetched", told)


@pytest.mark.parametrize("kind", ["mirrorlist", "metalink"], indirect=True)
def test_dnf_reads_the_same_list_and_begins_with_the_same_mirror(
    kind: str, airlock: Airlock, mirrors: Several, tmp_path: Path
) -> None:
    listed(mirrors, kind, "bca")
    assert set(re.findall(r"http://(\w)\.test", lock(airlock))) == {"b"}
    path = mirrors.folder / "mirrors"
    text = path.read_text()
    for name in "abc":
        text = text.replace(f"{name}.test", mirrors.servers[name].address)
    path.write_text(text)
    facts = ["[main]", f"cachedir={tmp_path}/dnf", "reposdir=/nonexistent", "[r]", "name=r", "gpgcheck=0"]
    (tmp_path / "dnf.conf").write_text(
        "\n".join([*facts, f"{kind}=http://{mirrors.servers['list'].address}/mirrors\n"])
    )
    options = ("--installroot", tmp_path / "root", "--releasever", "8", "--setopt", "module_platform_id=platform:el8")
    found = tool("dnf", "-q", "-c", tmp_path / "dnf.conf", *options, "repoquery", "--location", "hello")
    assert found.strip() == f"http://{mirrors.servers['b'].address}/os/Packages/hello-1.1-1.x86_64.rpm"
