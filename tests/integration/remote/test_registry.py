"""Images through skopeo, from a real registry."""

from __future__ import annotations

from pathlib import Path

import pytest

from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.places import Places
from airlock_builder.remote.registry import Registry
from airlock_core import oci
from airlock_core.digest import Digest, of_file
from airlock_core.errors import UpstreamError, VerificationError
from airlock_core.imageref import ImageRef
from tests.registries import registries
from tests.standin.upstream import Upstream

pytestmark = pytest.mark.integration

WEB = ImageRef.parse("registry.standin.test/demo/web:1.0")


@pytest.fixture
def registry(upstream: Upstream) -> Registry:
    return Registry(registries(Mirrors(upstream.mirrors), ["registry.standin.test"]))


def pinned(registry: Registry) -> ImageRef:
    return WEB.at(Digest.sha256(registry.raw(WEB)))


def test_a_manifest_comes_by_tag_and_by_digest(registry: Registry) -> None:
    assert registry.raw(pinned(registry)) == registry.raw(WEB)


def test_an_image_is_copied_as_it_is_into_a_shared_folder(registry: Registry, tmp_path: Path) -> None:
    ref = pinned(registry)
    registry.copy(ref, layout=tmp_path / "layout", blobs=tmp_path / "blobs")
    names = {path.name for path in (tmp_path / "blobs" / "sha256").iterdir()}
    document = oci.parse(registry.raw(ref), where="web")
    assert names == {child.digest.hex for child in document.children} | {ref.digest.hex if ref.digest else ""}
    assert all(of_file(tmp_path / "blobs" / "sha256" / name).hex == name for name in names)


def test_a_docker_image_keeps_its_digest(registry: Registry, upstream: Upstream, tmp_path: Path) -> None:
    """Docker manifests are not turned into OCI ones."""
    ref = docker_copy(registry, upstream, tmp_path)
    registry.copy(ref, layout=tmp_path / "layout", blobs=tmp_path / "blobs")
    manifest = tmp_path / "blobs" / "sha256" / (ref.digest.hex if ref.digest else "")
    assert oci.parse(manifest.read_bytes(), where="web").media_type == oci.DOCKER_MANIFEST


def docker_copy(registry: Registry, upstream: Upstream, tmp_path: Path) -> ImageRef:
    """The web image pushed again in Docker's media types."""
    from tests.standin.run import run

    source, target = f"docker://{upstream.registry}/demo/web:1.0", f"docker://{upstream.registry}/demo/docker:1.0"
    options = ("--src-tls-verify=false", "--dest-tls-verify=false", "--format", "v2s2")
    run("skopeo", "--insecure-policy", "copy", *options, source, target)
    ref = ImageRef.parse("registry.standin.test/demo/docker:1.0")
    return ref.at(Digest.sha256(registry.raw(ref)))


@pytest.mark.parametrize("text", ["demo/web:none", "demo/none:1.0", f"demo/web@sha256:{'0' * 64}"])
def test_an_absent_image_is_named(registry: Registry, text: str, upstream: Upstream) -> None:
    with pytest.raises(UpstreamError) as caught:
        registry.raw(ImageRef.parse(f"registry.standin.test/{text}"))
    assert caught.value.where == f"registry.standin.test/{text}"
    assert f"the registry {upstream.registry} answered 404 Not Found" in caught.value.why
    assert "tag" in caught.value.todo


def test_an_unreachable_registry_is_named() -> None:
    registry = Registry(registries(Mirrors({"registry.standin.test": "127.0.0.1:9"})))
    with pytest.raises(UpstreamError, match="Connection refused"):
        registry.raw(WEB)


def test_a_rotten_layer_is_told_with_both_digests(registry: Registry, upstream: Upstream, tmp_path: Path) -> None:
    ref = pinned(registry)
    layer = oci.parse(registry.raw(ref), where="web").children[-1].digest
    data = upstream.images.storage / f"docker/registry/v2/blobs/sha256/{layer.hex[:2]}/{layer.hex}/data"
    whole = data.read_bytes()
    data.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    try:
        with pytest.raises(VerificationError, match=f"expected {layer}, found sha256:") as caught:
            registry.copy(ref, layout=tmp_path / "layout", blobs=tmp_path / "blobs")
    finally:
        data.write_bytes(whole)
    assert str(ref) in caught.value.where
    assert not (tmp_path / "blobs" / "sha256" / layer.hex).exists()


def test_offline_refuses(upstream: Upstream) -> None:
    with pytest.raises(UpstreamError, match="--offline"):
        Registry(registries(Mirrors(upstream.mirrors), offline=True)).raw(WEB)


def test_plain_http_is_spoken_to_named_hosts_and_loopback_mirrors_alone() -> None:
    places = Places(Mirrors({"a.test": "127.0.0.1:1", "b.test": "cache.lan"}), ["c.test"])
    assert [places.is_insecure(host) for host in ("a.test", "b.test", "c.test", "d.test")] == [
        True,
        False,
        True,
        False,
    ]
