"""The manifests in the tree: they load, pass lint and plan, and their scripts are sound."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from airlock_builder.manifest.checking import schema
from airlock_builder.manifest.lint import lint
from airlock_builder.manifest.load import load
from airlock_builder.manifest.plan import plan
from airlock_core.imageref import ImageRef
from tests.unit.builder.manifest.machine import pre_script

MANIFESTS = Path(__file__).parents[4] / "manifests"
NAMES = ("default", "demo", "burrito-rocky8", "burrito-rocky9")


@pytest.mark.parametrize("name", NAMES)
def test_it_passes_lint_and_plan(name: str) -> None:
    loaded = load(MANIFESTS / f"{name}.yaml")
    assert [str(fault) for fault in lint(loaded).faults] == []
    assert plan(loaded, None).lines()


def test_no_two_write_the_same_locks() -> None:
    folders = [load(MANIFESTS / f"{name}.yaml").locks for name in NAMES]
    assert len(set(folders)) == len(NAMES)


@pytest.mark.parametrize(
    ("name", "packages", "images", "files", "options"),
    [
        ("burrito-rocky8", 612, 49, 19, {"hitachi", "netapp", "powerflex"}),
        ("burrito-rocky9", 697, 51, 17, {"hitachi", "netapp", "powerflex", "powerstore", "primera", "purestorage"}),
    ],
)
def test_the_platforms_manifests_carry_its_content(
    name: str, packages: int, images: int, files: int, options: set[str]
) -> None:
    """The counts of the platform's own lists; of its 50 images for Rocky 8 one stands there twice."""
    loaded = load(MANIFESTS / f"{name}.yaml")
    assert len(loaded.rpms.packages) >= packages
    assert len({str(ImageRef.parse(ref)) for ref in loaded.images.refs}) == images
    assert len(loaded.files.urls) >= files
    assert set(loaded.options) == options


def test_every_fragment_extends_the_platform_of_its_release() -> None:
    for fragment in sorted((MANIFESTS / "fragments").glob("*-rocky*.yaml")):
        release = fragment.stem.rsplit("-", 1)[-1]
        text = (MANIFESTS / f"burrito-{release}.yaml").read_text(encoding="utf-8")
        assert f"fragments/{fragment.name}" in text or fragment.stem.startswith("pfmp"), fragment.name


def test_the_schema_is_json() -> None:
    assert "apiVersion" in json.loads(json.dumps(schema()))["properties"]


@pytest.mark.parametrize("name", ["deployer", "node"])
def test_scripts_of_the_kickstarts_are_sound(name: str, tmp_path: Path) -> None:
    if not shutil.which("shellcheck"):
        pytest.skip("shellcheck is not installed: the scripts in kickstart/ are not checked")
    script = tmp_path / "pre.sh"
    script.write_text(pre_script(name), encoding="utf-8")
    checked = subprocess.run(["shellcheck", "-s", "sh", script], capture_output=True, text=True, check=False)
    assert checked.stdout == ""
