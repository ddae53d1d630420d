"""What tests may rely on in the stand-in's registry and its whole."""

import hashlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.standin.fixtures import SMALL
from tests.standin.images import demo, storage
from tests.standin.run import run
from tests.standin.upstream import Upstream, background

pytestmark = pytest.mark.integration

# The images have the same digests on every machine: the committed locks of the default release hold them.
DIGESTS = {
    "demo/web:1.0": "sha256:e812b7aecab57f7a82b0fe81fe33f54edef802341f82fc7948dedbe1d952f6ec",
    "demo/api:1.0": "sha256:90ad1dc801e41b5809e7e3501a9686566cf15ecc0bd493c78908c8ff80c58962",
    "demo/tool:1.0": "sha256:e0aa5dd13df31be9668dfe9966156f2991b74417e3d7e971929807b88fbf7448",
    "charts/pebble-api:0.2.0": "sha256:9eb0271b1c7a8873c417439392a2bad459fd1973df6ce4780501645ed595dc23",
}
TESTDATA = Path(os.environ.get("AIRLOCK_TESTDATA") or Path(__file__).parents[4] / "shared" / "data")


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Upstream]:
    with Upstream.start(tmp_path_factory.mktemp("upstream"), big=False) as running:
        yield running


@pytest.mark.parametrize(("reference", "digest"), DIGESTS.items())
def test_a_tag_names_the_digest_it_names_everywhere(up: Upstream, reference: str, digest: str) -> None:
    assert digest_of(up, reference) == digest


def test_layouts_are_written_with_those_digests(tmp_path: Path) -> None:
    assert demo.write_layouts(tmp_path) == {
        name: DIGESTS[f"{name}:{demo.TAG}"] for name in ("demo/web", "demo/api", "demo/tool")
    }


def test_two_images_share_their_base_layer(up: Upstream) -> None:
    web, api = (set(inspect(up, f"demo/{name}:1.0")["Layers"]) for name in ("web", "api"))
    assert len(web & api) == 1
    assert len(web | api) == 3


def test_one_image_is_for_two_platforms(up: Upstream) -> None:
    index = json.loads(raw(up, "demo/tool:1.0"))
    assert [m["platform"]["architecture"] for m in index["manifests"]] == ["amd64", "arm64"]


def test_a_chart_is_pulled_from_the_registry_as_it_was_packaged(up: Upstream, tmp_path: Path) -> None:
    source = f"docker://{up.registry}/charts/pebble-api:0.2.0"
    run("skopeo", "--insecure-policy", "copy", "--src-tls-verify=false", source, f"dir:{tmp_path}/chart")
    manifest = json.loads((tmp_path / "chart" / "manifest.json").read_text())
    layer = tmp_path / "chart" / manifest["layers"][0]["digest"].removeprefix("sha256:")
    assert layer.read_bytes() == (SMALL / "charts" / "pebble-api-0.2.0.tgz").read_bytes()


def test_the_registrys_content_is_made_once() -> None:
    assert storage.build() == storage.build()


def test_what_a_test_pushes_stays_out_of_the_cache(up: Upstream, tmp_path: Path) -> None:
    demo.write_layouts(tmp_path)
    up.push_layout(tmp_path / "demo" / "web", demo.TAG, "own/web")
    assert digest_of(up, "own/web:1.0") == DIGESTS["demo/web:1.0"]
    assert not list(storage.build().rglob("repositories/own"))


def test_a_real_image_is_pushed_from_its_archive(up: Upstream) -> None:
    archive = TESTDATA / "images" / "alpine-3.11.docker-archive.tar.gz"
    if not archive.exists():
        pytest.skip(f"{archive} is not there (AIRLOCK_TESTDATA names the folder of field data)")
    up.push_archive(archive, "library/alpine:3.11")
    assert inspect(up, "library/alpine:3.11")["Architecture"] == "amd64"


def test_faults_can_stand_before_the_registry(up: Upstream) -> None:
    layer = inspect(up, "demo/web:1.0")["Layers"][0]
    path = f"/v2/demo/web/blobs/{layer}"
    with up.faulty_registry() as faulty:
        faulty.faults.flip(path, offset=1000, times=1)
        wrong, right = (get(faulty.address, path) for _ in range(2))
        asked = [(request.path, request.status, request.sent) for request in faulty.log.all()]
    assert [sha256(data) == layer for data in (wrong, right)] == [False, True]
    assert asked == [(path, 200, len(right))] * 2


def test_an_image_is_read_through_the_faulty_address_too(up: Upstream) -> None:
    with up.faulty_registry() as faulty:
        said = run("skopeo", "inspect", "--tls-verify=false", f"docker://{faulty.address}/demo/web:1.0")
    assert json.loads(said)["Digest"] == DIGESTS["demo/web:1.0"]


def test_mirrors_name_both_hosts(up: Upstream) -> None:
    assert up.mirror_args == ["--mirror", f"standin.test={up.http}", "--mirror", f"registry.standin.test={up.registry}"]


def test_the_wheel_installs_from_the_index(up: Upstream, tmp_path: Path) -> None:
    index = f"http://{up.http}/small/pypi/simple"
    run(
        sys.executable,
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-cache-dir",
        "--index-url",
        index,
        "--dest",
        tmp_path,
        "pebble-greet==1.0.0",
    )
    run(
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-index",
        "--target",
        tmp_path / "installed",
        *tmp_path.glob("*.whl"),
    )
    assert (tmp_path / "installed" / "pebble_greet" / "__init__.py").is_file()


def test_in_the_background_it_outlives_its_starter_and_ends_when_told(tmp_path: Path) -> None:
    started = standin("serve", "--small", "--background", "--state", tmp_path).splitlines()[-1]
    try:
        assert standin("env", "--state", tmp_path).strip() == started
        address = started.split("standin.test=")[1].split()[0]
        assert run("curl", "--fail", "--silent", f"http://{address}/small/files/notes.txt").startswith("Notes")
        pids = [int((tmp_path / file).read_text()) for file in ("pid", "registry/pid")]
    finally:
        standin("stop", "--state", tmp_path)
    assert not [pid for pid in pids if background.is_running(pid, "serve")]
    with pytest.raises(background.NotRunning):
        background.mirror_args(tmp_path)


def test_a_killed_one_leaves_nothing_behind_after_a_stop(tmp_path: Path) -> None:
    standin("serve", "--small", "--background", "--state", tmp_path)
    server, registry = (int((tmp_path / file).read_text()) for file in ("pid", "registry/pid"))
    os.kill(server, signal.SIGKILL)
    assert background.is_running(registry, "serve")
    standin("stop", "--state", tmp_path)
    assert not background.is_running(registry, "serve")


def get(address: str, path: str) -> bytes:
    with urlopen(f"http://{address}{path}", timeout=30) as response:
        return bytes(response.read())


def sha256(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def standin(*words: str | Path) -> str:
    """Run the stand-in's command line and return what it printed."""
    command = [sys.executable, "-m", "tests.standin", *map(str, words)]
    done = subprocess.run(command, cwd=background.ROOT, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout


def digest_of(up: Upstream, reference: str) -> str:
    return sha256(raw(up, reference).encode())


def inspect(up: Upstream, reference: str) -> dict[str, Any]:
    """Return what skopeo says of an image."""
    found: dict[str, Any] = json.loads(
        run("skopeo", "inspect", "--tls-verify=false", f"docker://{up.registry}/{reference}")
    )
    return found


def raw(up: Upstream, reference: str) -> str:
    """Return an image's manifest or index as the registry serves it."""
    return run("skopeo", "inspect", "--raw", "--tls-verify=false", f"docker://{up.registry}/{reference}")
