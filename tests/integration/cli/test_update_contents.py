"""`lock --update` of images, charts, files and wheels: what is named moves, and the rest is not even asked for."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml

from airlock_core import proc
from tests.integration.cli.airlock import Airlock
from tests.integration.cli.wheels import Index
from tests.standin.upstream import Upstream

pytestmark = [pytest.mark.integration, pytest.mark.long]

HOST = "registry.standin.test"
BOTH = ("linux/amd64", "linux/arm64")


def images(airlock: Airlock, *names: str, platforms: tuple[str, ...] = BOTH) -> Path:
    refs = [f"{HOST}/{name}" for name in names]
    return airlock.write({"images": {"refs": refs, "platforms": list(platforms), "insecure": [HOST]}, "locks": "."})


def tagged(upstream: Upstream, source: str, *targets: str) -> None:
    """Give an image of the registry other names there."""
    tls = ("--src-tls-verify=false", "--dest-tls-verify=false")
    for target in targets:
        names = [f"docker://{upstream.registry}/{name}" for name in (source, target)]
        proc.run(["skopeo", "copy", "-q", "--all", "--preserve-digests", *tls, *names], timeout=60)


def locked_images(airlock: Airlock) -> dict[str, tuple[str, str]]:
    """Digest and platforms of each image."""
    data = yaml.safe_load((airlock.folder / "images.lock").read_text())
    refs = ((one["image"].partition("@"), one["annotations"]["airlock.io/platforms"]) for one in data["images"])
    return {ref[0].partition("/")[2]: (ref[2], platforms) for ref, platforms in refs}


def test_only_the_image_that_is_named_follows_its_tag(airlock: Airlock, upstream: Upstream) -> None:
    tagged(upstream, "demo/tool:1.0", "update/a:1", "update/b:1")
    airlock("lock", "-m", images(airlock, "update/a:1", "update/b:1"))
    before = locked_images(airlock)
    tagged(upstream, "demo/api:1.0", "update/a:1", "update/b:1")
    checked = airlock("lock", "-m", "release.yaml", "--update", "update/a", "--check", expect=7).err
    assert checked.count("its tag moved:") == 2
    assert "update/b" not in checked
    told = airlock("lock", "-m", "release.yaml", "--update", "update/a:1", "--json").json
    change, _ = told["changes"]  # the tag, and that it is for one platform now
    assert (change["name"], change["reason"]["cause"]) == (f"{HOST}/update/a", "tag")
    after = locked_images(airlock)
    assert after["update/a"] != before["update/a"]
    assert after["update/b"] == before["update/b"]


def test_another_platform_is_of_the_build_that_is_locked_wherever_its_tag_is_now(
    airlock: Airlock, upstream: Upstream
) -> None:
    tagged(upstream, "demo/tool:1.0", "wider/a:1", "wider/b:1")
    airlock("lock", "-m", images(airlock, "wider/a:1", "wider/b:1", platforms=BOTH[:1]))
    single = locked_images(airlock)["wider/a"]
    tagged(upstream, "demo/api:1.0", "wider/a:1")
    both = images(airlock, "wider/a:1", "wider/b:1")
    told = airlock("lock", "-m", both, "--update", "wider/b").out
    assert "  the manifest asks for other platforms:\n" in told
    whole = locked_images(airlock)["wider/a"]
    assert (single[1], whole[1]) == ("linux/amd64", "linux/amd64,linux/arm64")
    assert whole == locked_images(airlock)["wider/b"], "the index itself"
    airlock("lock", "-m", images(airlock, "wider/a:1", "wider/b:1", platforms=BOTH[:1]), "--update", "wider/b")
    assert locked_images(airlock)["wider/a"] == single


def test_what_is_made_for_one_platform_alone_stays_though_several_are_asked(
    airlock: Airlock, upstream: Upstream
) -> None:
    tagged(upstream, "demo/web:1.0", "alone/a:1", "alone/b:1")
    path = images(airlock, "alone/a:1", "alone/b:1")
    airlock("lock", "-m", path)
    before = locked_images(airlock)
    assert before["alone/a"][1] == "linux/amd64"
    tagged(upstream, "demo/api:1.0", "alone/a:1", "alone/b:1")
    airlock("lock", "-m", path, "--update", "alone/b")
    after = locked_images(airlock)
    assert after["alone/a"] == before["alone/a"]
    assert after["alone/b"] != before["alone/b"]


def test_another_platform_moves_no_tag_where_the_build_that_is_locked_is_gone(
    airlock: Airlock, upstream: Upstream
) -> None:
    tagged(upstream, "demo/tool:1.0", "torn/a:1", "torn/b:1")
    airlock("lock", "-m", images(airlock, "torn/a:1", "torn/b:1", platforms=BOTH[:1]))
    lock = airlock.folder / "images.lock"
    (line,) = {one for one in lock.read_text().splitlines() if "airlock.io/index" in one}
    lock.write_text(lock.read_text().replace(line, f"{line.partition('sha256:')[0]}sha256:{'0' * 64}"))
    before = lock.read_text()
    told = airlock("lock", "-m", images(airlock, "torn/a:1", "torn/b:1"), "--update", "torn/b", expect=5).err
    assert "locked for linux/amd64, asked for linux/amd64, linux/arm64, and what is locked cannot be had" in told
    assert "--update 'torn/a:1'" in told
    assert lock.read_text() == before


def charts(folder: Path, text: str, *names: str) -> str:
    """A repository of charts, each of version 1.0.0; its URL."""
    folder.mkdir(exist_ok=True)
    for name in names:
        files = {f"{name}/Chart.yaml": f"apiVersion: v2\nname: {name}\nversion: 1.0.0\n", f"{name}/values.yaml": text}
        (folder / f"{name}-1.0.0.tgz").write_bytes(tgz(files))
    entries = {name: [{"version": "1.0.0", "urls": [f"{name}-1.0.0.tgz"]}] for name in names}
    (folder / "index.yaml").write_text(yaml.safe_dump({"apiVersion": "v1", "entries": entries}))
    return folder.as_uri()


def tgz(files: Mapping[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, text in files.items():
            entry = tarfile.TarInfo(path)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()


def digests(airlock: Airlock, lock: str, entries: str, name: str, digest: str) -> dict[str, str]:
    data = yaml.safe_load((airlock.folder / lock).read_text())
    return {one[name].rpartition("/")[2]: one[digest] for one in data[entries]}


def test_only_the_chart_that_is_named_moves(airlock: Airlock, tmp_path: Path) -> None:
    url = charts(tmp_path / "charts", "a: 1\n", "one", "two")
    wanted = [{"name": name, "repository": url, "version": "1.0.0"} for name in ("one", "two")]
    path = airlock.write({"charts": wanted, "locks": "."})
    airlock("lock", "-m", path)
    before = digests(airlock, "charts.lock", "dependencies", "name", "digest")
    charts(tmp_path / "charts", "a: 2\n", "one", "two")
    told = airlock("lock", "-m", path, "--update", "one", "--json").json
    assert [(one["name"], one["reason"]["cause"]) for one in told["changes"]] == [("one", "bytes")]
    after = digests(airlock, "charts.lock", "dependencies", "name", "digest")
    assert after["two"] == before["two"]
    assert after["one"] != before["one"]


def test_only_the_file_that_is_named_moves_and_what_stays_is_not_asked_for(airlock: Airlock, tmp_path: Path) -> None:
    one, two = tmp_path / "one.bin", tmp_path / "two.bin"
    one.write_text("1")
    two.write_text("1")
    path = airlock.write({"files": {"urls": [{"url": one.as_uri()}, {"url": two.as_uri()}]}, "locks": "."})
    airlock("lock", "-m", path)
    one.write_text("22")
    two.unlink()
    told = airlock("lock", "-m", path, "--update", "one.*").out
    assert "  other bytes at the same URL:" in told
    assert "two.bin" not in told
    assert "wrote files.lock" in told


def test_only_the_wheel_that_is_named_moves_with_what_that_forces(airlock: Airlock, tmp_path: Path) -> None:
    index = Index(tmp_path / "index")
    for version in ("1.0", "2.0"):
        index.has("lib", version)
        index.has("tool", version)
        index.has("app", version, f"lib=={version}")
    requirements = airlock.folder / "requirements.txt"
    requirements.write_text("app==1.0\ntool==1.0\n")
    path = airlock.write({"python": {"requirements": "requirements.txt", "index": index.url}, "locks": "."})
    airlock("lock", "-m", path)
    assert wheels(airlock) == {"app": "1.0", "lib": "1.0", "tool": "1.0"}
    requirements.write_text("app\ntool\n")
    assert "nothing changed" in airlock("lock", "-m", path, "--update", "lib").out, "app needs it as it is"
    airlock("lock", "-m", path, "--update", "app")
    assert wheels(airlock) == {"app": "2.0", "lib": "2.0", "tool": "1.0"}
    told = airlock("lock", "-m", path).out
    assert (
        "  the index gives another version for the requirements:\n    tool  1.0 → 2.0  tool in requirements.txt:2"
        in told
    )


def wheels(airlock: Airlock) -> dict[str, str]:
    names = digests(airlock, "files.lock", "artifacts", "filename", "checksum")
    return {name.split("-")[0]: name.split("-")[1] for name in names}


def test_a_glob_that_names_nothing_of_any_kind_is_refused_with_the_nearest(airlock: Airlock, tmp_path: Path) -> None:
    file = tmp_path / "one.bin"
    file.write_text("1")
    path = airlock.write({"files": {"urls": [{"url": file.as_uri()}]}, "locks": "."})
    airlock("lock", "-m", path)
    told = airlock("lock", "-m", path, "--update", "one.bim", expect=3).err
    assert "'one.bim' names nothing that is locked" in told
    assert "the nearest: one.bin" in told


def test_why_each_entry_came_and_left_is_told_with_its_place(airlock: Airlock, tmp_path: Path) -> None:
    one, two = tmp_path / "one.bin", tmp_path / "two.bin"
    one.write_text("1")
    two.write_text("2")
    lists = airlock.folder / "files.txt"
    lists.write_text(f"{one.as_uri()}\n")
    path = airlock.write({"files": {"include": ["files.txt"]}, "locks": "."})
    airlock("lock", "-m", path)
    lists.write_text(f"# ours\n{two.as_uri()}\n")
    changes = {one["kind"]: one["reason"] for one in airlock("lock", "-m", path, "--json").json["changes"]}
    assert changes["added"] == {"cause": "asked", "text": "the manifest asks for it now", "detail": "files.txt:2"}
    assert changes["removed"] == {"cause": "unasked", "text": "the manifest no longer asks for it"}
