"""Playbook projects: their archives, and the Python environment that each has of its own."""

from __future__ import annotations

import gzip
import hashlib
import io
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.airlock import Airlock
from tests.integration.cli.wheels import Index
from tests.integration.files.conftest import Servers, locked
from tests.integration.files.test_collections import staged

pytestmark = pytest.mark.integration


def entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    return made


def project(*more: tarfile.TarInfo) -> bytes:
    """An archive as GitHub packs it: a comment of all files, one folder at its top."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"comment": "0" * 40}) as tar:
        for name in ("p-1.0", "p-1.0/roles", "p-1.0/extra"):
            tar.addfile(entry(name, tarfile.DIRTYPE))
        tar.addfile(entry("p-1.0/cluster.yml"))
        tar.addfile(entry("p-1.0/roles/main.yml"))
        tar.addfile(entry("p-1.0/extra/roles", tarfile.SYMTYPE, "../roles"))
        for one in more:
            tar.addfile(one)
    return gzip.compress(buffer.getvalue(), mtime=0)


def lock(airlock: Airlock, *playbooks: dict[str, Any], expect: int = 0, **more: Any) -> str:
    path = airlock.write({"playbooks": list(playbooks), "locks": ".", **more})
    ran = airlock("lock", "-m", path, expect=expect)
    return ran.out + ran.err


def test_each_project_has_an_environment_of_its_own_which_pip_makes_from_the_medium(
    airlock: Airlock, servers: Servers, tmp_path: Path
) -> None:
    index = Index(tmp_path / "index")
    for version in ("2.14", "2.16"):
        index.has("core", version, "lib")
    index.has("lib", "1.0")
    for name, text in (("site", "core==2.16\n"), ("kube", "core==2.14\n")):
        (airlock.folder / f"{name}.txt").write_text(text)
    url = servers.put("p-1.0.tar.gz", project())
    lock(
        airlock,
        {"name": "kube", "url": url, "checksum": _digest(project()), "requirements": "kube.txt"},
        python={"requirements": "site.txt", "index": index.url},
    )
    found = locked(airlock)
    assert found["kube/p-1.0.tar.gz"]["kind"] == "playbook"
    assert {name: one["environments"] for name, one in found.items() if one["kind"] == "wheel"} == {
        "core-2.14-py3-none-any.whl": ["kube"],
        "core-2.16-py3-none-any.whl": ["site"],
        "lib-1.0-py3-none-any.whl": ["kube", "site"],
    }
    airlock("fetch", "-m", "release.yaml")
    assert "core 2.14 requires lib" in airlock("why", "-m", "release.yaml", "lib").out
    medium = staged(airlock, tmp_path / "medium")
    assert (medium / "files/playbooks/kube/p-1.0.tar.gz").read_bytes() == project()
    for name, version in (("site", "2.16"), ("kube", "2.14")):
        assert _installed(medium / "pypi", name, tmp_path / name) == {"core": version, "lib": "1.0"}
    with tarfile.open(medium / "burrito-1.0.tar.gz") as installer:
        listed = installer.extractfile("burrito-1.0/requirements.txt")
        assert listed is not None
        assert b"# Python 3.11\n" + listed.read() == (medium / "pypi/requirements/site.txt").read_bytes()


def _installed(pypi: Path, name: str, target: Path) -> dict[str, str]:
    """What pip makes of an environment's list, without any index."""
    words = ("--no-index", "--find-links", str(pypi), "--require-hashes", "--no-deps", "--target", str(target))
    listed = str(pypi / "requirements" / f"{name}.txt")
    command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check", *words, "-r", listed]
    subprocess.run(command, check=True, capture_output=True)
    infos = (path.name.removesuffix(".dist-info").split("-") for path in target.glob("*.dist-info"))
    return dict(infos)


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def bomb() -> bytes:
    return gzip.compress(bytes(200 << 20), 9)


def empty() -> bytes:
    return gzip.compress(entry("p-1.0", tarfile.DIRTYPE).tobuf() + bytes(1024))


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a path that climbs out": (lambda: project(entry("p-1.0/../../evil")), "which leads out of it"),
    "an absolute path": (lambda: project(entry("/etc/evil")), "which leads out of it"),
    "a link that climbs out": (lambda: project(entry("p-1.0/x", tarfile.SYMTYPE, "../../etc")), "holds the link"),
    "an absolute link": (lambda: project(entry("p-1.0/x", tarfile.SYMTYPE, "/etc/passwd")), "holds the link"),
    "a link by way of another": (
        lambda: project(
            entry("p-1.0/a/b/c", tarfile.SYMTYPE, "../../.."), entry("p-1.0/x", tarfile.SYMTYPE, "a/b/c/../../etc")
        ),
        "holds the link",
    ),
    "a file below a link": (
        lambda: project(entry("p-1.0/x", tarfile.SYMTYPE, "roles"), entry("p-1.0/x/main.yml")),
        "has a link with something below it: p-1.0/x",
    ),
    "a hard link to what is not there": (
        lambda: project(entry("p-1.0/x", tarfile.LNKTYPE, "etc/passwd")),
        "which is neither a file, a folder nor a link within it",
    ),
    "a device": (lambda: project(entry("p-1.0/x", tarfile.BLKTYPE)), "which is neither a file"),
    "one path twice": (lambda: project(entry("p-1.0/cluster.yml")), "holds p-1.0/cluster.yml twice"),
    "a bomb": (bomb, "unpacks to more than"),
    "no archive": (lambda: b"<html>no such project</html>" * 50, "is no tar archive"),
    "nothing": (empty, "holds no file"),
    "half of one": (lambda: project()[:-40], "cannot be unpacked"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_archive_is_refused_with_the_reason(case: str, servers: Servers, tmp_path: Path) -> None:
    from airlock_builder.lock.files.projects import check
    from airlock_core.errors import VerificationError

    make, said = HOSTILE[case]
    path = tmp_path / "project.tar.gz"
    path.write_bytes(make())
    with pytest.raises(VerificationError, match=said) as caught:
        check(path, where="http://files.test/p.tar.gz")
    assert caught.value.where == "http://files.test/p.tar.gz"


def test_the_command_refuses_one_by_its_url(airlock: Airlock, servers: Servers) -> None:
    url = servers.put("p.tar.gz", project(entry("../evil")))
    told = lock(airlock, {"name": "kube", "url": url}, expect=4)
    assert f"{url}: holds '../evil', which leads out of it" in told


def test_files_that_would_have_one_place_on_the_medium_are_refused(airlock: Airlock, servers: Servers) -> None:
    first = servers.put("a/tool", b"1")
    urls = {"urls": [{"url": first}, {"url": f"{first}/more"}]}
    (servers.folder / "a/tool").unlink()
    servers.put("a/tool/more", b"2")
    servers.files.faults.replace("/a/tool", b"1")
    told = lock(airlock, files=urls, expect=3)
    assert "files.test/a/tool would be a file and a folder" in told
    told = lock(airlock, files={"urls": [{"url": f"{first}/more"}, {"url": f"{first}/more?v=2"}]}, expect=3)
    assert "several files would be files.test/a/tool/more" in told
    told = lock(airlock, {"name": "site", "url": first}, expect=3)
    assert "playbooks[0].name: 'site' is the name of the site's own Python environment" in told
