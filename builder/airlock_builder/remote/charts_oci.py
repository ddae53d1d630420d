"""Charts in registries: a version's manifest, the archive that it holds as a layer, its provenance.

Source: Helm's OCI support (HIP 6): the tag is the version with ``+`` written as ``_``; the archive's media type is
``application/vnd.cncf.helm.chart.content.v1.tar+gzip``, that of a provenance file beside it ``…provenance.v1.prov``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from airlock_builder.remote.oci.registries import Registries
from airlock_builder.remote.oci.tags import all_tags
from airlock_core import oci
from airlock_core.digest import Digest
from airlock_core.errors import VerificationError

CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
PROVENANCE = "application/vnd.cncf.helm.chart.provenance.v1.prov"


@dataclass(frozen=True)
class OciArchive:
    """The archive of one chart version.

    Args:
        digest, size: of its layer; bytes.
        provenance: the digest of the layer that holds its provenance file, where it has one.
    """

    digest: Digest
    size: int
    provenance: Digest | None = None


class ChartsOci:
    """Chart repositories in registries, named ``host/path/chart``."""

    def __init__(self, registries: Registries) -> None:
        self._registries = registries

    def host(self, repository: str) -> str:
        """The ``host[:port]`` that is asked for a chart; empty where none may be."""
        return self._registries.host(repository)

    def resolve(self, repository: str, version: str) -> OciArchive:
        """What a version's archive is.

        Args:
            repository: ``host/path/chart``.

        Raises:
            UpstreamError: no such chart or version, or the registry cannot be reached.
            VerificationError: it is no chart.
        """
        where = f"oci://{repository}:{version}"
        raw = self._registries.document(repository, f"manifests/{version.replace('+', '_')}", where).raw
        children = oci.parse(raw, where=where).children
        layers = [child for child in children if child.media_type == CHART]
        if len(layers) != 1:
            todo = "correct its name: charts are what `helm push` leaves in a registry"
            raise VerificationError("is no chart: it has no layer of a chart's type", where=where, todo=todo)
        provenances = [child.digest for child in children if child.media_type == PROVENANCE]
        return OciArchive(layers[0].digest, layers[0].size, provenances[0] if provenances else None)

    def provenance(self, repository: str, archive: OciArchive) -> bytes | None:
        """The provenance file of an archive, where it has one.

        Raises:
            UpstreamError: the registry cannot be reached.
            VerificationError: other bytes than the manifest says.
        """
        digest = archive.provenance
        if digest is None:
            return None
        return self._registries.document(repository, f"blobs/{digest}", f"oci://{repository}@{digest}").raw

    def versions(self, repository: str) -> list[str]:
        """The versions that are there, as far as the registry lists them; of long lists it gives a page at a time."""
        where = f"oci://{repository}"
        tags = all_tags(lambda resource: self._registries.document(repository, resource, where), where)
        return [tag.replace("_", "+") for tag in tags]

    def download(
        self,
        repository: str,
        part: Path,
        *,
        size: int,
        digest: Digest,
        on_bytes: Callable[[int], None] = lambda count: None,
    ) -> None:
        """Fetch an archive by its digest into ``part``, going on with what it holds, and verify it.

        Raises:
            UpstreamError: it is not there, or the registry cannot be reached; ``part`` keeps what came.
            VerificationError: other bytes; ``part`` is gone then.
        """
        where = f"oci://{repository}@{digest}"
        self._registries.download(repository, digest, size, part, on_bytes, where=where)
