from pathlib import Path

import pytest

from airlock_builder.manifest.load import load
from airlock_builder.manifest.model import Content
from airlock_builder.manifest.sources import repo_sources
from airlock_builder.remote.access import Access, Login
from airlock_builder.remote.repositories import RepoSource
from airlock_core.errors import Faults, InputError
from tests.unit.builder.manifest.writing import manifest, write


def test_what_extends_wins_and_lists_add_up(tmp_path: Path) -> None:
    write(tmp_path / "base.yaml", "rpms: {packages: [a], weak_deps: true}\nvars: {x: https://one.test}\n")
    loaded = manifest(tmp_path, "extends: [base.yaml]\nrpms: {packages: [b], weak_deps: false}\n")
    assert loaded.rpms.packages == ("a", "b")
    assert loaded.rpms.weak_deps is False
    assert loaded.vars == {"x": "https://one.test"}


def test_later_of_two_bases_wins(tmp_path: Path) -> None:
    write(tmp_path / "one.yaml", "vars: {x: one}\n")
    write(tmp_path / "two.yaml", "vars: {x: two}\n")
    assert manifest(tmp_path, "extends: [one.yaml, two.yaml]\n").vars == {"x": "two"}


def test_a_base_that_two_others_extend_counts_once(tmp_path: Path) -> None:
    write(tmp_path / "common.yaml", "rpms: {packages: [a]}\n")
    for name in ("one", "two"):
        write(tmp_path / f"{name}.yaml", "extends: [common.yaml]\n")
    assert manifest(tmp_path, "extends: [one.yaml, two.yaml]\n").rpms.packages == ("a",)


def test_sets_of_python_requirements_add_up_and_a_mapping_is_one_set(tmp_path: Path) -> None:
    write(tmp_path / "base.yaml", "python: {requirements: a.txt}\n")
    for name in ("a.txt", "b.txt"):
        write(tmp_path / name, "wheel\n")
    loaded = manifest(tmp_path, "extends: [base.yaml]\npython: [{requirements: b.txt}]\n")
    assert [python.requirements.name for python in loaded.python] == ["a.txt", "b.txt"]


def test_variables_expand_in_urls_and_may_use_one_another(tmp_path: Path) -> None:
    loaded = manifest(
        tmp_path,
        """
        vars: {top: "https://mirror.test", mirror: "$top/rocky"}
        base: {iso: "$mirror/$release/${arch}/base.iso"}
        rpms: {repos: [{id: a, baseurl: $mirror/$releasever/$basearch}]}
        """,
    )
    assert loaded.base is not None
    assert loaded.base.iso == "https://mirror.test/rocky/8.10/x86_64/base.iso"
    assert loaded.rpms.repos[0].baseurl == ("https://mirror.test/rocky/8/x86_64",)


def test_all_that_says_how_a_repository_is_reached_is_read(tmp_path: Path) -> None:
    for name in ("ca.pem", "client.pem", "client.key"):
        write(tmp_path / "parts/pki" / name, "")
    write(
        tmp_path / "parts/base.yaml",
        """
        vars: {mirror: "https://mirror.test"}
        rpms:
          repos:
            - {id: "EPEL_9:x86-64.a", baseurl: [$mirror/a, "http://b.test/$basearch"], cost: 500,
               proxy: {url: "http://proxy.test:3128", username_env: PU, password_env: PP}, ca: pki/ca.pem,
               client_cert: pki/client.pem, client_key: pki/client.key,
               auth: {basic: {username_env: U, password_env: P}}}
            - {id: b, metalink: "https://m.test/metalink?repo=$releasever&arch=$basearch", proxy: none,
               auth: {bearer: {token_env: T}}}
            - {id: c, mirrorlist: $mirror/list, proxy: "http://proxy.test:3128"}
        """,
    )
    one, two, three = repo_sources(manifest(tmp_path, "extends: [parts/base.yaml]\n").rpms.repos)
    pki = tmp_path / "parts/pki"
    assert one == RepoSource(
        "EPEL_9:x86-64.a",
        ("https://mirror.test/a", "http://b.test/x86_64"),
        access=Access(
            proxy="http://proxy.test:3128",
            proxy_login=Login("PU", "PP"),
            ca=pki / "ca.pem",
            client_cert=pki / "client.pem",
            client_key=pki / "client.key",
            basic=Login("U", "P"),
        ),
    )
    access = Access(proxy="none", bearer="T")
    assert two == RepoSource("b", metalink="https://m.test/metalink?repo=8&arch=x86_64", access=access)
    assert three == RepoSource(
        "c", mirrorlist="https://mirror.test/list", access=Access(proxy="http://proxy.test:3128")
    )


def test_paths_are_relative_to_the_file_that_names_them(tmp_path: Path) -> None:
    write(tmp_path / "parts/base.yaml", "rpms: {include: [list.txt]}\n")
    write(tmp_path / "parts/list.txt", "# comment\n\nchrony # with a comment\n@core\n")
    loaded = manifest(tmp_path, "extends: [parts/base.yaml]\n")
    assert loaded.rpms.include == (tmp_path / "parts/list.txt",)
    assert loaded.rpms.packages == ("chrony", "@core")
    assert loaded.place("rpms", "packages", 1).endswith("parts/list.txt:4")


def test_a_list_of_urls_may_give_checksums(tmp_path: Path) -> None:
    digest = "sha256:" + "a" * 64
    write(tmp_path / "bin.txt", f"https://files.test/#part/a {digest}\nhttps://files.test/b\n")
    urls = manifest(tmp_path, "files: {include: [bin.txt]}\n").files.urls
    assert [(file.url, file.checksum) for file in urls] == [
        ("https://files.test/#part/a", digest),
        ("https://files.test/b", None),
    ]


def test_a_request_of_an_option_moves_to_the_option(tmp_path: Path) -> None:
    loaded = manifest(tmp_path, "rpms: {packages: [chrony, {name: ceph-common, option: ceph}]}\n")
    contents: dict[str | None, Content] = dict(loaded.contents())
    assert contents[None].rpms.packages == ("chrony",)
    assert contents["ceph"].rpms.packages == ("ceph-common",)


def test_what_is_asked_for_twice_is_asked_for_once(tmp_path: Path) -> None:
    loaded = manifest(tmp_path, "images: {refs: [a.test/x:1, a.test/y:1, a.test/x:1]}\n")
    assert loaded.images.refs == ("a.test/x:1", "a.test/y:1")


def test_locks_stand_in_a_folder_of_the_release_unless_said_otherwise(tmp_path: Path) -> None:
    assert manifest(tmp_path, "").locks == tmp_path / "locks/sample"
    assert manifest(tmp_path, "locks: ..\n").locks == tmp_path.parent


def test_a_key_with_nothing_behind_it_says_nothing(tmp_path: Path) -> None:
    assert manifest(tmp_path, "rpms:\nimages:\n  refs:\n").images.refs == ()


def test_a_manifest_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.yaml"):
        load(tmp_path / "none.yaml")


def test_a_value_knows_where_it_was_written(tmp_path: Path) -> None:
    write(tmp_path / "base.yaml", "images: {refs: [a.test/x:1]}\n")
    loaded = manifest(tmp_path, "extends: [base.yaml]\nimages: {refs: [a.test/y:1]}\n")
    assert loaded.place("images", "refs", 0) == f"{tmp_path}/base.yaml: images.refs[0]"
    assert loaded.place("images", "refs", 1) == f"{tmp_path}/manifest.yaml: images.refs[0]"


def test_the_faults_of_all_files_come_together(tmp_path: Path) -> None:
    write(tmp_path / "base.yaml", "images: {refs: ['?']}\n")
    with pytest.raises(Faults) as caught:
        manifest(tmp_path, "extends: [base.yaml]\nbase: {}\n")
    assert [fault.where.rsplit("/", 1)[-1] for fault in caught.value.faults] == [
        "manifest.yaml: base.iso",
        "base.yaml: images.refs[0]",
    ]


@pytest.mark.parametrize("key", ["unsigned", "no_source"])
def test_an_excuse_for_every_package_is_refused(tmp_path: Path, key: str) -> None:
    with pytest.raises(InputError, match="names every package, or none") as caught:
        manifest(tmp_path, f"rpms: {{{key}: [{{name: '*', reason: why not}}]}}\n")
    assert f"rpms.{key}[0].name" in caught.value.where
