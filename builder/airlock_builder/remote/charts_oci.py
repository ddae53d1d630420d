"""Charts in registries, through oras: a version's manifest, the archive that it holds as a layer, its provenance.

Source: Helm's OCI support (HIP 6): the tag is the version with ``+`` written as ``_``; the archive's media type is
``application/vnd.cncf.helm.chart.content.v1.tar+gzip``, that of a provenance file beside it ``…provenance.v1.prov``.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import oras.container
import oras.provider
import requests
from oras.auth import AuthenticationException
from urllib3.exceptions import HTTPError

from airlock_builder.remote.body import Body
from airlock_builder.remote.connections import Adapter
from airlock_builder.remote.failures import LATER, Transient, cause, other_bytes, other_size
from airlock_builder.remote.mirrors import Mirrors
from airlock_builder.remote.traffic import CHUNK, Traffic
from airlock_core import atomic, oci
from airlock_core.digest import Digest
from airlock_core.errors import UpstreamError, VerificationError

CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
PROVENANCE = "application/vnd.cncf.helm.chart.provenance.v1.prov"
PAGE, MAX_PAGES = 200, 1_000
"""Tags that are asked for at once, and how often; some registries give all, or fewer."""
_ACCEPT = ", ".join((*oci.MANIFESTS, "*/*"))

# oras logs what it retries and refuses; ours to tell is the error that it ends in
logging.getLogger("oras").setLevel(logging.CRITICAL)


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
    """Chart repositories in registries, named ``host/path/chart``.

    Args:
        mirrors: where hosts are really asked.
        insecure: hosts spoken to by plain HTTP; mirrors on loopback are too.
        traffic: what the connections of this run share.
        offline: refuse every request.
    """

    def __init__(
        self,
        mirrors: Mirrors | None = None,
        insecure: Iterable[str] = (),
        traffic: Traffic | None = None,
        *,
        offline: bool = False,
    ) -> None:
        self._mirrors = mirrors or Mirrors()
        self._traffic = traffic or Traffic()
        self._insecure = frozenset(insecure)
        self._offline = offline

    def host(self, repository: str) -> str:
        """The ``host[:port]`` that is asked for a chart; empty where none may be."""
        host = repository.partition("/")[0]
        return "" if self._offline else self._mirrors.of(host) or host

    def resolve(self, repository: str, version: str) -> OciArchive:
        """What a version's archive is.

        Args:
            repository: ``host/path/chart``.

        Raises:
            UpstreamError: no such chart or version, or the registry cannot be reached.
            VerificationError: it is no chart.
        """
        where = f"oci://{repository}:{version}"
        with self._answer(repository, f"manifests/{version.replace('+', '_')}", where) as answer:
            raw = _bounded(answer.body, where)
        children = oci.parse(raw, where=where).children
        layers = [child for child in children if child.media_type == CHART]
        if len(layers) != 1:
            raise VerificationError("is no chart: it has no layer of a chart's type", where=where)
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
        where = f"oci://{repository}@{digest}"
        with self._answer(repository, f"blobs/{digest}", where) as answer:
            raw = _bounded(answer.body, where)
        if Digest.sha256(raw) != digest:
            raise other_bytes(where, digest, Digest.sha256(raw))
        return raw

    def versions(self, repository: str) -> list[str]:
        """The versions that are there, as far as the registry lists them; of long lists it gives a page at a time."""
        where = f"oci://{repository}"
        found: list[str] = []
        path = f"tags/list?n={PAGE}"
        for _ in range(MAX_PAGES):
            with self._answer(repository, path, where) as answer:
                data = json.loads(_bounded(answer.body, where))
            tags = data.get("tags") if isinstance(data, dict) else None
            found += [str(tag).replace("_", "+") for tag in tags or ()]
            if not answer.following:
                return found
            path = f"tags/list?{answer.following}"
        raise UpstreamError(f"a list of tags of more than {MAX_PAGES} pages: not taken", where=where)

    def download(
        self,
        repository: str,
        part: Path,
        *,
        size: int,
        digest: Digest,
        on_bytes: Callable[[int], None] = lambda count: None,
    ) -> None:
        """Fetch an archive by its digest into ``part`` and verify it.

        Raises:
            UpstreamError: it is not there, or the registry cannot be reached.
            VerificationError: other bytes; ``part`` is gone then.
        """
        where = f"oci://{repository}@{digest}"
        with self._answer(repository, f"blobs/{digest}", where) as answer, atomic.disk_errors(part):
            found = _write(answer.body, part, size, on_bytes)
        if found != size:
            part.unlink()
            raise other_size(where, size, "more" if found > size else str(found))
        now = Digest.sha256(part.read_bytes())
        if now != digest:
            part.unlink()
            raise other_bytes(where, digest, now)

    @contextmanager
    def _answer(self, repository: str, path: str, where: str) -> Iterator[_Answer]:
        if self._offline:
            todo = "run without --offline, or fetch first on a machine that has a network"
            raise UpstreamError("not fetched: --offline", where=where, todo=todo)
        host, _, name = repository.partition("/")
        address = self.host(repository)
        plain = host in self._insecure or self._mirrors.is_plain(host)
        client = _Client(address, self._traffic, insecure=plain)
        try:
            with self._traffic.slot(address), client.ask(f"{address}/{name}", path) as response:
                if response.status_code != 200:
                    raise _refused(response, where, address)
                # of the next page's URL the query alone is followed: no answer sends us to another host or path
                following = urlsplit(response.links.get("next", {}).get("url", "")).query
                yield _Answer(Body(response, where, self._traffic), following)
        except (requests.RequestException, HTTPError, Transient, AuthenticationException, ValueError) as error:
            self._traffic.check_cancelled(where)
            why = f"{cause(error)} (asked {address})"
            raise UpstreamError("cannot be fetched", where=where, why=why, todo=LATER) from error
        finally:
            client.session.close()


@dataclass(frozen=True)
class _Answer:
    """What came, and the query by which a list goes on; empty where it does not."""

    body: Body
    following: str


class _Client(oras.provider.Registry):  # type: ignore[misc]
    """oras's client without its retries, which sleep for minutes, and with a time limit on each request."""

    def __init__(self, address: str, traffic: Traffic, *, insecure: bool) -> None:
        super().__init__(hostname=address, insecure=insecure)
        adapter = Adapter(traffic, retries=2)
        self.session.mount("http://", adapter)
        self.session.mount("https://", adapter)

    def ask(self, repository: str, path: str) -> requests.Response:
        """GET of a path below the repository, with the credentials that the user's auth files have."""
        container = oras.container.Container(repository)
        self.auth.load_configs(container)
        url = f"{self.prefix}://{container.registry}/v2/{container.api_prefix}/{path}"
        response: requests.Response = oras.provider.Registry.do_request.__wrapped__(
            self, url, headers={"Accept": _ACCEPT, "Accept-Encoding": "identity"}, stream=True
        )
        return response


def _refused(response: requests.Response, where: str, address: str) -> UpstreamError:
    todo = {
        401: "run `skopeo login`, or put the credentials into ~/.docker/config.json",
        403: "run `skopeo login`, or put the credentials into ~/.docker/config.json",
        404: "correct its name and version, or give a --mirror that has it",
    }.get(response.status_code, LATER)
    why = f"the registry {address} answered {response.status_code} {response.reason}"
    return UpstreamError("cannot be fetched", where=where, why=why, todo=todo)


def _bounded(body: Body, where: str) -> bytes:
    raw = body.upto(oci.MAX_DOCUMENT + 1)
    if len(raw) > oci.MAX_DOCUMENT:
        raise UpstreamError("a document of more than 4 MiB: not taken", where=where)
    return raw


def _write(body: Body, part: Path, size: int, on_bytes: Callable[[int], None]) -> int:
    """Write up to one byte more than ``size``; how many there were."""
    count = 0
    with part.open("wb") as file:
        while count <= size and (chunk := body.piece(min(CHUNK, size - count + 1))):
            file.write(chunk)
            count += len(chunk)
            on_bytes(len(chunk))
    return count
