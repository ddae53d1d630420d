"""Pushes images and charts into a registry on loopback, without TLS."""

import gzip
import hashlib
import json
import shutil
import tarfile
import tempfile
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import yaml

from tests.standin.images.layout import MANIFEST
from tests.standin.run import run

HELM_CONFIG = "application/vnd.cncf.helm.config.v1+json"
HELM_CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
HELM_PROVENANCE = "application/vnd.cncf.helm.chart.provenance.v1.prov"
_COPY = ("skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false")


class PushFailed(Exception):
    """The registry refused; the text says what and with which status."""


def push_layout(layout: Path, tag: str, registry: str, repository: str) -> None:
    """Push the image or index ``tag`` of an OCI layout, all platforms, its bytes as they are.

    ``registry`` is HOST:PORT. Raises tests.standin.run.ToolFailed.
    """
    # Without --preserve-digests skopeo compresses layers on their way into a registry.
    source, target = f"oci:{layout}:{tag}", f"docker://{registry}/{repository}:{tag}"
    run(*_COPY, "--all", "--preserve-digests", source, target)


def push_archive(archive: Path, registry: str, reference: str) -> None:
    """Push the image in a docker-archive, gzipped as a whole or not, as ``reference`` (repository:tag).

    skopeo compresses the layers on the way, as ``docker push`` does, so the digest is this skopeo's own.
    Raises tests.standin.run.ToolFailed.
    """
    with tempfile.TemporaryDirectory() as scratch:
        plain = archive
        if archive.suffix == ".gz":
            plain = Path(scratch) / "image.tar"
            with gzip.open(archive) as packed, plain.open("wb") as unpacked:
                shutil.copyfileobj(packed, unpacked)
        run(*_COPY, f"docker-archive:{plain}", f"docker://{registry}/{reference}")


def push_chart(chart: Path, registry: str, repository: str, provenance: bytes = b"", tag: str = "") -> str:
    """Push a packaged chart under its version, as Helm does (HIP 6); return the manifest's digest.

    The config is the chart's Chart.yaml as JSON; ``provenance`` is a layer of its own, ``tag`` takes the place of the
    version. Raises PushFailed.
    """
    metadata = chart_metadata(chart)
    data = chart.read_bytes()
    config = json.dumps(metadata, sort_keys=True).encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": _descriptor(HELM_CONFIG, config),
            "layers": [
                _descriptor(HELM_CHART, data),
                *([_descriptor(HELM_PROVENANCE, provenance)] if provenance else []),
            ],
            "annotations": {
                "org.opencontainers.image.title": metadata["name"],
                "org.opencontainers.image.version": metadata["version"],
            },
        },
        sort_keys=True,
    ).encode()
    for blob in filter(None, (config, data, provenance)):
        put_blob(registry, repository, blob)
    return put_manifest(registry, repository, tag or metadata["version"], manifest, MANIFEST)


def chart_metadata(chart: Path) -> dict[str, str]:
    """Return the Chart.yaml of a packaged chart."""
    with tarfile.open(chart) as archive:
        inner = next(name for name in archive.getnames() if name.count("/") == 1 and name.endswith("/Chart.yaml"))
        file = archive.extractfile(inner)
        metadata = yaml.safe_load(file.read() if file else b"")
    return dict(metadata)


def put_blob(registry: str, repository: str, blob: bytes) -> None:
    """Upload in one piece (distribution-spec, "Pushing a blob monolithically")."""
    location = _request(registry, "POST", f"/v2/{repository}/blobs/uploads/")
    parts = urlsplit(location)
    query = f"{parts.query}&" if parts.query else ""
    _request(registry, "PUT", f"{parts.path}?{query}digest={_digest(blob)}", blob, "application/octet-stream")


def put_manifest(registry: str, repository: str, reference: str, manifest: bytes, media_type: str) -> str:
    """Push a manifest or index under a tag or its digest; return its digest. Raises PushFailed."""
    _request(registry, "PUT", f"/v2/{repository}/manifests/{reference}", manifest, media_type)
    return _digest(manifest)


def _request(registry: str, method: str, path: str, body: bytes = b"", kind: str = "application/octet-stream") -> str:
    """Send one request and return the Location of its answer."""
    connection = HTTPConnection(registry, timeout=30)
    try:
        connection.request(method, path, body=body, headers={"Content-Type": kind})
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
        if response.status not in (201, 202):
            raise PushFailed(f"{method} {path}: status {response.status}: {text}")
        return response.getheader("Location") or ""
    finally:
        connection.close()


def _descriptor(media_type: str, data: bytes) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(data), "size": len(data)}


def _digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
