""".repo files as distributions and vendors ship them, read into a manifest's repos."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path

import pytest

from airlock_builder.manifest.lint import lint
from airlock_builder.manifest.model import Manifest, Repo
from airlock_builder.manifest.sources import repo_sources
from airlock_core.errors import AirlockError
from tests.unit.builder.manifest.writing import manifest, write

ROCKY = """\
# rocky.repo
#
# The mirrorlist system uses the connecting IP address of the client.

[baseos]
name=Rocky Linux $releasever - BaseOS
mirrorlist=https://mirrors.example.org/mirrorlist?arch=$basearch&repo=BaseOS-$releasever$rltype
#baseurl=http://dl.example.org/$contentdir/$releasever/BaseOS/$basearch/os/
gpgcheck=1
enabled=1
countme=1
metadata_expire=6h
gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-rocky

[baseos-debug]
name=Rocky Linux $releasever - BaseOS - Debug
mirrorlist=https://mirrors.example.org/mirrorlist?arch=$basearch&repo=BaseOS-$releasever-debug
enabled=0
gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-that-nobody-has
"""
EPEL = """\
[epel]
name=Extra Packages for Enterprise Linux $releasever - $basearch
# It is much more secure to use the metalink
#baseurl=https://download.example/pub/epel/$releasever/Everything/$basearch
metalink=https://mirrors.example/metalink?repo=epel-$releasever&arch=$basearch&infra=$infra&content=$contentdir
enabled = 1
gpgcheck=1
gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-EPEL-$releasever
"""
CEPH = """\
[centos-ceph-pacific]
name=CentOS-$releasever - Ceph Pacific
baseurl=http://mirror.example/$contentdir/${releasever}-stream/storage/$basearch/ceph-pacific/,
  http://second.example/${nosuch:-centos}/${releasever}/storage/$basearch/ceph-pacific/
  http://third.example/ceph/
gpgcheck=1
enabled=1
cost = 900
priority=50
module_hotfixes=1
exclude=ceph-test* ceph-debug
excludepkgs=rook
includepkgs=ceph*,librados2
gpgkey=file:///etc/pki/rpm-gpg/RPM-GPG-KEY-CentOS-SIG-Storage
       https://www.example.org/keys/RPM-GPG-KEY-second
"""
KUBERNETES = """\
[kubernetes]
name=Kubernetes
baseurl=https://pkgs.example/core:/stable:/v1.29/rpm/
enabled=1
gpgcheck=1
repo_gpgcheck=yes
gpgkey=https://pkgs.example/core:/stable:/v1.29/rpm/repodata/repomd.xml.key
exclude=kubelet kubeadm kubectl cri-tools kubernetes-cni
[cri-o]
baseurl=https://pkgs.example/addons:/cri-o:/stable:/v1.29/rpm/
gpgkey=https://pkgs.example/addons:/cri-o:/stable:/v1.29/rpm/repodata/repomd.xml.key
"""
DOCKER = """\
[docker-ce-stable]
name=Docker CE Stable - $basearch
baseurl=https://download.example/linux/centos/$releasever/$basearch/stable
enabled=1
gpgcheck=1
gpgkey=https://download.example/linux/centos/gpg
"""
GUARDED = """\
[guarded]
baseurl=https://mirror.example/el8/
gpgkey=file:///k
username = reader
password = s3cr$t-word
proxy=http://proxy.example:3128
proxy_username=pu
proxy_password=pp-word
sslcacert=ca.pem
sslclientcert=client.pem
sslclientkey=client.key
gpgcheck=0
sslverify=False
skip_if_unavailable=1
"""


def made(folder: Path, text: str, *keys: str, more: str = "", files: str = "[repos/x.repo]") -> Manifest:
    write(folder / "repos/x.repo", text)
    for key in keys:
        write(folder / key, "a key\n")
    vars_ = "vars: {rltype: '', contentdir: pub/rocky, infra: stock}"
    return manifest(folder, f"{vars_}\nrpms:\n  repo_files: {files}\n{more}")


def one(found: Manifest) -> Repo:
    (repo,) = found.rpms.repos
    return repo


def faults(folder: Path, text: str, *keys: str, more: str = "") -> list[str]:
    with pytest.raises(AirlockError) as caught:
        made(folder, text, *keys, more=more)
    return [str(fault) for fault in getattr(caught.value, "faults", [caught.value])]


def test_a_distributions_own_file_is_read_with_its_variables_and_enabled_sections(tmp_path: Path) -> None:
    repo = one(made(tmp_path, ROCKY, "repos/RPM-GPG-KEY-rocky"))
    assert repo.id == "baseos"
    assert repo.mirrorlist == "https://mirrors.example.org/mirrorlist?arch=x86_64&repo=BaseOS-8"
    assert repo.gpgkey == (tmp_path / "repos/RPM-GPG-KEY-rocky",)


def test_a_metalink_and_a_key_named_by_a_variable(tmp_path: Path) -> None:
    repo = one(made(tmp_path, EPEL, "repos/keys/RPM-GPG-KEY-EPEL-8"))
    assert repo.metalink == "https://mirrors.example/metalink?repo=epel-8&arch=x86_64&infra=stock&content=pub/rocky"
    assert repo.gpgkey == (tmp_path / "repos/keys/RPM-GPG-KEY-EPEL-8",)


def test_several_base_urls_keys_excludes_and_all_numbers(tmp_path: Path) -> None:
    repo = one(made(tmp_path, CEPH, "RPM-GPG-KEY-CentOS-SIG-Storage", "keys/RPM-GPG-KEY-second"))
    assert repo.baseurl == (
        "http://mirror.example/pub/rocky/8-stream/storage/x86_64/ceph-pacific/",
        "http://second.example/centos/8/storage/x86_64/ceph-pacific/",
        "http://third.example/ceph/",
    )
    assert (repo.cost, repo.priority, repo.module_hotfixes) == (900, 50, True)
    assert (repo.exclude, repo.include) == (("ceph-test*", "ceph-debug", "rook"), ("ceph*", "librados2"))
    assert repo.gpgkey == (tmp_path / "RPM-GPG-KEY-CentOS-SIG-Storage", tmp_path / "keys/RPM-GPG-KEY-second")


def test_keys_of_one_name_are_told_apart_by_repository(tmp_path: Path) -> None:
    keys = ("repos/keys/kubernetes/repomd.xml.key", "repos/keys/cri-o/repomd.xml.key")
    found = made(tmp_path, KUBERNETES, *keys).rpms.repos
    assert [repo.gpgkey for repo in found] == [(tmp_path / key,) for key in keys]
    assert [repo.repo_gpgcheck for repo in found] == [True, False]
    assert found[0].exclude[0] == "kubelet"


def test_a_key_that_is_not_here_is_told_with_where_to_put_it_and_never_fetched(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, DOCKER)
    assert f"{tmp_path}/repos/x.repo:6: the key gpg is not here: keys are never fetched" in fault
    assert "https://download.example/linux/centos/gpg" in fault
    assert f"put it at {tmp_path}/repos/keys/gpg, or at keys/docker-ce-stable/gpg" in fault


def test_credentials_reach_the_server_and_nothing_else(tmp_path: Path) -> None:
    files = ("k", "repos/ca.pem", "repos/client.pem", "repos/client.key")
    found = made(tmp_path, GUARDED, *files)
    repo = one(found)
    (source,) = repo_sources([repo])
    environment = found.environment({"HOME": "/root"})
    assert source.access.basic is not None
    assert source.access.proxy_login is not None
    assert environment[source.access.basic.username_env] == "reader"
    assert environment[source.access.basic.password_env] == "s3cr$t-word"
    assert environment[source.access.proxy_login.password_env] == "pp-word"
    assert source.access.proxy == "http://proxy.example:3128"
    assert (repo.ca, repo.client_key) == (tmp_path / "repos/ca.pem", tmp_path / "repos/client.key")
    for text in (repr(found), str(found), str(asdict(found)), repr(source)):
        assert not re.search("s3cr|pp-word", text)


def test_credentials_in_a_base_url_are_taken_out_of_it(tmp_path: Path) -> None:
    found = made(tmp_path, "[a]\nbaseurl=https://me:w%40rd@x.example/el8\ngpgkey=file:///k\nproxy=_none_\n", "k")
    repo = one(found)
    assert repo.baseurl == ("https://x.example/el8",)
    assert repo.proxy == "none"
    assert repo.auth is not None
    assert repo.auth.basic is not None
    assert found.environment({})[repo.auth.basic.password_env] == "w@rd"


def test_what_is_not_followed_because_airlock_is_stricter_is_told_by_lint(tmp_path: Path) -> None:
    found = made(tmp_path, GUARDED, "k", "repos/ca.pem", "repos/client.pem", "repos/client.key")
    told = [str(warning) for warning in lint(found).warnings]
    for line, key in ((12, "gpgcheck"), (13, "sslverify"), (14, "skip_if_unavailable")):
        assert any(f"x.repo:{line}: {key}" in warning and "not followed" in warning for warning in told)


def test_of_several_sources_dnfs_own_choice_counts(tmp_path: Path) -> None:
    text = "[a]\nbaseurl=https://b.example/\nmirrorlist=https://l.example/\nmetalink=\ngpgkey=file:///k\n"
    repo = one(made(tmp_path, text, "k"))
    assert (repo.mirrorlist, repo.baseurl) == ("https://l.example/", ())


def test_a_repository_of_the_manifest_itself_wins(tmp_path: Path) -> None:
    own = "  repos: [{id: docker-ce-stable, baseurl: https://own.example/}]\n"
    assert one(made(tmp_path, DOCKER, more=own)).baseurl == ("https://own.example/",)


def test_a_repository_of_two_files_is_a_fault(tmp_path: Path) -> None:
    write(tmp_path / "repos/y.repo", DOCKER)
    with pytest.raises(AirlockError) as caught:
        made(tmp_path, DOCKER, "gpg", files="[repos/x.repo, repos/y.repo]")
    assert f"{tmp_path}/repos/y.repo:1: the repo docker-ce-stable stands twice" in str(caught.value)
    assert f"first: {tmp_path}/repos/x.repo:1" in str(caught.value)


def test_an_option_may_have_files_of_its_own(tmp_path: Path) -> None:
    write(tmp_path / "repos/y.repo", KUBERNETES)
    write(tmp_path / "repos/repomd.xml.key", "a key\n")
    found = made(tmp_path, DOCKER, "gpg", more="options: {kube: {rpms: {repo_files: [repos/y.repo]}}}\n")
    assert one(found).id == "docker-ce-stable"
    assert [repo.id for repo in found.options["kube"].rpms.repos] == ["kubernetes", "cri-o"]


def test_all_faults_of_a_file_are_told_with_their_lines(tmp_path: Path) -> None:
    text = (
        "[a]\nbaseurl=https://x/$stream/\nenabld=1\npriority=high\ngpgcheck=maybe\ntype=yast2\nenablegroups=0\n"
        "[b]\nname=nowhere\n[c d]\nbaseurl=https://u:p@x/ https://v:p@x/\ngpgkey=file:///\n"
        "sslcacert=/nowhere/ca.pem\nusername=u\n[e]\nbaseurl=ftp://x/\n  https://y/?z\npriority=99999999999\n"
    )
    found = "\n".join(faults(tmp_path, text))
    expected = {
        2: "nothing defines $stream",
        3: "dnf knows no enabld",
        4: "priority is no number: 'high'",
        5: "gpgcheck is neither true nor false: 'maybe'",
        6: "a repository of type 'yast2'",
        7: "enablegroups=0 is not supported",
        8: "[b] gives none of metalink, mirrorlist, baseurl",
        10: "not a repo's id: 'c d'",
        11: "baseurl carries credentials",
        12: "a key without a file's name",
        13: "there is no such file: /nowhere/ca.pem",
        14: "give both username and password",
        16: "not a URL: 'ftp://x/'",
        18: "priority",
    }
    for line, said in expected.items():
        assert f"x.repo:{line}: " in found, line
        assert said in found
    assert found.count("x.repo:8: ") == 1
    assert "u:p@" not in found


@pytest.mark.parametrize("number", ["0", "-7", "+100", "2147483647", "-2147483647"])
def test_any_number_that_dnf_takes_is_a_priority_and_a_cost(tmp_path: Path, number: str) -> None:
    found = one(made(tmp_path, f"[a]\nbaseurl=https://x/\npriority={number}\ncost={number}\n"))
    assert (found.priority, found.cost) == (int(number), int(number))


@pytest.mark.parametrize("raw", [b"[a]\nname=\xff\n", b"#" * (1 << 21)])
def test_a_file_that_is_no_text_or_too_long_is_refused(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "x.repo").write_bytes(raw)
    with pytest.raises(AirlockError, match=r"x\.repo"):
        manifest(tmp_path, "rpms: {repo_files: [x.repo]}\n")


def test_a_file_that_is_missing_is_told_once(tmp_path: Path) -> None:
    with pytest.raises(AirlockError) as caught:
        manifest(tmp_path, "rpms: {repo_files: [nowhere.repo]}\n")
    assert str(caught.value).count("nowhere.repo") == 1
