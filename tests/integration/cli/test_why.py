"""`airlock why` as a process: over the default release, and over small ones of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli.airlock import Airlock
from tests.standin.keys import PUBLIC_KEY
from tests.standin.upstream import Upstream

pytestmark = pytest.mark.integration

REPO = {"id": "small", "baseurl": "http://standin.test/small/rpms", "gpgkey": [str(PUBLIC_KEY)]}


def locked(airlock: Airlock, **rpms: object) -> Path:
    manifest = airlock.write({"rpms": {"repos": [REPO], **rpms}})
    airlock("lock", "-m", manifest)
    return manifest


def test_the_chain_leads_from_the_request_to_the_package(airlock: Airlock) -> None:
    locked(airlock, packages=["tally", "greeter"], modules={"enable": ["greeter:2"]})
    told = airlock("why", "-m", "release.yaml", "--offline", "hello-data").out
    assert told.splitlines() == [
        "hello-data-1.1-1.noarch  from small",
        "  asked for as tally in release.yaml: rpms.packages[0]",
        "    tally-0.3-1.noarch requires /usr/share/hello/greeting.txt",
        "    → hello-data-1.1-1.noarch",
        "  needed by others too: 1",
        "    hello-1.1-1.x86_64 requires hello-data = 1.1",
    ]


@pytest.mark.parametrize(
    "name", ["hello-data", "hello-data-1.1-1.noarch", "/usr/share/hello/greeting.txt", "hello-dat?", "hello-data = 1.1"]
)
def test_a_package_is_known_by_whatever_means_it(airlock: Airlock, name: str) -> None:
    locked(airlock, packages=["hello"])
    (found,) = airlock("why", "-m", "release.yaml", "--json", name).json["why"]
    assert [package["nevra"] for package in found["packages"]] == ["hello-data-1.1-1.noarch"]
    (arrow,) = found["packages"][0]["chain"]
    assert (arrow["by"], arrow["kind"], arrow["needs"]) == ("hello-1.1-1.x86_64", "requires", "hello-data = 1.1")


def test_a_path_that_no_lock_needed_the_list_of_is_not_guessed_at_without_a_network(airlock: Airlock) -> None:
    locked(airlock, packages=["hello"])
    told = airlock("why", "-m", "release.yaml", "--offline", "/usr/share/hello/greeting.txt", expect=5)
    assert "filelists of repo small: not fetched: --offline" in told.err


def test_a_recommendation_is_told_from_a_requirement(airlock: Airlock) -> None:
    locked(airlock, packages=["hello"], weak_deps=True)
    told = airlock("why", "-m", "release.yaml", "--offline", "hello-doc").out
    assert "hello-1.1-1.x86_64 recommends hello-doc" in told


def test_a_list_a_group_and_an_option_are_named_as_people_wrote_them(airlock: Airlock) -> None:
    (airlock.folder / "rpms.txt").write_text("# ours\n@hello-tools\n")
    manifest = airlock.write(
        {
            "rpms": {"repos": [REPO], "include": ["rpms.txt"], "modules": {"enable": ["greeter:2"]}},
            "options": {"extra": {"rpms": {"packages": ["greeter"]}}},
        }
    )
    airlock("lock", "-m", manifest)
    told = airlock("why", "-m", manifest, "--offline", "tally", "greeter").out
    assert "  asked for as @hello-tools in rpms.txt:2" in told
    assert "  option extra: asked for as greeter in release.yaml: options.extra.rpms.packages[0]" in told


def test_what_a_request_brought_is_what_would_leave_without_it(airlock: Airlock) -> None:
    manifest = locked(airlock, packages=["tally", "hello"])
    found = airlock("why", "-m", manifest, "--offline", "--json", "--brings", "hello", "hello-data").json["why"]
    hello, data = (one["packages"][0] for one in found)
    assert hello["brings"] == ["hello-1.1-1.x86_64"]
    assert [one["request"] for one in hello["dropped"]] == ["hello"]
    assert (data["brings"], data["dropped"]) == ([], [])


def test_images_charts_and_files_are_known_too(at_root: Airlock) -> None:
    told = at_root("why", "demo/web", "pebble-web", "notes.txt", "--offline").out
    assert "image registry.standin.test/demo/web:1.0\n  asked for in manifests/default.yaml: images.refs[0]" in told
    assert "chart pebble-web 0.1.0\n  asked for in manifests/default.yaml: charts[0]" in told
    assert "files.urls[1]" in told


def test_what_is_not_locked_is_refused_with_the_nearest_names(airlock: Airlock) -> None:
    manifest = locked(airlock, packages=["hello"])
    told = airlock("why", "-m", manifest, "--offline", "helo", expect=3)
    assert "nothing that is locked is, provides or has 'helo'" in told.err
    assert "the nearest: hello" in told.err


def test_it_is_the_metadata_of_the_lock_that_is_asked(airlock: Airlock, upstream: Upstream, tmp_path: Path) -> None:
    manifest = locked(airlock, packages=["hello"])
    upstream.faults.status("/small/rpms/repodata/*", 404)
    assert "requires hello-data" in airlock("why", "-m", manifest, "hello-data").out
    airlock.with_store(tmp_path / "other")("why", "-m", manifest, "hello-data", expect=5)


def test_a_request_that_is_not_locked_yet_is_told(airlock: Airlock) -> None:
    locked(airlock, packages=["hello"])
    airlock.write({"rpms": {"repos": [REPO], "packages": ["hello", "tally"]}})
    told = airlock("why", "-m", "release.yaml", "--offline", "--brings", "hello", expect=3)
    assert "the lock does not hold what the manifest asks for now" in told.err
    assert "run `airlock lock` first" in told.err
