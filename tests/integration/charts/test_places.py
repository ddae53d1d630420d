"""Charts locked, fetched and carried by the real program: ranges, registries, folders and archives on disk."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.charts.conftest import HOST
from tests.integration.cli.airlock import Airlock
from tests.standin.charts import Chart, serve_in
from tests.standin.images.push import push_chart
from tests.standin.upstream import Upstream
from tests.standin.upstream.upstream import REGISTRY_HOST

pytestmark = pytest.mark.integration

REPOSITORY = f"http://{HOST}"


def web(version: str) -> dict[str, str]:
    return {"name": "web", "repository": REPOSITORY, "version": version}


def locked(airlock: Airlock, *charts: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    """The entries of charts.lock after `airlock lock`."""
    airlock("lock", "-m", airlock.write({"charts": list(charts), "locks": ".", **more}))
    found: list[dict[str, Any]] = yaml.safe_load((airlock.folder / "charts.lock").read_text())["dependencies"]
    return found


def test_a_range_is_locked_as_the_newest_version_that_fits(airlock: Airlock, served: Path) -> None:
    serve_in(served, [Chart("web", version) for version in ("1.2.0", "1.3.1", "1.4.0-rc.1", "2.0.0")])
    (found,) = locked(airlock, web("^1.2"))
    assert (found["version"], found["url"]) == ("1.3.1", f"{REPOSITORY}/web-1.3.1.tgz")


def test_check_says_when_a_newer_one_fits_the_range(airlock: Airlock, served: Path) -> None:
    serve_in(served, [Chart("web", "1.2.0")])
    locked(airlock, web("^1.2"))
    serve_in(served, [Chart("web", "1.2.0"), Chart("web", "2.0.0")])
    airlock("lock", "--check", "-m", "release.yaml")
    serve_in(served, [Chart("web", "1.2.0"), Chart("web", "1.2.7")])
    told = airlock("lock", "--check", "-m", "release.yaml", expect=7)
    assert "a newer version fits the range ^1.2" in told.out + told.err
    assert "web 1.2.0 → 1.2.7" in " ".join((told.out + told.err).split())


def test_what_update_does_not_name_stays_while_it_fits(airlock: Airlock, served: Path) -> None:
    both = [web("1.x"), {**web("1.x"), "name": "api"}]
    serve_in(served, [Chart("web", "1.0.0"), Chart("api", "1.0.0")])
    locked(airlock, *both)
    serve_in(served, [Chart(name, version) for name in ("web", "api") for version in ("1.0.0", "1.1.0")])
    airlock("lock", "--update", "api", "-m", "release.yaml")
    found = yaml.safe_load((airlock.folder / "charts.lock").read_text())["dependencies"]
    assert [(one["name"], one["version"]) for one in found] == [("api", "1.1.0"), ("web", "1.0.0")]


def test_what_is_no_range_is_told_with_its_place(airlock: Airlock) -> None:
    told = airlock("lint", "-m", airlock.write({"charts": [web("newest")]}), expect=3)
    assert "release.yaml: charts[0].version: " in told.err
    assert "not a version or range: 'newest'" in told.err


def test_no_version_in_the_range_is_told_with_those_that_are_there(airlock: Airlock, served: Path) -> None:
    serve_in(served, [Chart("web", "1.0.0"), Chart("web", "2.0.0-rc.1")])
    told = airlock("lock", "-m", airlock.write({"charts": [web(">=2")]}), expect=3)
    assert "release.yaml: charts[0]: no version >=2 of the chart web" in told.err
    assert "2.0.0-rc.1" in told.err


def test_a_repository_that_is_not_there_hides_no_other_fault(airlock: Airlock, served: Path) -> None:
    serve_in(served, [Chart("web", "1.0.0")])
    away = {"repository": f"{REPOSITORY}/away", "version": "1"}
    charts = [{"name": "one", **away}, {"name": "two", **away}, web("2.0.0")]
    told = airlock("lock", "-m", airlock.write({"charts": charts}), expect=5).err
    assert told.count(f"{REPOSITORY}/away/index.yaml: cannot be fetched") == 1
    assert "charts[2]: no version 2.0.0 of the chart web" in told


def test_an_index_that_did_not_change_is_not_sent_again(airlock: Airlock, upstream: Upstream) -> None:
    """Large ones have tens of megabytes."""
    chart = {"name": "pebble-web", "repository": "http://standin.test/small/charts", "version": "0.1.x"}
    locked(airlock, chart)
    upstream.forget_requests()
    airlock("lock", "-m", "release.yaml")
    assert [one.sent for one in upstream.requests if one.path.endswith("/index.yaml")] == [0]
    upstream.forget_requests()
    assert "nothing changed" in airlock("lock", "--offline", "-m", "release.yaml").out
    assert not upstream.requests


def test_who_writes_a_registry_as_helm_does_is_told_how_it_is_written_here(airlock: Airlock) -> None:
    charts = [{"name": "web", "repository": f"oci://{REGISTRY_HOST}/charts", "version": "1"}]
    told = airlock("lint", "-m", airlock.write({"charts": charts}), expect=3).err
    assert "charts[0].repository: not a URL" in told
    assert "write a chart of a registry as {oci: oci://host/path/name" in told


def test_an_image_is_no_chart(airlock: Airlock) -> None:
    charts = [{"oci": f"oci://{REGISTRY_HOST}/demo/web", "version": "1.0"}]
    told = airlock("lock", "-m", airlock.write({"charts": charts}), expect=4).err
    assert f"oci://{REGISTRY_HOST}/demo/web:1.0: is no chart" in told


def test_a_range_is_met_in_a_registry_too(airlock: Airlock, upstream: Upstream, tmp_path: Path) -> None:
    for version in ("0.1.0", "0.2.5+build.1", "0.3.0"):
        archive = tmp_path / "one.tgz"
        archive.write_bytes(Chart("ranged", version).archive)
        push_chart(archive, upstream.registry, "charts/ranged", tag=version.replace("+", "_"))
    (found,) = locked(airlock, {"oci": f"oci://{REGISTRY_HOST}/charts/ranged", "version": "~0.2"})
    assert (found["version"], found["repository"]) == ("0.2.5+build.1", f"oci://{REGISTRY_HOST}/charts")
    airlock("fetch", "-m", "release.yaml")


def test_a_long_list_of_tags_is_read_to_its_end(airlock: Airlock, upstream: Upstream, tmp_path: Path) -> None:
    archive = tmp_path / "one.tgz"
    archive.write_bytes(Chart("long", "0.0.999").archive)
    push_chart(archive, upstream.registry, "charts/long")
    tags = upstream.images.storage / "docker/registry/v2/repositories/charts/long/_manifests/tags"
    for number in range(100, 330):
        shutil.copytree(tags / "0.0.999", tags / f"0.0.{number}")
    (found,) = locked(airlock, {"oci": f"oci://{REGISTRY_HOST}/charts/long", "version": "0.0.x"})
    assert found["version"] == "0.0.999"


def test_a_key_of_another_kind_of_chart_is_told_as_such(airlock: Airlock) -> None:
    Chart("drop", "1.0.0").unpack(airlock.folder / "drop")
    told = airlock("lint", "-m", airlock.write({"charts": [{"folder": "drop", "version": "1"}]}), expect=3)
    assert "charts[0].version: unknown key 'version'\n  do:  it goes with another kind of entry" in told.err


def test_a_folder_is_locked_with_the_same_digest_wherever_and_whenever(airlock: Airlock, tmp_path: Path) -> None:
    chart = Chart("drop", "1.0.0", files={"templates/a.yaml": "a: 1\n", "values.yaml": "b: 2\n"})
    chart.unpack(airlock.folder / "charts" / "drop")
    (found,) = locked(airlock, {"folder": "charts/drop"})
    assert (found["name"], found["version"], found["repository"]) == ("drop", "1.0.0", "file://charts/drop")
    other = tmp_path / "elsewhere"
    shutil.copytree(airlock.folder, other)
    for path in other.rglob("*"):
        path.chmod(0o777)
        os.utime(path, (1, 1))
    elsewhere = Airlock(other, tmp_path / "other-store", airlock.mirrors)
    elsewhere("lock", "--check", "-m", "release.yaml")
    fresh = elsewhere.with_store(tmp_path / "fresh")
    fresh("fetch", "-m", "release.yaml")
    fresh("build", "iso", "-m", "release.yaml", "-o", tmp_path / "x.iso")
    assert "drop 1.0.0" in fresh("inspect", tmp_path / "x.iso").out


def test_a_folder_that_changed_since_it_was_locked_is_refused(airlock: Airlock, tmp_path: Path) -> None:
    folder = Chart("drop", "1.0.0", files={"values.yaml": "b: 2\n"}).unpack(airlock.folder / "charts" / "drop")
    locked(airlock, {"folder": "charts/drop"})
    (folder / "values.yaml").write_text("b: 3\n")
    told = airlock.with_store(tmp_path / "fresh")("fetch", "-m", "release.yaml", expect=4)
    assert "chart drop 1.0.0: is not what it was when it was locked" in told.err
    assert "lock anew" in told.err


def test_what_helmignore_names_is_left_out(airlock: Airlock) -> None:
    folder = Chart("drop", "1.0.0", files={".helmignore": ".git/\n*.bak\n"}).unpack(airlock.folder / "drop")
    before = locked(airlock, {"folder": "drop"})
    (folder / ".git").mkdir()
    (folder / ".git" / "HEAD").write_text("x")
    (folder / "values.yaml.bak").write_text("x")
    assert locked(airlock, {"folder": "drop"}) == before


def test_a_link_in_a_folder_is_refused(airlock: Airlock) -> None:
    folder = Chart("drop", "1.0.0").unpack(airlock.folder / "drop")
    (folder / "passwd").symlink_to("/etc/passwd")
    told = airlock("lock", "-m", airlock.write({"charts": [{"folder": "drop"}]}), expect=3)
    assert "drop: passwd: is neither a file nor a folder" in told.err


def test_an_archive_on_disk_is_locked_as_it_is(airlock: Airlock, tmp_path: Path) -> None:
    chart = Chart("drop", "1.2.0")
    (airlock.folder / "vendor").mkdir()
    archive = airlock.folder / "vendor" / "foo-1.2.tgz"
    archive.write_bytes(chart.archive)
    (found,) = locked(airlock, {"archive": "vendor/foo-1.2.tgz"})
    assert (found["name"], found["repository"], found["size"]) == (
        "drop",
        "file://vendor/foo-1.2.tgz",
        len(chart.archive),
    )
    fresh = airlock.with_store(tmp_path / "fresh")
    fresh("fetch", "-m", "release.yaml")
    archive.write_bytes(Chart("drop", "1.2.0", files={"x": "y"}).archive)
    told = airlock.with_store(tmp_path / "fresher")("fetch", "-m", "release.yaml", expect=4)
    assert "vendor/foo-1.2.tgz" in told.err


def test_a_range_and_a_version_that_come_to_the_same_are_locked_once(airlock: Airlock, served: Path) -> None:
    serve_in(served, [Chart("web", "1.0.0")])
    (found,) = locked(airlock, web("^1"), options={"more": {"charts": [web("1.0.0")]}})
    assert "options" not in found


def test_two_charts_of_one_name_and_version_collide(airlock: Airlock, served: Path) -> None:
    serve_in(served, [Chart("web", "1.0.0")])
    Chart("web", "1.0.0").unpack(airlock.folder / "web")
    told = airlock("lock", "-m", airlock.write({"charts": [web("1.0.0"), {"folder": "web"}]}), expect=3)
    assert "several charts would be web-1.0.0.tgz at the site" in told.err


def test_a_chart_that_is_another_than_its_index_says_is_refused(airlock: Airlock, served: Path) -> None:
    serve_in(served, [Chart("web", "1.0.0")])
    index = yaml.safe_load((served / "index.yaml").read_text())
    index["entries"]["web"][0]["version"] = "1.0.1"
    (served / "index.yaml").write_text(yaml.safe_dump(index))
    told = airlock("lock", "-m", airlock.write({"charts": [web("1.0.1")]}), expect=4)
    assert "is the chart web 1.0.0, not web 1.0.1, as its repository says" in told.err
