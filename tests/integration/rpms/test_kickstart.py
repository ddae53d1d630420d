"""The kickstarts' own packages are locked with the release's, so that no unattended installation can miss one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.integration.cli.airlock import Airlock
from tests.standin.keys import PUBLIC_KEY
from tests.standin.upstream import Upstream

pytestmark = pytest.mark.integration

SMALL = {"id": "small", "baseurl": "http://standin.test/small/rpms", "gpgkey": [str(PUBLIC_KEY)]}


@pytest.fixture
def airlock(upstream: Upstream, tmp_path: Path) -> Airlock:
    (tmp_path / "work").mkdir()
    return Airlock(tmp_path / "work", tmp_path / "store", tuple(upstream.mirror_args))


def release(airlock: Airlock, *packages: str, **kickstarts: str) -> Path:
    """A release of some packages, with what kickstarts have between %packages and %end."""
    for name, text in kickstarts.items():
        (airlock.folder / f"{name}.ks.in").write_text(f"text\n%packages --nocore\n{text}%end\n")
    files = {name: f"{name}.ks.in" for name in kickstarts}
    return airlock.write({"rpms": {"repos": [SMALL], "packages": packages}, "kickstart": files, "locks": "."})


def locked(airlock: Airlock) -> set[str]:
    lines = (airlock.folder / "rpms.lock").read_text().splitlines()
    return {line.partition(": ")[2] for line in lines if line.startswith("    name: ")}


def test_what_either_kickstart_installs_is_locked_with_all_that_it_needs(airlock: Airlock) -> None:
    path = release(airlock, "hello-doc", deployer="@hello-tools\n", node="greeter\n")
    airlock("lock", "-m", path)
    assert locked(airlock) == {"hello-doc", "hello", "hello-data", "tally", "greeter"}
    why = airlock("why", "-m", path, "hello-data", "greeter").out
    assert "asked for as @hello-tools in deployer.ks.in:3" in why
    assert "asked for as greeter in node.ks.in:3" in why


def test_what_a_kickstart_installs_no_more_makes_the_lock_out_of_date(airlock: Airlock) -> None:
    airlock("lock", "-m", release(airlock, "hello", node="greeter\n"))
    told = airlock("lock", "--check", "-m", release(airlock, "hello", node="hello\n"), expect=7)
    assert "the manifest no longer asks for it:\n           greeter.noarch" in told.err
    assert "greeter-2.0-1.noarch required it" in told.err


def test_what_nothing_gives_is_refused_by_the_kickstarts_line(airlock: Airlock) -> None:
    path = release(airlock, "hello", deployer="hello\nnothere\n@no-group\n", node="never\n")
    told = airlock("lock", "-m", path, expect=3).err
    assert "deployer.ks.in:4: nothing provides 'nothere'" in told
    assert "deployer.ks.in:5: @no-group: there is no group 'no-group'" in told
    assert "node.ks.in:3: nothing provides 'never'" in told
    assert not (airlock.folder / "rpms.lock").exists()


def test_what_it_leaves_out_is_no_help_though_the_release_has_it(airlock: Airlock) -> None:
    path = release(airlock, "hello-data", node="hello\n-hello-data\n")
    told = airlock("lock", "-m", path, expect=3).err
    assert "node.ks.in:3: 'hello' cannot be installed" in told
    assert "hello-data-1.1-1.noarch is left out by node.ks.in:4: -hello-data" in told


def test_what_one_leaves_out_another_may_install(airlock: Airlock) -> None:
    airlock("lock", "-m", release(airlock, deployer="hello-doc\n-greeter\n", node="greeter\n"))
    assert {"hello-doc", "greeter"} <= locked(airlock)


def test_the_core_group_must_be_there_unless_the_kickstart_goes_without(airlock: Airlock) -> None:
    path = release(airlock, "hello", node="hello\n")
    text = (airlock.folder / "node.ks.in").read_text()
    (airlock.folder / "node.ks.in").write_text(text.replace(" --nocore", ""))
    told = airlock("lock", "-m", path, expect=3).err
    assert "node.ks.in:2 (no --nocore): @core: there is no group 'core'" in told


def test_what_a_lenient_kickstart_misses_is_no_fault(airlock: Airlock) -> None:
    path = release(airlock, node="hello\nnothere\n")
    text = (airlock.folder / "node.ks.in").read_text()
    (airlock.folder / "node.ks.in").write_text(text.replace("%packages", "%packages --ignoremissing"))
    airlock("lock", "-m", path)
    assert locked(airlock) == {"hello", "hello-data"}
