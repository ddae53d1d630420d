"""What the stand-in's converter decides: versions, requirements, %files, spec, groups and modules."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import yaml

from tests.standin.packages import debs, repo, tree
from tests.standin.packages.debs import Deb
from tests.standin.packages.programs import User, program_of
from tests.standin.packages.spec import Spec


def deb(name: str, version: str = "1-1", depends: str = "", provides: tuple[str, ...] = ()) -> Deb:
    """Return a package with the fields that a test is about."""
    return Deb(name, version, "amd64", name, depends, provides)


def by_name(*packages: Deb) -> dict[str, Deb]:
    """Return ``packages`` by name."""
    return {package.name: package for package in packages}


SPEC = Spec("nginx", "1.22.1", "9.el8", "web server", '"/usr/sbin/nginx"\n', requires=("pcre2",))


@pytest.mark.parametrize(
    ("version", "upstream", "revision"),
    [
        ("1.22.1-9+deb12u10", "1.22.1", "9.deb12u10"),
        ("1:9.2p1-2+deb12u10", "9.2p1", "2.deb12u10"),
        ("2.8.2+ds1-1", "2.8.2+ds1", "1"),
        ("0.0~2023.04.11-1", "0.0~2023.04.11", "1"),
        ("7.6.q-32", "7.6.q", "32"),
        ("12", "12", "1"),
    ],
)
def test_debian_version_becomes_version_and_release(version: str, upstream: str, revision: str) -> None:
    assert (deb("x", version).upstream, deb("x", version).revision) == (upstream, revision)


def test_control_file_is_read_with_folded_fields() -> None:
    control = (
        "Package: a\nVersion: 1\nArchitecture: all\nPre-Depends: b\nDepends: c (>= 2),\n d\nDescription: one\n more\n"
    )
    package = debs.parse(control)
    assert (package.depends, package.summary) == ("b, c (>= 2),", "one")


def test_requirement_takes_the_first_alternative_at_hand() -> None:
    there = by_name(deb("a", depends="missing | b (>= 1) | c"), deb("b"), deb("c"))
    assert debs.requirements(there["a"], there) == ["b"]


def test_requirement_on_a_virtual_package_becomes_its_provider() -> None:
    there = by_name(deb("a", depends="mail-agent"), deb("b", provides=("mail-agent",)))
    assert debs.requirements(there["a"], there) == ["b"]


def test_requirement_on_debian_s_machinery_falls_away() -> None:
    there = by_name(deb("a", depends="adduser, debconf (>= 0.5) | debconf-2.0"))
    assert debs.requirements(there["a"], there) == []


def test_requirement_that_nothing_meets_is_named() -> None:
    there = by_name(deb("a", depends="b (>= 2)"))
    with pytest.raises(LookupError, match=r"b \(>= 2\)"):
        debs.requirements(there["a"], there)


def test_closure_stops_at_the_base() -> None:
    there = by_name(deb("a", depends="b"), deb("b", depends="libc6, c"), deb("c"), deb("libc6", depends="d"))
    assert debs.closure(["a"], there, base=["libc6"]) == ["a", "b", "c"]


def test_package_that_no_program_lists_is_a_program_of_its_own() -> None:
    assert (program_of("nginx-common").name, program_of("libunknown1").name) == ("nginx", "libunknown1")


def test_files_are_listed_with_configuration_marked_and_shared_directories_left_out(tmp_path: Path) -> None:
    for path in ("etc/a/a.conf", "usr/bin/a b", "var/lib/a/x"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    assert tree.file_list(tmp_path, tree.Names(), {"/var/lib/a": "0750,a,a"}).splitlines() == [
        '%dir "/etc/a"',
        '%config(noreplace) "/etc/a/a.conf"',
        '"/usr/bin/a b"',
        '%attr(0750,a,a) %dir "/var/lib/a"',
        '"/var/lib/a/x"',
    ]


def test_file_that_files_cannot_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a*").touch()
    with pytest.raises(ValueError, match="cannot name"):
        tree.file_list(tmp_path, tree.Names(), {})


def test_merging_usr_moves_what_lies_beside_it(tmp_path: Path) -> None:
    (tmp_path / "lib/systemd/system").mkdir(parents=True)
    (tmp_path / "lib/systemd/system/a.service").touch()
    tree.merge_usr(tmp_path)
    assert (tmp_path / "usr/lib/systemd/system/a.service").exists()
    assert not (tmp_path / "lib").exists()


def test_spec_without_users_and_units_has_no_scriptlet() -> None:
    assert not {"%pre", "%post", "%preun", "%postun"} & set(SPEC.text().splitlines())


def test_spec_makes_its_users_before_and_presets_its_units_after() -> None:
    values = {**vars(SPEC), "users": (User("nginx", "/var/lib/nginx", "web"),), "units": ("nginx.service",)}
    pre, _, post = Spec(**values).text().partition("%post\n")
    assert "useradd -r -g nginx -d /var/lib/nginx -s /sbin/nologin" in pre
    assert "preset nginx.service" in post


def test_comps_has_the_core_group_in_the_minimal_environment() -> None:
    comps = ElementTree.fromstring(repo.comps_xml())
    core = comps.find("group[id='core']/packagelist")
    assert core is not None
    assert ("mandatory", "pebble-base") in {(entry.get("type"), entry.text) for entry in core}
    assert comps.findtext("environment[id='minimal-environment']/grouplist/groupid") == "core"


def test_modules_name_the_artifact_of_each_stream_and_one_default() -> None:
    streams = [repo.Stream("nginx", name, "9edba152", SPEC, default=name == "1.22") for name in ("1.22", "mainline")]
    documents = list(yaml.safe_load_all(repo.modules_yaml(streams)))
    assert [one["data"]["stream"] for one in documents] == ["1.22", "mainline", "1.22"]
    assert documents[0]["data"]["artifacts"]["rpms"] == ["nginx-0:1.22.1-9.el8.x86_64"]
    assert documents[2]["document"] == "modulemd-defaults"
