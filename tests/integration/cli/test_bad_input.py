"""What a person reads when the input is wrong, by the real program."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.cli.airlock import HEAD, Airlock
from tests.standin.keys import PUBLIC_KEY

pytestmark = pytest.mark.integration

SMALL = {
    "id": "small",
    "baseurl": "http://standin.test/small/rpms",
    "gpgkey": [str(PUBLIC_KEY)],
    "repo_gpgcheck": True,
}


def rpms(*packages: str, **more: Any) -> dict[str, Any]:
    return {"rpms": {"repos": [SMALL], "packages": list(packages), **more}}


def test_five_faults_get_five_messages_each_with_its_path(airlock: Airlock) -> None:
    faulty = {
        **HEAD,
        "metadata": {"name": "bad", "version": "1.0", "number": "twelve"},
        "rpms": {"repos": [SMALL, {"id": "more", "baseurl": "http://standin.test/more", "gpgkey": 7}]},
        "images": {"refs": ["not an image"]},
        "charts": [{"name": "lonely", "repository": "http://standin.test/small/charts"}],
        "fils": {},
    }
    (airlock.folder / "bad.yaml").write_text(yaml.safe_dump(faulty))
    told = airlock("lock", "-m", "bad.yaml", expect=3)
    for path in ("metadata.number", "rpms.repos[1].gpgkey", "images.refs[0]", "charts[0].version", "fils"):
        assert f"\nbad.yaml: {path}: " in told.err
    assert told.err.startswith("error: bad.yaml has 5 faults\n")


def test_faults_are_told_as_json_too(airlock: Airlock) -> None:
    path = airlock.write({"metadata": {"name": "bad"}})
    told = airlock("lint", "--json", "-m", path, expect=3).json
    assert told["exit"] == 3
    assert {fault["what"] for fault in told["error"]["faults"]} == {"is missing"}


def test_a_manifest_that_is_no_yaml_is_named_with_its_line(airlock: Airlock) -> None:
    (airlock.folder / "broken.yaml").write_text("apiVersion: airlock/v1\nkind: [Release\n")
    told = airlock("lint", "-m", "broken.yaml", expect=3)
    assert told.err.startswith("error: broken.yaml:3:1: ")


def test_a_package_that_nothing_provides_gets_the_nearest_names(airlock: Airlock) -> None:
    path = airlock.write(rpms("helo", "greeter"))
    told = airlock("lock", "-m", path, expect=3)
    assert "release.yaml: rpms.packages[0]: nothing provides 'helo'\n  do:  the nearest names: hello" in told.err
    assert not list(airlock.folder.glob("**/*.lock"))


def test_a_requirement_that_only_an_excluded_package_meets_is_told_with_both(airlock: Airlock) -> None:
    path = airlock.write(rpms("hello", exclude=["hello-data"]))
    told = airlock("lock", "-m", path, expect=3)
    assert "release.yaml: rpms.packages[0]: 'hello' cannot be installed" in told.err
    assert "hello-data-1.1-1.noarch is excluded by rpms.exclude; hello-1.1-1.x86_64 requires hello-data" in told.err


def test_faults_of_several_kinds_are_told_together(airlock: Airlock) -> None:
    content = {
        **rpms("helo"),
        "images": {"refs": ["registry.standin.test/demo/none:1.0"], "insecure": ["registry.standin.test"]},
        "charts": [{"name": "nowhere", "repository": "http://standin.test/small/charts", "version": "9.9.9"}],
        "files": {"urls": [{"url": "http://standin.test/small/files/none.txt"}]},
    }
    told = airlock("lock", "-m", airlock.write(content), expect=3)
    for name in (
        "helo",
        "registry.standin.test/demo/none:1.0",
        "no chart nowhere in",
        "http://standin.test/small/files/none.txt",
    ):
        assert name in told.err


def test_locks_that_are_not_there_are_asked_for(airlock: Airlock) -> None:
    told = airlock("fetch", "-m", airlock.write({}), expect=3)
    assert "rpms.lock" in told.err
    assert "run `airlock lock`" in told.err


def test_a_build_of_what_was_not_fetched_names_it(at_root: Airlock, tmp_path: Path) -> None:
    told = at_root("build", "iso", "-o", tmp_path / "x.iso", expect=3)
    assert "the store lacks 15 of the locked files" in told.err
    assert "the package hello-1.1-1.x86_64\n" in told.err
    assert "and 5 more" in told.err
    assert "run `airlock fetch`" in told.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store", "work"]


def test_wrong_use_is_told_in_two_lines(airlock: Airlock) -> None:
    told = airlock("fetch", "--nope", expect=2)
    assert "No such option '--nope'" in told.err
    assert len(told.err.splitlines()) == 2


def test_a_medium_that_is_not_there_or_none_is_named(airlock: Airlock) -> None:
    (airlock.folder / "some.iso").write_text("no image at all")
    assert "none.iso" in airlock("verify", "none.iso", expect=3).err
    assert "some.iso: not an ISO 9660 image" in airlock("verify", "some.iso", expect=4).err
