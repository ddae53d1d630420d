"""Registries that lie, or mean harm: each is found out by name, and nothing of it stands under a final name."""

from __future__ import annotations

import copy
import hashlib
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cli.airlock import Airlock
from tests.integration.shipping.conftest import ISO, TAG, Shop
from tests.standin.images import registry
from tests.standin.run import run
from tests.standin.upstream import forward
from tests.standin.upstream.server import FaultyServer, serve

pytestmark = [pytest.mark.integration, pytest.mark.long]

MANIFEST = "/v2/releases/burrito/manifests/*"
TITLE = "org.opencontainers.image.title"
Alter = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="module")
def stocked(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shop]:
    """A registry that has the release, in parts; nothing is written to it any more."""
    root = tmp_path_factory.mktemp("stocked")
    shutil.copytree(built, root / "work")
    with registry.serve(root / "registry") as running:
        shop = Shop(Airlock(root / "work", root / "store"), running.address, root / "out")
        shop.push("--part-size", "1M")
        yield shop


@pytest.fixture
def shop(stocked: Shop, tmp_path: Path) -> Shop:
    """The same, with a folder of its own to pull into."""
    return replace(stocked, out=tmp_path / "out")


@pytest.fixture
def lying(stocked: Shop) -> Iterator[FaultyServer]:
    """Stands before the registry, and can be told to misbehave."""
    with serve(forward.source(stocked.address)) as server:
        yield server


def pulled(shop: Shop, server: FaultyServer, status: int) -> str:
    """What is said of a pull that must fail; nothing came of it."""
    err = shop.at(server.address).pull(expect=status).err
    left = {name for name in shop.files() if not name.startswith(".airlock-pull")}
    assert not left
    assert {path.name for path in shop.out.parent.iterdir()} <= {"out"}
    return err


def layer(manifest: dict[str, Any], title: str) -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in manifest["layers"] if one["annotations"][TITLE] == title)
    return found


def titled(title: str) -> Alter:
    return lambda manifest: layer(manifest, "rpms.lock")["annotations"].update({TITLE: title})


def of_part(key: str, value: str) -> Alter:
    return lambda manifest: layer(manifest, f"{ISO}.part-001")["annotations"].update({key: value})


def swapped(manifest: dict[str, Any]) -> None:
    """Two locks under one another's names."""
    one, two = layer(manifest, "rpms.lock"), layer(manifest, "files.lock")
    one["annotations"], two["annotations"] = two["annotations"], one["annotations"]


def turned(manifest: dict[str, Any]) -> None:
    """Two parts in one another's place."""
    one, two = layer(manifest, f"{ISO}.part-000"), layer(manifest, f"{ISO}.part-001")
    one["annotations"], two["annotations"] = two["annotations"], one["annotations"]


def without(title: str) -> Alter:
    return lambda manifest: manifest["layers"].remove(layer(manifest, title))


def every_part(key: str, value: str) -> Alter:
    def alter(manifest: dict[str, Any]) -> None:
        for one in manifest["layers"]:
            if key in one["annotations"]:
                one["annotations"][key] = value

    return alter


BAD: dict[str, tuple[Alter, str]] = {
    "climbs out": (titled("../rpms.lock"), "'../rpms.lock'"),
    "climbs out within": (titled("a/../../rpms.lock"), "'a/../../rpms.lock'"),
    "is absolute": (titled("/etc/rpms.lock"), "'/etc/rpms.lock'"),
    "is empty": (titled(""), "a name that no file may have: ''"),
    "hides": (titled(".bashrc"), "'.bashrc'"),
    "is an option": (titled("-rf"), "'-rf'"),
    "has a backslash": (titled("..\\rpms.lock"), "a name that no file may have"),
    "has a NUL": (titled("rpms.lock\0"), "a name that no file may have"),
    "steers a terminal": (titled("\x1b[2Jrpms.lock"), "a name that no file may have"),
    "goes too deep": (titled("/".join("abcdefghij")), "a name that no file may have"),
    "is of the scratch folder": (titled(".airlock-pull/x"), "a name that no file may have"),
    "stands there twice": (titled("files.lock"), "several files of one name: 'files.lock'"),
    "differs in case alone": (titled("FILES.lock"), "several files of one name"),
    "is a file and a folder": (titled("files.lock/x"), "several files of one name: 'files.lock'"),
    "locks swapped": (swapped, "was not built from this"),
    "parts swapped": (turned, "its parts are not the ISO"),
    "part missing": (without(f"{ISO}.part-001"), "its parts are not the whole"),
    "lock missing": (without("rpms.lock"), "rpms.lock is not part of it"),
    "checksum missing": (without(f"{ISO}.sha256"), "it comes without its .sha256"),
    "root document missing": (without("release/release.json"), "it comes without its release.json"),
    "part number twice": (of_part("airlock.io/part", "0"), "its parts are not the whole"),
    "part number no number": (of_part("airlock.io/part", "x"), "do not say how they belong together"),
    "so many parts": (every_part("airlock.io/parts", "9" * 15), "its parts are not the whole"),
    "whole of another digest": (every_part("airlock.io/whole-digest", "sha256:" + "0" * 64), "is of another ISO"),
    "whole of another size": (every_part("airlock.io/whole-size", "12"), "its parts are not the whole"),
    "whole of another name": (every_part("airlock.io/whole", "../x.iso"), "'../x.iso'"),
    "size negative": (lambda m: m["layers"][0].update(size=-1), "a size that cannot be: -1"),
    "size no number": (lambda m: m["layers"][0].update(size="9"), "a size that cannot be"),
    "size too small": (lambda m: m["layers"][0].update(size=9), "other bytes than its own manifest says"),
    "size too large": (lambda m: m["layers"][0].update(size=99_999), "other bytes than its own manifest says"),
    "document without end": (lambda m: m["layers"][0].update(size=1 << 40), "is no document"),
    "digest no digest": (lambda m: m["layers"][0].update(digest="sha256:0"), "not a digest"),
    "another kind": (lambda m: m.update(artifactType="application/vnd.example"), "is no release of airlock"),
    "no kind": (lambda m: m.pop("artifactType"), "is no release of airlock"),
    "another number": (lambda m: m["annotations"].update({"airlock.io/number": "13"}), "is of another release"),
    "name steers a terminal": (lambda m: m["annotations"].update({TITLE: "\x1b[2J"}), "no name and no version"),
    "layers no list": (lambda m: m.update(layers=3), "is no manifest of a release"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_manifest_that_means_harm_is_refused(case: str, shop: Shop, lying: FaultyServer) -> None:
    alter, said = BAD[case]
    raw = run("skopeo", "inspect", "--tls-verify=false", "--raw", f"docker://{shop.repository}:{TAG}")
    manifest = copy.deepcopy(json.loads(raw))
    alter(manifest)
    lying.faults.replace(MANIFEST, json.dumps(manifest).encode())
    assert said in pulled(shop, lying, 4)


@pytest.mark.parametrize("raw", [b"", b"no JSON", b"[]", b"[" * 100_000, b'{"artifactType": 3}'])
def test_what_is_no_manifest_is_told(raw: bytes, shop: Shop, lying: FaultyServer) -> None:
    lying.faults.replace(MANIFEST, raw)
    assert f"{lying.address}/releases/burrito@sha256:" in pulled(shop, lying, 4)


def test_a_manifest_without_end_is_left_soon(shop: Shop, lying: FaultyServer) -> None:
    lying.faults.endless(MANIFEST)
    assert "more than 4 MiB" in pulled(shop, lying, 5)


def test_another_manifest_than_the_digest_says_is_refused(shop: Shop, lying: FaultyServer) -> None:
    digest = shop.push("--part-size", "1M").json["digest"]
    lying.faults.replace(MANIFEST, b"{}")
    ran = shop.at(lying.address).pull(what=f"@{digest}", expect=4)
    assert f"expected {digest}" in ran.err


def test_another_manifest_than_the_registry_itself_says_is_refused(shop: Shop, lying: FaultyServer) -> None:
    lying.faults.header(MANIFEST, "Docker-Content-Digest", "sha256:" + "0" * 64)
    assert "another manifest than it should be" in pulled(shop, lying, 4)


def blob(shop: Shop, name: str) -> str:
    """The path of a part's blob."""
    data = shop.iso.read_bytes()
    piece = data[: 1 << 20] if name == "first" else data[1 << 20 : 2 << 20]
    return f"/v2/releases/burrito/blobs/sha256:{hashlib.sha256(piece).hexdigest()}"


def test_a_blob_with_a_bit_flipped_is_refused(shop: Shop, lying: FaultyServer) -> None:
    lying.faults.flip(blob(shop, "second"), offset=5000)
    assert "other bytes than its own manifest says" in pulled(shop, lying, 4)


def test_a_blob_without_end_is_left_after_one_byte_too_many(shop: Shop, lying: FaultyServer) -> None:
    lying.faults.endless(blob(shop, "first"))
    assert "other bytes than its own manifest says" in pulled(shop, lying, 4)
    (asked,) = [one for one in lying.log.all() if one.path == blob(shop, "first")]
    assert asked.sent < 64 << 20


def test_a_blob_that_is_gone_is_named(shop: Shop, lying: FaultyServer) -> None:
    lying.faults.status(blob(shop, "first"), 404)
    assert f"{blob(shop, 'first').rpartition('/')[2]}: cannot be pulled" in pulled(shop, lying, 5)


def test_a_circle_of_redirections_ends(shop: Shop, lying: FaultyServer) -> None:
    lying.faults.redirect(MANIFEST, f"http://{lying.address}/v2/releases/burrito/manifests/{TAG}")
    assert "more than 10 redirect" in pulled(shop, lying, 5)


def test_what_another_mirror_gives_wrong_is_taken_from_the_next(
    shop: Shop, lying: FaultyServer, tmp_path: Path
) -> None:
    lying.faults.flip(blob(shop, "second"), offset=5000)
    places = [{"prefix": "r.test", "location": f"{shop.address}/releases", "mirrors": [f"{lying.address}/releases"]}]
    content = {"images": {"registries": places, "insecure": [shop.address, lying.address]}}
    shop.airlock.write(content, "ways.yaml")
    shop.airlock("pull", f"r.test/burrito:{TAG}", "-o", shop.out, "-m", "ways.yaml")
    assert shop.files()[ISO] == shop.iso.read_bytes()
