"""Real packages on a medium: dnf reads the repo, rpmkeys accepts each with Rocky's key."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from airlock_builder.audit.verify import verify
from airlock_core import media
from tests.integration.media.conftest import build
from tests.integration.media.material import material
from tests.standin.run import run

pytestmark = pytest.mark.integration

DATA = Path(os.environ.get("AIRLOCK_TESTDATA") or Path(__file__).parents[4] / "shared/data")


@pytest.mark.skipif(not (DATA / "rpms/rocky8").is_dir(), reason=f"no test data from the field in {DATA}")
def test_signed_rocky_packages_reach_the_medium_unchanged(tmp_path: Path) -> None:
    packages = sorted((DATA / "rpms/rocky8").rglob("*.rpm"))
    built = build(material(tmp_path / "made", packages=packages), tmp_path / "staging", tmp_path / "rocky.iso")
    verify(built.iso)
    run("osirrox", "-no_rc", "-indev", built.iso, "-extract", f"/{media.BASEOS}", tmp_path / "BaseOS")
    run("rpmkeys", "--dbpath", tmp_path / "db", "--import", DATA / "keys/RPM-GPG-KEY-rockyofficial")
    carried = sorted((tmp_path / "BaseOS").rglob("*.rpm"))
    assert {path.name for path in carried} == {path.name for path in packages}
    run("rpmkeys", "--dbpath", tmp_path / "db", "--define", "_pkgverify_level all", "-K", *carried)
    repo = (tmp_path / "BaseOS").as_uri()
    options = [f"--setopt=cachedir={tmp_path}/cache", f"--setopt=reposdir={tmp_path}", "--releasever=8", "--quiet"]
    options += ["--forcearch=x86_64", f"--repofrompath=burrito,{repo}"]
    found = run("dnf", *options, "repoquery", "--qf", "%{name}")
    assert len(set(found.split())) == len({path.name for path in packages})
