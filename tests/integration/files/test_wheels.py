"""Python requirements resolved for the site's Python and platform, whatever Python resolves them; nothing is built."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from airlock_builder.remote.index import PackageIndex, Target
from airlock_core.errors import InputError
from tests.integration.cli.airlock import Airlock
from tests.integration.cli.wheels import Index
from tests.integration.files.conftest import locked

pytestmark = [pytest.mark.integration, pytest.mark.long]

Resolve = Callable[..., list[str]]
EL8, EL9 = Target("3.11", 8, "x86_64"), Target("3.11", 9, "x86_64")


@pytest.fixture
def index(tmp_path: Path) -> Index:
    """An empty index."""
    return Index(tmp_path / "index")


@pytest.fixture
def resolve(index: Index, tmp_path: Path) -> Resolve:
    """What requirements come to for a target: file names."""

    def resolved(target: Target, *lines: str) -> list[str]:
        path = tmp_path / "requirements.txt"
        path.write_text("\n".join(lines))
        return [wheel.filename for wheel in PackageIndex().resolve([path], target, index.url)]

    return resolved


def test_markers_mean_what_they_mean_at_the_site(index: Index, resolve: Resolve) -> None:
    index.has(
        "app",
        "1.0",
        'old; python_version < "3.10"',
        'new; python_version >= "3.12"',
        'arm; platform_machine == "aarch64"',
        'windows; sys_platform == "win32"',
        'more; extra == "all" and python_full_version < "3.10"',
        extras=("all",),
    )
    for name in ("old", "new", "arm", "windows", "more"):
        index.has(name, "1.0")
    assert [one.split("-")[0] for one in resolve(Target("3.9", 8, "x86_64"), "app[all]")] == ["app", "more", "old"]
    assert [one.split("-")[0] for one in resolve(Target("3.12", 9, "aarch64"), "app[all]")] == ["app", "arm", "new"]


def test_wheels_are_of_the_platforms_c_library_and_stable_interfaces_count(index: Index, resolve: Resolve) -> None:
    index.has("fast", "1.0", tag="cp311-cp311-manylinux_2_17_x86_64.manylinux2014_x86_64")
    index.has("fast", "2.0", tag="cp311-cp311-manylinux_2_28_x86_64")
    index.has("fast", "3.0", tag="cp311-cp311-manylinux_2_34_x86_64")
    index.has("fast", "4.0", tag="cp311-cp311-manylinux_2_35_x86_64")
    index.has("fast", "5.0", tag="cp312-cp312-manylinux_2_17_x86_64")
    index.has("fast", "6.0", tag="cp311-cp311-musllinux_1_2_x86_64")
    index.has("stable", "1.0", tag="cp37-abi3-manylinux1_x86_64")
    index.has("stable", "2.0", tag="cp312-abi3-manylinux1_x86_64")
    found = ["fast-2.0-cp311-cp311-manylinux_2_28_x86_64.whl", "stable-1.0-cp37-abi3-manylinux1_x86_64.whl"]
    assert resolve(EL8, "fast", "stable") == found
    assert resolve(EL9, "fast")[0] == "fast-3.0-cp311-cp311-manylinux_2_34_x86_64.whl"
    with pytest.raises(InputError, match=r"no wheel for fast==3\.0 on Python 3\.11, EL 8, x86_64"):
        resolve(EL8, "fast==3.0")


def test_sources_are_neither_taken_nor_run(index: Index, resolve: Resolve) -> None:
    index.has_source("only", "1.0")
    with pytest.raises(InputError, match="no wheel for only"):
        resolve(EL8, "only")
    source = (index.folder / "packages/only-1.0.tar.gz").as_uri()
    index.has("app", "1.0", f"only @ {source}")
    with pytest.raises(InputError, match=r"only@? ?.*is no wheel, and nothing is built here"):
        resolve(EL8, "app")
    assert not (index.folder / "was-run").exists()


def lock(airlock: Airlock, index: Index, text: str, expect: int = 0) -> str:
    (airlock.folder / "r.txt").write_text(text)
    python = {"requirements": "r.txt", "index": index.url}
    ran = airlock("lock", "-m", airlock.write({"python": python, "locks": "."}), expect=expect)
    return ran.out + ran.err


def test_hashes_in_the_requirements_are_honoured(airlock: Airlock, index: Index) -> None:
    app, lib = index.has("app", "1.0", "lib"), index.has("lib", "1.0")
    digests = [hashlib.sha256(wheel.read_bytes()).hexdigest() for wheel in (app, lib)]
    good = "app==1.0 \\\n    --hash=sha256:{} \\\n    --hash=sha256:{}\nlib==1.0 --hash=sha256:{}\n"
    lock(airlock, index, good.format(digests[0], "0" * 64, digests[1]))
    assert {entry["checksum"] for entry in locked(airlock).values()} == {f"sha256:{one}" for one in digests}
    airlock("lock", "-m", "release.yaml", "--update", "lib")
    told = lock(airlock, index, good.format("1" * 64, "0" * 64, digests[1]), expect=4)
    assert "than its hash says: " in told
    assert f"found sha256:{digests[0]}" in told
    told = lock(airlock, index, f"app==1.0 --hash=sha256:{digests[0]}\n", expect=3)
    assert "some requirements have hashes and some have none" in told
    assert "lib" in told


def test_what_would_bring_no_wheel_of_the_manifests_index_is_refused_by_file_and_line(
    airlock: Airlock, index: Index
) -> None:
    text = "\n".join(
        (
            "# comment",
            "--index-url https://elsewhere.test/simple",
            "--no-binary :all:",
            "-e ./app",
            "app @ https://files.test/app-1.0.tar.gz",
            "git+https://git.test/app",
            "./vendor/app",
            "lib @ https://files.test/lib-1.0-py3-none-any.whl",
        )
    )
    told = lock(airlock, index, text, expect=3)
    assert "r.txt:2: --index-url has no place in a locked list" in told
    assert "r.txt:3: --no-binary has no place in a locked list" in told
    assert "r.txt:4: -e has no place in a locked list" in told
    for line in (5, 6, 7):
        assert f"r.txt:{line}: is no wheel, and nothing is built here" in told
    assert "r.txt:8" not in told


def test_what_an_option_adds_goes_with_what_is_there_without_it(airlock: Airlock, index: Index) -> None:
    for version in ("1.0", "2.0"):
        index.has("lib", version)
    index.has("array", "1.0", "lib")
    index.has("other", "1.0", "lib>=2")
    for name, line in (("site", "lib<2"), ("array", "array"), ("other", "other")):
        (airlock.folder / f"{name}.txt").write_text(f"{line}\n")

    def content(name: str) -> dict[str, object]:
        return {"python": {"requirements": f"{name}.txt", "index": index.url}}

    path = airlock.write({**content("site"), "options": {"array": content("array")}, "locks": "."})
    airlock("lock", "-m", path)
    found = {name.split("-")[0]: (name.split("-")[1], one.get("options")) for name, one in locked(airlock).items()}
    assert found == {"lib": ("1.0", None), "array": ("1.0", ["array"])}
    path = airlock.write({**content("site"), "options": {"other": content("other")}, "locks": "."})
    told = airlock("lock", "-m", path, expect=3).err
    assert "lib" in told
    assert "requirements cannot be resolved" in told
