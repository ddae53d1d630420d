"""Who vouches for a chart: where the manifest gives keys, a provenance file of one of them must be good."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from airlock_core.digest import Digest
from tests.integration.charts.conftest import HOST
from tests.integration.cli.airlock import Airlock
from tests.standin.charts import Chart, serve_in
from tests.standin.images.push import push_chart
from tests.standin.keys import FINGERPRINT, PUBLIC_KEY, clear_signed
from tests.standin.run import run
from tests.standin.upstream import Upstream
from tests.standin.upstream.upstream import REGISTRY_HOST

pytestmark = pytest.mark.integration

WEB = Chart("web", "1.0.0", {"description": "- with a dash at its beginning   "})
PROVENANCE = WEB.provenance()
"""Made once: a signature tells the time."""
ASKED: dict[str, Any] = {
    "name": "web",
    "repository": f"http://{HOST}",
    "version": "1.x",
    "keyring": [str(PUBLIC_KEY)],
}


def lock(airlock: Airlock, chart: dict[str, Any], expect: int = 0) -> str:
    return airlock("lock", "-m", airlock.write({"charts": [chart], "locks": "."}), expect=expect).err


def signer(airlock: Airlock) -> str | None:
    (found,) = yaml.safe_load((airlock.folder / "charts.lock").read_text())["dependencies"]
    fingerprint: str | None = found.get("signer")
    return fingerprint


def serve(served: Path, provenance: bytes) -> None:
    serve_in(served, [WEB])
    (served / f"{WEB.filename}.prov").write_bytes(provenance)


def test_the_fingerprint_of_who_vouches_is_locked(airlock: Airlock, served: Path) -> None:
    serve(served, WEB.provenance())
    lock(airlock, ASKED)
    assert signer(airlock) == FINGERPRINT
    assert f"web 1.0.0  signed by {FINGERPRINT}" in airlock("inspect", "charts.lock").out


def test_without_a_network_it_is_what_was_last_seen(airlock: Airlock, served: Path) -> None:
    serve(served, PROVENANCE)
    lock(airlock, ASKED)
    before = (airlock.folder / "charts.lock").read_bytes()
    (airlock.folder / "charts.lock").unlink()
    shutil.rmtree(served)
    airlock("lock", "--offline", "-m", "release.yaml")
    assert (airlock.folder / "charts.lock").read_bytes() == before


def test_without_a_key_nobody_is_asked_to_vouch(airlock: Airlock, served: Path) -> None:
    serve(served, b"no provenance at all")
    lock(airlock, {key: value for key, value in ASKED.items() if key != "keyring"})
    assert signer(airlock) is None


def test_a_layer_of_a_registry_vouches_too(airlock: Airlock, upstream: Upstream, tmp_path: Path) -> None:
    archive = tmp_path / "web.tgz"
    archive.write_bytes(WEB.archive)
    asked = {"oci": f"oci://{REGISTRY_HOST}/signed/web", "version": "1.0.0", "keyring": [str(PUBLIC_KEY)]}
    push_chart(archive, upstream.registry, "signed/web", WEB.provenance())
    lock(airlock, asked)
    assert signer(airlock) == FINGERPRINT
    push_chart(archive, upstream.registry, "signed/web")
    assert f"oci://{REGISTRY_HOST}/signed/web:1.0.0: has no provenance file" in lock(airlock, asked, expect=4)


def test_a_file_beside_an_archive_on_disk_vouches_too(airlock: Airlock) -> None:
    (airlock.folder / "drop.tgz").write_bytes(WEB.archive)
    asked = {"archive": "drop.tgz", "keyring": [str(PUBLIC_KEY)]}
    assert "drop.tgz: has no provenance file" in lock(airlock, asked, expect=4)
    (airlock.folder / "drop.tgz.prov").write_bytes(WEB.provenance())
    lock(airlock, asked)
    assert signer(airlock) == FINGERPRINT


def test_none_is_refused_where_a_key_is_given(airlock: Airlock, served: Path) -> None:
    serve_in(served, [WEB])
    told = lock(airlock, ASKED, expect=4)
    assert f"http://{HOST}/web-1.0.0.tgz: has no provenance file, and the manifest gives keys" in told


def flipped(provenance: bytes) -> bytes:
    """With one letter of what is signed turned."""
    return provenance.replace(b"version: 1.0.0", b"version: 1.0.1")


WRONG: dict[str, tuple[Callable[[], bytes], str]] = {
    "altered": (lambda: flipped(WEB.provenance()), "its signature does not verify"),
    "of other bytes": (lambda: WEB.provenance(archive=b"another"), "is of other bytes of web-1.0.0.tgz"),
    "of another version": (lambda: Chart("web", "0.9.0").provenance(), "is of web 0.9.0, not of web 1.0.0"),
    "of another file": (
        lambda: clear_signed(b"name: web\nversion: 1.0.0\n...\nfiles: {web-2.tgz: 'sha256:0'}\n"),
        "says nothing of web-1.0.0.tgz",
    ),
    "of nothing": (lambda: clear_signed(b"hello"), "does not say what it vouches for"),
    "without a signature": (
        lambda: b"name: web\n...\nfiles: {}\n",
        "is no document with an OpenPGP signature below it",
    ),
    "with a text before it": (lambda: b"name: web\n" + WEB.provenance(), "is no document with an OpenPGP signature"),
    "with a text behind it": (lambda: WEB.provenance() + b"name: web\n", "is no document with an OpenPGP signature"),
    "with a text in its head": (
        lambda: WEB.provenance().replace(b"Hash: SHA256\n", b"Hash: SHA256\nname: evil\n"),
        "has a head that is no OpenPGP",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_one_is_refused_with_the_reason(case: str, airlock: Airlock, served: Path) -> None:
    make, said = WRONG[case]
    serve(served, make())
    told = lock(airlock, ASKED, expect=4)
    assert f"http://{HOST}/web-1.0.0.tgz.prov" in told
    assert said in told
    assert not (airlock.folder / "charts.lock").exists()


def test_one_of_a_key_that_is_not_listed_is_refused(airlock: Airlock, served: Path, tmp_path: Path) -> None:
    import subprocess

    home = tmp_path / "gnupg"
    home.mkdir(mode=0o700)
    gpg = ("gpg", "--homedir", str(home), "--batch", "--no-tty", "--quiet")
    words = ("--passphrase", "", "--quick-gen-key", "other@example.test", "rsa2048", "sign", "never")
    subprocess.run([*gpg, "--pinentry-mode", "loopback", *words], check=True, capture_output=True)
    armored = subprocess.run([*gpg, "--armor", "--export"], check=True, capture_output=True).stdout
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)
    (tmp_path / "other.asc").write_bytes(armored)
    serve(served, WEB.provenance())
    told = lock(airlock, {**ASKED, "keyring": [str(tmp_path / "other.asc")]}, expect=4)
    assert "which is no key listed for it" in told


def test_a_key_that_is_none_is_told_by_lint(airlock: Airlock) -> None:
    (airlock.folder / "no.asc").write_text("nothing")
    told = airlock("lint", "-m", airlock.write({"charts": [{**ASKED, "keyring": ["no.asc"]}]}), expect=3)
    assert "charts[0].keyring[0]: holds no OpenPGP public key: no.asc" in told.err


def from_disk(airlock: Airlock, upstream: Upstream, served: Path, tmp_path: Path) -> dict[str, Any]:
    (airlock.folder / "drop.tgz").write_bytes(WEB.archive)
    (airlock.folder / "drop.tgz.prov").write_bytes(PROVENANCE)
    return {"archive": "drop.tgz", "keyring": [str(PUBLIC_KEY)]}


def from_registry(airlock: Airlock, upstream: Upstream, served: Path, tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "web.tgz").write_bytes(WEB.archive)
    push_chart(tmp_path / "web.tgz", upstream.registry, "carried/web", PROVENANCE)
    return {"oci": f"oci://{REGISTRY_HOST}/carried/web", "version": "1.0.0", "keyring": [str(PUBLIC_KEY)]}


def from_repository(airlock: Airlock, upstream: Upstream, served: Path, tmp_path: Path) -> dict[str, Any]:
    serve(served, PROVENANCE)
    return ASKED


@pytest.mark.parametrize("place", [from_disk, from_registry, from_repository])
def test_it_is_locked_fetched_and_carried_beside_its_chart(
    place: Callable[..., dict[str, Any]], airlock: Airlock, upstream: Upstream, served: Path, tmp_path: Path
) -> None:
    asked = place(airlock, upstream, served, tmp_path)
    manifest = airlock.write({"charts": [asked], "locks": "."})
    airlock("lock", "-m", manifest)
    (found,) = yaml.safe_load((airlock.folder / "charts.lock").read_text())["dependencies"]
    assert found["provenance"] == {"digest": str(Digest.sha256(PROVENANCE)), "size": len(PROVENANCE)}
    shutil.rmtree(airlock.store / "blobs")
    airlock("fetch", "-m", manifest)
    airlock("build", "iso", "-m", manifest, "-o", "x.iso")
    run("osirrox", "-no_rc", "-indev", airlock.folder / "x.iso", "-extract", "/", tmp_path / "medium")
    assert (tmp_path / "medium/charts/web-1.0.0.tgz").read_bytes() == WEB.archive
    assert (tmp_path / "medium/charts/web-1.0.0.tgz.prov").read_bytes() == PROVENANCE
    assert " charts/web-1.0.0.tgz.prov\n" in (tmp_path / "medium/release/MANIFEST").read_text()


def test_one_that_was_signed_anew_is_told_as_a_change(airlock: Airlock, served: Path) -> None:
    serve(served, PROVENANCE)
    lock(airlock, ASKED)
    shutil.copy(airlock.folder / "charts.lock", airlock.folder / "old.lock")
    anew = WEB.provenance(remark="signed on another day")
    serve(served, anew)
    told = airlock("lock", "--check", "-m", "release.yaml", expect=7)
    assert "its maker signed it anew" in f"{told.out}{told.err}"
    lock(airlock, ASKED)
    before, after = (Digest.sha256(one).short for one in (PROVENANCE, anew))
    diff = airlock("diff", "old.lock", "charts.lock", "--exit-code", expect=1).out
    assert f"charts signed anew: 1\n  web  {before} → {after}\n" in diff


def test_who_vouches_no_more_is_told_as_a_change(airlock: Airlock, served: Path) -> None:
    serve(served, PROVENANCE)
    lock(airlock, ASKED)
    shutil.copy(airlock.folder / "charts.lock", airlock.folder / "old.lock")
    airlock.write({"charts": [{key: value for key, value in ASKED.items() if key != "keyring"}], "locks": "."})
    told = airlock("lock", "--check", "-m", "release.yaml", expect=7)
    assert "the manifest gives it no keyring any more" in f"{told.out}{told.err}"
    airlock("lock", "-m", "release.yaml")
    (found,) = airlock("diff", "old.lock", "charts.lock", "--json").json["changes"]
    assert (found["kind"], found["old"], found["new"]) == ("signer", FINGERPRINT, "nobody")


def test_another_one_after_the_lock_is_refused(airlock: Airlock, served: Path) -> None:
    serve(served, PROVENANCE)
    manifest = airlock.write({"charts": [ASKED], "locks": "."})
    airlock("lock", "-m", manifest)
    shutil.rmtree(airlock.store / "blobs")
    serve(served, flipped(PROVENANCE))
    told = airlock("fetch", "-m", manifest, expect=4).err
    assert f"http://{HOST}/web-1.0.0.tgz.prov" in told
    assert "chart web 1.0.0" in told
