"""What airlock does with image archives that mean it harm: named, refused, bounded, and nothing written elsewhere."""

from __future__ import annotations

import gzip
import io
import json
import sys
import tarfile
from collections.abc import Callable

import pytest
import zstandard

from tests.integration.cli.airlock import Airlock
from tests.integration.hostile import bounded, kept
from tests.integration.images import written
from tests.integration.images.written import Archives, entry, packed, saved

pytestmark = pytest.mark.integration

NAME = "io.containerd.image.name"
ONE = {"made/one:1": "one/layer.tar"}


def with_entry(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> bytes:
    return saved(ONE, entry(name, kind, target))


def with_file(name: str, data: bytes) -> bytes:
    return saved(ONE, files={name: data})


def many() -> bytes:
    block = tarfile.TarInfo("x").tobuf(tarfile.USTAR_FORMAT)
    blocks = (tarfile.TarInfo(f"{number:x}").tobuf(tarfile.USTAR_FORMAT) for number in range(25_000))
    return b"".join(blocks) + bytes(len(block) * 2)


def longer_than_it_is() -> bytes:
    one = tarfile.TarInfo("manifest.json")
    one.size = 1 << 40
    return one.tobuf(tarfile.GNU_FORMAT) + bytes(1024)


def header_of(size: int, kind: bytes) -> bytes:
    one = tarfile.TarInfo("header")
    one.size, one.type = size, kind
    return one.tobuf(tarfile.USTAR_FORMAT) + b"x" * size + bytes(-size % 512) + saved(ONE)


def sparse() -> bytes:
    one = tarfile.TarInfo("manifest.json")
    one.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.realsize": "99999999999"}
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
        archive.addfile(one)
    return buffer.getvalue()


def bomb() -> bytes:
    return gzip.compress(saved(ONE, files={"zeros": bytes(64 << 20)}) + bytes(64 << 20), 9)


def zstd_bomb() -> bytes:
    return zstandard.ZstdCompressor(level=19).compress(bytes(300 << 20))


def layer_bomb() -> bytes:
    return saved(ONE, layer=gzip.compress(bytes(100 << 20), 9))


def oci(manifest: object, **blobs: bytes) -> bytes:
    named = {**blobs, "index.json": json.dumps(manifest).encode()}
    return packed(named)


CASES: dict[str, tuple[Callable[[], bytes], str]] = {
    "a path that climbs out": (lambda: with_entry("../../outside"), "leads out of it"),
    "an absolute path": (lambda: with_entry("/tmp/outside"), "leads out of it"),
    "a path that climbs out behind a folder": (lambda: with_entry("a/../../outside"), "leads out of it"),
    "a symbolic link that leads out": (lambda: with_entry("l", tarfile.SYMTYPE, "../outside"), "leads out of it"),
    "an absolute symbolic link": (lambda: with_entry("l", tarfile.SYMTYPE, "/etc/passwd"), "leads out of it"),
    "a hard link that leads out": (lambda: with_entry("l", tarfile.LNKTYPE, "../outside"), "leads out of it"),
    "a layer that is a link to nothing": (
        lambda: saved(ONE, entry("one/layer.tar", tarfile.SYMTYPE, "../gone")),
        "lacks 'one/layer.tar'",
    ),
    "a layer that links to itself": (
        lambda: saved(ONE, entry("one/layer.tar", tarfile.SYMTYPE, "layer.tar")),
        "lacks 'one/layer.tar'",
    ),
    "a device": (lambda: with_entry("d", tarfile.CHRTYPE), "neither a file, a folder nor a link"),
    "a named pipe": (lambda: with_entry("p", tarfile.FIFOTYPE), "neither a file, a folder nor a link"),
    "a sparse file": (sparse, "sparse file"),
    "an old sparse file": (lambda: with_entry("s", tarfile.GNUTYPE_SPARSE), "neither a file, a folder nor a link"),
    "one path twice": (lambda: with_entry("manifest.json"), "holds manifest.json twice"),
    "one path twice, spelled otherwise": (lambda: with_entry("./x/../manifest.json"), "holds manifest.json twice"),
    "a name with a line's end": (lambda: with_entry("a\nb"), "leads out of it"),
    "25,000 entries": (many, "more than 20000 entries"),
    "a file longer than the archive": (longer_than_it_is, "it is cut"),
    "an extended header of a megabyte": (lambda: header_of(1 << 20, tarfile.XHDTYPE), "extended header of 1048576"),
    "a long name of a megabyte": (lambda: header_of(1 << 20, tarfile.GNUTYPE_LONGNAME), "header of 1048576"),
    "an extended header of junk": (lambda: header_of(600, tarfile.XHDTYPE), "that no tar writes"),
    "cut in the middle": (lambda: saved(ONE)[:5000], "it is cut"),
    "no archive at all": (lambda: b"\x7fELF" * 1000, "is no tar archive"),
    "an empty file": (lambda: b"", "is no archive of images"),
    "an archive of something else": (lambda: packed({"readme": b"x"}), "is no archive of images"),
    "gzip cut in the middle": (lambda: gzip.compress(saved(ONE))[:-20], "cannot be unpacked"),
    "a bomb of gzip": (bomb, "unpacks to more than"),
    "a bomb of zstd": (zstd_bomb, "unpacks to more than"),
    "a layer that is a bomb": (layer_bomb, "unpacks to more than"),
    "a manifest.json of 5 MiB": (lambda: with_file("manifest.json", b" " * (5 << 20)), "more than any has"),
    "a manifest.json without end in depth": (lambda: with_file("manifest.json", b"[" * (4 << 20)), "is no JSON"),
    "a manifest.json that is none": (lambda: with_file("manifest.json", b'[{"Layers": 3}]'), "not what such archives"),
    "a configuration without end in depth": (lambda: with_file("c.json", b'{"a":' * 700_000), "no image config"),
    "a configuration that is none": (lambda: with_file("c.json", b"[]"), "no image config"),
    "another layer than the configuration says": (
        lambda: saved(ONE, diff=f"sha256:{'0' * 64}"),
        "its layer one/layer.tar is not what c.json says",
    ),
    "a layer less than the configuration says": (
        lambda: with_file("manifest.json", b'[{"Config": "c.json", "RepoTags": ["a:1"], "Layers": []}]'),
        "says 1 layers, and manifest.json 0",
    ),
    "an index that names what is not there": (
        lambda: oci({"manifests": [{"digest": f"sha256:{'0' * 64}", "annotations": {NAME: "a:1"}}]}),
        f"lacks the blob sha256:{'0' * 64}",
    ),
    "an index with no digest": (lambda: oci({"manifests": [{"digest": "../../x"}]}), "index.json names no images"),
    "an index that is a list": (lambda: oci([]), "not what such archives have"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_hostile_archive_is_named_and_refused(alone: Airlock, name: str) -> None:
    make, said = CASES[name]
    refused(alone, kept.made(name, make, sys.modules[__name__], written), said)


@pytest.mark.parametrize("at", ["config", "layers"])
def test_a_blob_of_other_bytes_is_refused(alone: Airlock, archives: Archives, at: str) -> None:
    files = unpacked(archives.plain["oci"])
    listed = json.loads(files["index.json"])["manifests"][0]["digest"].partition(":")[2]
    part = json.loads(files[f"blobs/sha256/{listed}"])[at]
    victim = f"blobs/sha256/{(part if at == 'config' else part[1])['digest'].partition(':')[2]}"
    files[victim] = bytes([files[victim][0] ^ 1]) + files[victim][1:]
    refused(alone, packed(files), "has other bytes")


def test_a_blob_of_another_size_is_refused(alone: Airlock, archives: Archives) -> None:
    files = unpacked(archives.plain["oci"])
    listed = json.loads(files["index.json"])["manifests"][0]["digest"].partition(":")[2]
    layer = json.loads(files[f"blobs/sha256/{listed}"])["layers"][1]
    files[f"blobs/sha256/{layer['digest'].partition(':')[2]}"] += b"x"
    refused(alone, packed(files), f"and {layer['size']} by its manifest")


def test_a_name_that_is_no_reference_is_refused(alone: Airlock) -> None:
    (alone.folder / "a.tar").write_bytes(saved({"../../etc:1": "one/layer.tar"}))
    ran = alone("lock", "-m", alone.write({"images": {"archives": ["a.tar"]}}), expect=3)
    assert "not an image reference: '../../etc:1'" in ran.err


def unpacked(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {one.name: file.read() for one in tar if (file := tar.extractfile(one))}


def refused(alone: Airlock, archive: bytes, said: str) -> None:
    """Lock an archive under hard limits: exit 4 that names it and says why, and no file but its store's."""
    (alone.folder / "hostile.tar").write_bytes(archive)
    manifest = alone.write({"images": {"archives": ["hostile.tar"]}})
    ran = bounded.run(["lock", "-m", manifest], alone.folder, alone.environment)
    assert ran.status == 4, ran.err
    assert "release.yaml: images.archives[0]: hostile.tar" in ran.err
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert ran.peak < bounded.PEAK_BYTES
    assert {path.name for path in alone.folder.iterdir()} == {"hostile.tar", "release.yaml"}
    assert not list((alone.store / "tmp").glob("*"))
