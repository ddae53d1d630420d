"""Chains and reasons at the scale of Enterprise Linux: the metadata of CentOS Stream 9's BaseOS."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_builder.lock.rpms.tracing.causes import causes
from airlock_builder.lock.rpms.tracing.why import why_rpms
from airlock_builder.manifest.model import Platform, Repo, Rpms
from airlock_builder.remote.http import HttpClient
from airlock_core.compare import Cause
from tests import realdata
from tests.drylocks import dry_lock
from tests.repositories import reached

pytestmark = pytest.mark.integration

NAMES = ("bash", "kernel", "NetworkManager", "chrony", "openssh-server", "dnf")
PLATFORM = Platform(os="rocky", release="9.6")


def test_every_package_has_a_chain_from_a_request_and_every_change_a_reason(tmp_path: Path) -> None:
    data = realdata.folder("repodata/cs9-baseos")
    repos = (Repo(id="baseos", baseurl=(f"file://{data}/repodata/cs9-baseos",), gpgkey=()),)
    few, many = (Rpms(repos=repos, packages=some) for some in (NAMES[:1], NAMES))
    old, new = (dry_lock([(None, one)], PLATFORM, tmp_path) for one in (few, many))
    with HttpClient() as http:
        repositories = reached(http, tmp_path, many)
        told = why_rpms(["*"], [(None, many)], PLATFORM, repositories, tmp_path, new)["*"]
        reasons = causes([(None, many)], PLATFORM, repositories, tmp_path, old, new, place=str)
    assert {one.package for one in told} == set(new.packages)
    for one in told:
        assert one.asked
        assert [arrow.by for arrow in one.chain[1:]] == [arrow.of for arrow in one.chain[:-1]]
        assert not one.chain or one.chain[-1].of == one.package
    assert {one for _, one in reasons} == set(new.packages) - set(old.packages)
    assert {one.cause for one in reasons.values()} == {Cause.ASKED}
